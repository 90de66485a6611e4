"""CTC: the likelihood beside all paths one by one, and its gradient beside differences."""

import itertools

import numpy as np
import pytest
from gradcheck import assert_gradient
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.losses import CTC
from fastgru.losses import ctc as function


def spelled(path):
    """The labels that a path spells: repetitions are one, then blanks go."""
    kept = [c for t, c in enumerate(path) if t == 0 or path[t - 1] != c]
    return tuple(c for c in kept if c)


def by_paths(scores, labels):
    """-log of the sum over every path of (T, C) scores that spells the labels."""
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    T, C = p.shape
    wanted = tuple(c for c in labels if c)
    total = sum(
        np.prod(p[np.arange(T), path])
        for path in itertools.product(range(C), repeat=T)
        if spelled(path) == wanted
    )
    return -np.log(total)


LABELS = [[1, 2, 0], [1, 1, 0], [2, 0, 0], [0, 0, 0], [1, 2, 1], [2, 2, 1]]


def problem(dtype=np.float64, T=5, C=3, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 1.5, (T, len(LABELS), C)).astype(dtype)
    return rng, scores, np.array(LABELS, np.int32)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-6), (np.float64, 1e-12)])
def test_the_loss_is_that_of_all_paths(dtype, rtol):
    _, scores, labels = problem(dtype)
    each = [by_paths(scores[:, b].astype(float), row) for b, row in enumerate(LABELS)]
    assert_allclose(CTC("sum").batch(scores, labels), np.sum(each), rtol=rtol)
    assert_allclose(CTC()(labels, scores.swapaxes(0, 1)), np.mean(each), rtol=rtol)
    assert_allclose(function(labels, scores.swapaxes(0, 1)), each, rtol=rtol)


def test_masked_steps_are_passed_over():
    rng, scores, labels = problem(T=6)
    mask = rng.random(scores.shape[:2]) < 0.5
    mask[:5] |= mask[:5].sum(axis=0) < 4
    mask[:, 3] = False
    each = [by_paths(scores[mask[:, b], b], row) for b, row in enumerate(LABELS) if b != 3]
    assert_allclose(CTC("sum").batch(scores, labels, mask), np.sum(each), rtol=1e-12)
    other = scores + np.where(mask, 0, 100)[:, :, None]
    assert_allclose(CTC("sum").batch(other, labels, mask), np.sum(each), rtol=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_the_gradient_is_that_of_differences(masked):
    rng, scores, labels = problem(T=7, seed=1)
    mask = None
    if masked:
        mask = np.ones(scores.shape[:2], bool)
        mask[2, :3] = mask[0, 4] = mask[:, 3] = False
    weights = rng.uniform(0.1, 2, len(LABELS))
    gradient = np.full_like(scores, np.nan)
    CTC().batch(scores, labels, mask, weights, gradient)
    if masked:
        assert_array_equal(gradient[~mask], 0)
    loss = lambda: CTC().batch(scores, labels, mask, weights)
    assert_gradient(loss, [scores], [gradient], rng)
    single = np.empty(scores.shape, np.float32)
    CTC().batch(scores.astype(np.float32), labels, mask, weights, single)
    assert_allclose(single, gradient, atol=1e-6)


def test_scores_of_any_size_and_long_sequences_stay_finite():
    rng = np.random.default_rng(2)
    scores = np.zeros((2000, 1, 4))
    scores[:, 0, rng.integers(0, 4)] = 1000
    gradient = np.empty_like(scores)
    found = CTC().batch(scores, np.array([[1, 2, 3, 1]], np.int32), None, None, gradient)
    assert np.isfinite(found) and np.isfinite(gradient).all()
    assert_allclose(gradient.sum(axis=2), 0, atol=1e-9)


ROOM = "Equal neighbours need a blank between them."


@pytest.mark.parametrize(
    ("labels", "shape", "sentence"),
    [
        ([[1, 2]], (1, 3), ("ctc: the model's output must be (batch, time, classes) for ctc; "
         "got (batch, 3). return_sequences=True in the last GRU gives an output for each "
         "step.")),
        ([1, 2], (2, 4, 3), "ctc: y must be (batch, labels) for ctc; got (2,)."),
        ([[1, 3]], (1, 4, 3), ("ctc: y must hold class numbers in [0, 3); got values from 1 "
         "to 3. The last layer needs one unit for each class.")),
        ([[1, 0.5]], (1, 4, 3), "ctc: y must hold whole class numbers; got fractions or NaN."),
        ([[1, 0, 2]], (1, 4, 3), ("ctc: y must have zeros only behind the labels of a row; "
         "got a label behind one.")),
        ([[1, 1]], (1, 2, 3), ("ctc: y must fit into the 2 steps of its sample; got labels "
         f"that need 3. {ROOM}")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(labels, shape, sentence):
    with pytest.raises(ValueError) as caught:
        CTC()(labels, np.zeros(shape))
    assert str(caught.value) == sentence


def test_labels_that_the_mask_leaves_no_room_for_are_refused():
    _, scores, labels = problem()
    mask = np.ones(scores.shape[:2], bool)
    mask[:3, 4] = False
    with pytest.raises(ValueError) as caught:
        CTC().batch(scores, labels, mask)
    assert str(caught.value) == (
        f"ctc: y must fit into the 2 steps of its sample; got labels that need 3. {ROOM}"
    )
