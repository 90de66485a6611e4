"""Cases with the layers around a GRU: convolution, pooling, normalization, shapes."""

import numpy as np
from keras_parity.case import Case, floats, gappy_floats, integers, one_hot, tokens


def _positive(*places):
    """Weights as drawn, but for the variances at these places."""

    def adjust(weights):
        return [
            np.abs(weight) + np.float32(0.5) if place in places else weight
            for place, weight in enumerate(weights)
        ]

    return adjust


COMPANION_CASES = [
    Case(
        "channels_first_and_no_mean",
        lambda L: [
            L.Input((6, 4)),
            L.LayerNormalization([1, 2], rms_scaling=True, gamma_regularizer="l2"),
            L.GRU(3, return_sequences=True),
            L.LayerNormalization(center=False, scale=False, rms_scaling=True),
            L.Flatten(data_format="channels_first"),
            L.Dense(2),
        ],
        floats(6, 4),
        floats(2),
    ),
    Case(
        "convolution_and_pooling",
        lambda L: [
            L.Input((12, 4)),
            L.ZeroPadding1D((2, 1)),
            L.Conv1D(6, 3, strides=2, padding="same", activation="relu"),
            L.MaxPooling1D(3, strides=2, padding="same"),
            L.Conv1D(4, 2, padding="causal", dilation_rate=2, groups=2, use_bias=False),
            L.AveragePooling1D(2, strides=1, padding="same"),
            L.UpSampling1D(2),
            L.Cropping1D((1, 0)),
            L.Conv1D(3, 2, activation="tanh", kernel_regularizer="l2"),
            L.GRU(4),
            L.Dense(1),
        ],
        floats(12, 4),
        floats(1),
    ),
    Case(
        "batch_normalization_with_a_mask",
        lambda L: [
            L.Input((6,)),
            L.Embedding(9, 3, mask_zero=True),
            L.BatchNormalization(momentum=0.9),
            L.GRU(4, return_sequences=True),
            L.BatchNormalization(scale=False, epsilon=0.01),
            L.GRU(3),
            L.BatchNormalization(center=False, gamma_regularizer="l2"),
            L.Dense(1, activation="sigmoid"),
        ],
        tokens(6, 9, "holes"),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        validation_split=0.2,
        adjust=_positive(4, 10, 16),
    ),
    Case(
        "frozen_batch_normalization",
        lambda L: [
            L.Input((6, 4)),
            L.BatchNormalization(trainable=False),
            L.GRU(4, return_sequences=True),
            L.BatchNormalization(axis=1),
            L.GRU(3),
            L.Dense(1),
        ],
        floats(6, 4),
        floats(1),
        still=(0, 1, 2, 3),
        adjust=_positive(3, 10),
    ),
    Case(
        "layer_normalization_and_a_mean",
        lambda L: [
            L.Input((6, 4)),
            L.Masking(0.5),
            L.LayerNormalization(),
            L.GRU(5, return_sequences=True),
            L.LayerNormalization(axis=[1, 2], scale=False),
            L.SpatialDropout1D(0.0),
            L.GaussianNoise(0.0),
            L.GlobalAveragePooling1D(),
            L.LayerNormalization(center=False, epsilon=0.1),
            L.Dense(2),
        ],
        # One real step a row, at least: Keras' mean of none is NaN.
        lambda rng, n: np.concatenate(
            [gappy_floats(5, 4, 0.5)(rng, n), floats(1, 4)(rng, n)], axis=1
        ),
        floats(2),
    ),
    Case(
        "shapes",
        lambda L: [
            L.Input((6, 4)),
            L.GRU(5),
            L.RepeatVector(4),
            L.GRU(6, return_sequences=True),
            L.Permute((2, 1)),
            L.Reshape((3, -1)),
            L.TimeDistributed(L.Dense(5, activation="relu", kernel_constraint="max_norm")),
            L.GlobalMaxPooling1D(keepdims=True),
            L.Reshape((5,)),
            L.Dense(1),
        ],
        floats(6, 4),
        floats(1),
    ),
    Case(
        "kinks",
        lambda L: [
            L.Input((6, 4)),
            L.Rescaling(0.7, offset=0.1),
            L.Masking(),
            L.Dense(5),
            L.LeakyReLU(),
            L.Dense(5),
            L.PReLU(shared_axes=[1]),
            L.Dense(5),
            L.ELU(0.7),
            L.GRU(4),
            L.PReLU(),
            L.Dense(6),
            L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2),
            L.Dense(3),
            L.ReLU(),
            L.Dense(3),
            L.Softmax(),
        ],
        floats(6, 4),
        one_hot(3),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    ),
    Case(
        "time_distributed",
        lambda L: [
            L.Input((3, 6, 4)),
            L.TimeDistributed(L.Conv1D(5, 3, activation="relu")),
            L.TimeDistributed(L.LayerNormalization()),
            L.TimeDistributed(L.GRU(4)),
            L.TimeDistributed(L.BatchNormalization()),
            L.GRU(3),
            L.Dense(1),
        ],
        floats(3, 6, 4),
        floats(1),
        adjust=_positive(10),
    ),
]
