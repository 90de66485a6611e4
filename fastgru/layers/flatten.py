"""All axes but the batch's as one."""

import math

import numpy as np

from fastgru.layers.axes import check_format
from fastgru.layers.layer import Layer


class Flatten(Layer):
    """(batch, a, b, ...) to (batch, a b ...), in the order users see: batch first.

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}
        With "channels_first", the axis behind the batch's is made the last one before.
    **layer
        See `Layer`.

    A mask ends here, as in Keras.
    """

    passes_mask = False

    def __init__(self, data_format=None, **layer):
        super().__init__(**layer)
        self.data_format = check_format("Flatten", data_format)

    def configure(self, input_shape):
        inner = input_shape[1:]
        return (input_shape[0], None if None in inner else math.prod(inner))

    def _order(self, ndim):
        """The axes of the layers' layout in the order of the numbers."""
        if self.data_format == "channels_first":
            return (*range(1, ndim), 0)
        return (1, 0, *range(2, ndim))

    def _forward(self, x):
        y = self._predict(x)

        def backward(dy, want_dx=True):
            if x.ndim < 3:
                return dy
            order = self._order(x.ndim)
            dy = dy.reshape([x.shape[axis] for axis in order])
            return np.ascontiguousarray(dy.transpose(np.argsort(order)))

        return y, backward

    def _predict(self, x):
        if x.ndim < 3:
            return x
        ordered = np.ascontiguousarray(x.transpose(self._order(x.ndim)))
        return ordered.reshape(x.shape[1], math.prod((x.shape[0], *x.shape[2:])))

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}
