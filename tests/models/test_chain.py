"""A training step whose layers are one chain of kernels, beside one that calls each layer."""

import numpy as np
import pytest
from fastgru.kernels.stage import Chain, DenseStage
from numpy.testing import assert_array_equal

from fastgru import Sequential, utils
from fastgru.callbacks import LambdaCallback
from fastgru.layers import GRU, Activation, Dense, Dropout, Embedding, Masking
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
MASKED = {
    "tokens": lambda: [Embedding(9, 4, mask_zero=True), GRU(5), Dense(1, "sigmoid")],
    "no_mask": lambda: [Embedding(9, 4), GRU(5), Dense(1, "sigmoid")],
    "stack": lambda: [
        Embedding(9, 3, mask_zero=True),
        GRU(4, return_sequences=True),
        GRU(3, reset_after=False),
        Dense(1),
    ],
    "each_step": lambda: [
        Embedding(9, 3, mask_zero=True),
        GRU(4, return_sequences=True),
        Dense(1, "sigmoid"),
    ],
    "zeros_come_out": lambda: [
        Embedding(9, 3, mask_zero=True),
        GRU(4, return_sequences=True, zero_output_for_mask=True),
        GRU(3, return_sequences=True, zero_output_for_mask=True, use_bias=False),
        Dense(1, "sigmoid"),
    ],
    # Behind the second mask every step counts: zeros that came out have a gradient.
    "zeros_count": lambda: [
        Masking(),
        GRU(4, return_sequences=True, zero_output_for_mask=True),
        Masking(99.0),
        GRU(3),
        Dense(1),
    ],
    "frozen_table": lambda: [
        Embedding(9, 4, mask_zero=True, trainable=False),
        GRU(5, return_sequences=True),
        GRU(2),
        Dense(1),
    ],
    "dropout": lambda: [
        Embedding(9, 4, mask_zero=True),
        Dropout(0.3, noise_shape=(None, 1, 4)),
        GRU(5, return_sequences=True),
        Dropout(0),
        GRU(4),
        Dropout(0.5, seed=3),
        Dense(1, "sigmoid"),
    ],
    "all_dropped": lambda: [Masking(), GRU(4), Dropout(1), Dense(1)],
    "masking": lambda: [Masking(), GRU(4), Dense(1)],
    "masking_inside": lambda: [
        GRU(4, return_sequences=True, activation="relu"),
        Masking(),
        GRU(3),
        Dense(1),
    ],
    "masking_value": lambda: [
        Masking(mask_value=-1.0),
        GRU(4, return_sequences=True, zero_output_for_mask=True),
        Dense(1),
    ],
}
OTHERS = {
    "activation_layer": lambda: [GRU(4), Dense(1), Activation("sigmoid")],
    "go_backwards": lambda: [GRU(4, go_backwards=True), Dense(1)],
    "masking_backwards": lambda: [Masking(), GRU(4, go_backwards=True), Dense(1)],
    "softmax_inside": lambda: [GRU(4), Dense(3, activation="softmax"), Dense(1)],
    "own_class": lambda: [GRU(4), Doubled(1)],
}


class Doubled(Dense):
    """A layer of a user's own: it must be called, whatever Dense has."""

    def _forward(self, x):
        y, backward = super()._forward(x)
        return 2 * y, lambda dy, want_dx=True: backward(2 * dy, want_dx)


def samples(layers, shape, dtype):
    """Ten random inputs; ids, or features of which whole steps are the value to be masked."""
    rng = np.random.default_rng(0)
    kept = rng.random((10, shape[0])) < 0.6
    kept[3] = False
    if layers[0].takes_ids:
        return rng.integers(1, 9, (10, shape[0])) * kept
    value = layers[0].mask_value if isinstance(layers[0], Masking) else 0
    x = np.where(kept[..., None], rng.standard_normal((10, *shape)), value)
    return x.astype(dtype)


def trained(layers, dtype, shape, chained, monkeypatch, batch_size=4, steps=3):
    """(model, losses) after some epochs of which the last batch is a short one."""
    with monkeypatch.context() as patch:
        if not chained:
            patch.setattr(compiled, "chain", lambda *_: None)
        utils.set_random_seed(3)
        made = layers()
        for layer in made:
            layer.dtype = dtype
        model = Sequential(made)
        x = samples(made, shape, dtype)
        model.build((None, *x.shape[1:]))
        y = np.random.default_rng(1).integers(0, 2, (10, *model.output_shape[1:-1], 1))
        loss = "binary_crossentropy" if made[-1].link else "mse"
        model.compile("adam", loss, metrics=["accuracy"])
        history = model.fit(x, y, batch_size=batch_size, epochs=steps, verbose=0).history
        history["batch"] = model.train_on_batch(x[:2].copy(), y[:2].astype(dtype))
    return model, history


@pytest.mark.parametrize("shape", [(6, 3), (1, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*MODELS, *MASKED])
def test_a_chain_trains_to_the_same_bits(name, dtype, shape, monkeypatch):
    found, history = trained((MODELS | MASKED)[name], dtype, shape, True, monkeypatch)
    wanted, expected = trained((MODELS | MASKED)[name], dtype, shape, False, monkeypatch)
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
    model, _ = trained(OTHERS[name], "float32", (6, 3), True, monkeypatch)
    start, _ = trained(OTHERS[name], "float32", (6, 3), True, monkeypatch, steps=0)
    assert not any(model._step.chains.values())
    for a, b in zip(model.get_weights(), start.get_weights(), strict=True):
        assert not np.array_equal(a, b)


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


def test_dropout_draws_anew_for_every_batch():
    model = Sequential([GRU(8, input_shape=(2, 3)), Dropout(0.5), Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = 0.0
    x, y = np.ones((4, 2, 3), np.float32), np.ones((4, 1), np.float32)
    assert len({model.train_on_batch(x, y) for _ in range(5)}) == 5


def test_dropout_of_a_shape_that_does_not_fit_says_so():
    model = Sequential(
        [GRU(8, input_shape=(2, 3)), Dropout(0.5, noise_shape=(1, 2, 8)), Dense(1)]
    )
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="noise_shape must have 2 axes; got"):
        model.train_on_batch(np.ones((4, 2, 3)), np.ones((4, 1)))


def test_an_id_that_becomes_wrong_after_the_door_is_an_error():
    model = Sequential([Embedding(5, 2), GRU(2), Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 3), np.int32)
    spoil = LambdaCallback(on_train_batch_end=lambda batch, logs: x.fill(7))
    with pytest.raises(IndexError, match=r"ids must lie in \[0, 5\) for embedding.*; got 7"):
        model.fit(x, np.ones(4), batch_size=2, callbacks=[spoil], verbose=0, shuffle=False)
    x.fill(1)
    assert np.isfinite(model.train_on_batch(x, np.ones(4)))


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
