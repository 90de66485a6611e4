"""More steps, or fewer: padding, cropping, repeating."""

import numpy as np

from fastgru._check import axes, check_int, check_shape, fail
from fastgru.layers.axes import (
    check_format,
    check_pair,
    check_room,
    in_order,
    steps_and_channels,
    steps_first,
)
from fastgru.layers.layer import Layer


class _Steps(Layer):
    """Base of layers that add steps or take some away; a mask ends here, as in Keras."""

    passes_mask = False
    data_format = "channels_last"

    def configure(self, input_shape):
        steps, channels = steps_and_channels(self.name, input_shape, self.data_format)
        steps = None if steps is None else self._count(steps)
        if steps is not None and steps < 1:
            fail(self.name, "its input", "have steps left behind the layer", axes(input_shape))
        return (input_shape[0], *in_order(steps, channels, self.data_format))

    def _forward(self, x):
        count = len(steps_first(x, self.data_format))

        def backward(dy, want_dx=True):
            dx = self._back(steps_first(dy, self.data_format), count)
            return steps_first(dx, self.data_format)

        return self._predict(x), backward

    def _predict(self, x):
        x = steps_first(x, self.data_format)
        check_room(self.name, (self._count(len(x)), *x.shape[1:]))
        return steps_first(self._change(x), self.data_format)


class ZeroPadding1D(_Steps):
    """Steps of zeros before and behind each sequence.

    Parameters
    ----------
    padding : int or tuple of two, default 1
        How many at each end, or at the beginning and at the end.
    data_format : {"channels_last", "channels_first"}
    **layer
        See `Layer`.
    """

    def __init__(self, padding=1, data_format=None, **layer):
        super().__init__(**layer)
        self.padding = check_pair("ZeroPadding1D", "padding", padding)
        self.data_format = check_format("ZeroPadding1D", data_format)
        if self.data_format == "channels_last":
            # Keras before 3.5 does not know the argument.
            self.not_in_files = (*self.not_in_files, "data_format")

    def _count(self, steps):
        return steps + sum(self.padding)

    def _change(self, x):
        return np.pad(x, (self.padding, (0, 0), (0, 0)))

    def _back(self, dy, count):
        return dy[self.padding[0] : self.padding[0] + count]

    def get_config(self):
        return {
            **super().get_config(),
            "padding": self.padding,
            "data_format": self.data_format,
        }


class Cropping1D(_Steps):
    """Each sequence without its first and its last steps.

    Parameters
    ----------
    cropping : int or tuple of two, default (1, 1)
        How many at each end, or at the beginning and at the end.
    **layer
        See `Layer`.
    """

    def __init__(self, cropping=(1, 1), **layer):
        super().__init__(**layer)
        self.cropping = check_pair("Cropping1D", "cropping", cropping)

    def _count(self, steps):
        return steps - sum(self.cropping)

    def _change(self, x):
        return x[self.cropping[0] : len(x) - self.cropping[1]]

    def _back(self, dy, count):
        return np.pad(dy, (self.cropping, (0, 0), (0, 0)))

    def get_config(self):
        return {**super().get_config(), "cropping": self.cropping}


class UpSampling1D(_Steps):
    """Each step `size` times.

    Parameters
    ----------
    size : int, default 2
    **layer
        See `Layer`.
    """

    def __init__(self, size=2, **layer):
        super().__init__(**layer)
        self.size = check_int("UpSampling1D", "size", size, 1)

    def _count(self, steps):
        return steps * self.size

    def _change(self, x):
        return np.repeat(x, self.size, axis=0)

    def _back(self, dy, count):
        return dy.reshape(count, self.size, *dy.shape[1:]).sum(axis=1)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


class RepeatVector(Layer):
    """A vector as each of n steps.

    Parameters
    ----------
    n : int
    **layer
        See `Layer`.

    Input (batch, features), output (batch, n, features).
    """

    passes_mask = False

    def __init__(self, n, **layer):
        super().__init__(**layer)
        self.n = check_int("RepeatVector", "n", n, 1)

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", "features"))
        return (input_shape[0], self.n, input_shape[1])

    def _forward(self, x):
        return self._predict(x), lambda dy, want_dx=True: dy.sum(axis=0)

    def _predict(self, x):
        check_room(self.name, (self.n, *x.shape))
        return np.repeat(x[None], self.n, axis=0)

    def get_config(self):
        return {**super().get_config(), "n": self.n}
