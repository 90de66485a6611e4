"""Layers inside layers in files: saved whole, read from closed tables only."""

import json
import re

import numpy as np
import pytest
from formats.archives import config_of, load, put, save, with_config
from formats.hostile_configs import layer
from numpy.testing import assert_array_equal

import fastgru
from fastgru.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Dense,
    GRUCell,
    Input,
    LSTMCell,
    SimpleRNN,
    TimeDistributed,
)

LAST = ("config", "layers", 1)
STACKS = {
    "bidirectional": lambda: Bidirectional(GRU(3), merge_mode="mul", name="both"),
    "two_kinds": lambda: Bidirectional(LSTM(3), backward_layer=GRU(2, go_backwards=True)),
    "frozen_inside": lambda: Bidirectional(GRU(3, trainable=False)),
    "rnn": lambda: RNN(LSTMCell(3, unit_forget_bias=False), go_backwards=True),
    "stack": lambda: RNN([GRUCell(3, dropout=0.25, seed=3), LSTMCell(2), GRUCell(4)]),
    "both_of_cells": lambda: Bidirectional(RNN([GRUCell(3), GRUCell(2)])),
    "penalties": lambda: Bidirectional(
        RNN(GRUCell(3, activity_regularizer="l2"), activity_regularizer="l1")
    ),
    "lstm": lambda: LSTM(3, recurrent_dropout=0.5, dropout=0.25, zero_output_for_mask=True),
    "simple": lambda: SimpleRNN(3, activation="relu", seed=5),
    "beyond_keras": lambda: GRU(3, zoneout=0.25, initial_state_initializer="ones"),
}
#: Their training draws masks from generators that no file holds.
CHANCE = ("stack", "lstm", "beyond_keras")
stacks = pytest.mark.parametrize("name", STACKS)


def model_of(inner):
    return fastgru.Sequential([Input((4, 3)), inner, Dense(2)])


@stacks
def test_a_model_comes_back_as_it_was_with_its_training(name):
    model = model_of(STACKS[name]())
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 4, 3)), rng.standard_normal((8, 2))
    model.fit(x, y, verbose=0)
    back = load(save(model))
    assert back.get_config() == model.get_config()
    assert_array_equal(back.predict(x, verbose=0), model.predict(x, verbose=0))
    for one in () if name in CHANCE else (model, back):
        one.fit(x, y, shuffle=False, verbose=0)
    for ours, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        assert_array_equal(ours, theirs)


@stacks
def test_a_configuration_makes_the_layer_again(name):
    first = STACKS[name]()
    second = type(first).from_config(first.get_config())
    assert second.get_config() == first.get_config()
    for each in (first, second):
        each.build((None, 4, 3))
    assert [w.shape for w in second.weights] == [w.shape for w in first.weights]


def test_zoneout_and_a_learnt_state_are_in_the_file_only_where_they_are_used():
    for options in ({}, {"zoneout": 0.1}, {"initial_state_initializer": "zeros"}):
        assert set(options) == set(GRU(2, **options).get_config()) - set(GRU(2).get_config())


CELLS = "GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells"
INNER = "<Bidirectional name=b, built=False>"
HOSTILE = {
    "lambda_cell": (
        layer("RNN", cell=layer("Lambda", function="x")),
        "layer 1 must be of a class that fastgru has; got 'Lambda'. The file needs 'Lambda'.",
    ),
    "layer_for_a_cell": (
        layer("RNN", cell=layer("GRU", units=3)),
        f"class_name of 'cell' of layer 1 must be one of {CELLS}; got 'GRU'.",
    ),
    "no_cell": (layer("RNN"), "config of layer 1 must have 'cell'; got none."),
    "word_for_a_cell": (
        layer("RNN", cell="os.system"),
        f"RNN: cell must be of {CELLS}, Cell, or a list of cells; got 'os.system'.",
    ),
    "no_cells": (
        layer("RNN", cell=layer("StackedRNNCells", cells=[])),
        "'cells' of 'cell' of layer 1 must be a list of 1 to 1000 cells; got a list of 0.",
    ),
    "stack_in_a_stack": (
        layer("RNN", cell=layer("StackedRNNCells", cells=[layer("StackedRNNCells", cells=[])])),
        "'cells' of 'cells' of 'cell' of layer 1 must be a list of 1 to 1000 cells; got a list of 0.",
    ),
    "another_module": (
        layer("Bidirectional", layer=layer("GRU", "os", units=3)),
        "module of 'layer' of layer 1 must be 'keras.layers'; got 'os'.",
    ),
    "no_recurrent_layer": (
        layer("Bidirectional", layer=layer("Dense", units=3, name="d")),
        "Bidirectional: layer must be a recurrent layer; got <Dense name=d, built=False>.",
    ),
    "both_in_both": (
        layer("Bidirectional", layer=layer("Bidirectional", name="b",
                                           layer=layer("GRU", units=3))),
        f"Bidirectional: layer must be a recurrent layer; got {INNER}.",
    ),
    "weights_in_the_configuration": (
        layer("Bidirectional", layer=layer("GRU", units=3), weights=[[1.0]]),
        "'weights' of layer 1 must be None; got a list of 1. fastgru does not have this.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_in_the_tables_is_refused(name):
    found, sentence = HOSTILE[name]
    good = save(fastgru.Sequential([Input((4, 3)), GRU(2)]))
    data = with_config(good, json.dumps(put(config_of(good), LAST, found)))
    with pytest.raises(fastgru.ModelFormatError, match=f"^load_model: {re.escape(sentence)}$"):
        load(data)


def test_a_class_of_the_users_own_inside_is_not_saved():
    class Mine(GRU):
        """Somebody's own."""

    model = model_of(Bidirectional(Mine(2, name="g")))
    sentence = (
        "save_model: every layer must be one of fastgru.layers; got Mine for 'forward_g'."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        save(model)


def test_layers_in_layers_in_layers_come_back():
    layers = [Input((2, 4, 3)), TimeDistributed(Bidirectional(RNN([GRUCell(3), LSTMCell(2)])))]
    model = fastgru.Sequential([*layers, GRU(2)])
    back = load(save(model))
    assert back.get_config() == model.get_config()
    for ours, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        assert_array_equal(ours, theirs)


def test_a_frozen_layer_is_written_with_what_is_inside_frozen_too():
    # Keras 3 would train it otherwise.
    model = model_of(Bidirectional(GRU(2), trainable=False))
    data = save(model)
    (found,) = (
        layer["config"]
        for layer in config_of(data)["config"]["layers"]
        if layer["class_name"] == "Bidirectional"
    )
    assert (found["trainable"], found["layer"]["config"]["trainable"]) == (False, False)
    assert not load(data).layers[0].trainable_weights
    model.layers[0].trainable = True
    (found,) = (
        layer["config"]
        for layer in config_of(save(model))["config"]["layers"]
        if layer["class_name"] == "Bidirectional"
    )
    assert (found["trainable"], found["layer"]["config"]["trainable"]) == (True, True)


def test_padding_is_written_as_older_keras_reads_it():
    model = fastgru.Sequential([Input((4, 3)), fastgru.layers.ZeroPadding1D(1), GRU(2)])
    assert "data_format" not in config_of(save(model))["config"]["layers"][1]["config"]
    first = fastgru.layers.ZeroPadding1D(1, data_format="channels_first")
    model = fastgru.Sequential([Input((4, 3)), first])
    assert load(save(model)).layers[0].data_format == "channels_first"
