"""Softmax as a layer of its own."""

import numpy as np

from fastgru import activations
from fastgru._check import as_array, check_shape
from fastgru.layers.axes import as_columns, check_axes, inner, places
from fastgru.layers.layer import Layer


class Softmax(Layer):
    """exp(x) / sum(exp(x)) over one axis or several.

    Parameters
    ----------
    axis : int or list of int, default -1
        Counted with the batch's as 0.
    **layer
        See `Layer`.

    Over the axis of time, masked steps take no part and give 0. Over others each step is
    for itself, and a mask goes on behind the layer.
    """

    starts_built = True

    def __init__(self, axis=-1, **layer):
        super().__init__(**layer)
        found = check_axes("Softmax", axis)
        self.axis = found if isinstance(axis, (list, tuple)) else found[0]

    def configure(self, input_shape):
        self._axes(len(input_shape), input_shape)
        return input_shape

    def _axes(self, ndim, shape=None):
        """The axes in the layers' layout."""
        own = self.axis if isinstance(self.axis, list) else [self.axis]
        return inner(places(self.name, own, shape or (None,) * ndim), ndim)

    @property
    def link(self):
        # Also by its other name, once the number of axes is known.
        last = (-1,) if self.input_shape is None else (-1, len(self.input_shape) - 1)
        return "softmax" if self.axis in last else None

    def forward_scores(self, x, mask=None):
        """`forward` without the softmax, for a loss that takes it over."""
        return x, mask, lambda dy, want_dx=True: dy

    def __call__(self, x, mask=None, training=False):
        """As `Layer.__call__`.

        A mask may also have an entry for each number of x, or 1 in the place of a size: where
        it is False, the number takes no part.
        """
        if mask is None:
            return super().__call__(x, mask, training)
        x, given = as_array(self.name, "x", x), as_array(self.name, "mask", mask)
        if given.ndim != x.ndim:
            return super().__call__(x, mask, training)
        rule = [
            1 if have == 1 else size for have, size in zip(given.shape, x.shape, strict=True)
        ]
        check_shape(self.name, "mask", given.shape, rule)
        kept = given if given.dtype == bool else given > 0.5
        return super().__call__(np.where(kept, x, -1e9), None, training)

    def _run(self, x, mask):
        axes = self._axes(x.ndim)
        kept = None
        # (time, batch) in front: a mask is of the samples' steps.
        if mask is not None and 0 in axes and x.ndim > 2:
            kept = np.broadcast_to(mask.astype(bool).reshape(*mask.shape, *[1] * (x.ndim - 2)),
                                   x.shape)  # fmt: skip
            x = np.where(kept, x, x.dtype.type(-1e9))
        X, back = as_columns(x, axes)
        Y = activations.apply("softmax", X)
        y = back(Y)
        return (y if kept is None else y * kept), axes, kept

    def forward(self, x, mask=None):
        y, axes, kept = self._run(x, mask)

        def backward(dy, want_dx=True):
            dy = dy if kept is None else dy * kept
            Y, back = as_columns(y, axes)
            DY, _ = as_columns(dy, axes)
            return back(activations.backward("softmax", Y, Y, DY))

        return y, mask, backward

    def predict(self, x, mask=None):
        return self._run(x, mask)[0], mask

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}
