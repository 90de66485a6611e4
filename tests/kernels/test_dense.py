"""The affine map and its gradient."""

import numpy as np
import pytest
from gradcheck import assert_gradient
from numpy.testing import assert_allclose, assert_array_equal
from reference import dense

from fastgru.kernels import dense as kernel

# Sums of up to 40 products of size 1, each term rounded once: a few units of roundoff.
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-13}
SIZES = [(1, 1, 1), (3, 1, 5), (1, 7, 3), (5, 3, 1), (13, 40, 17)]  # R, I, O

sizes = pytest.mark.parametrize("size", SIZES)
biases = pytest.mark.parametrize("biased", [True, False])
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def problem(rng, R, I, O, biased, dtype=np.float64):
    """x, W, b and an upstream gradient dy."""
    x, W, b, dy = (
        rng.standard_normal(shape).astype(dtype) for shape in ((R, I), (I, O), O, (R, O))
    )
    return x, W, b if biased else None, dy


def gradients(x, W, b, dy):
    """dx, dW, db, from zero."""
    dW, db = np.zeros_like(W), None if b is None else np.zeros_like(b)
    dx = np.full_like(x, np.nan)
    kernel.dense_backward(x, W, dy, dx, dW, db)
    return dx, dW, db


@dtypes
@sizes
@biases
def test_forward_is_the_equation_and_sets_y(biased, size, dtype):
    x, W, b, _ = problem(np.random.default_rng(0), *size, biased, dtype)
    y = np.full((len(x), W.shape[1]), np.nan, dtype)
    kernel.dense_forward(x, W, b, y)
    exact = dense(*(None if a is None else a.astype(np.float64) for a in (x, W, b)))
    assert_allclose(y, exact, rtol=0, atol=TOLERANCE[dtype])


@sizes
@biases
def test_backward_is_the_gradient_of_the_equation(biased, size):
    rng = np.random.default_rng(1)
    x, W, b, dy = problem(rng, *size, biased)
    for array, grad in zip((x, W, b), gradients(x, W, b, dy), strict=True):
        if array is not None:
            assert_gradient(lambda: (dense(x, W, b) * dy).sum(), [array], [grad], rng)


@sizes
@biases
def test_backward_in_float32_is_that_in_float64(biased, size):
    given = problem(np.random.default_rng(2), *size, biased, np.float32)
    single = gradients(*given)
    double = gradients(*(None if a is None else a.astype(np.float64) for a in given))
    for ours, exact in zip(single, double, strict=True):
        if ours is not None:
            assert ours.dtype == np.float32
            assert_allclose(ours, exact, rtol=0, atol=TOLERANCE[np.float32])


@dtypes
def test_parameter_gradients_are_added_and_dx_is_set(dtype):
    rng = np.random.default_rng(3)
    x, W, b, dy = problem(rng, 5, 4, 3, True, dtype)
    dx, dW, db = gradients(x, W, b, dy)
    sum_W, sum_b = (rng.standard_normal(a.shape).astype(dtype) for a in (W, b))
    start_W, start_b = sum_W.copy(), sum_b.copy()
    for times in (1, 2):
        again = np.full_like(x, np.nan)
        kernel.dense_backward(x, W, dy, again, sum_W, sum_b)
        assert_array_equal(again, dx)
        assert_allclose(sum_W, start_W + times * dW, rtol=0, atol=TOLERANCE[dtype])
        assert_allclose(sum_b, start_b + times * db, rtol=0, atol=TOLERANCE[dtype])


def test_without_dx_the_parameter_gradients_are_the_same():
    x, W, b, dy = problem(np.random.default_rng(4), 5, 4, 3, True)
    _, dW, db = gradients(x, W, b, dy)
    other_W, other_b = np.zeros_like(W), np.zeros_like(b)
    kernel.dense_backward(x, W, dy, None, other_W, other_b)
    assert_array_equal(other_W, dW)
    assert_array_equal(other_b, db)


def test_inputs_are_not_changed():
    given = problem(np.random.default_rng(5), 5, 4, 3, True)
    before = [array.copy() for array in given]
    x, W, b, dy = given
    kernel.dense_forward(x, W, b, np.empty_like(dy))
    gradients(x, W, b, dy)
    for array, copy in zip(given, before, strict=True):
        assert_array_equal(array, copy)
