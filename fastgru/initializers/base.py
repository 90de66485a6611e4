"""What an initialiser is, and those that draw no number or each one alone."""

import numpy as np

from fastgru._check import as_array, check_number, check_optional_int, check_shape


class Initializer:
    """Called with a shape and a `numpy.random.Generator`; returns float64 values.

    Parameters
    ----------
    seed : int, optional
        Draw from a generator of this seed instead of the model's.
    """

    def __init__(self, seed=None):
        self.seed = check_optional_int(type(self).__name__, "seed", seed, 0)

    def __call__(self, shape, rng=None):
        if self.seed is not None or rng is None:
            rng = np.random.default_rng(self.seed)
        return self.draw(tuple(shape), rng)

    def get_config(self):
        """Keyword arguments that make this initialiser again."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class Constant(Initializer):
    """One value everywhere, 0 by default."""

    def __init__(self, value=0.0):
        super().__init__()
        as_array(type(self).__name__, "value", value)
        self.value = value

    def draw(self, shape, rng):
        return np.full(shape, self.value, np.float64)

    def get_config(self):
        return {"value": self.value}


class Zeros(Constant):
    """Zeros."""

    def __init__(self):
        super().__init__(0.0)

    def get_config(self):
        return {}


class Ones(Constant):
    """Ones."""

    def __init__(self):
        super().__init__(1.0)

    def get_config(self):
        return {}


class RandomNormal(Initializer):
    """Normal with `mean` 0 and `stddev` 0.05 by default."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = check_number(type(self).__name__, "mean", mean)
        self.stddev = check_number(type(self).__name__, "stddev", stddev, 0)

    def draw(self, shape, rng):
        return rng.normal(self.mean, self.stddev, shape)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Normal, redrawn beyond two standard deviations."""

    def draw(self, shape, rng):
        return self.mean + self.stddev * truncated(shape, rng)


class RandomUniform(Initializer):
    """Uniform in [`minval`, `maxval`), -0.05 to 0.05 by default."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = check_number("RandomUniform", "minval", minval)
        self.maxval = check_number("RandomUniform", "maxval", maxval)

    def draw(self, shape, rng):
        return rng.uniform(self.minval, self.maxval, shape)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class Function(Initializer):
    """A user's own function of the shape."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def draw(self, shape, rng):
        where = getattr(self.function, "__name__", type(self.function).__name__)
        values = as_array(where, "the initial values", self.function(shape))
        check_shape(where, "the initial values", values.shape, shape)
        return values


def truncated(shape, rng):
    """Standard normal numbers, those beyond 2 drawn again."""
    values = rng.standard_normal(shape)
    while (far := np.abs(values) > 2).any():
        values[far] = rng.standard_normal(far.sum())
    return values
