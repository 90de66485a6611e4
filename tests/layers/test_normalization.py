"""Normalization: by hand, against Keras, in a model and in a file."""

import io
import os
import re

import numpy as np
import pytest
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import Sequential, saving
from fastgru.layers import GRU, Dense, Normalization


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def test_the_examples_of_keras_page():
    layer = Normalization(axis=None)
    layer.adapt(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert_allclose(layer(np.array([1.0, 2.0, 3.0])), [-1.4142135, -0.70710677, 0], atol=1e-6)
    data = np.array([[0.0, 7.0, 4.0], [2.0, 9.0, 6.0], [0.0, 7.0, 4.0], [2.0, 9.0, 6.0]])
    layer = Normalization()
    layer.adapt(data)
    assert_allclose(layer(data[:1]), [[-1, -1, -1]], atol=1e-6)
    layer = Normalization(mean=3.0, variance=2.0)
    assert_allclose(layer([[1.0], [2.0], [3.0]]), [[-1.4142135], [-0.70710677], [0]], atol=1e-6)
    layer = Normalization(invert=True)
    layer.adapt(data)
    assert_allclose(layer([[1.0, 2.0, 3.0]]), [[2, 10, 8]], atol=1e-6)


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), (-1, 1), None])
@pytest.mark.parametrize("invert", [False, True])
def test_it_does_what_it_says_on_sequences(axis, invert):
    rng = np.random.default_rng(0)
    data = rng.normal(2, 3, (50, 4, 3))
    listed = () if axis is None else np.atleast_1d(axis) % 3
    others = tuple(a for a in range(3) if a not in listed)
    mean, deviation = data.mean(others, keepdims=True), data.std(others, keepdims=True)
    x = rng.standard_normal((7, 4, 3))
    expected = x * deviation + mean if invert else (x - mean) / deviation
    layer = Normalization(axis, invert=invert, dtype="float64")
    layer.adapt(data)
    assert_allclose(layer(x), expected, rtol=1e-12)
    given = Normalization(axis, np.squeeze(mean), np.squeeze(deviation) ** 2, invert,
                          dtype="float64")  # fmt: skip
    assert_allclose(given(x), expected, rtol=1e-12)
    assert not given.weights and layer.count_params() == 2 * mean.size + 1


def test_batches_are_taken_together():
    rng = np.random.default_rng(1)
    parts = [rng.normal(k, 1 + k, (4 + 3 * k, 5, 2)) for k in range(3)]
    whole = Normalization(dtype="float64")
    whole.adapt(np.concatenate(parts))
    for data in (parts, iter(parts), ((part, "y") for part in parts)):
        layer = Normalization(dtype="float64")
        layer.adapt(data)
        for mine, expected in zip(layer.weights, whole.weights, strict=True):
            assert_allclose(mine, expected, rtol=1e-12)
    again = Normalization(dtype="float64")
    again.adapt(parts[0].tolist())
    again.adapt(np.concatenate(parts))
    assert_allclose(again.weights[1], whole.weights[1], rtol=1e-12)


def test_a_feature_that_does_not_vary_is_only_shifted_and_scaled_by_the_least():
    layer = Normalization(dtype="float64")
    layer.adapt([[3.0, 1.0], [3.0, 2.0]])
    assert_allclose(layer([[3.0, 1.5], [4.0, 1.5]]), [[0, 0], [1e7, 0]])


@pytest.mark.parametrize("invert", [False, True])
def test_gradients_and_masks(invert):
    rng = np.random.default_rng(2)
    layer = Normalization((1, 2), invert=invert, dtype="float64")
    layer.adapt(rng.normal(1, 2, (30, T, 3)))
    x, dy = rng.standard_normal((T, B, 3)), rng.standard_normal((T, B, 3))
    mask = MASKS["holes"]
    y, behind, backward = layer.forward(x, mask)
    assert behind is mask and layer.predict(x, mask)[1] is mask
    assert_array_equal(np.swapaxes(layer(np.swapaxes(x, 0, 1)), 0, 1), y)
    dx = backward(dy)
    assert_gradient(lambda: (layer.predict(x)[0] * dy).sum(), [x], [dx], rng)
    assert backward(dy, False) is None


def model(layer):
    return Sequential([layer, GRU(4, return_sequences=True), Dense(1)])


