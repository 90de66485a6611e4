"""A built layer's options and weights are not assigned to: kernels trust what was checked."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import binary, data, predict, says, words

from fastgru import Sequential
from fastgru.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    GaussianNoise,
    Layer,
)

X, Y = data()


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        (lambda: GRU(3, name="it"), "units", 10**6),
        (lambda: GRU(3, name="it"), "reset_after", False),
        (lambda: GRU(3, name="it"), "use_bias", False),
        (lambda: GRU(3, name="it"), "activation", "foo"),
        (lambda: GRU(3, name="it"), "dropout", 0.5),
        (lambda: GRU(3, name="it"), "stateful", True),
        (lambda: GRU(3, name="it"), "return_sequences", True),
        (lambda: GRU(3, name="it"), "dtype", "float64"),
        (lambda: LSTM(3, name="it"), "units", 4),
        (lambda: Dense(3, name="it"), "units", 10**6),
        (lambda: Dense(3, name="it"), "activation", "relu"),
        (lambda: Conv1D(3, 2, name="it"), "filters", 4),
        (lambda: Bidirectional(GRU(3), name="it"), "merge_mode", "sum"),
        (lambda: Dropout(0.5, name="it"), "seed", 3),
    ],
)
def test_an_option_of_a_built_layer_stays(make, name, value):
    layer = make()
    before = layer(X)
    sentence = (
        f"it: {name} must stay as the layer was made; got an assignment. "
        f"Make a new {type(layer).__name__}."
    )
    with says(AttributeError, sentence):
        setattr(layer, name, value)
    assert_array_equal(layer(X), before)


@pytest.mark.parametrize(
    ("name", "value"),
    [("stateful", True), ("go_backwards", True), ("dropout", 0.5), ("activation", "softmax")],
)
def test_what_decides_the_way_through_a_gru_stays_from_the_start(name, value):
    layer = GRU(3, name="it")
    with says(
        AttributeError,
        f"it: {name} must stay as the layer was made; got an assignment. Make a new GRU.",
    ):
        setattr(layer, name, value)
    layer.return_sequences = True
    assert layer(X).shape == (10, 5, 3)


@pytest.mark.parametrize("name", ["input_dim", "output_dim", "mask_zero"])
def test_the_sizes_of_a_table_stay(name):
    table = words().layers[0]
    sentence = (
        f"embedding: {name} must stay as the layer was made; got an assignment. "
        "Make a new Embedding."
    )
    with says(AttributeError, sentence):
        setattr(table, name, 1000)
    assert (table.input_dim, table.output_dim) == (10, 4)


@pytest.mark.parametrize("name", ["kernel", "recurrent_kernel", "bias"])
def test_a_weight_is_changed_by_set_weights_alone(name):
    model = binary()
    layer = model.layers[0]
    before = predict(model, X)
    sentence = f"gru: {name} must be changed by set_weights; got an assignment."
    with says(AttributeError, sentence):
        setattr(layer, name, np.zeros_like(getattr(layer, name)))
    with says(AttributeError, sentence):
        setattr(copy.deepcopy(layer), name, 0)
    assert_array_equal(predict(model, X), before)


def test_what_the_next_pass_reads_may_change():
    dropout, noise = Dropout(0.5), GaussianNoise(0.5)
    for layer in (dropout, noise):
        assert (layer(X, training=True) != X).any()
    dropout.rate = noise.stddev = 0.0
    for layer in (dropout, noise):
        assert_array_equal(layer(X, training=True), X)


class Scale(Layer):
    """A layer of the user's own, which does with its attributes as it likes."""

    def __init__(self, factor, **layer):
        super().__init__(**layer)
        self.factor = factor

    def _predict(self, x):
        return x * np.float32(self.factor)


def test_a_layer_of_the_users_own_keeps_its_attributes_to_itself():
    model = Sequential([Scale(2)])
    assert_array_equal(predict(model, X), 2 * X)
    model.layers[0].factor = 3
    assert_array_equal(predict(model, X), 3 * X)


def test_a_name_and_what_is_trained_may_change():
    table = Embedding(10, 4)
    table(np.array([[1, 2]]))
    table.name, table.trainable = "other", False
    assert (table.name, table.trainable_weights) == ("other", [])
    for name in ("a/b", "", 3):
        with says(ValueError, f"other: name must be a word without a slash; got {name!r}."):
            table.name = name
    with says(ValueError, "other: name must be a word without a slash; got None."):
        table.name = None
