"""Dropout."""

import numpy as np

from fastgru._check import axes, check_int, check_number, check_sizes, fail
from fastgru.layers.layer import Layer


class Dropout(Layer):
    """In training, zero a share `rate` of the inputs and scale the others by 1 / (1 - rate).

    Parameters
    ----------
    rate : float
        In [0, 1]. At 0 and at 1 Keras' layer lets everything through or nothing.
    noise_shape : tuple, optional
        Shape of the mask, batch first, 1 where it is shared: (batch, 1, features) drops
        the same features at every step. None in it means the input's size.
    seed : int, optional
        Draw from a generator of this seed instead of the model's.
    **layer
        See `Layer`.

    Source: Srivastava et al., JMLR 15 (2014).
    """

    starts_built = True

    def __init__(self, rate, noise_shape=None, seed=None, **layer):
        super().__init__(**layer)
        self.rate = check_number("Dropout", "rate", rate, 0, 1)
        self.noise_shape = noise_shape
        if noise_shape is not None:
            self.noise_shape = check_sizes("Dropout", "noise_shape", noise_shape)
        self.seed = None if seed is None else check_int("Dropout", "seed", seed, 0)
        self._rng = None if seed is None else np.random.default_rng(seed)

    def _noise_shape(self, x):
        if self.noise_shape is None:
            return x.shape
        if len(self.noise_shape) != x.ndim:
            fail(self.name, "noise_shape", f"have {x.ndim} axes", axes(self.noise_shape))
        noise, sizes = list(self.noise_shape), list(x.shape)
        if x.ndim > 2:
            noise[:2] = noise[1::-1]
        noise = [
            size if given is None else given for given, size in zip(noise, sizes, strict=True)
        ]
        if any(given not in (1, size) for given, size in zip(noise, sizes, strict=True)):
            sizes[:2] = sizes[1::-1] if x.ndim > 2 else sizes[:2]
            rule = f"have the sizes of the input, {axes(sizes)}, or 1"
            fail(self.name, "noise_shape", rule, axes(self.noise_shape))
        return tuple(noise)

    def _forward(self, x):
        if self.rate == 0:
            return x, lambda dy, want_dx=True: dy
        rng = self._rng or self.store.rng
        dtype = x.dtype.type
        scale = 0 if self.rate == 1 else 1 / (1 - self.rate)
        noise = rng.random(self._noise_shape(x), np.float32) >= self.rate
        factor = noise * dtype(scale)
        y = np.multiply(x, factor, out=self.work.take("y", x.dtype, *x.shape))

        def backward(dy, want_dx=True):
            return np.multiply(dy, factor, out=self.work.take("dx", x.dtype, *x.shape))

        return y, backward

    def _predict(self, x):
        return x

    def enlist(self, program):
        return True

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "seed": self.seed,
            "noise_shape": self.noise_shape,
        }
