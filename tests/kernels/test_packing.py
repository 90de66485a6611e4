"""The plan of a masked batch against a slow version; moving rows there and back."""

import numpy as np
import pytest
from gradcheck import assert_gradient
from numpy.testing import assert_array_equal

from fastgru.kernels import packing as kernel

NAMES = ("order", "place", "lengths", "counts", "starts", "rows", "states")


def random_mask(rng, T, B):
    """Holes anywhere, at a density of its own; some rows and steps all false or all true."""
    mask = rng.random((T, B)) < rng.random()
    mask[:, rng.random(B) < 0.2] = False
    mask[:, rng.random(B) < 0.2] = True
    mask[rng.random(T) < 0.2] = False
    return mask.astype(np.uint8)


def run(mask):
    """What the kernel lays out, by name, in arrays that start as nonsense."""
    T, B = mask.shape
    shapes = (B, B, B, T, T + 1, T * B, (T, B))
    found = {n: np.full(shape, -77, np.intp) for n, shape in zip(NAMES, shapes, strict=True)}
    longest, N = kernel.plan(mask, **found)
    filled = {"counts": longest, "starts": longest + 1, "rows": N}
    return (longest, N), {name: a[: filled.get(name, len(a))] for name, a in found.items()}


def slow(mask):
    """The same, from the definitions, one row after the other."""
    T, B = mask.shape
    steps = [[t for t in range(T) if mask[t, b]] for b in range(B)]
    order = sorted(range(B), key=lambda b: -len(steps[b]))
    longest = len(steps[order[0]])
    packed = [[b for b in order if len(steps[b]) > n] for n in range(longest)]
    # The state before the n-th true step of row b is row `read[n, b]` of h.
    read = {(n, b): None for n in range(longest) for b in packed[n]}
    read = {key: row for row, key in enumerate(read)}
    states = np.empty((T, B), int)
    for b in range(B):
        for t in range(T):
            n = sum(s <= t for s in steps[b])
            states[t, b] = read.get((n, b), len(read) + order.index(b))
    return (longest, len(read)), {
        "order": order,
        "place": [order.index(b) for b in range(B)],
        "lengths": [len(s) for s in steps],
        "counts": [len(p) for p in packed],
        "starts": [sum(map(len, packed[:n])) for n in range(longest + 1)],
        "rows": [steps[b][n] * B + b for n, b in read],
        "states": states,
    }


def assert_planned_as_defined(mask):
    sizes, found = run(mask)
    expected_sizes, expected = slow(mask)
    assert sizes == expected_sizes
    for name in NAMES:
        assert_array_equal(found[name], expected[name], err_msg=name)


@pytest.mark.parametrize("seed", range(40))
def test_random_masks_are_planned_as_defined(seed):
    rng = np.random.default_rng(seed)
    T, B = rng.integers(1, 9, 2)
    assert_planned_as_defined(random_mask(rng, T, B))


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((3, 4)),
        np.ones((3, 4)),
        np.zeros((1, 1)),
        np.ones((1, 1)),
        np.eye(4),
        np.tri(5, 5, -1),
        np.tri(5, 5)[::-1],
        np.array([[1, 0], [0, 0], [1, 0]]),
    ],
    ids=["all_false", "all_true", "one_false", "one_true", "eye", "before", "after", "holes"],
)
def test_plain_masks_are_planned_as_defined(mask):
    assert_planned_as_defined(mask.astype(np.uint8))


def test_any_byte_but_zero_is_true():
    mask = np.array([[255, 0, 2], [0, 1, 128]], np.uint8)
    (sizes, found), (expected_sizes, expected) = run(mask), run((mask > 0).astype(np.uint8))
    assert sizes == expected_sizes
    for name in NAMES:
        assert_array_equal(found[name], expected[name], err_msg=name)


def test_the_mask_is_not_changed():
    mask = random_mask(np.random.default_rng(0), 6, 5)
    before = mask.copy()
    run(mask)
    assert_array_equal(mask, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("F", [1, 5])
def test_gather_reads_rows_and_leaves_the_input(F, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((7, F)).astype(dtype)
    before, index = x.copy(), np.array([6, 0, 0, 3], np.intp)
    y = np.full((4, F), np.nan, dtype)
    kernel.gather(x, index, y)
    assert_array_equal(y, x[index])
    assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("F", [1, 5])
def test_scatter_sets_zero_then_adds_rows_in_order(F, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, F)).astype(dtype)
    before, index = x.copy(), np.array([6, 0, 0, 3, 0], np.intp)
    y = np.full((7, F), np.nan, dtype)
    kernel.scatter(x, index, y)
    expected = np.zeros((7, F), dtype)
    for i, row in zip(index, x, strict=True):
        expected[i] += row
    assert_array_equal(y, expected)
    assert_array_equal(x, before)


def test_scatter_is_the_gradient_of_gather():
    rng = np.random.default_rng(1)
    x, dy, dx = (rng.standard_normal((n, 3)) for n in (6, 8, 6))
    index = rng.integers(0, 6, 8).astype(np.intp)
    kernel.scatter(dy, index, dx)
    assert_gradient(lambda: (x[index] * dy).sum(), [x], [dx], rng)


def test_no_rows_are_gathered_and_scattering_them_leaves_zeros():
    none, nothing = np.empty(0, np.intp), np.empty((0, 2))
    kernel.gather(np.ones((3, 2)), none, nothing)
    y = np.ones((3, 2))
    kernel.scatter(nothing, none, y)
    assert_array_equal(y, np.zeros((3, 2)))
