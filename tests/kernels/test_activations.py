"""Activations of whole arrays: values, derivatives, special values, precision."""

import numpy as np
import pytest
import reference
from gradcheck import assert_gradient
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.activations import ROWS
from fastgru.kernels import activations as kernel

# exp and tanh are within 4 ulp (test_ulp.py); elu, selu and gelu add two or three roundings.
RTOL = {np.float32: 1e-6, np.float64: 1e-14}

dtypes = pytest.mark.parametrize("dtype", RTOL)
kinds = pytest.mark.parametrize("name", kernel.KINDS)
rows = pytest.mark.parametrize("name", ROWS)


def forward(name, a):
    y = np.full_like(a, np.nan)
    kernel.activation_forward(kernel.KINDS[name], a, y)
    return y


def slope(name, a):
    """dy/da; the input is NaN for the kinds that must not look at it."""
    seen = a if name in kernel.NEEDS_INPUT else np.full_like(a, np.nan)
    da = np.full_like(a, np.nan)
    kernel.activation_backward(kernel.KINDS[name], seen, forward(name, a), np.ones_like(a), da)
    return da


def row_forward(name, a):
    y = np.full_like(a, np.nan)
    ROWS[name][0](a, y)
    return y


def row_backward(name, y, dy):
    da = np.full_like(dy, np.nan)
    ROWS[name][1](y, dy, da)
    return da


def test_every_activation_of_the_reference_is_there():
    assert {*kernel.KINDS, *ROWS} == set(reference.ACTIVATIONS)


@dtypes
@kinds
def test_forward_is_the_equation(name, dtype):
    a = np.linspace(-9, 9, 2003).astype(dtype)
    y = forward(name, a)
    exact = reference.ACTIVATIONS[name](a.astype(np.float64))
    # erfc turns the rounding of its argument b into 2 b^2 times as much: 81 in gelu.
    rtol = RTOL[dtype] * (100 if name == "gelu" else 1)
    # The hard sigmoids cancel where they reach 0.
    assert_allclose(y, exact, rtol=rtol, atol=np.finfo(dtype).eps)


@kinds
def test_backward_is_the_derivative_by_differences(name):
    # No point is at a kink, which lie at whole numbers and between two of them.
    a = np.linspace(-8.9937, 8.9811, 1999)
    assert np.abs(2 * a - np.round(2 * a)).min() > 2e-4
    step = 1e-5
    numeric = (forward(name, a + step) - forward(name, a - step)) / (2 * step)
    # What differences lose: roundoff of y over step, 1e-11 y, and step^2 y''', as much.
    assert_allclose(slope(name, a), numeric, rtol=1e-9, atol=3e-10)


@kinds
def test_backward_in_float32_is_that_in_float64(name):
    a = np.linspace(-8.9937, 8.9811, 1999).astype(np.float32)
    # From the output alone 1 - y^2 and the like are known to one unit of roundoff of 1.
    exact = slope(name, a.astype(np.float64))
    assert_allclose(slope(name, a), exact, rtol=2e-6, atol=3e-7)


@dtypes
@pytest.mark.parametrize(
    ("name", "at", "slopes"),
    [
        ("relu", [0], [0]),
        ("relu6", [0, 6], [0, 0]),
        ("leaky_relu", [0], [1]),
        ("elu", [0], [1]),
        ("selu", [0], [reference.SELU_SCALE]),
        ("hard_sigmoid", [-3, 3], [0, 0]),
        ("hard_tanh", [-1, 1], [0, 0]),
        ("soft_shrink", [-0.5, 0.5], [0, 0]),
        ("sparse_plus", [-1, 1], [0, 1]),
        ("sparse_sigmoid", [-1, 1], [0, 0]),
        ("hard_silu", [-3], [-0.5]),
        ("hard_sigmoid_keras2", [-2.5, 2.5], [0, 0]),
    ],
)
def test_at_a_kink_the_slope_is_one_of_the_two(name, at, slopes, dtype):
    assert_allclose(slope(name, np.array(at, dtype)), slopes, rtol=1e-7)


@dtypes
@kinds
def test_backward_multiplies_with_the_incoming_gradient(name, dtype):
    rng = np.random.default_rng(0)
    a, dy = rng.standard_normal((2, 50)).astype(dtype)
    da = np.full_like(a, np.nan)
    kernel.activation_backward(kernel.KINDS[name], a, forward(name, a), dy, da)
    assert_array_equal(da, dy * slope(name, a))


