"""Maximum and mean over windows of steps."""

import numpy as np

from fastgru._check import axes, check_choice, fail
from fastgru.kernels import pooling as kernel
from fastgru.layers.axes import (
    check_format,
    check_one,
    in_order,
    padded,
    steps_and_channels,
    steps_first,
)
from fastgru.layers.layer import Layer


class _Pooling(Layer):
    """Base of the layers over windows; a mask ends here, as in Keras."""

    passes_mask = False

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **layer):
        super().__init__(**layer)
        where = type(self).__name__
        self.pool_size = check_one(where, "pool_size", pool_size)
        strides = self.pool_size if strides is None else strides
        self.strides = check_one(where, "strides", strides)
        self.padding = check_choice(where, "padding", padding, ("valid", "same"))
        self.data_format = check_format(where, data_format)

    def configure(self, input_shape):
        steps, channels = steps_and_channels(self.name, input_shape, self.data_format)
        windows = self._windows(steps)[2]
        if windows == 0:
            fail(self.name, "its input", "have the steps of one window", axes(input_shape))
        return (input_shape[0], *in_order(windows, channels, self.data_format))

    def _windows(self, steps):
        return padded(steps, self.pool_size[0], self.strides[0], self.padding)

    def _run(self, x, work):
        """(y, backward) of (steps, batch, channels)."""
        before, _, windows = self._windows(len(x))
        how = self.pool_size[0], self.strides[0], before
        y = work.take("y", x.dtype, windows, *x.shape[1:])
        backward = self._pool(x.reshape(len(x), -1), how, y.reshape(windows, -1), work)

        def of_steps(dy):
            dx = work.take("dx", x.dtype, *x.shape)
            backward(dy.reshape(windows, -1), dx.reshape(len(x), -1))
            return dx

        return y, of_steps

    def _forward(self, x):
        turn = self.work.begin()
        y, of_steps = self._run(steps_first(x, self.data_format), self.work)

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            return steps_first(of_steps(steps_first(dy, self.data_format)), self.data_format)

        return steps_first(y, self.data_format), backward

    def _predict(self, x):
        y, _ = self._run(steps_first(x, self.data_format), self.scratch)
        return steps_first(y, self.data_format)

    def get_config(self):
        names = ("pool_size", "strides", "padding", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class MaxPooling1D(_Pooling):
    """The maximum over each window of `pool_size` steps.

    Parameters
    ----------
    pool_size : int, default 2
    strides : int, optional
        Steps from one window to the next; `pool_size` by default.
    padding : {"valid", "same"}
        Whole windows only, or as many as strides fit into the sequence; steps beyond its
        ends do not count.
    data_format : {"channels_last", "channels_first"}
    **layer
        See `Layer`.

    Input (batch, steps, channels), output (batch, windows, channels). A mask ends here, as
    in Keras. Of equal steps the first one gets the gradient.
    """

    def _pool(self, x, how, y, work):
        which = work.take("which", np.int32, *y.shape)
        kernel.max_forward(x, *how, y, which)
        return lambda dy, dx: kernel.max_backward(dy, which, dx)


class AveragePooling1D(_Pooling):
    """The mean over each window of `pool_size` steps; arguments as for `MaxPooling1D`."""

    def _pool(self, x, how, y, work):
        kernel.mean_forward(x, *how, y)
        return lambda dy, dx: kernel.mean_backward(dy, *how, dx)
