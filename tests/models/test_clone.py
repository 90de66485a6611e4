"""clone_model and JSON: the same model with weights of its own."""

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastgru
from fastgru import ModelFormatError, Sequential
from fastgru.layers import GRU, Bidirectional, Dense, Embedding, Input, TimeDistributed
from fastgru.models import clone_model, model_from_json


def trained():
    model = Sequential([
        Input((4,), name="ids"), Embedding(7, 3, mask_zero=True),
        Bidirectional(GRU(2, return_sequences=True)), TimeDistributed(Dense(2)),
        GRU(2, name="upper", trainable=False), Dense(1),
    ], name="mine")  # fmt: skip
    rate = fastgru.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
    hits = fastgru.metrics.BinaryAccuracy(name="hits", threshold=0.4)
    model.compile(fastgru.optimizers.Adam(rate, clipnorm=1.0), "mse", metrics=["mae", hits])
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 7, (8, 4)), rng.integers(0, 2, (8, 1))
    model.fit(x, y, verbose=0)
    return model, x, y


@pytest.mark.parametrize("anew", [clone_model, lambda model: model_from_json(model.to_json())])
def test_it_has_the_configuration_and_other_weights(anew):
    model, x, y = trained()
    found = anew(model)
    assert found.get_config() == model.get_config()
    assert not np.array_equal(found.get_weights()[0], model.get_weights()[0])
    assert found.optimizer is not model.optimizer
    assert found.optimizer.get_config() == model.optimizer.get_config()
    assert found.optimizer.iterations == 0
    assert found.metrics_names == model.metrics_names
    before = model.get_weights()
    found.set_weights(before)
    assert_array_equal(found.predict(x, verbose=0), model.predict(x, verbose=0))
    assert found.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    found.fit(x, y, verbose=0)
    assert_array_equal(model.get_weights()[0], before[0])
    assert not np.array_equal(found.get_weights()[0], before[0])


def test_a_function_may_put_other_layers_in_place():
    model, *_ = trained()

    def wider(layer):
        return (
            Dense(5, name="wide")
            if layer.name == "upper"
            else type(layer).from_config(layer.get_config())
        )

    with pytest.raises(ValueError, match="names must differ"):
        clone_model(
            model, clone_function=lambda layer: GRU(2, return_sequences=True, name="same")
        )
    found = clone_model(model, clone_function=wider)
    assert [layer.name for layer in found.layers] == [
        "wide" if layer.name == "upper" else layer.name for layer in model.layers
    ]
    assert found.layers[3].units == 5


@pytest.mark.parametrize("anew", [clone_model, lambda model: model_from_json(model.to_json())])
def test_a_model_that_is_not_built_or_compiled_stays_so(anew):
    found = anew(Sequential([GRU(2), Dense(1)], name="open"))
    assert (found.name, found.built, found.compiled) == ("open", False, False)
    built = Sequential([GRU(2), Dense(1)])
    built.build((None, 5, 3))
    assert anew(built).input_shape == (None, 5, 3)


def test_options_of_json():
    model, *_ = trained()
    text = model.to_json(indent=2)
    assert text.startswith('{\n  "')
    assert json.loads(text)["class_name"] == "Sequential"


def test_errors():
    def said(call, kind):
        with pytest.raises(kind) as caught:
            call()
        return str(caught.value)

    assert said(lambda: clone_model([]), TypeError) == (
        "clone_model: model must be a Sequential; got []."
    )
    model = Sequential([GRU(2)], name="m")
    assert said(lambda: clone_model(model, clone_function=1), TypeError) == (
        "clone_model: clone_function must be callable; got 1."
    )
    assert said(lambda: model_from_json({}), TypeError) == (
        "model_from_json: json_string must be a str; got dict."
    )
    assert said(lambda: model_from_json("["), ModelFormatError).startswith(
        "model_from_json: json_string must be JSON; got "
    )
    text = model.to_json().replace('"GRU"', '"Ngru"')
    assert said(lambda: model_from_json(text), ModelFormatError) == (
        f"model_from_json: layer 0, {model.layers[0].name!r}, must be of a class that fastgru has; "
        "got 'Ngru'. The file needs 'Ngru'."
    )
