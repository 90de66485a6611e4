"""Every loss beside real Keras: values, and gradients by JAX, where both can be imported."""

import os

import numpy as np
import pytest
from loss_problems import CASES, IDS, data
from numpy.testing import assert_allclose

from fastgru import losses

os.environ.setdefault("KERAS_BACKEND", "jax")
# Nearly all of the time goes into compiling.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
needs_jax = pytest.mark.skipif(keras.backend.backend() != "jax", reason="needs JAX")
REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", None)

every_case = pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)


def pair(name, options, /, **more):
    """Keras' loss and ours."""
    return [getattr(module, name)(**{**options, **more}) for module in (keras.losses, losses)]


@every_case
def test_values_equal_keras(name, options):
    rng = np.random.default_rng(0)
    lead = 3, 5
    y, p = data(rng, name, options, lead, np.float32)
    weights = rng.uniform(0, 2, lead).astype(np.float32)
    for reduction, weight in ((None, None), ("mean_with_sample_weight", weights)):
        theirs, ours = pair(name, options, reduction=reduction)
        assert_same(ours(y, p, weight), theirs(y, p, weight))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["MeanSquaredError", "SparseCategoricalCrossentropy"])
def test_reductions_are_those_of_keras(name, reduction):
    options = {"ignore_class": 1} if name.startswith("Sparse") else {}
    rng = np.random.default_rng(4)
    y, p = data(rng, name, options, (7,), np.float32)
    theirs, ours = pair(name, options, reduction=reduction)
    for weight in (None, rng.uniform(0, 2, 7).astype(np.float32), np.zeros(7, np.float32)):
        assert_same(ours(y, p, weight), theirs(y, p, weight))


def assert_same(actual, expected):
    expected = np.asarray(expected)
    assert np.shape(actual) == expected.shape
    assert_allclose(actual, expected, rtol=2e-6, atol=2e-6)


@needs_jax
@every_case
def test_gradients_of_a_masked_batch_equal_keras(name, options):
    rng = np.random.default_rng(1)
    B, T = 3, 5
    y, p = data(rng, name, options, (B, T), np.float32)
    weights = rng.uniform(0.1, 2, (B, T)).astype(np.float32)
    mask = rng.random((B, T)) < 0.7
    theirs, ours = pair(name, options)

    def loss(outputs):
        keras.src.backend.set_keras_mask(outputs, jax.numpy.asarray(mask))
        return theirs(y, outputs, weights)

    value, slopes = jax.value_and_grad(loss)(jax.numpy.asarray(p))
    gradient = np.full((T, B, 4), np.nan, np.float32)
    turned = np.ascontiguousarray(p.swapaxes(0, 1))
    prepared = ours.prepare("", y, p.shape, np.float32)
    found = ours.batch(
        turned, np.ascontiguousarray(prepared.swapaxes(0, 1)),
        np.ascontiguousarray(mask.T),
        np.ascontiguousarray(weights.T), gradient,
    )  # fmt: skip
    assert_allclose(found, value, rtol=2e-6, atol=2e-6)
    slopes = np.asarray(slopes)
    assert_allclose(gradient.swapaxes(0, 1), slopes, atol=2e-6 * np.abs(slopes).max())


@every_case
def test_configurations_are_those_of_keras(name, options):
    theirs, ours = pair(name, options, name="mine")
    config = theirs.get_config()
    if name == "Huber":
        # Keras' own forgets it.
        config["delta"] = ours.delta
    assert {**ours.get_config(), **config} == {**config, **ours.get_config()}
    assert config.keys() <= ours.get_config().keys()
    assert getattr(losses, name).from_config(config).get_config() == ours.get_config()
    assert getattr(keras.losses, name)().name == getattr(losses, name)().name


def test_every_word_of_keras_is_known():
    left_out = {
        "Circle", "Dice", "Tversky", "circle", "dice", "tversky", "Loss", "LossFunctionWrapper",
    }  # fmt: skip
    for word, found in keras.src.losses.ALL_OBJECTS_DICT.items():
        if word not in left_out:
            ours = losses.get(word)
            theirs = getattr(found, "__name__", "")
            assert losses.names.snake_case(type(ours).__name__) == losses.names.snake_case(
                theirs
            )


@needs_jax
@pytest.mark.parametrize("L", [1, 3])
def test_ctc_equals_keras(L):
    rng = np.random.default_rng(3)
    B, T, C = 5, 8, 4
    labels = rng.integers(1, C, (B, L))
    labels[np.arange(L) >= rng.integers(0, L + 1, (B, 1))] = 0
    scores = rng.normal(0, 2, (B, T, C)).astype(np.float32)
    weights = rng.uniform(0.1, 2, B).astype(np.float32)
    theirs, ours = keras.losses.CTC(), losses.CTC()
    value, slopes = jax.value_and_grad(lambda s: theirs(labels, s, weights))(scores)
    gradient = np.empty((T, B, C), np.float32)
    y = ours.prepare("", labels, scores.shape, np.float32)
    turned = np.ascontiguousarray(scores.swapaxes(0, 1))
    assert_allclose(ours.batch(turned, y, None, weights, gradient), value, rtol=2e-6)
    assert_allclose(gradient.swapaxes(0, 1), slopes, atol=2e-6)
    assert_allclose(losses.ctc(labels, scores), keras.losses.ctc(labels, scores), rtol=2e-6)


#: Options by position, as Keras' functions take them.
FUNCTIONS = {
    "binary_crossentropy": ("BinaryCrossentropy", (True, 0.2, 1)),
    "categorical_crossentropy": ("CategoricalCrossentropy", (True, 0.1, 1)),
    "sparse_categorical_crossentropy": ("SparseCategoricalCrossentropy", (True, 2)),
    "binary_focal_crossentropy": ("BinaryFocalCrossentropy", (True, 0.3, 1.5, True, 0.2)),
    "categorical_focal_crossentropy": ("CategoricalFocalCrossentropy", (0.3, 1.5, True)),
    "huber": ("Huber", (0.4,)),
    "cosine_similarity": ("CosineSimilarity", (1,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_options_by_position(name):
    cls, options = FUNCTIONS[name]
    y, p = data(np.random.default_rng(1), cls, {"from_logits": True}, (3, 4), np.float32)
    found, expected = (getattr(m, name)(y, p, *options) for m in (losses, keras.losses))
    assert_same(found, np.asarray(expected))
