"""The C kernels on 64-bit ARM: compiled by a cross compiler, run by an emulator.

There NEON is no set of its own to choose: it is the baseline, number 0 of the table.
"""

import re

import c_driver
import pytest

CURE = "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
TARGET = "aarch64-linux-gnu"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    compiler = c_driver.need(f"{TARGET}-gcc", CURE)
    return c_driver.build(compiler, tmp_path_factory.mktemp("neon"))


def emulate(program, *arguments):
    emulator = c_driver.need("qemu-aarch64", CURE)
    return c_driver.run(emulator, "-L", f"/usr/{TARGET}", program, *arguments, check=False)


def test_the_kernels_are_plain_loops_and_the_functions_within_4_ulp(program):
    # Vectors of 128 bits. Every 509th float: nine million in all three functions.
    assert emulate(program, 0, 509) == (0, "isa 0, 4 and 2 numbers in a vector\n")


def test_there_is_no_other_instruction_set_to_choose(program):
    assert emulate(program, 1) == (2, "")


@pytest.mark.parametrize("lanes", ["4s", "2d"])
def test_products_are_vectors_times_one_number(program, lanes):
    """FMLA by element: what the body is written for, at least once for a whole tile."""
    objdump = c_driver.need(f"{TARGET}-objdump", CURE)
    _, code = c_driver.run(objdump, "-d", "--no-show-raw-insn", program)
    vector = rf"v\d+\.{lanes}"
    found = re.findall(rf"fmla\s+{vector}, {vector}, v\d+\.{lanes[1]}\[", code)
    assert len(found) >= 24