@kinds
def test_arrays_may_be_worked_on_in_place_and_are_not_changed_otherwise(name):
    rng, kind = np.random.default_rng(0), kernel.KINDS[name]
    a, dy = rng.standard_normal((2, 50))
    before = a.copy(), dy.copy()
    y, da = forward(name, a), np.empty_like(a)
    y_before = y.copy()
    kernel.activation_backward(kind, a, y, dy, da)
    for array, copy in zip((a, dy, y), (*before, y_before), strict=True):
        assert_array_equal(array, copy)
    kernel.activation_backward(kind, a, y, dy, dy)
    assert_array_equal(dy, da)
    kernel.activation_forward(kind, a, a)
    assert_array_equal(a, y)


@dtypes
@kinds
def test_infinities_and_nan_come_out_as_the_equation_has_them(name, dtype):
    a = np.array([-np.inf, np.inf, np.nan, 1], dtype)
    with np.errstate(all="ignore"):
        expected = reference.ACTIVATIONS[name](a)
    assert_allclose(forward(name, a), expected, rtol=1e-6)


@dtypes
@pytest.mark.parametrize("name", ["linear", "tanh", "softsign"])
def test_minus_zero_stays_minus_zero_where_the_function_is_odd(name, dtype):
    assert np.signbit(forward(name, np.array([-0.0], dtype)))[0]


@dtypes
@rows
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1), (4, 33)])
def test_a_row_is_that_of_the_equation(size, name, dtype):
    a = 4 * np.random.default_rng(0).standard_normal(size).astype(dtype)
    exact = reference.ACTIVATIONS[name](a.astype(np.float64))
    # Computed in double, rounded once; in double, sums of 33 terms of size up to 20.
    tolerance = {np.float32: 1e-7, np.float64: 1e-14}[dtype]
    assert_allclose(row_forward(name, a), exact, rtol=tolerance, atol=tolerance)


@rows
def test_the_backward_of_rows_is_their_gradient(name):
    rng = np.random.default_rng(1)
    a, dy = rng.standard_normal((2, 5, 4))
    da = row_backward(name, row_forward(name, a), dy)
    assert_gradient(lambda: (reference.ACTIVATIONS[name](a) * dy).sum(), [a], [da], rng)


@rows
def test_the_backward_of_rows_in_float32_is_that_in_float64(name):
    rng = np.random.default_rng(2)
    a, dy = rng.standard_normal((2, 5, 4)).astype(np.float32)
    y = row_forward(name, a)
    exact = row_backward(name, y.astype(np.float64), dy.astype(np.float64))
    assert_allclose(row_backward(name, y, dy), exact, rtol=1e-6, atol=1e-7)


@rows
def test_rows_may_be_worked_on_in_place(name):
    rng = np.random.default_rng(3)
    a, dy = rng.standard_normal((2, 5, 4))
    y = row_forward(name, a)
    da = row_backward(name, y, dy)
    ROWS[name][1](y, dy, dy)
    assert_array_equal(dy, da)
    ROWS[name][0](a, a)
    assert_array_equal(a, y)


@dtypes
def test_softmax_neither_overflows_nor_spreads_nan_to_other_rows(dtype):
    top = np.finfo(dtype).max
    a = np.array([[top, 0, top], [-top, -top, -top], [0, np.nan, 1], [-np.inf, 0, 0]], dtype)
    expected = [[0.5, 0, 0.5], [1 / 3] * 3, [np.nan] * 3, [0, 0.5, 0.5]]
    for name in ("softmax", "sparsemax"):
        assert_allclose(row_forward(name, a), expected, rtol=1e-7)


def test_sparsemax_keeps_what_is_above_its_limit_and_no_tie():
    a = np.array([[2.0, 1, 0], [1, 1, 0.5], [0.2, 0.3, 0.1], [5, 5, 5]])
    wanted = [[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 13 / 30, 7 / 30], [1 / 3] * 3]
    y = row_forward("sparsemax", a)
    assert_allclose(y, wanted, rtol=1e-14)
    # At a tie with the limit an entry is 0, and takes no part in the way back.
    dy = np.array([[1.0, 2, 4]] * 4)
    back = [[0, 0, 0], [-0.5, 0.5, 0], *[[-4 / 3, -1 / 3, 5 / 3]] * 2]
    assert_allclose(row_backward("sparsemax", y, dy), back, atol=1e-14)
