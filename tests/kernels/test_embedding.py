"""Rows of a table by number, and the gradient on the rows that were used."""

import numpy as np
import pytest
from gradcheck import assert_gradient
from numpy.testing import assert_array_equal
from reference import embedding

from fastgru.kernels import embedding as kernel

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
sizes = pytest.mark.parametrize("size", [(1, 1, 1), (9, 4, 3), (3, 50, 17)])  # R, V, O


def problem(rng, R, V, O, dtype=np.float64):
    """ids, E and an upstream gradient dy."""
    ids = rng.integers(0, V, R, dtype=np.int32)
    return ids, *(rng.standard_normal(s).astype(dtype) for s in ((V, O), (R, O)))


@dtypes
@sizes
def test_forward_copies_rows(size, dtype):
    ids, E, dy = problem(np.random.default_rng(0), *size, dtype)
    y = np.full_like(dy, np.nan)
    kernel.embedding_forward(ids, E, y)
    assert_array_equal(y, embedding(ids, E))


@sizes
def test_backward_is_the_gradient_of_forward(size):
    rng = np.random.default_rng(1)
    ids, E, dy = problem(rng, *size)
    dE = np.zeros_like(E)
    kernel.embedding_backward(ids, dy, dE, np.zeros(len(E), np.uint8))
    assert_gradient(lambda: (embedding(ids, E) * dy).sum(), [E], [dE], rng)


@dtypes
def test_backward_adds_row_by_row_in_the_order_of_the_ids(dtype):
    rng = np.random.default_rng(2)
    ids, E, dy = problem(rng, 30, 7, 3, dtype)
    dE = rng.standard_normal(E.shape).astype(dtype)
    expected = dE.copy()
    for _ in range(2):
        kernel.embedding_backward(ids, dy, dE, np.zeros(7, np.uint8))
        for i, row in zip(ids, dy, strict=True):
            expected[i] += row
        assert_array_equal(dE, expected)


def test_used_rows_are_marked_and_earlier_marks_stay():
    ids = np.array([4, 1, 4], np.int32)
    used = np.array([1, 0, 0, 0, 0, 0], np.uint8)
    kernel.embedding_backward(ids, np.ones((3, 2)), np.zeros((6, 2)), used)
    assert_array_equal(used, [1, 1, 0, 0, 1, 0])


def test_inputs_are_not_changed():
    given = problem(np.random.default_rng(3), 9, 4, 3)
    before = [array.copy() for array in given]
    ids, E, dy = given
    kernel.embedding_forward(ids, E, np.empty_like(dy))
    kernel.embedding_backward(ids, dy, np.zeros_like(E), np.zeros(4, np.uint8))
    for array, copy in zip(given, before, strict=True):
        assert_array_equal(array, copy)


@pytest.mark.parametrize(
    ("ids", "place"),
    [([0, 4], -1), ([], -1), ([5], 0), ([0, -1, 9], 1), ([1, 2, 3, -(2**31)], 3), ([4, 5], 1)],
)
def test_first_outside_finds_the_first_id_that_is_no_row(ids, place):
    assert kernel.first_outside(np.array(ids, np.int32), 5) == place
