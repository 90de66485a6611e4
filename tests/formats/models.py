"""Models that fastgru and Keras build alike, for files in both directions."""

import numpy as np

STEPS, BATCH = 5, 4
ROWS = STEPS * BATCH


def build(keras, name):
    """A compiled model of `keras`, which is Keras or fastgru."""
    return BUILDERS[name](keras, keras.layers, keras.optimizers)


def adam(keras, L, O):
    model = keras.Sequential([
        L.Input((6,)), L.Embedding(9, 4, mask_zero=True), L.GRU(5, return_sequences=True),
        L.Dropout(0.0, seed=7), L.GRU(3, reset_after=False), L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile(O.Adam(0.01, beta_2=0.99), "binary_crossentropy", metrics=["accuracy"])
    return model


def rmsprop(keras, L, O):
    model = keras.Sequential([
        L.Input((6, 4)), L.Masking(mask_value=0.5),
        L.GRU(5, return_sequences=True, go_backwards=True, use_bias=False),
        L.Activation("tanh"), L.Flatten(), L.Dense(3), L.Activation("softmax"),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy()
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="hits")]
    model.compile(O.RMSprop(0.01, momentum=0.3, centered=True), loss, metrics=metrics)
    return model


def sgd(keras, L, O):
    layers = [L.GRU(5, activation="relu", recurrent_activation="hard_sigmoid"), L.Dense(2)]
    layers[0].trainable = False
    model = keras.Sequential([L.Input((6, 4)), *layers])
    model.compile(O.SGD(0.01, momentum=0.9, nesterov=True), "mae", metrics=["mse"])
    return model


def plain_sgd(keras, L, O):
    model = keras.Sequential([L.Input((None, 4)), L.GRU(5), L.Dense(2, use_bias=False)])
    model.compile("sgd", keras.losses.MeanSquaredError())
    return model


def float64(keras, L, O):
    model = keras.Sequential([
        L.Input((6, 4)), L.GRU(5, dtype="float64"),
        L.Dense(2, dtype="float64", activation="softmax"),
    ])  # fmt: skip
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    model.compile(O.Adam(0.01), loss, metrics=["accuracy", keras.metrics.CategoricalAccuracy()])
    return model


def from_data(keras, L, O):
    model = keras.Sequential([L.GRU(5, return_sequences=True), L.GRU(4), L.Dense(2)])
    model.compile("adam", "mse")
    return model


def with_optimizer(optimizer):
    """A builder of a small model with an embedding."""

    def build(keras, L, O):
        model = keras.Sequential([
            L.Input((6,)), L.Embedding(9, 4, mask_zero=True), L.GRU(3), L.Dense(1),
        ])  # fmt: skip
        model.compile(optimizer(O), "mse")
        return model

    return build


BUILDERS = {
    builder.__name__: builder for builder in (adam, rmsprop, sgd, plain_sgd, float64, from_data)
} | {
    # Five steps: the accumulators of three are then half full.
    f"tokens_{name}": with_optimizer(optimizer)
    for name, optimizer in {
        "amsgrad": lambda O: O.Adam(0.01, amsgrad=True, clipnorm=0.1),
        "adamw": lambda O: O.AdamW(O.schedules.CosineDecay(0.01, 8), weight_decay=0.1),
        "nadam": lambda O: O.Nadam(0.01, use_ema=True, ema_momentum=0.8),
        "adamax": lambda O: O.Adamax(0.01, gradient_accumulation_steps=3),
        "adagrad": lambda O: O.Adagrad(
            O.schedules.PiecewiseConstantDecay([3, 7], [0.1, 0.05, 0.02])
        ),
        "adadelta": lambda O: O.Adadelta(1.0, global_clipnorm=0.1),
        "lion": lambda O: O.Lion(0.001, use_ema=True, gradient_accumulation_steps=3),
    }.items()
}  # fmt: skip
NAMES = tuple(BUILDERS)


def data(name):
    """(x, y) for STEPS batches."""
    rng = np.random.default_rng(len(name))
    x = rng.normal(size=(ROWS, 6, 4)).astype(np.float32)
    if name == "adam" or name.startswith("tokens"):
        return rng.integers(0, 9, (ROWS, 6)), rng.integers(0, 2, (ROWS, 1))
    if name == "rmsprop":
        x[::3, :2] = 0.5
        return x, rng.integers(0, 3, ROWS)
    if name == "float64":
        return x, np.eye(2)[rng.integers(0, 2, ROWS)]
    return x, rng.normal(size=(ROWS, 2)).astype(np.float32)


def train(model, x, y):
    """STEPS optimiser steps on the same batches in the same order."""
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)


def trained(keras, name):
    """(model after STEPS steps, x, y)."""
    model, (x, y) = build(keras, name), data(name)
    train(model, x, y)
    return model, x, y
