"""The compiled kernels. Everything else about the package is in pyproject.toml."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = bool(os.environ.get("FASTGRU_DEBUG"))  # bounds checks on, optimiser off
KERNELS = sorted(Path("fastgru/kernels").glob("*.pyx"))

# No -march=native: the wheel must run where it was not built. No -ffast-math: elementary.h
# relies on infinities and NaN. The two -fno flags let loops vectorise and change no value.
CFLAGS = (
    ["/O2"]
    if os.name == "nt"
    else ["-std=gnu11", "-O0", "-g"]
    if DEBUG
    else [
        "-std=gnu11",
        "-O3",
        "-g0",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-ffp-contract=fast",
        "-pthread",
    ]
)
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "embedsignature": True,
    "freethreading_compatible": True,
}


def kept(sources, build):
    """What `build` returns; C files that it writes anew as they were keep their time.

    Each `pip install` brings Cython's own files anew, and so newer than ours: without this
    the second one would compile everything again.
    """
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sources()}
    found = build()
    for path, (code, time) in before.items():
        if path.read_bytes() == code:
            os.utime(path, ns=(time, time))
    return found


setup(
    ext_modules=kept(
        lambda: Path("fastgru/kernels").glob("*.c"),
        lambda: cythonize(
            [
                Extension(
                    f"fastgru.kernels.{path.stem}",
                    [str(path)],
                    include_dirs=["include"],
                    extra_compile_args=CFLAGS,
                    depends=[str(header) for header in Path("include").rglob("*.h")],
                )
                for path in KERNELS
            ],
            compiler_directives=DIRECTIVES,
        ),
    ),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
