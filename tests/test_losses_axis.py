"""Losses and metrics along another axis than the last: beside Keras, and their gradients."""

import re

import numpy as np
import pytest
from gradcheck import assert_gradient
from numpy.testing import assert_allclose

import fastgru
from fastgru import losses

B, T, C = 5, 4, 3
CASES = {
    "BinaryCrossentropy": {"label_smoothing": 0.1},
    "BinaryFocalCrossentropy": {"gamma": 1.5, "apply_class_balancing": True},
    "CategoricalCrossentropy": {"label_smoothing": 0.2},
    "CategoricalFocalCrossentropy": {"from_logits": True, "gamma": 3.0},
    "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 1},
    "CosineSimilarity": {},
}
kinds = pytest.mark.parametrize("name", CASES)


def problem(name, axis=1, dtype=np.float64):
    """(the loss's options, targets, outputs), batch first."""
    rng = np.random.default_rng(7)
    y_pred = rng.uniform(0.1, 0.9, (B, T, C)).astype(dtype)
    y_true = rng.uniform(0, 1, (B, T, C)).astype(dtype)
    if name.startswith("Sparse"):
        shape = [size for place, size in enumerate((B, T, C)) if place != axis % 3]
        y_true = rng.integers(0, (B, T, C)[axis % 3], shape)
    return {**CASES[name], "axis": axis}, y_true, y_pred


@kinds
@pytest.mark.parametrize("axis", [-2, 0])
def test_values_are_those_of_keras(name, axis):
    keras = pytest.importorskip("keras")
    options, y_true, y_pred = problem(name, axis, np.float32)
    outputs, their_options = y_pred, options
    if name.startswith("Sparse"):
        # Keras refuses its own axis there.
        outputs, their_options = np.moveaxis(y_pred, axis, -1), {**options, "axis": -1}
    theirs, ours = getattr(keras.losses, name), getattr(losses, name)
    values = ours(**options, reduction=None)(y_true, y_pred)
    expected = theirs(**their_options, reduction=None)(y_true, outputs)
    assert_allclose(values, expected, rtol=0, atol=1e-5)
    assert ours.from_config(ours(**options).get_config()).axis == axis
    theirs.from_config(ours(**options).get_config())
    weights = np.linspace(0.5, 2, len(values)).astype(np.float32)
    expected = theirs(**their_options)(y_true, outputs, weights[:, None])
    assert_allclose(ours(**options)(y_true, y_pred, weights), expected, rtol=0, atol=1e-5)


@kinds
def test_gradients(name):
    options, y, y_pred = problem(name)
    loss = getattr(losses, name)(**options)
    scores = np.ascontiguousarray(y_pred.swapaxes(0, 1))
    y = loss.prepare("here", y, (None, T, C), np.float64)
    weights, gradient = np.random.default_rng(8).uniform(0.5, 2, B), np.empty_like(scores)

    def value():
        return loss.batch(scores, y, None, weights, gradient)

    value()
    assert_gradient(value, [scores], [gradient.copy()], np.random.default_rng(9))
    assert loss.batch(scores, y, None, weights) == value()


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "CosineSimilarity"])
def test_training_and_metrics_are_those_of_keras(name):
    keras = pytest.importorskip("keras")
    options, y, _ = problem(name, dtype=np.float32)
    x = np.random.default_rng(10).standard_normal((B, T, 2)).astype(np.float32)
    found, start = [], None
    for kind in (keras, fastgru):
        L = kind.layers
        model = kind.Sequential(
            [L.Input((T, 2)), L.GRU(4, return_sequences=True), L.Dense(C, "softmax")]
        )
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(
            "adam", getattr(kind.losses, name)(**options),
            metrics=[kind.metrics.CosineSimilarity(axis=1), "mae"],
            weighted_metrics=[kind.metrics.CategoricalCrossentropy(axis=1, name="cce")],
        )  # fmt: skip
        # Keras cannot spread (batch,) over values of two axes.
        weights = np.linspace(0.5, 2, B).astype(np.float32)[:, None]
        history = model.fit(
            x, y, batch_size=2, epochs=3, shuffle=False, verbose=0, sample_weight=weights
        )
        found.append((history.history, model.get_weights()))
    (theirs, their_weights), (ours, our_weights) = found
    assert ours.keys() == theirs.keys()
    for key, values in theirs.items():
        assert_allclose(ours[key], values, rtol=0, atol=1e-5, err_msg=key)
    for our, their in zip(our_weights, their_weights, strict=True):
        assert_allclose(our, their, rtol=0, atol=1e-5)


def test_the_last_axis_by_its_number_is_the_last_axis():
    rng = np.random.default_rng(11)
    y, p = rng.uniform(0, 1, (B, C)), rng.uniform(0.1, 0.9, (B, C))
    for name in CASES.keys() - {"SparseCategoricalCrossentropy"}:
        one, other = (getattr(losses, name)(axis=axis) for axis in (1, -1))
        assert_allclose(one(y, p), other(y, p), rtol=1e-12)
    metric = fastgru.metrics.CosineSimilarity(axis=1)
    assert_allclose(metric(y, p), -losses.CosineSimilarity()(y, p), rtol=1e-12)
    assert metric.get_config()["axis"] == 1


def test_weights_of_steps_that_are_no_places_of_values_are_refused():
    options, y, y_pred = problem("CosineSimilarity")
    loss = losses.CosineSimilarity(**options)
    text = (
        "cosine_similarity: sample_weight must have the shape of the values along axis 1, "
        "(5, 3); got (5, 4)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        loss.batch(y_pred.swapaxes(0, 1), y, None, np.ones((T, B)))
