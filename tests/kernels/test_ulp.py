"""exp, tanh and sigmoid are within 4 ulp over all of float32, in each instruction set."""

import pytest
import ulp
from fresh_python import run_python

from fastgru.kernels import isa


@pytest.mark.parametrize("name", isa.available())
def test_the_functions_are_within_4_ulp_over_the_whole_range(name):
    done = run_python(ulp.__file__, FASTGRU_ISA=name)
    assert done.returncode == 0, done.stderr
    # It did look at all three, with this instruction set, and found what float32 must show.
    found = [line.split() for line in done.stdout.splitlines()]
    assert [line[:2] for line in found] == [[name, kind] for kind in ulp.INFINITE]
    assert all(0.5 < float(line[2]) <= 4 for line in found), done.stdout
