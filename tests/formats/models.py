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


def companions(keras, L, O):
    model = keras.Sequential([
        L.Input((6, 4)), L.Rescaling([1.0, 2.0, 0.5, 1.0], offset=0.1), L.ZeroPadding1D((1, 2)),
        L.Conv1D(4, 3, padding="causal", groups=2), L.PReLU(shared_axes=[1]),
        L.BatchNormalization(momentum=0.9, center=False), L.MaxPooling1D(2, 1, "same"),
        L.AveragePooling1D(2), L.LayerNormalization(axis=[1, 2], center=False), L.UpSampling1D(2),
        L.Cropping1D((2, 3)), L.SpatialDropout1D(0.0, seed=3), L.GaussianNoise(0.0),
        L.TimeDistributed(L.Dense(3, use_bias=False)),
        # No bias below it: its gradient would be rounding, which Adam makes large.
        L.TimeDistributed(L.BatchNormalization()),
        L.TimeDistributed(L.Dropout(0.0)), L.Permute((2, 1)), L.Reshape((-1, 3)),
        L.TimeDistributed(L.RepeatVector(2)), L.TimeDistributed(L.GRU(3)), L.LeakyReLU(0.1),
        L.ELU(0.5), L.GlobalAveragePooling1D(keepdims=True), L.GlobalMaxPooling1D(),
        L.RepeatVector(2), L.ReLU(max_value=6.0, negative_slope=0.2), L.GRU(3), L.Dense(2),
        L.Softmax(),
    ])  # fmt: skip
    model.compile(O.Adam(0.01), "mse")
    return model


def rules(keras, L, O):
    R, C = keras.regularizers, keras.constraints
    model = keras.Sequential([
        L.Input((6, 4)),
        L.GRU(
            5, kernel_regularizer=R.L1L2(0.01, 0.02), recurrent_regularizer="l2",
            bias_regularizer=R.L2(0.1), activity_regularizer=R.L2(0.05),
            kernel_constraint=C.MaxNorm(1.5, axis=[0, 1]), bias_constraint="max_norm",
            recurrent_constraint=C.MinMaxNorm(0.1, 0.8, 0.5),
        ),
        L.Dense(
            2, kernel_regularizer=R.OrthogonalRegularizer(0.2, "columns"),
            kernel_constraint=C.UnitNorm(axis=1), bias_constraint=C.NonNeg(),
        ),
    ])  # fmt: skip
    model.compile(O.Adam(0.01), "mse")
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
    builder.__name__: builder for builder in (adam, rmsprop, sgd, plain_sgd, float64, from_data, companions, rules)
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
