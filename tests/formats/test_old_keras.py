"""Models of Keras 1 and 2.0 to 2.3, in hand-written files of their layout (see old_keras.py)."""

import io

import numpy as np
import pytest
import reference
from formats import old_keras
from formats.old_keras import E, H, T, V, draw

import fastgru
from fastgru.layers import GRU, Conv1D, Dense, Input

SEQUENCES = {"batch_input_shape": [None, T, E]}


def opened(data, compile=True):
    return fastgru.saving.load_model(io.BytesIO(data), compile=compile)


def sequential(*layers, version="2.0.9"):
    """A configuration as that version wrote it: the list became an entry in 2.2.3."""
    inner = list(layers)
    if version >= "2.2.3":
        inner = {"name": "sequential_1", "layers": inner}
    return {"class_name": "Sequential", "config": inner}


def close(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


def states(x, W, U, b, mask=None):
    """The last state of a GRU of that time: the gate before the product, a hard sigmoid."""
    return reference.gru(
        x.swapaxes(0, 1), np.zeros((len(x), len(U))), W, U, b, None, mask, reset_after=False,
        recurrent_activation="hard_sigmoid_keras2",
    )  # fmt: skip


def test_a_model_of_keras_1_predicts_as_its_equations():
    rng = np.random.default_rng(1)
    config, weights = old_keras.first_layers(rng)
    model = opened(old_keras.written("1.2.2", config, weights))
    ids = rng.integers(0, V, (6, T))
    gates = [
        np.concatenate([weights["gru_1"][f"gru_1_{what}_{gate}"] for gate in "zrh"], axis=-1)
        for what in "WUb"
    ]
    x = weights["embedding_1"]["embedding_1_W"][ids]
    h = states(x, *gates, mask=(ids != 0).T)
    dense = weights["dense_1"]
    close(
        model.predict(ids, verbose=0),
        reference.dense(h, dense["dense_1_W"], dense["dense_1_b"], "sigmoid"),
    )
    embedding, gru, dropout, _ = model.layers
    assert embedding.mask_zero and embedding.embeddings_constraint.max_value == 2
    assert gru.dropout == 0.25 and gru.kernel_regularizer.l2 == 0.25 and dropout.rate == 0.5
    assert not gru.reset_after and not model.compiled


def test_the_state_of_adam_goes_on():
    rng = np.random.default_rng(2)
    config, weights = old_keras.first_layers(rng)
    for layer in config["config"]:
        layer["config"].update({"dropout_W": 0.0} if layer["class_name"] == "GRU" else {})
    config["config"].pop(2)
    del weights["dropout_1"]
    # A GRU of whole matrices, consume_less="gpu": its slots are of the layer's own shapes.
    shapes = {"W": (E, 3 * H), "U": (H, 3 * H), "b": (3 * H,)}
    weights["gru_1"] = {f"gru_1_{what}": draw(rng, *shapes[what]) for what in "WUb"}
    arrays = [array for layer in weights.values() for array in layer.values()]
    m, v = ([draw(rng, *array.shape) ** 2 for array in arrays] for _ in range(2))
    # Keras before 2.4 has all of m before all of v.
    # Keras 1 counts steps in floats.
    state = {f"param_{i}": a for i, a in enumerate([np.float32(9), *m, *v])}
    training = old_keras.training(decay=0.5)
    model = opened(old_keras.written("1.2.2", config, weights, training, state))
    optimizer = model.optimizer
    assert optimizer.iterations == 9 and optimizer.epsilon == 1e-8
    assert np.isclose(optimizer.learning_rate, 0.01 / (1 + 0.5 * 9))
    flat = np.concatenate([array.ravel() for array in m])
    np.testing.assert_array_equal(optimizer.state["momentum"], flat)
    model.fit(np.ones((4, T), int), np.ones((4, 1)), verbose=0)
    assert optimizer.iterations == 10 and model.metrics_names == ["loss", "accuracy"]


def test_slots_of_sgd_without_momentum_are_passed_over():
    rng = np.random.default_rng(8)
    layer = old_keras.recurrent("GRU", "gru_1", H, **SEQUENCES)
    arrays = [draw(rng, E, 3 * H), draw(rng, H, 3 * H), draw(rng, 3 * H)]
    weights = {"gru_1": {f"gru_1/{i}": array for i, array in enumerate(arrays)}}
    training = old_keras.training(metrics=())
    training["optimizer_config"] = {
        "class_name": "SGD",
        "config": {"lr": 0.01, "momentum": 0.0, "decay": 0.0, "nesterov": False},
    }
    moments = [np.zeros_like(array) for array in arrays]
    state = {f"param_{i}": array for i, array in enumerate([np.int64(7), *moments])}
    data = old_keras.written("2.0.9", sequential(layer), weights, training, state)
    assert opened(data).optimizer.iterations == 7
    state["param_3"] = np.zeros(2, np.float32)
    with pytest.warns(UserWarning) as caught:
        model = opened(old_keras.written("2.0.9", sequential(layer), weights, training, state))
    assert [str(warning.message) for warning in caught] == [
        "load_model: the file must have the state of this SGD; got another. The optimiser starts "
        + "afresh."
    ]
    assert model.optimizer.iterations == 0


def test_an_optimiser_whose_rule_has_changed_is_told():
    rng = np.random.default_rng(9)
    layer = old_keras.recurrent("GRU", "gru_1", H, **SEQUENCES)
    arrays = [draw(rng, E, 3 * H), draw(rng, H, 3 * H), draw(rng, 3 * H)]
    weights = {"gru_1": {f"gru_1/{i}": array for i, array in enumerate(arrays)}}
    training = old_keras.training(metrics=())
    # Its epsilon stood behind the root.
    config = {"lr": 0.01, "rho": 0.9, "decay": 0.0, "epsilon": 1e-08}
    training["optimizer_config"] = {"class_name": "RMSprop", "config": config}
    state = {f"param_{i}": array**2 for i, array in enumerate(arrays)}
    data = old_keras.written("2.0.9", sequential(layer), weights, training, state)
    with pytest.warns(UserWarning) as caught:
        model = opened(data)
    assert [str(warning.message) for warning in caught] == [
        "load_model: the optimizer must have its writer's rule to train on alike; got RMSprop, "
        + "whose rule has changed since."
    ]
    flat = np.concatenate([array.ravel() ** 2 for array in arrays])
    np.testing.assert_array_equal(model.optimizer.state["velocity"], flat)


def test_a_gru_that_says_nothing_of_reset_after_resets_before():
    rng = np.random.default_rng(3)
    layer = old_keras.recurrent("GRU", "gru_1", H, **SEQUENCES)
    arrays = [draw(rng, E, 3 * H), draw(rng, H, 3 * H), draw(rng, 3 * H)]
    names = ("gru_1/kernel:0", "gru_1/recurrent_kernel:0", "gru_1/bias:0")
    weights = {"gru_1": dict(zip(names, arrays, strict=True))}
    model = opened(old_keras.written("2.0.9", sequential(layer), weights))
    x = draw(rng, 4, T, E)
    close(model.predict(x, verbose=0), states(x, *arrays))


def test_the_slope_of_the_hard_sigmoid_is_its_writers_and_stays_so(tmp_path):
    rng = np.random.default_rng(4)
    layer = old_keras.recurrent("GRU", "gru_1", H, **SEQUENCES)
    arrays = [draw(rng, E, 3 * H), draw(rng, H, 3 * H), draw(rng, 3 * H)]
    weights = {"gru_1": {f"gru_1/{i}": array for i, array in enumerate(arrays)}}
    x = draw(rng, 4, T, E)
    model = opened(old_keras.written("2.0.9", sequential(layer), weights))
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"m.{ending}")
        again = fastgru.saving.load_model(tmp_path / f"m.{ending}")
        assert again.layers[0].recurrent_activation == "hard_sigmoid_keras2"
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    layer["config"]["reset_after"] = False
    today = opened(old_keras.written("3.3.0", sequential(layer, version="3"), weights))
    assert today.layers[0].recurrent_activation == "hard_sigmoid"
    assert np.abs(today.predict(x, verbose=0) - model.predict(x, verbose=0)).max() > 1e-3


