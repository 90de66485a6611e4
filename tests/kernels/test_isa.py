"""Each instruction set that this machine has: how one is chosen, and that all are right."""

import isa_cases
import numpy as np
import pytest
from fresh_python import last_line, run_python
from gradcheck import assert_gradient
from gru_kernel import expected_gradients, expected_rows, problem, variant

from fastgru.kernels import isa

NAME = "from fastgru.kernels import isa; print(isa.NAME, end='')"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The path of the exact results."""
    path = tmp_path_factory.mktemp("isa") / "results.npz"
    np.savez(path, **isa_cases.prepare())
    return path


@pytest.mark.parametrize("name", isa.available())
def test_the_kernels_of_each_instruction_set_are_the_equations(name, results):
    done = run_python(isa_cases.__file__, results, FASTGRU_ISA=name)
    assert (done.returncode, done.stdout) == (0, name), done.stderr


@pytest.mark.parametrize("name", isa.available())
def test_the_name_is_the_one_that_was_forced(name):
    done = run_python("-c", NAME, FASTGRU_ISA=name)
    assert (done.returncode, done.stdout) == (0, name), done.stderr


def test_by_default_the_best_is_chosen():
    done = run_python("-c", NAME, FASTGRU_ISA="")
    assert (done.returncode, done.stdout) == (0, isa.available()[-1]), done.stderr


def test_the_available_ones_begin_with_the_baseline_and_are_in_order():
    assert isa.available() == isa.NAMES[: len(isa.available())]
    assert isa.available()[0] == "baseline"


@pytest.mark.parametrize(
    "name",
    ["sse9", "AVX2", "baseline ", "0", "baseline,avx2", *isa.NAMES[len(isa.available()) :]],
)
@pytest.mark.parametrize("code", [NAME, "from fastgru.layers import GRU"])
def test_an_unknown_or_missing_instruction_set_is_refused(code, name):
    assert last_line(run_python("-c", code, FASTGRU_ISA=name)) == (
        f"ImportError: fastgru: FASTGRU_ISA must be one of {', '.join(isa.available())} on "
        f"this machine; got {name!r}."
    )


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("pair", [("tanh", "sigmoid"), ("softsign", "softsign")])
def test_the_exact_gradients_are_those_of_the_equations(pair, reset_after):
    rng, how, counts = np.random.default_rng(0), variant(reset_after, *pair), [4, 4, 2]
    args = problem(rng, counts, 5, 3, 6, how)
    drows = rng.standard_normal((15, 6))
    grads = expected_gradients(args, counts, how, drows)
    for name, grad in grads.items():
        if name != "bU" or reset_after:
            assert_gradient(
                lambda: (expected_rows(args, counts, how) * drows).sum(),
                [args[name]],
                [grad],
                rng,
            )
