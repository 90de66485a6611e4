"""Passes too large for differences, against the chain rule in NumPy: shards and long steps.

kernels/gru_shards.pyx says which passes are cut by rows; 3 N H (I + H) multiplications count.
"""

from functools import cache

import numpy as np
import pytest
from gru_kernel import backward, expected_gradients, expected_rows, forward, problem, variant
from numpy.testing import assert_allclose, assert_array_equal

# counts, B, I, H. Rows end one by one, several at once, and with the last row of a shard.
SIZES = {
    "two shards": ([17] * 8 + [16, 9, 8, *range(7, 0, -1), 1, 1], 19, 37, 50),
    "four shards": ([33] * 15 + [32] * 3 + [24] * 3 + [*range(23, 0, -1)], 33, 19, 49),
    "eight shards": ([66] * 13 + [65, 64, 57, 40, 9, 8, 1], 70, 3, 100),
    "uncut, long steps": ([500, 391, 384, 193, 192, 191, 2], 501, 3, 5),
    "uncut, few rows": ([9] * 40 + [8, 7, 1], 9, 50, 100),
}
WORTH = {"two shards": 2e6, "four shards": 8e6, "eight shards": 32e6}
# Sums of up to 1850 products; 1e-6 and 2.2e-15 of the largest entry measured.
ROUNDING = {np.float32: 1e-5, np.float64: 2e-14}
names = pytest.mark.parametrize("name", SIZES)
resets = pytest.mark.parametrize("reset_after", [True, False])


def made(name, dtype, reset_after):
    """args, how and drows; values that float32 has."""
    counts, B, I, H = SIZES[name]
    rng, how = np.random.default_rng(len(name)), variant(reset_after)
    args = problem(rng, counts, B, I, H, how, np.float32, scale=(I + H) ** -0.5)
    drows = rng.standard_normal((sum(counts) + B, H)).astype(np.float32)
    return {key: array.astype(dtype) for key, array in args.items()}, how, drows.astype(dtype)


@cache
def exact(name, reset_after):
    """h and all gradients by name."""
    args, how, drows = made(name, np.float64, reset_after)
    counts = SIZES[name][0]
    h = expected_rows(args, counts, how)
    return expected_gradients(args, counts, how, drows) | {"h": h}


@pytest.mark.parametrize("name", WORTH)
def test_the_work_is_that_of_so_many_shards(name):
    counts, _, I, H = SIZES[name]
    assert WORTH[name] <= 3 * sum(counts) * H * (I + H) < 4 * WORTH[name]


@names
@resets
@pytest.mark.parametrize("dtype", ROUNDING)
def test_forward_and_backward_are_the_equations(dtype, reset_after, name):
    args, how, drows = made(name, dtype, reset_after)
    counts, wanted = SIZES[name][0], exact(name, reset_after)
    found = backward(args, counts, how, drows) | {"h": forward(args, counts, how)[0]}
    for key, array in found.items():
        allowed = ROUNDING[dtype] * np.abs(wanted[key]).max()
        assert_allclose(array, wanted[key], rtol=0, atol=allowed, err_msg=key)


@pytest.mark.parametrize("name", WORTH)
@resets
@pytest.mark.parametrize("steps", [1, 3])
def test_slices_that_use_gates_again_give_the_bits_of_all_gates(steps, reset_after, name):
    """Threads are at different steps, with different numbers of rows, in one buffer."""
    args, how, _ = made(name, np.float32, reset_after)
    counts = SIZES[name][0]
    kept, _ = forward(args, counts, how)
    for _ in range(5):
        assert_array_equal(forward(args, counts, how, chunk=steps * counts[0])[0], kept)


@names
@resets
def test_gradients_are_added_and_dx_is_not_needed(reset_after, name):
    args, how, drows = made(name, np.float64, reset_after)
    counts, rng = SIZES[name][0], np.random.default_rng(0)
    once = backward(args, counts, how, drows)
    start = {key: rng.standard_normal(args[key].shape) for key in ("W", "U", "bW", "bU")}
    grads = {key: array.copy() for key, array in start.items()}
    again = backward(args, counts, how, drows, grads=grads, want_dx=False)
    assert again["x"] is None
    assert_array_equal(again["h0"], once["h0"])
    for key, array in start.items():
        assert_allclose(again[key], array + once[key], rtol=1e-10, atol=1e-10, err_msg=key)
