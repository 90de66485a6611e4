"""The GRU kernels against the equations: values, gradients, and what they promise."""

import numpy as np
import pytest
from fastgru.kernels.activations import KINDS
from gradcheck import assert_gradient
from gru_kernel import backward, expected_rows, forward, problem, variant
from numpy.testing import assert_allclose, assert_array_equal

# Pre-activations are of size 10, sums of up to 70 products, so off by some 10 times the unit
# roundoff (6e-8, 1.1e-16) times 10, and states are of size 1: measured 2e-6 and 2e-15.
TOLERANCE = {np.float32: 6e-6, np.float64: 1e-14}
PARAMETERS = ("W", "U", "bW", "bU")

# counts, B, I, H
SIZES = [
    ([1], 1, 1, 1),
    ([3], 3, 2, 5),
    ([1] * 6, 1, 4, 3),
    ([3] * 5, 3, 1, 7),
    ([2] * 7, 2, 5, 1),
    ([17] * 3, 17, 5, 9),
    ([3] * 4, 3, 37, 33),
]
# Rows that end early, several at once, and rows without a single step.
PACKED = [
    ([4, 4, 3, 1, 1], 4, 3, 5),
    ([5, 2, 2], 5, 2, 3),
    ([2, 1], 5, 3, 4),
    ([1], 3, 1, 2),
]
resets = pytest.mark.parametrize("reset_after", [True, False])
sizes = pytest.mark.parametrize("size", SIZES + PACKED)
pairs = pytest.mark.parametrize(
    ("activation", "recurrent_activation"), [(a, r) for a in KINDS for r in KINDS]
)


def in_float64(args):
    return {name: array.astype(np.float64) for name, array in args.items()}


def assert_is_gradient(args, counts, how, drows, grads, rng):
    """One array at a time: a small gradient must not hide behind a large one."""

    def loss():
        return (expected_rows(args, counts, how) * drows).sum()

    for name in args:
        if name == "bU" and not how["reset_after"]:
            continue
        assert_gradient(loss, [args[name]], [grads[name]], rng)


@resets
@sizes
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_forward_is_the_equations(dtype, size, reset_after):
    how = variant(reset_after)
    args = problem(np.random.default_rng(0), *size, how, dtype)
    h, gates = forward(args, size[0], how)
    expected = expected_rows(in_float64(args), size[0], how)
    assert h.dtype == dtype
    assert_allclose(h, expected, rtol=0, atol=TOLERANCE[dtype])
    assert not np.isnan(gates).any()


@resets
@sizes
def test_backward_is_the_gradient_of_the_equations(size, reset_after):
    how, rng = variant(reset_after), np.random.default_rng(1)
    args = problem(rng, *size, how)
    drows = rng.standard_normal((len(args["x"]) + size[1], size[3]))
    grads = backward(args, size[0], how, drows)
    assert_is_gradient(args, size[0], how, drows, grads, rng)


@resets
@pairs
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_every_pair_of_activations_has_its_values(
    dtype, activation, recurrent_activation, reset_after
):
    how = variant(reset_after, activation, recurrent_activation)
    counts = [4, 2]
    args = problem(np.random.default_rng(2), counts, 4, 3, 5, how, dtype, scale=0.3)
    h, _ = forward(args, counts, how)
    expected = expected_rows(in_float64(args), counts, how)
    # Unbounded gates make unbounded states; each carries errors of the size of the largest.
    assert_allclose(h, expected, rtol=0, atol=TOLERANCE[dtype] * np.abs(expected).max())


@resets
@pairs
def test_every_pair_of_activations_has_its_gradient(
    activation, recurrent_activation, reset_after
):
    how, rng = variant(reset_after, activation, recurrent_activation), np.random.default_rng(3)
    counts = [4, 2]
    args = problem(rng, counts, 4, 3, 5, how, scale=0.3)
    drows = rng.standard_normal((10, 5))
    grads = backward(args, counts, how, drows)
    assert_is_gradient(args, counts, how, drows, grads, rng)


@resets
@pytest.mark.parametrize(
    ("activation", "recurrent_activation"),
    [("tanh", "sigmoid"), ("tanh", "softsign"), ("relu", "sigmoid"), ("elu", "hard_sigmoid")],
)
def test_backward_in_float32_is_that_in_float64(activation, recurrent_activation, reset_after):
    # The gradient check is in float64; which loops float32 runs is decided elsewhere.
    how, rng = variant(reset_after, activation, recurrent_activation), np.random.default_rng(4)
    counts = [5, 5, 4, 2]
    args = problem(rng, counts, 6, 3, 17, how, np.float32, scale=0.3)
    drows = rng.standard_normal((22, 17)).astype(np.float32)
    grads = backward(args, counts, how, drows)
    exact = backward(in_float64(args), counts, how, drows.astype(np.float64))
    for name, grad in grads.items():
        assert grad.dtype == np.float32
        # Sums over at most 51 products; measured 3.3e-7 of the largest entry.
        allowed = 3e-6 * np.abs(exact[name]).max()
        assert_allclose(grad, exact[name], rtol=0, atol=allowed, err_msg=name)


