"""Cases with Normalization: weights that are not trained, and numbers that were given."""

import numpy as np
from keras_parity.case import Case, floats


def _sound(weights):
    """A variance above 0, and the count as Keras has it."""
    weights[1] = np.abs(weights[1]) + 0.2
    weights[2] = np.zeros((), "int32")
    return weights


NORMALIZATION_CASES = [
    Case(
        "normalization_of_features",
        lambda L: [L.Input((6, 4)), L.Normalization(), L.GRU(5), L.Dense(1)],
        floats(6, 4, scale=3.0),
        floats(1),
        adjust=_sound,
        still=(0, 1, 2),
    ),
    Case(
        "normalization_inside",
        lambda L: [
            L.Input((6, 4)),
            L.GRU(5, return_sequences=True),
            L.Normalization((1, 2), np.linspace(-0.5, 0.5, 5), np.linspace(0.2, 2, 5)),
            L.Dense(3),
            L.Normalization(None, 0.25, 0.5, invert=True),
            L.GRU(2),
        ],
        floats(6, 4),
        floats(2),
    ),
]
