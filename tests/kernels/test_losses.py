"""The losses: values, gradients, and what happens where probabilities are clipped."""

import numpy as np
import pytest
import reference
from gradcheck import assert_gradient
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.kernels import losses as kernel
from fastgru.kernels import losses_pointwise

PROBABILITY, LOGIT, LINKED = kernel.Link
ACTIVATION = {
    "binary_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
}
POINTWISE = {
    "mean_squared_error": losses_pointwise.Point.SQUARED,
    "mean_absolute_error": losses_pointwise.Point.ABSOLUTE,
}
CASES = [(name, link) for name in ACTIVATION for link in kernel.Link]
CASES += [(name, None) for name in POINTWISE]

# Sums are in double; float32 rounds 1 - y, and ds once. Then what p near 0 or 1 loses.
RTOL = {np.float32: 1e-6, np.float64: 1e-13}
LOW = {dtype: float(dtype(1e-7)) for dtype in RTOL}
HIGH = {dtype: float(dtype(1 - 1e-7)) for dtype in RTOL}

cases = pytest.mark.parametrize(("name", "link"), CASES)
dtypes = pytest.mark.parametrize("dtype", RTOL)


def problem(rng, name, link, R=6, C=4, dtype=np.float64):
    """Scores, targets, weights; nothing is clipped, probabilities have any sum."""
    s = rng.uniform(0.02, 0.9, (R, C)) if link == PROBABILITY else rng.normal(0, 2, (R, C))
    y = rng.uniform(0, 1, (R, C)).astype(dtype)
    if name.startswith("sparse"):
        y = rng.integers(0, C, R, dtype=np.int32)
    return s.astype(dtype), y, rng.uniform(-1, 2, R).astype(dtype)


def call(name, link, *given):
    """The kernel's total."""
    if link is None:
        return losses_pointwise.pointwise(*given, POINTWISE[name])
    return getattr(kernel, name)(*given, link)


def run(name, link, s, y, w=None, scale=1.0):
    """The kernel's total and ds."""
    ds = np.full_like(s, np.nan)
    return call(name, link, s, y, w, scale, ds), ds


def rows(name, link, s, y):
    """The reference's losses, one a row."""
    if link is None:
        return getattr(reference, name)(y, s)
    if link == LINKED:
        s = reference.ACTIVATIONS[ACTIVATION[name]](s)
    return getattr(reference, name)(y, s, link == LOGIT)


def in_float64(*arrays):
    return [a if a.dtype == np.int32 else a.astype(np.float64) for a in arrays]


@dtypes
@cases
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (7, 2), (6, 4)])
def test_the_total_is_the_weighted_sum_over_rows(size, name, link, dtype):
    s, y, w = problem(np.random.default_rng(0), name, link, *size, dtype)
    total, _ = run(name, link, s, y, w, scale=7)
    s, y, w = in_float64(s, y, w)
    # One class alone has p = 1, which is clipped, in each precision elsewhere.
    atol = 1e-7 if size[1] == 1 and link != LOGIT else 1e-14
    atol *= np.abs(w).sum()
    assert_allclose(total, (w * rows(name, link, s, y)).sum(), rtol=RTOL[dtype], atol=atol)


@cases
def test_ds_is_the_gradient_times_scale(name, link):
    rng = np.random.default_rng(1)
    s, y, w = problem(rng, name, link)
    _, ds = run(name, link, s, y, w, scale=0.3)
    assert_gradient(lambda: 0.3 * (w * rows(name, link, s, y)).sum(), [s], [ds], rng)


@cases
def test_ds_in_float32_is_that_in_float64(name, link):
    given = problem(np.random.default_rng(2), name, link, dtype=np.float32)
    _, ds = run(name, link, *given, scale=0.3)
    _, exact = run(name, link, *in_float64(*given), scale=0.3)
    assert_allclose(ds, exact, rtol=1e-6, atol=1e-7 * np.abs(exact).max())


@dtypes
@cases
def test_no_weights_are_weights_of_one(name, link, dtype):
    s, y, _ = problem(np.random.default_rng(3), name, link, dtype=dtype)
    for ours, theirs in zip(
        run(name, link, s, y), run(name, link, s, y, np.ones(6, dtype)), strict=True
    ):
        assert_array_equal(ours, theirs)


@cases
def test_without_ds_the_total_is_the_same_and_inputs_stay(name, link):
    given = problem(np.random.default_rng(4), name, link)
    before = [array.copy() for array in given]
    assert run(name, link, *given)[0] == call(name, link, *given, 1.0, None)
    for array, copy in zip(given, before, strict=True):
        assert_array_equal(array, copy)


@cases
@pytest.mark.parametrize("place", [0, 3])
def test_nan_stays_in_its_row(place, name, link):
    s, y, w = problem(np.random.default_rng(5), name, link)
    _, clean = run(name, link, s, y, w)
    s[2, place] = np.nan
    total, ds = run(name, link, s, y, w)
    assert np.isnan(total)
    others = np.arange(6) != 2
    assert_array_equal(ds[others], clean[others])
    # Where a row shares a sum, all of it is NaN.
    alone = name in (*POINTWISE, "binary_crossentropy")
    assert_array_equal(np.isnan(ds[2]), np.arange(4) == place if alone else True)