@resets
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("size", PACKED + SIZES[1:3])
def test_only_running_states_are_the_same_numbers_as_all_states(size, dtype, reset_after):
    how, counts = variant(reset_after), size[0]
    args = problem(np.random.default_rng(5), *size, how, dtype)
    every, _ = forward(args, counts, how)
    running, _ = forward(args, counts, how, running=True)
    assert_array_equal(running, every[len(args["x"]) :])


@resets
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("chunk", [4, 5, 8, 11, 12, 13])
def test_small_gates_buffers_give_the_bits_of_one_large(chunk, running, dtype, reset_after):
    how, counts = variant(reset_after), [4, 4, 3, 1, 1]
    rng = np.random.default_rng(6)
    args = problem(rng, counts, 5, 3, 6, how, dtype)
    # Eighths: then x W is exact, whatever order BLAS chooses for this many rows.
    for name in ("x", "W"):
        args[name] = (rng.integers(-16, 17, args[name].shape) / 8).astype(dtype)
    small, _ = forward(args, counts, how, chunk, running)
    large, _ = forward(args, counts, how, None, running)
    assert_array_equal(small, large)


@resets
@pytest.mark.parametrize("skip", [4, 8])
def test_skipped_rows_of_dstates_count_as_zero(skip, reset_after):
    how, rng = variant(reset_after), np.random.default_rng(7)
    counts = [4, 4, 3]
    args = problem(rng, counts, 4, 2, 3, how)
    drows = rng.standard_normal((15, 3))
    drows[:skip] = 0
    skipping, plain = (backward(args, counts, how, drows, n) for n in (skip, 0))
    for name in plain:
        assert_array_equal(skipping[name], plain[name], err_msg=name)


@resets
def test_without_dstates_only_the_final_states_have_a_gradient(reset_after):
    how, rng = variant(reset_after), np.random.default_rng(8)
    counts = [4, 4, 3]
    args = problem(rng, counts, 5, 2, 3, how)
    drows = np.concatenate([np.zeros((11, 3)), rng.standard_normal((5, 3))])
    without, plain = (backward(args, counts, how, drows, want_drows=w) for w in (False, True))
    for name in plain:
        assert_array_equal(without[name], plain[name], err_msg=name)


@resets
def test_without_dx_the_other_gradients_are_the_same(reset_after):
    how, rng = variant(reset_after), np.random.default_rng(9)
    counts = [4, 4, 3]
    args = problem(rng, counts, 5, 2, 3, how)
    drows = rng.standard_normal((16, 3))
    without, plain = (backward(args, counts, how, drows, want_dx=w) for w in (False, True))
    for name in ("h0", *PARAMETERS):
        assert_array_equal(without[name], plain[name], err_msg=name)


@resets
def test_parameter_gradients_are_added_and_the_others_set(reset_after):
    how, rng = variant(reset_after), np.random.default_rng(10)
    counts = [4, 3, 3]
    args = problem(rng, counts, 5, 2, 3, how)
    drows = rng.standard_normal((15, 3))
    once = backward(args, counts, how, drows)
    start = {name: rng.standard_normal(args[name].shape) for name in PARAMETERS}
    grads = {name: array.copy() for name, array in start.items()}
    for times in (1, 2):
        again = backward(args, counts, how, drows, grads=grads)
        for name in PARAMETERS:
            total = start[name] + times * once[name]
            assert_allclose(again[name], total, rtol=1e-12, atol=1e-12, err_msg=name)
        for name in ("x", "h0"):
            assert_array_equal(again[name], once[name], err_msg=name)
    assert reset_after or (grads["bU"] == start["bU"]).all()


@resets
def test_inputs_are_not_changed(reset_after):
    how, rng = variant(reset_after), np.random.default_rng(11)
    counts = [4, 3, 3]
    args = problem(rng, counts, 5, 2, 3, how)
    before = {name: array.copy() for name, array in args.items()}
    drows = rng.standard_normal((15, 3))
    h, _ = forward(args, counts, how)
    backward(args, counts, how, drows)
    for name, array in before.items():
        assert_array_equal(args[name], array, err_msg=name)
    assert_array_equal(h[:4], before["h0"][:4])
    assert_array_equal(h[-1], before["h0"][4])
