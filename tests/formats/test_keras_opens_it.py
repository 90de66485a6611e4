"""Real Keras and fastgru open each other's files, predict alike and train on alike."""

import os
import warnings

import numpy as np
import pytest
from formats import models

import fastgru

os.environ.setdefault("KERAS_BACKEND", "jax")
# Code that runs ten times never repays what compiling it well costs.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

PREDICTIONS, WEIGHTS, LOSSES = 1e-6, 1e-5, 1e-5
DIRECTIONS = {"ours in Keras": (fastgru, keras), "Keras' in ours": (keras, fastgru)}

every_model = pytest.mark.parametrize("name", models.NAMES)
both_ways = pytest.mark.parametrize("way", DIRECTIONS)


def opened(module, path):
    """The model, with any complaint of Keras' about the file as an error."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*(optimizer|load|saved).*")
        return module.models.load_model(path)


def assert_close(actual, expected, tolerance):
    for mine, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance)


# JAX computes float64 in float32 unless told not to; masks end in Keras' Flatten.
@pytest.mark.filterwarnings("ignore:.*float64.*:UserWarning", "ignore:.*mask.*:UserWarning")
@every_model
@both_ways
def test_the_other_one_goes_on_with_it(way, name, tmp_path):
    writer, reader = DIRECTIONS[way]
    path = tmp_path / "model.keras"
    model, x, y = models.trained(writer, name)
    model.save(path)
    other = opened(reader, path)
    assert_close([other.predict(x, verbose=0)], [model.predict(x, verbose=0)], PREDICTIONS)
    if writer is keras and model.optimizer.use_ema:
        # On JAX a weight and its average are one buffer after Keras' `fit`, and the next one
        # fails. What it wrote is sound.
        model = opened(keras, path)
    for each in (model, other):
        models.train(each, x, y)
    assert_close(other.get_weights(), model.get_weights(), WEIGHTS)
    assert int(other.optimizer.iterations) == int(model.optimizer.iterations)
    losses = [np.atleast_1d(each.evaluate(x, y, verbose=0)) for each in (model, other)]
    assert_close([losses[0]], [losses[1]], LOSSES)


@both_ways
def test_an_uncompiled_model(way, tmp_path):
    writer, reader = DIRECTIONS[way]
    L = writer.layers
    model = writer.Sequential([L.Input((3, 2), batch_size=4), L.GRU(2, name="mine")])
    model.save(tmp_path / "model.keras")
    other = opened(reader, tmp_path / "model.keras")
    assert other.layers[0].name == "mine"
    assert not other.compiled
    assert_close(other.get_weights(), model.get_weights(), 0)


@both_ways
def test_a_compiled_model_before_its_first_step(way, tmp_path):
    writer, reader = DIRECTIONS[way]
    model, (x, y) = models.build(writer, "plain_sgd"), models.data("plain_sgd")
    model.compile("adam", "mae")
    model.save(tmp_path / "model.keras")
    other = opened(reader, tmp_path / "model.keras")
    for each in (model, other):
        models.train(each, x, y)
    assert_close(other.get_weights(), model.get_weights(), WEIGHTS)


@pytest.mark.parametrize("name", sorted(fastgru.initializers.CLASSES))
def test_keras_reads_every_initialiser(name, tmp_path):
    initializer = fastgru.initializers.CLASSES[name]()
    if name == "Orthogonal":
        initializer = fastgru.initializers.Orthogonal(gain=2.0, seed=3)
    layers = [
        fastgru.layers.Input((3, 2)),
        fastgru.layers.GRU(2, kernel_initializer=initializer),
    ]
    if name == "Identity":
        layers = [
            fastgru.layers.Input((3,)),
            fastgru.layers.Dense(3, kernel_initializer="Identity"),
        ]
    if name == "STFT":
        layers = [
            fastgru.layers.Input((8, 1)),
            fastgru.layers.Conv1D(3, 4, kernel_initializer="stft"),
        ]
    fastgru.Sequential(layers).save(tmp_path / "model.keras")
    found = opened(keras, tmp_path / "model.keras").layers[0].get_config()["kernel_initializer"]
    assert found["class_name"] == name


def test_what_keras_has_and_fastgru_does_not_is_named(tmp_path):
    L, path = keras.layers, tmp_path / "model.keras"
    hint = "compile=False opens the model without its compile state."
    model = keras.Sequential([L.Input((3, 2)), L.GRU(2), L.UnitNormalization(), L.Dense(1)])
    model.save(path)
    name = model.layers[1].name
    assert sentence(path) == (
        f"load_model: layer 2, {name!r}, must be of a class that fastgru has; got "
        "'UnitNormalization'. The file needs 'UnitNormalization'."
    )
    model = keras.Sequential([L.Input((3, 2)), L.GRU(2)])
    model.compile(keras.optimizers.Ftrl(), "mse")
    model.save(path)
    assert sentence(path).startswith("load_model: class_name of the optimizer must be one of ")
    assert sentence(path).endswith(f"got 'Ftrl'. {hint}")
    assert fastgru.saving.load_model(path, compile=False).built
    inputs = keras.Input((3, 2))
    keras.Model(inputs, L.Add()([L.GRU(2, name="a")(inputs), L.GRU(2, name="b")(inputs)])).save(
        path
    )
    # The name counts all layers of the process.
    assert sentence(path).startswith("load_model: layer 3, 'add")
    assert sentence(path).endswith(
        "', must be of a class that fastgru has; got 'Add'. The file needs 'Add'."
    )


def sentence(path):
    with pytest.raises(fastgru.ModelFormatError) as caught:
        fastgru.saving.load_model(path)
    return str(caught.value)
