"""Copied and pickled models train on as the original does, and apart from it."""

import copy
import json
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fastgru import Sequential
from fastgru.layers import (
    GRU,
    RNN,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    GRUCell,
    LSTMCell,
    TimeDistributed,
)

MODELS = {
    "chain": lambda: [GRU(4, input_shape=(5, 3)), Dense(1, activation="sigmoid")],
    "layers": lambda: [
        GRU(4, return_sequences=True, go_backwards=True, input_shape=(5, 3)),
        BatchNormalization(),
        GRU(3),
        Dropout(0.5, seed=1),
        Dense(1),
    ],
    "nested": lambda: [
        Bidirectional(GRU(4, dropout=0.25, return_sequences=True), input_shape=(5, 3)),
        TimeDistributed(Dense(3)),
        RNN([GRUCell(3, seed=2, recurrent_dropout=0.25), LSTMCell(2)]),
        Dense(1),
    ],
    "tokens": lambda: [Embedding(9, 4, mask_zero=True, input_shape=(5,)), GRU(3), Dense(1)],
}
COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
}


def made(name):
    model = Sequential(MODELS[name]())
    model.compile("adam", "mse", metrics=["mae"])
    rng = np.random.default_rng(2)
    x = rng.integers(0, 9, (8, 5)) if name == "tokens" else rng.random((8, 5, 3))
    return model, x, rng.random((8, 1))


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("before", [0, 2])
def test_a_copy_trains_on_to_the_same_bits(before, name, way):
    model, x, y = made(name)
    model.fit(x, y, epochs=before, batch_size=3, verbose=0)
    start = model.get_weights()
    other = COPIES[way](model)
    found = other.fit(x, y, epochs=3, batch_size=3, verbose=0).history
    for weight, same in zip(model.get_weights(), start, strict=True):
        assert_array_equal(weight, same)
    assert any((a != b).any() for a, b in zip(other.get_weights(), start, strict=True))
    assert model.fit(x, y, epochs=3, batch_size=3, verbose=0).history == found
    for weight, same in zip(model.get_weights(), other.get_weights(), strict=True):
        assert_array_equal(weight, same)
    assert_array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))


def test_a_model_without_data_is_copied_too():
    model = Sequential([GRU(3), Dense(1)])
    for way in COPIES.values():
        other = way(model)
        assert other(np.ones((2, 4, 3))).shape == (2, 1) and not model.built


def test_joblib_keeps_a_model_in_a_file(tmp_path):
    joblib = pytest.importorskip("joblib")
    model, x, y = made("nested")
    model.fit(x, y, epochs=2, batch_size=3, verbose=0)
    joblib.dump(model, tmp_path / "m.joblib", compress=1)
    other = joblib.load(tmp_path / "m.joblib")
    assert_array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
    histories = [m.fit(x, y, epochs=2, batch_size=3, verbose=0).history for m in (model, other)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("name", MODELS)
def test_a_configuration_makes_a_model_of_the_same_layers_with_new_weights(name):
    model, x, _ = made(name)
    config = model.get_config()
    other = Sequential.from_config(json.loads(json.dumps(config)))
    assert other.get_config() == config
    assert [w.shape for w in other.get_weights()] == [w.shape for w in model.get_weights()]
    other.set_weights(model.get_weights())
    assert_array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
