"""Build and run tests/kernels/table_main.c: the C kernels alone, without Python."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tests" / "kernels" / "table_main.c"
#: What setup.py compiles the kernels with; a test compares.
FLAGS = (
    "-std=gnu11",
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-pthread",
)


def need(program, cure):
    """The path of a program; skips the test where there is none."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}: {cure}")
    return found


def run(*command, timeout=300, check=True):
    """(exit status, output) of a command, which `check` allows no failure."""
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=timeout, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def build(compiler, folder, *flags):
    """The path of the compiled driver; warnings in it and in the headers are errors."""
    program = Path(folder) / "table_main"
    warnings = "-Wall", "-Werror", "-Wno-unused-function"
    include = f"-I{ROOT / 'include'}"
    run(compiler, *FLAGS, *warnings, *flags, include, SOURCE, "-o", program, "-lm")
    return program
