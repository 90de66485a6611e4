"""Models large enough for threads: 3 T B H (I + H) multiplications, one thread per million."""

import numpy as np
from small_models import bits, fit, predict, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding, InputLayer, Masking


def holes(B, T, F):
    x = waves(B, T, F)
    x[waves(B, T, phase=0.2) < -0.4] = 0
    x[1] = 0
    return x


def padding(B, T):
    lengths = 1 + np.arange(B) * 5 % T
    return np.where(np.arange(T) < lengths[:, None], 1 + np.arange(T) % 9, 0)


#: (samples, steps, layers, optimiser); slices of a batch are of 8 rows unless U exceeds 1 MB.
CASES = {
    "small slices": (33, 40, lambda: [InputLayer((None, 7)), GRU(48)], "adam"),
    "reset before": (33, 40, lambda: [InputLayer((None, 7)), GRU(48, reset_after=False)], "adam"),
    "holes": (33, 40, lambda: [InputLayer((None, 7)), Masking(), GRU(48)], "rmsprop"),
    "holes, reset before": (
        33, 40, lambda: [InputLayer((None, 7)), Masking(), GRU(48, reset_after=False)], "sgd",
    ),
    "padding": (
        40, 30, lambda: [InputLayer((None,)), Embedding(10, 40, mask_zero=True), GRU(50)], "adam",
    ),
    "large slices": (41, 2, lambda: [InputLayer((None, 7)), GRU(304)], "adam"),
    "large slices, reset before": (
        41, 2, lambda: [InputLayer((None, 7)), GRU(304, reset_after=False)], "adam",
    ),
    "large slices, holes": (41, 4, lambda: [InputLayer((None, 7)), Masking(), GRU(304)], "adam"),
    "few rows": (5, 12, lambda: [InputLayer((None, 7)), GRU(304)], "adam"),
    "float64": (33, 20, lambda: [InputLayer((None, 7)), GRU(49, dtype="float64")], "adam"),
    "large slices, float64": (
        33, 3, lambda: [InputLayer((None, 7)), GRU(216, dtype="float64")], "adam",
    ),
    "other activations": (
        33, 40, lambda: [InputLayer((None, 7)), GRU(48, "relu", "hard_sigmoid")], "sgd",
    ),
    "wide table": (
        16, 30, lambda: [InputLayer((None,)), Embedding(2000, 130), GRU(40)], "adam",
    ),
    "stack": (
        40, 30,
        lambda: [InputLayer((None, 20)), GRU(40, return_sequences=True), GRU(50)], "adam",
    ),
}  # fmt: skip


def made(name):
    """The model of a case, compiled, and its x and y."""
    B, T, layers, optimizer = CASES[name]
    layers = layers()
    model = set_by_formula(Sequential([*layers, Dense(3, dtype=layers[-1].dtype)]))
    # Half of a sine is much for wide layers.
    model.set_weights([0.2 * weight for weight in model.get_weights()])
    model.compile(optimizer, "mse")
    width = layers[0].given_shape[-1] if len(layers[0].given_shape) > 2 else None
    if width is None:
        x = padding(B, T)
    else:
        x = holes(B, T, width) if "holes" in name else waves(B, T, width)
    return model, x, waves(B, 3, phase=1)


def trained(name):
    """Everything that five steps of training change, as bytes, and predictions behind them."""
    model, x, y = made(name)
    fit(model, x, y, epochs=5, batch_size=len(x))
    return bits(model), predict(model, x, batch_size=len(x))
