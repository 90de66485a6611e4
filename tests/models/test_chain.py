"""A training step whose layers are one chain of kernels, beside one that calls each layer."""

import numpy as np
import pytest
from fastgru.kernels.stage import Chain, DenseStage
from numpy.testing import assert_array_equal

from fastgru import Sequential, utils
from fastgru.layers import GRU, Activation, Dense, Dropout, Masking
from fastgru.models import compiled

MODELS = {
    "tutorial": lambda: [GRU(5), Dense(1, activation="sigmoid")],
    "stack": lambda: [GRU(4, return_sequences=True), GRU(3), Dense(2), Dense(1)],
    "reset_before": lambda: [
        GRU(4, return_sequences=True, reset_after=False),
        GRU(3, reset_after=False, use_bias=False),
        Dense(1, use_bias=False),
    ],
    "activations": lambda: [
        GRU(4, activation="relu", recurrent_activation="hard_sigmoid"),
        Dense(6, activation="gelu"),
        Dense(5, activation="tanh"),
        Dense(1, activation="sigmoid"),
    ],
    "each_step": lambda: [GRU(4, return_sequences=True), Dense(3, "relu"), Dense(1, "sigmoid")],
    "frozen": lambda: [GRU(4, return_sequences=True, trainable=False), GRU(3), Dense(1)],
    "nothing_to_train": lambda: [GRU(4, trainable=False), Dense(1, trainable=False)],
    "odd_width": lambda: [GRU(17), Dense(33, activation="elu"), Dense(1, "sigmoid")],
}
OTHERS = {
    "dropout": lambda: [GRU(4), Dropout(0.5), Dense(1)],
    "activation_layer": lambda: [GRU(4), Dense(1), Activation("sigmoid")],
    "go_backwards": lambda: [GRU(4, go_backwards=True), Dense(1)],
    "masking": lambda: [Masking(), GRU(4), Dense(1)],
    "softmax_inside": lambda: [GRU(4), Dense(3, activation="softmax"), Dense(1)],
    "own_class": lambda: [GRU(4), Doubled(1)],
}


class Doubled(Dense):
    """A layer of a user's own: it must be called, whatever Dense has."""

    def _forward(self, x):
        y, backward = super()._forward(x)
        return 2 * y, lambda dy, want_dx=True: backward(2 * dy, want_dx)


def trained(layers, dtype, shape, chained, monkeypatch, batch_size=4, steps=3):
    """(model, losses) after some epochs of which the last batch is a short one."""
    with monkeypatch.context() as patch:
        if not chained:
            patch.setattr(compiled, "chain", lambda *_: None)
        utils.set_random_seed(3)
        rng = np.random.default_rng(0)
        made = layers()
        for layer in made:
            layer.dtype = dtype
        model = Sequential(made)
        model.build((None, *shape))
        x = rng.standard_normal((10, *shape)).astype(dtype)
        y = rng.integers(0, 2, (10, *model.output_shape[1:-1], 1))
        loss = "binary_crossentropy" if made[-1].link else "mse"
        model.compile("adam", loss, metrics=["accuracy"])
        history = model.fit(x, y, batch_size=batch_size, epochs=steps, verbose=0).history
        history["batch"] = model.train_on_batch(x[:2].copy(), y[:2].astype(dtype))
    return model, history


@pytest.mark.parametrize("shape", [(6, 3), (1, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_a_chain_trains_to_the_same_bits(name, dtype, shape, monkeypatch):
    found, history = trained(MODELS[name], dtype, shape, True, monkeypatch)
    wanted, expected = trained(MODELS[name], dtype, shape, False, monkeypatch)
    assert all(found._step.chains.values()) and len(found._step.chains) > 0
    assert not any(wanted._step.chains.values())
    assert history == expected
    for a, b in zip(found.get_weights(), wanted.get_weights(), strict=True):
        assert_array_equal(a, b)


def test_training_moves_the_weights(monkeypatch):
    """What the comparison above stands on."""
    model, _ = trained(MODELS["stack"], "float32", (6, 3), True, monkeypatch)
    start, _ = trained(MODELS["stack"], "float32", (6, 3), True, monkeypatch, steps=0)
    for a, b in zip(model.get_weights(), start.get_weights(), strict=True):
        assert not np.array_equal(a, b)


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_have_no_chain_and_train_as_well(name, monkeypatch):
    model, history = trained(OTHERS[name], "float32", (6, 3), True, monkeypatch)
    assert not any(model._step.chains.values())
    assert history["loss"][-1] < history["loss"][0]


def test_a_product_that_is_blas_s_is_no_stage():
    model = Sequential([Dense(2100, input_shape=(2100,)), Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((2, 2100), np.float32)
    model.train_on_batch(x, np.ones((2, 1)))
    assert list(model._step.chains.values()) == [None]


def test_many_shapes_keep_two_chains():
    model = Sequential([GRU(3), Dense(1)])
    model.compile("sgd", "mse")
    for T in range(1, 6):
        model.train_on_batch(np.ones((2, T, 2), np.float32), np.ones((2, 1)))
        assert len(model._step.chains) <= 2


def test_a_layer_added_later_is_in_the_next_chain():
    model = Sequential([GRU(3, input_shape=(4, 2)), Dense(2)])
    model.compile("sgd", "mse")
    x = np.ones((2, 4, 2), np.float32)
    model.train_on_batch(x, np.ones((2, 2)))
    model.add(Dense(1))
    model.train_on_batch(x, np.ones((2, 1)))
    (chain,) = model._step.chains.values()
    assert chain.scores.shape == (2, 1)


def test_a_chain_refuses_arrays_of_another_size():
    arrays = {name: np.zeros(4, np.float32) for name in ("a", "y", "da", "dx", "P", "PWt")}
    arrays |= {"W": np.ones((1, 1), np.float32), "b": None, "db": None}
    arrays["dW"] = np.zeros((1, 1), np.float32)
    chain = Chain([DenseStage(arrays, 1, 1, 1, 0, True)], 4, 4)
    with pytest.raises(ValueError, match="Chain: an array must have 4 bytes; got 8."):
        chain.forward(np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="Chain: an array must have 4 bytes; got 2."):
        chain.forward(np.zeros(1, np.float16))
    with pytest.raises(ValueError, match="Chain: an array must have 4 bytes; got 12."):
        chain.backward(np.zeros(3, np.float32))
    with pytest.raises(TypeError, match="Chain: stages must be Stage objects"):
        Chain([None], 4, 4)