def cudnn_kernel(kernel, gates):
    """What CuDNN has for a kernel: gate by gate transposed, in a matrix of the same shape."""
    parts = np.split(kernel, gates, axis=1)
    return np.concatenate([part.T.reshape(part.shape) for part in parts], axis=1)


def test_weights_of_cudnn_layers_are_turned():
    rng = np.random.default_rng(5)
    gru = [draw(rng, E, 3 * H), draw(rng, H, 3 * H), draw(rng, 2, 3 * H)]
    lstm = [draw(rng, H, 4 * H), draw(rng, H, 4 * H), draw(rng, 4 * H)]
    halves = draw(rng, 4 * H)
    config = sequential(
        old_keras.cudnn("CuDNNGRU", "gru_1", H, **(SEQUENCES | {"return_sequences": True})),
        old_keras.cudnn("CuDNNLSTM", "lstm_1", H, unit_forget_bias=True),
        version="2.2.4",
    )
    transposed = [
        np.concatenate([part.T for part in np.split(found[1], count, axis=1)], axis=1)
        for found, count in ((gru, 3), (lstm, 4))
    ]
    weights = {
        "gru_1": {
            "gru_1/kernel:0": cudnn_kernel(gru[0], 3),
            "gru_1/recurrent_kernel:0": transposed[0], "gru_1/bias:0": gru[2].reshape(-1),
        },
        "lstm_1": {
            "lstm_1/kernel:0": cudnn_kernel(lstm[0], 4),
            "lstm_1/recurrent_kernel:0": transposed[1],
            "lstm_1/bias:0": np.concatenate([halves, lstm[2] - halves]),
        },
    }  # fmt: skip
    model = opened(old_keras.written("2.2.4", config, weights, backend=b"tensorflow"))
    assert model.layers[0].reset_after and model.layers[0].recurrent_activation == "sigmoid"
    for mine, theirs in zip(model.get_weights(), [*gru, *lstm], strict=True):
        close(mine, theirs)


