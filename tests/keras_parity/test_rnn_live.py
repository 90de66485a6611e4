"""Recurrent layers beside real Keras: dropout with given masks, states, calls, files."""

import os

import numpy as np
import pytest
from keras_parity import harness
from keras_parity.cases import CASES

import fastgru
from fastgru.layers.recurrent.loop import Noise

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

B, T, I, H = 4, 6, 3, 5

#: Keras compiles each case anew, so that there are few; golden files have the others.
DROPOUT = {
    "gru": ("GRU", 1, {"dropout": 0.4}),
    "gru_recurrent": ("GRU", 3, {"dropout": 0.4, "recurrent_dropout": 0.3}),
}


def model_pair(make):
    """Keras' model and ours, with the same random weights."""
    models = [k.Sequential([k.layers.Input((T, I)), *make(k.layers)]) for k in (keras, fastgru)]
    rng = np.random.default_rng(1)
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in models[0].get_weights()]
    for model in models:
        model.set_weights(weights)
    return models


@pytest.mark.parametrize("name", DROPOUT)
def test_twenty_steps_with_the_same_dropout_masks(name, monkeypatch):
    kind, K, options = DROPOUT[name]
    theirs, ours = model_pair(
        lambda L: [getattr(L, kind)(H, return_sequences=True, **options), L.Dense(2)]
    )
    rng = np.random.default_rng(2)
    inputs, recurrent = (
        ((rng.random((K, B, n)) > 0.4) / 0.6).astype("float32") for n in (I, H)
    )
    recurrent = recurrent if "recurrent_dropout" in options else None
    noise = Noise(inputs, recurrent)
    monkeypatch.setattr(ours.layers[0], "noise", lambda *shape: noise if shape[-1] else Noise())
    cell = theirs.layers[0].cell
    for method, masks in (("dropout", inputs), ("recurrent_dropout", recurrent)):
        given = masks if masks is None or K > 1 else masks[0]
        monkeypatch.setattr(cell, f"get_{method}_mask", lambda x, given=given: given)
    x = rng.standard_normal((B, T, I)).astype("float32")
    y = rng.standard_normal((B, T, 2)).astype("float32")
    expected = np.asarray(theirs(x, training=True))
    np.testing.assert_allclose(ours(x, training=True), expected, rtol=0, atol=1e-6)
    assert np.abs(ours(x) - expected).max() > 1e-2
    for model in (theirs, ours):
        model.compile("adam", "mse")
        for _ in range(20):
            model.train_on_batch(x, y)
    harness.assert_weights(ours.get_weights(), theirs.get_weights())


CALLS = {
    "gru": lambda L, **o: L.GRU(H, **o),
    "lstm": lambda L, **o: L.LSTM(H, **o),
    "simple": lambda L, **o: L.SimpleRNN(H, **o),
    "both": lambda L, **o: L.Bidirectional(L.GRU(H, **o)),
}


def layer_pair(name, **options):
    theirs, ours = (CALLS[name](k.layers, **options) for k in (keras, fastgru))
    x = np.random.default_rng(3).standard_normal((B, T, I)).astype("float32")
    theirs(x)
    ours(x)
    weights = [
        np.random.default_rng(n).normal(0, 0.5, w.shape).astype("float32")
        for n, w in enumerate(theirs.get_weights())
    ]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    for layer in (theirs, ours):
        if getattr(layer, "stateful", False):
            layer.reset_states()
    return theirs, ours, x


def flat(found):
    """Arrays out of whatever tuples and lists a call gives."""
    if isinstance(found, (tuple, list)):
        return [array for part in found for array in flat(part)]
    return [np.asarray(found)]


def assert_alike(found, expected):
    found, expected = flat(found), flat(expected)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["lstm", "simple", "both"])
def test_calls_with_states_and_masks(name):
    theirs, ours, x = layer_pair(name, return_state=True, return_sequences=True)
    # Keras' backends differ where a sequence begins with padding and a state; see below.
    mask = np.random.default_rng(4).random((B, T)) < 0.6
    mask[:, [0, -1]] = True
    found, expected = ours(x, mask=mask), theirs(x, mask=mask)
    assert isinstance(found, tuple) and len(found) == len(expected)
    assert_alike(found, expected)
    states = list(found[1:])
    assert_alike(
        ours(x, mask=mask, initial_state=states), theirs(x, mask=mask, initial_state=states)
    )


def test_a_stateful_layer_carries_what_keras_carries():
    theirs, ours, x = layer_pair("gru", stateful=True)
    for part in (x, 2 * x):
        assert_alike(ours(part), theirs(part))
    theirs.reset_states()
    ours.reset_states()
    assert_alike(ours(x), theirs(x))


@pytest.mark.parametrize("name", ["bidirectional_two_kinds", "rnn_of_a_stack"])
def test_files_go_both_ways(name, tmp_path):
    case = CASES[name]
    theirs, ours = (case.build(k) for k in (keras, fastgru))
    data, weights = case.data(np.random.default_rng(6)), case.weights(case.generator(), theirs)
    for model in (theirs, ours):
        model.set_weights(weights)
        model.save(tmp_path / f"{type(model).__module__.split('.')[0]}.keras")
    opened = keras.saving.load_model(tmp_path / "fastgru.keras")
    read = fastgru.saving.load_model(tmp_path / "keras.keras")
    for model in (opened, read):
        for found, expected in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(found, expected)
    expected = ours.predict(data["x"], verbose=0)
    np.testing.assert_array_equal(read.predict(data["x"], verbose=0), expected)
    harness.assert_predictions(opened.predict(data["x"], verbose=0), expected)


def test_a_stateful_model_goes_to_keras_and_back(tmp_path):
    layers = fastgru.layers
    model = fastgru.Sequential(
        [layers.Input(batch_shape=(B, T, I)), layers.GRU(H, stateful=True)]
    )
    x = np.random.default_rng(7).standard_normal((B, T, I)).astype("float32")
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "ours.keras")
    opened = keras.saving.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(np.asarray(opened(x)), expected, rtol=0, atol=1e-6)
    opened.save(tmp_path / "theirs.keras")
    back = fastgru.saving.load_model(tmp_path / "theirs.keras")
    assert back.layers[0].stateful
    np.testing.assert_array_equal(back.predict(x, verbose=0), expected)


def test_shapes_of_all_outputs():
    for make in (
        lambda L: L.GRU(3, return_sequences=True),
        lambda L: L.LSTM(3, return_state=True),
        lambda L: L.Bidirectional(L.GRU(3), merge_mode=None),
        lambda L: L.Bidirectional(L.LSTM(3, return_state=True, return_sequences=True)),
        lambda L: L.RNN([L.GRUCell(2), L.GRUCell(3)], return_state=True),
    ):
        theirs, ours = (
            make(k.layers).compute_output_shape((B, T, I)) for k in (keras, fastgru)
        )
        assert ours == tuple(theirs)
