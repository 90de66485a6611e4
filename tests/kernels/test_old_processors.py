"""Processors without the newer instruction sets, emulated: nothing there is an illegal
instruction, and what they lack is refused."""

import os
import platform
import re
import sys

import c_driver
import isa_cases
import numpy as np
import pytest
from fresh_python import TESTS

#: Of 2008, without AVX; of 2013, with AVX2 and FMA; which sets they have.
PROCESSORS = {"Nehalem": ("baseline",), "Haswell": ("baseline", "avx2")}
NAME = "from fastgru.kernels import isa; print(*isa.available(), isa.NAME)"

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="needs an x86 Python"
)


def emulate(processor, *arguments, isa=""):
    """(exit status, last line) of Python on this processor."""
    emulator = c_driver.need("qemu-x86_64", "apt-get install qemu-user")
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    options = "-cpu", processor, "-E", f"PYTHONPATH={path}", "-E", f"FASTGRU_ISA={isa}"
    command = emulator, *options, sys.executable, "-P", *arguments
    status, output = c_driver.run(*command, check=False)
    # The emulator names features of the processor that do not matter here.
    return status, re.sub("qemu-.*\n", "", output).splitlines()[-1]


@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_best_set_of_the_processor_is_chosen(processor):
    sets = PROCESSORS[processor]
    assert emulate(processor, "-c", NAME) == (0, " ".join([*sets, sets[-1]]))


@pytest.mark.parametrize(
    ("processor", "missing"),
    [("Nehalem", "avx2"), ("Nehalem", "avx512"), ("Haswell", "avx512")],
)
def test_a_set_that_the_processor_lacks_is_refused(processor, missing):
    sets = ", ".join(PROCESSORS[processor])
    sentence = f"must be one of {sets} on this machine; got {missing!r}."
    assert emulate(processor, "-c", NAME, isa=missing) == (
        1,
        f"ImportError: fastgru: FASTGRU_ISA {sentence}",
    )


@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_kernels_run_there_and_are_the_equations(processor, tmp_path):
    path = tmp_path / "results.npz"
    np.savez(path, **isa_cases.prepare())
    # Every 7th GRU: widths and batches differ by other steps.
    status, last = emulate(processor, isa_cases.__file__, path, 7)
    assert (status, last) == (0, PROCESSORS[processor][-1])
