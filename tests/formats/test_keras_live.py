"""Models of Keras in memory as ours, and ours as Keras'; JSON both ways."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from formats import of_versions, version_models

import fastgru
from fastgru.saving import from_keras, to_keras

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")


def stepped(name):
    """A model of Keras as after three steps, which would have to be compiled."""
    model = version_models.BUILDERS[name](keras)
    optimizer, rng = model.optimizer, np.random.default_rng(1)
    optimizer.build(model.trainable_variables)
    optimizer.variables[0].assign(3)
    for variable in optimizer.variables[2:]:
        variable.assign(rng.uniform(0.1, 0.2, variable.shape).astype("float32"))
    return model


@pytest.mark.parametrize("name", ["by_adam", "chain"])
def test_there_and_back(name):
    model = stepped(name)
    ours = from_keras(model)
    assert ours.name == model.name
    assert ours.optimizer.iterations == 3
    back = to_keras(ours)
    for mine, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(back.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
    again = from_keras(back, compile=False)
    assert not again.compiled
    x, _ = version_models.data(name)
    np.testing.assert_array_equal(again.predict(x, verbose=0), ours.predict(x, verbose=0))


@pytest.mark.parametrize("name", ["text", "companions", "cells"])
def test_json_both_ways(name):
    ours, theirs = (version_models.BUILDERS[name](module) for module in (fastgru, keras))
    read = fastgru.models.model_from_json(theirs.to_json())
    shapes = [weight.shape for weight in theirs.get_weights()]
    assert [weight.shape for weight in read.get_weights()] == shapes
    assert read.optimizer.get_config() == ours.optimizer.get_config() | {
        "name": read.optimizer.name, "learning_rate": read.optimizer.get_config()["learning_rate"],
    }  # fmt: skip
    for text in (ours.to_json(), read.to_json()):
        found = keras.models.model_from_json(text)
        assert [weight.shape for weight in found.get_weights()] == shapes
        assert type(found.optimizer).__name__ == type(theirs.optimizer).__name__
    assert [layer.name for layer in found.layers] == [layer.name for layer in theirs.layers]


def test_keras_2_12_is_told_to_write_a_zip():
    data = of_versions.members("2.12.0")["text.keras"]

    class Model:
        def save(self, path, save_format=None):
            Path(path).write_bytes(data if save_format == "keras_v3" else b"\x89HDF")

    Model.__module__ = "keras.engine.training"
    assert len(from_keras(Model()).layers) == 6


def test_what_is_no_model_of_keras():
    with pytest.raises(TypeError) as caught:
        from_keras(fastgru.Sequential([]))
    assert str(caught.value).startswith("from_keras: model must be a model of Keras; got ")


def test_a_class_of_the_users_own_is_named():
    @keras.saving.register_keras_serializable("mine")
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    model = keras.Sequential([keras.layers.Input((3,)), Doubled(name="twice")])
    with pytest.raises(fastgru.ModelFormatError) as caught:
        from_keras(model)
    assert str(caught.value) == (
        "load_model: layer 1, 'twice', must be of a class that fastgru has; got 'mine>Doubled'. "
        "The file needs 'mine>Doubled'."
    )


def test_without_keras_to_keras_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError) as caught:
        to_keras(fastgru.Sequential([fastgru.layers.Input((3,)), fastgru.layers.Dense(1)]))
    assert (
        str(caught.value) == "to_keras: Keras 3 must be installed; got none. pip install keras"
    )