@dtypes
@pytest.mark.parametrize("link", [PROBABILITY, LINKED])
@pytest.mark.parametrize("high", [True, False])
@pytest.mark.parametrize("target", [0, 1, 0.25])
def test_a_clipped_probability_has_the_limits_loss_and_no_slope(target, high, link, dtype):
    beyond = {PROBABILITY: [0, 0.5e-7, -1], LINKED: [-17, -1000, -np.inf]}[link]
    p = LOW[dtype]
    if high:
        beyond = [1 - s for s in beyond] if link == PROBABILITY else [-s for s in beyond]
        p = HIGH[dtype]
    loss = -target * np.log(p) - (1 - target) * np.log1p(-p)
    for score in beyond:
        s, y = np.array([[score]], dtype), np.array([[target]], dtype)
        total, ds = run("binary_crossentropy", link, s, y)
        assert_allclose(total, loss, rtol=1e-9)
        assert_array_equal(ds, [[0]])


@dtypes
def test_just_inside_the_limits_there_is_the_whole_slope(dtype):
    s, y = np.array([[-16.1], [15.9]], dtype), np.array([[1], [0]], dtype)
    _, ds = run("binary_crossentropy", LINKED, s, y)
    assert_allclose(ds, [[-1], [1]], rtol=1e-6)
    p = np.array([[1.01e-7], [1 - 2e-7]], dtype)
    _, ds = run("binary_crossentropy", PROBABILITY, p, y)
    assert_allclose(ds[:, 0], [-1 / p[0, 0], 1 / (1 - np.float64(p[1, 0]))], rtol=1e-6)


@dtypes
@pytest.mark.parametrize("link", [PROBABILITY, LINKED])
@pytest.mark.parametrize("sparse", [True, False])
def test_a_clipped_class_has_the_limits_loss_and_no_slope(sparse, link, dtype):
    s = np.array([[0, 5], [0, 5], [5, 0]] if link == PROBABILITY else [[0, 40]] * 3, dtype)
    y = np.array([0, 1, 0 if link == PROBABILITY else 1], np.int32)
    name = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    targets = y if sparse else np.eye(2, dtype=dtype)[y]
    total, ds = run(name, link, s, targets)
    assert_allclose(total, -np.log(LOW[dtype]) - 2 * np.log(HIGH[dtype]), rtol=1e-9)
    assert_array_equal(ds, np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("link", "s"),
    [
        # Negative scores are no probabilities, but lie well inside the region that is clipped.
        (PROBABILITY, [-0.5, 1.5, 3]),
        (PROBABILITY, [-0.5, -0.25, 3]),
        (LINKED, [-20, 0, 1]),
        (LINKED, [0, 20, 1]),
        (LOGIT, [-20, 0, 1]),
    ],
)
@pytest.mark.parametrize("name", ACTIVATION)
def test_where_one_entry_is_clipped_the_others_keep_their_slope(name, link, s):
    rng = np.random.default_rng(6)
    s = np.array([s] * 3, np.float64)
    y = np.array([[0.5, 0.2, 0.3], [1, 0, 0], [0, 0, 1]])
    if name.startswith("sparse"):
        y = np.arange(3, dtype=np.int32)
    _, ds = run(name, link, s, y)
    for i in range(3):
        row, target = s[i : i + 1], y[i : i + 1]
        grad = ds[i : i + 1]
        assert_gradient(
            lambda r=row, t=target: rows(name, link, r, t).sum(), [row], [grad], rng
        )


@dtypes
def test_logits_of_any_size_have_their_exact_loss(dtype):
    a = np.array([[1000], [-1000], [1000], [-1000]], dtype)
    y = np.array([[0], [1], [1], [0]], dtype)
    total, ds = run("binary_crossentropy", LOGIT, a, y)
    assert total == 2000
    assert_array_equal(ds, [[1], [-1], [0], [0]])
    pair = np.array([[0, 1000], [0, 1000]], dtype)
    total, ds = run("categorical_crossentropy", LOGIT, pair, np.eye(2, dtype=dtype))
    assert total == 1000
    assert_array_equal(ds, [[-1, 1], [0, 0]])
    sparse = run("sparse_categorical_crossentropy", LOGIT, pair, np.arange(2, dtype=np.int32))
    assert sparse[0] == 1000
    assert_array_equal(sparse[1], ds)


@dtypes
def test_the_absolute_error_has_no_slope_at_zero(dtype):
    s = np.array([[2, 3, 1]], dtype)
    total, ds = run("mean_absolute_error", None, s, np.array([[2, 1, 3]], dtype), scale=3)
    assert_allclose(total, 4 / 3, rtol=1e-15)
    assert_array_equal(ds, [[0, 1, -1]])
