"""All axes but the batch's as one."""

import math

from fastgru._check import check_default
from fastgru.layers.layer import Layer
from fastgru.layers.layout import turn


class Flatten(Layer):
    """(batch, a, b, ...) to (batch, a b ...), in the order users see: batch first.

    A mask ends here, as in Keras.
    """

    passes_mask = False

    def __init__(self, data_format=None, **layer):
        super().__init__(**layer)
        check_default("Flatten", data_format=(data_format or "channels_last", "channels_last"))

    def configure(self, input_shape):
        inner = input_shape[1:]
        return (input_shape[0], None if None in inner else math.prod(inner))

    def _forward(self, x):
        y = self._predict(x)

        def backward(dy, want_dx=True):
            if x.ndim < 3:
                return dy
            return turn(dy.reshape(x.shape[1], x.shape[0], *x.shape[2:]))

        return y, backward

    def _predict(self, x):
        if x.ndim < 3:
            return x
        return turn(x).reshape(x.shape[1], math.prod((x.shape[0], *x.shape[2:])))

    def get_config(self):
        return {**super().get_config(), "data_format": "channels_last"}
