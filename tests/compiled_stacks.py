"""Stacks that can be one compiled call, and what their layers say one by one."""

import numpy as np
from numpy.testing import assert_allclose
from small_models import predict, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import (
    GRU,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    InputLayer,
    Masking,
)
from fastgru.layers.layout import leave
from fastgru.models import door

F = 3
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}
SEQUENCES = {"return_sequences": True}
STACKS = {
    "gru": lambda: [GRU(6)],
    "sequences": lambda: [GRU(17, **SEQUENCES)],
    "reset before": lambda: [GRU(6, reset_after=False, use_bias=False), Dense(1, "sigmoid")],
    "three": lambda: [GRU(5, **SEQUENCES), GRU(4, "relu", "hard_sigmoid", **SEQUENCES), GRU(3)],
    "dense between": lambda: [Dense(4, "silu"), GRU(5, **SEQUENCES), Dense(2, "softmax")],
    "activations": lambda: [GRU(5, **SEQUENCES), Activation("gelu"), Activation("log_softmax")],
    "dropout": lambda: [Dropout(0.3), GRU(5), Dropout(0.2), Dense(2, "tanh", use_bias=False)],
    "dense": lambda: [Dense(49, "elu"), Dense(2)],
}
EMBEDDED = {
    "embedding": lambda: [Embedding(10, 4), GRU(6), Dense(3, "softmax")],
    "embedding, sequences": lambda: [
        Embedding(10, 4),
        GRU(6, **SEQUENCES),
        Dense(1, "sigmoid"),
    ],
}
MASKED = {
    "masked tokens": lambda: [Embedding(4, 5, mask_zero=True), GRU(6), Dense(1, "sigmoid")],
    "masked tokens, sequences": lambda: [
        Embedding(4, 5, mask_zero=True),
        GRU(6, **SEQUENCES),
        Dense(3, "tanh"),
        GRU(4, reset_after=False, zero_output_for_mask=True, **SEQUENCES),
        Dense(2, "softmax"),
    ],
    "masking": lambda: [Masking(), GRU(4)],
    "masking, sequences": lambda: [Masking(0.5), GRU(9, **SEQUENCES), GRU(3), Dense(2)],
    "masking behind": lambda: [
        GRU(5, "relu", **SEQUENCES),
        Masking(),
        GRU(4, zero_output_for_mask=True, **SEQUENCES),
    ],
}
EMBEDDED |= {name: MASKED[name] for name in MASKED if "tokens" in name}
STACKS |= {name: MASKED[name] for name in MASKED if "tokens" not in name}
NOT_COMPILED = {
    "flatten": lambda: [GRU(4, **SEQUENCES), Flatten(), Dense(1)],
    "backwards": lambda: [GRU(4, go_backwards=True)],
    "rows": lambda: [GRU(4, "softmax", **SEQUENCES), GRU(3, "tanh", "sparsemax")],
    "sparsemax": lambda: [GRU(4, **SEQUENCES), Dense(3, "sparsemax"), Activation("sparsemax")],
}


def made(name="dense between", dtype="float32", T=None):
    layers = (STACKS | EMBEDDED | NOT_COMPILED)[name]()
    for layer in layers:
        layer.dtype = dtype
    shape = (T,) if name in EMBEDDED else (T, F)
    return set_by_formula(Sequential([InputLayer(shape), *layers]))


def data(name, B, T, dtype="float32"):
    if name in EMBEDDED:
        size = 4 if name in MASKED else 10
        return (np.arange(B * T) * 7 % size).reshape(B, T).astype(np.int32)
    x = waves(B, T, F, phase=0.4, dtype=np.dtype(dtype))
    if name in MASKED:
        # Every third step, and one whole row.
        x.reshape(B * T, F)[::3] = x[B // 2] = 0.5 if "sequences" in name else 0
    return x


def changed(weights, by=0.25):
    """Weights that give other outputs, behind a softmax too."""
    return [weight + by * waves(*weight.shape, phase=by) for weight in weights]


def by_layers(model, x):
    """The model's outputs through `predict` of its layers."""
    source = door.inputs("test", x, model)
    return leave(model._run(source.batch(np.arange(len(source))))[0])


def assert_by_layers(model, x):
    """What the model says of x, by all ways, is what its layers say."""
    wanted = by_layers(model, x)
    tolerance = TOLERANCE[model.layers[0].dtype] * max(1, np.abs(wanted).max())
    # The second call finds the program of the first.
    for found in (predict(model, x), model(x), model(x), model.predict_on_batch(x)):
        assert found.dtype == wanted.dtype
        assert_allclose(found, wanted, rtol=0, atol=tolerance)
    return wanted
