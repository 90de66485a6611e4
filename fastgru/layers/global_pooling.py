"""Maximum and mean over all steps of a sequence."""

import numpy as np

from fastgru._check import check_flag
from fastgru.layers.axes import check_format, in_order, steps_and_channels, steps_first
from fastgru.layers.layer import Layer


class _GlobalPooling(Layer):
    """Base of the layers over all steps; a mask ends here, as in Keras."""

    passes_mask = False

    def __init__(self, data_format=None, keepdims=False, **layer):
        super().__init__(**layer)
        where = type(self).__name__
        self.data_format = check_format(where, data_format)
        self.keepdims = check_flag(where, "keepdims", keepdims)

    def configure(self, input_shape):
        _, channels = steps_and_channels(self.name, input_shape, self.data_format)
        if not self.keepdims:
            return (input_shape[0], channels)
        return (input_shape[0], *in_order(1, channels, self.data_format))

    def forward(self, x, mask=None):
        steps = steps_first(x, self.data_format)
        y, of_steps = self._pool(steps, mask)

        def backward(dy, want_dx=True):
            dy = steps_first(dy, self.data_format).reshape(steps.shape[1:])
            return steps_first(of_steps(dy), self.data_format)

        return self._out(y), None, backward

    def predict(self, x, mask=None):
        return self._out(self._pool(steps_first(x, self.data_format), mask)[0]), None

    def _out(self, y):
        return steps_first(y[None], self.data_format) if self.keepdims else y

    def get_config(self):
        return {
            **super().get_config(),
            "data_format": self.data_format,
            "keepdims": self.keepdims,
        }


class GlobalMaxPooling1D(_GlobalPooling):
    """The maximum over all steps, masked ones too, as in Keras.

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}
    keepdims : bool, default False
        Keep an axis of one step.
    **layer
        See `Layer`.

    Input (batch, steps, channels), output (batch, channels). Steps that are equally large
    share the gradient.
    """

    def _pool(self, x, mask):
        y = x.max(axis=0)

        def of_steps(dy):
            hit = x == y
            # A NaN hits nothing.
            return hit * (dy / np.maximum(hit.sum(axis=0), 1).astype(dy.dtype))

        return y, of_steps


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean over all steps that are not masked; NaN, as in Keras, where all of them are.

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}
    keepdims : bool, default False
        Keep an axis of one step.
    **layer
        See `Layer`.

    Input (batch, steps, channels), output (batch, channels).
    """

    def _pool(self, x, mask):
        if mask is None:
            share = np.full((len(x), 1, 1), 1 / len(x), x.dtype)
            return x.mean(axis=0), lambda dy: np.ascontiguousarray(share * dy)
        kept = mask.astype(x.dtype)[..., None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = kept / kept.sum(axis=0)
            y = (x * kept).sum(axis=0) / kept.sum(axis=0)
        return y, lambda dy: share * dy