def test_training_leaves_its_weights_alone_and_they_are_saved():
    rng = np.random.default_rng(3)
    x, y = rng.normal(5, 2, (20, 6, 3)), rng.standard_normal((20, 6, 1))
    layer = Normalization()
    layer.adapt(x)
    before = layer.get_weights()
    mine = model(layer)
    mine.compile("adam", "mse")
    mine.fit(x, y, verbose=0)
    for now, then in zip(layer.weights, before, strict=True):
        assert_array_equal(now, then)
    assert not layer.gradients["mean"].any()
    file = io.BytesIO()
    saving.save_model(mine, file)
    other = saving.load_model(io.BytesIO(file.getvalue()))
    assert_array_equal(other.predict(x, verbose=0), mine.predict(x, verbose=0))
    for each in (mine, other):
        each.fit(x, y, shuffle=False, verbose=0)
    assert_array_equal(other.predict(x, verbose=0), mine.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: Normalization(mean=1.0), ValueError,
         "Normalization: mean and variance must be given together; got no variance."),
        (lambda: Normalization(mean=[1.0], variance=[1.0, 2.0]), ValueError,
         "Normalization: mean and variance must have one shape; got (1,) and (2,)."),
        (lambda: Normalization(None, [1.0], [1.0]), ValueError,
         "Normalization: mean must have at most 0 axes, those of axis; got (1,)."),
        (lambda: Normalization("x"), TypeError,
         "Normalization: axis must be an integer; got 'x'."),
        (lambda: Normalization(3, name="n").build((None, 2)), ValueError,
         "n: axis must lie in [-2, 2) for its input; got 3."),
        (lambda: Normalization(0, name="n").build((None, 2)), ValueError,
         ("n: the axes of axis must have a known size in its input; got (None, 2). axis=None "
         "has one mean for all.")),
        (lambda: Normalization(-1, [1.0, 2], [1.0, 2], name="n").build((None, 3)), ValueError,
         "n: mean must broadcast to (3,); got (2,)."),
        (lambda: Normalization(mean=1.0, variance=2.0, name="n").adapt([[1.0]]), ValueError,
         "n.adapt: mean and variance must not be given to the constructor; got both."),
        (lambda: Normalization(name="n").adapt(iter([])), ValueError,
         "n.adapt: data must have samples; got no batches."),
        (lambda: Normalization(name="n").adapt(np.zeros((0, 2))), ValueError,
         "n.adapt: data must have samples; got shape (0, 2)."),
        (lambda: Normalization(name="n").adapt("abc"), TypeError,
         "n.adapt: data must hold numbers; got str."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, kind, sentence):
    with refuses(kind, sentence):
        call()


def test_a_built_layer_keeps_its_shape():
    layer = Normalization(name="n")
    layer.adapt(np.eye(3))
    with refuses(ValueError, "n: its input must have the shape it was built for, (None, 3); got "
                 "(None, 2)."):  # fmt: skip
        layer.adapt(np.eye(2))
    assert_allclose(layer(np.eye(3)).mean(), 0, atol=1e-6)


# Live Keras.


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [({}, (9, 5, 3)), ({"axis": 1}, (9, 5, 3)), ({"axis": (1, 2), "invert": True}, (9, 5, 3)),
     ({"axis": None}, (9, 5)), ({}, (9, 5)), ({"axis": (2,)}, (9, 2, 3, 4))],
)  # fmt: skip
def test_keras_adapts_alike(keras, arguments, shape):
    rng = np.random.default_rng(4)
    data, x = (rng.normal(1, 3, shape).astype("float32") for _ in range(2))
    theirs, ours = keras.layers.Normalization(**arguments), Normalization(**arguments)
    # Of an array: Keras needs TensorFlow to look at anything else.
    theirs.adapt(data)
    ours.adapt(data)
    assert_allclose(ours(x), np.asarray(theirs(x)), rtol=2e-6, atol=2e-6)
    for mine, his in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(mine, his, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("given", [False, True])
def test_files_cross_over_both_ways(keras, given, tmp_path):
    import fastgru

    rng = np.random.default_rng(6)
    x = rng.normal(2, 3, (8, 5, 3)).astype("float32")
    arguments = {"mean": [1.0, 2.0, 3.0], "variance": [0.5, 2.0, 4.0]} if given else {}
    for writer, reader in ((keras, fastgru), (fastgru, keras)):
        L = writer.layers
        layer = L.Normalization(**arguments)
        if not given:
            layer.adapt(x)
        mine = writer.Sequential([L.Input((5, 3)), layer, L.GRU(4), L.Dense(1)])
        mine.compile("adam", "mse")
        mine.fit(x, np.ones((8, 1)), verbose=0)
        mine.save(tmp_path / "model.keras")
        other = reader.saving.load_model(tmp_path / "model.keras")
        assert_allclose(other.predict(x, verbose=0), mine.predict(x, verbose=0), atol=1e-6)
        for each in (mine, other):
            each.fit(x, np.ones((8, 1)), shuffle=False, verbose=0)
        for a, b in zip(mine.get_weights(), other.get_weights(), strict=True):
            assert_allclose(a, b, atol=1e-5)
