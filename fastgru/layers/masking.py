"""A mask from the data itself."""

import math

import numpy as np

from fastgru._check import axes, check_number, fail
from fastgru._workspace import aligned
from fastgru.kernels.stage_masked import MaskingStage
from fastgru.layers.layer import Layer


class Masking(Layer):
    """Skip the steps whose features all equal `mask_value`; such steps become zero.

    Parameters
    ----------
    mask_value : float, default 0.0
    **layer
        See `Layer`.

    Input and output (batch, time, features).
    """

    def __init__(self, mask_value=0.0, **layer):
        super().__init__(**layer)
        self.mask_value = check_number("Masking", "mask_value", mask_value)

    def configure(self, input_shape):
        if len(input_shape) != 3:
            fail(
                self.name, "its input", "have shape (batch, time, features)", axes(input_shape)
            )
        return input_shape

    def _mask(self, x):
        return (x != x.dtype.type(self.mask_value)).any(axis=-1)

    def predict(self, x, mask=None):
        true = self._mask(x)
        y = np.multiply(x, true[..., None], out=self.work.take("y", x.dtype, *x.shape))
        return y, true.view(np.uint8)

    def forward(self, x, mask=None):
        y, true = self.predict(x)
        factor = true[..., None]
        return y, true, lambda dy, want_dx=True: dy * factor

    def stage(self, shape, mask=None, scores=False):
        size, dtype = math.prod(shape), self.store.dtype
        arrays = {"y": aligned(size, dtype), "dx": aligned(size, dtype)}
        arrays["mask"] = np.empty(shape[:2], np.uint8)
        stage = MaskingStage(
            arrays, math.prod(shape[:2]), shape[2], self.mask_value, dtype == np.float32
        )
        return stage, arrays["y"].reshape(shape), arrays["mask"]

    def enlist(self, program):
        if program.carry:
            return False
        program.masking(self.mask_value)
        return True

    def get_config(self):
        return {**super().get_config(), "mask_value": self.mask_value}
