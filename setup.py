"""The compiled kernels. Everything else about the package is in pyproject.toml."""

import hashlib
import os
from importlib import metadata
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = bool(os.environ.get("FASTGRU_DEBUG"))  # bounds checks on, optimiser off
PROCESSORS = os.cpu_count() or 1
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


def translated(extensions):
    """`cythonize`, but C files that are as they would be again are neither written nor made newer.

    Each `pip install` brings Cython's own files anew, and so newer than ours: without this
    the second one would translate and compile everything again.
    """
    tools = [f"{name} {metadata.version(name)}" for name in ("cython", "numpy", "scipy")]
    sources = [Path("setup.py"), *KERNELS, *sorted(Path("fastgru/kernels").glob("*.pxd"))]
    key = hashlib.sha256(repr((tools, DEBUG)).encode())
    for source in sources:
        key.update(source.read_bytes())
    made_by = Path("build/translated")
    same = made_by.exists() and made_by.read_text() == key.hexdigest()

    old = {
        path: path.stat().st_mtime_ns for path in Path("fastgru/kernels").glob("*.c") if same
    }
    for path in old:
        os.utime(path)
    found = cythonize(extensions, compiler_directives=DIRECTIVES, nthreads=PROCESSORS)
    for path, time in old.items():
        os.utime(path, ns=(time, time))
    made_by.parent.mkdir(exist_ok=True)
    made_by.write_text(key.hexdigest())
    return found


if __name__ == "__main__":  # the processes that translate may import this file
    setup(
        ext_modules=translated(
            [
                Extension(
                    f"fastgru.kernels.{path.stem}",
                    [str(path)],
                    include_dirs=["include"],
                    extra_compile_args=CFLAGS,
                    depends=[str(header) for header in Path("include").rglob("*.h")],
                )
                for path in KERNELS
            ]
        ),
        options={"build_ext": {"parallel": PROCESSORS}},
    )