def test_both_directions_and_an_lstm_by_gates_of_keras_1():
    rng = np.random.default_rng(6)

    def inner(cls, name, **more):
        config, _ = old_keras.first_layers(rng)
        found = config["config"][1]["config"]
        return {"class_name": cls, "config": {**found, "name": name, **more}}

    both = {
        "class_name": "Bidirectional",
        "config": {
            "name": "bidirectional_1", "trainable": True, "merge_mode": "sum",
            "layer": inner("GRU", "gru_1", return_sequences=True), **SEQUENCES,
        },
    }  # fmt: skip
    lstm = inner("LSTM", "lstm_1", forget_bias_init="one")
    shapes = (("W", (E, H)), ("U", (H, H)), ("b", (H,)))
    arrays = {
        f"{way}_gru_1_{what}_{gate}": draw(rng, *shape)
        for way in ("forward", "backward") for gate in "zrh" for what, shape in shapes
    }  # fmt: skip
    gates = {
        f"lstm_1_{what}_{gate}": draw(rng, *((H, H) if what == "W" else shape))
        for gate in "icfo" for what, shape in shapes
    }  # fmt: skip
    weights = {"bidirectional_1": arrays, "lstm_1": gates}
    model = opened(old_keras.written(None, sequential(both, lstm), weights))
    wanted = [
        np.concatenate([arrays[f"{way}_gru_1_{what}_{gate}"] for gate in "zrh"], axis=-1)
        for way in ("forward", "backward") for what in "WUb"
    ] + [
        np.concatenate([gates[f"lstm_1_{what}_{gate}"] for gate in "ifco"], axis=-1)
        for what in "WUb"
    ]  # fmt: skip
    for mine, theirs in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert model.layers[1].unit_forget_bias and model.layers[0].merge_mode == "sum"


@pytest.mark.parametrize("backend", [b"theano", b"tensorflow"])
def test_filters_of_theano_stand_from_their_end(backend):
    rng = np.random.default_rng(7)
    kernel, bias = draw(rng, 3, E, H), draw(rng, H)
    model = fastgru.Sequential([Input((T, E)), Conv1D(H, 3), GRU(2), Dense(1)])
    config = {
        "name": "conv1d_1", "trainable": True, "filters": H, "kernel_size": [3], "strides": [1],
        "padding": "valid", "dilation_rate": [1], "activation": "linear", "use_bias": True,
        "kernel_initializer": old_keras.GLOROT, "bias_initializer": old_keras.ZEROS,
        **SEQUENCES,
    }  # fmt: skip
    weights = {"conv1d_1": {"conv1d_1/kernel:0": kernel, "conv1d_1/bias:0": bias}}
    layer = {"class_name": "Conv1D", "config": config}
    model = opened(old_keras.written("2.0.9", sequential(layer), weights, backend=backend))
    flipped = kernel[::-1] if backend == b"theano" else kernel
    np.testing.assert_array_equal(model.get_weights()[0], flipped)
