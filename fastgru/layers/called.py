"""A layer as its users call it: arrays in, arrays out, batch first."""

import math

import numpy as np

from fastgru._check import MOST_ROWS, as_array, check_flag, check_shape, check_sizes, fail
from fastgru._parameters import Parameters
from fastgru._seed import new_generator
from fastgru.layers.layout import leave, turn


class Called:
    """The part of a layer that users call without a model."""

    def _ready(self, input_shape):
        """Fit an input of this shape; a layer outside of a model gets weights of its own."""
        if self.store is None:
            self.prepare(input_shape)
            Parameters([self], self.dtype, new_generator())
        else:
            self._fit(input_shape)

    def build(self, input_shape):
        """Make the parameters for inputs of this shape, batch first; None is any size."""
        self.prepare(check_sizes(self.name, "input_shape", input_shape))
        Parameters([self], self.dtype, new_generator())

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of this shape, batch first; None is any size.

        Of several outputs, a tuple of their shapes.
        """
        every = self.every_shape(self.shape_behind(input_shape))
        return every[0] if len(every) == 1 else tuple(every)

    def shape_behind(self, input_shape):
        """The shape of the first output, which is what a next layer gets."""
        before = self.specs
        try:
            found = self.configure(check_sizes(self.name, "input_shape", input_shape))
        finally:
            self.specs = before
        return tuple(found)

    def every_shape(self, shape):
        """Shapes of all outputs, where the first one's is `shape`."""
        return [shape]

    def __call__(self, x, mask=None, training=False):
        """The layer's output for one batch, (batch, ...) in and out.

        Parameters
        ----------
        x : array-like, (batch, ...)
        mask : array-like of bool, (batch, time), optional
            False means: skip this step.
        training : bool, default False
            Whether dropout is active.
        """
        return self._once(x, mask, training)

    def _once(self, x, mask, training, give=0, **states):
        """What the layer gives of one batch: the output, or the mask behind it."""
        training = training is not None and check_flag(self.name, "training", training)
        x = as_array(self.name, "x", x)
        if not x.ndim:
            fail(self.name, "x", "have a batch axis", "one number")
        if (rows := math.prod(x.shape if self.takes_ids else x.shape[:-1])) > MOST_ROWS:
            fail(self.name, "a batch", f"have at most {MOST_ROWS} steps", f"{rows}")
        if mask is not None:
            mask = as_array(self.name, "mask", mask)
            check_shape(self.name, "mask", mask.shape, x.shape[:2])
            mask = np.ascontiguousarray(mask.astype(bool).T).view(np.uint8)
        self._ready((None, *x.shape[1:]))
        if not self.takes_ids:
            x = turn(x.astype(self.dtype, copy=False))
        run = self.forward if training else self.predict
        found = run(x, mask, **states)[give]
        return found if give else leave(found)

    def compute_mask(self, inputs, previous_mask=None):
        """The mask behind the layer, (batch, time) of bool or None.

        Parameters
        ----------
        inputs : array-like, (batch, ...)
        previous_mask : array-like of bool, (batch, time), optional
        """
        found = self._once(inputs, previous_mask, False, give=1)
        return None if found is None else found.T.astype(bool)
