"""Layers that draw random numbers in training."""

import numpy as np

from fastgru._check import axes, check_int, check_number, check_shape, check_sizes, fail
from fastgru.kernels.stage import FactorStage
from fastgru.layers.layer import Layer


class Random(Layer):
    """Base of layers that draw numbers in training, and let everything through otherwise."""

    starts_built = True

    def __init__(self, seed=None, **layer):
        super().__init__(**layer)
        self.seed = None if seed is None else check_int(type(self).__name__, "seed", seed, 0)
        self._rng = None if seed is None else np.random.default_rng(seed)

    @property
    def rng(self):
        """The layer's own generator, or the model's."""
        return self._rng or self.store.rng

    def _predict(self, x):
        return x

    def enlist(self, program):
        return True

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


class Dropout(Random):
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

    changeable = frozenset({"rate"})

    def __init__(self, rate, noise_shape=None, seed=None, **layer):
        super().__init__(seed, **layer)
        self.rate = check_number(type(self).__name__, "rate", rate, 0, 1)
        self.noise_shape = noise_shape
        if noise_shape is not None:
            self.noise_shape = check_sizes("Dropout", "noise_shape", noise_shape)

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

    def _factor(self, x):
        """What x is to be multiplied with this time."""
        scale = 0 if self.rate == 1 else 1 / (1 - self.rate)
        noise = self.rng.random(self._noise_shape(x), np.float32) >= self.rate
        return noise * x.dtype.type(scale)

    def _forward(self, x):
        if self.rate == 0:
            return x, lambda dy, want_dx=True: dy
        factor = self._factor(x)
        y = np.multiply(x, factor, out=self.work.take("y", x.dtype, *x.shape))

        def backward(dy, want_dx=True):
            return np.multiply(dy, factor, out=self.work.take("dx", x.dtype, *x.shape))

        return y, backward

    def stage(self, shape, mask=None, scores=False):
        x = np.empty(shape, self.store.dtype)
        factor, y, dx = (np.empty_like(x) for _ in range(3))

        def draw():
            factor[...] = 1 if self.rate == 0 else self._factor(x)

        stage = FactorStage({"factor": factor, "y": y, "dx": dx}, x.size, draw, x.itemsize == 4)
        return stage, y, mask

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


class SpatialDropout1D(Dropout):
    """In training, zero a share `rate` of the features, each in all steps of a sample.

    Parameters
    ----------
    rate : float
        In [0, 1].
    seed : int, optional
        Draw from a generator of this seed instead of the model's.
    **layer
        See `Layer`.

    Input and output (batch, steps, features).

    Source: Tompson et al., arXiv:1411.4280.
    """

    not_in_files = (*Dropout.not_in_files, "trainable", "activity_regularizer")

    def __init__(self, rate, seed=None, **layer):
        super().__init__(rate, (None, 1, None), seed, **layer)

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", "steps", "features"))
        return input_shape

    def get_config(self):
        config = super().get_config()
        del config["noise_shape"]
        return config


class GaussianNoise(Random):
    """In training, add normal numbers to the inputs.

    Parameters
    ----------
    stddev : float
        Their standard deviation, in [0, 1] as in Keras.
    seed : int, optional
        Draw from a generator of this seed instead of the model's.
    **layer
        See `Layer`.
    """

    changeable = frozenset({"stddev"})

    def __init__(self, stddev, seed=None, **layer):
        super().__init__(seed, **layer)
        self.stddev = check_number("GaussianNoise", "stddev", stddev, 0, 1)

    def _forward(self, x):
        y = x
        if self.stddev:
            noise = self.rng.standard_normal(x.shape, np.float32)
            y = x + noise * x.dtype.type(self.stddev)
        return y, lambda dy, want_dx=True: dy

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev}
