"""Where weights start: Keras' distributions, drawn from the model's own generator.

Every initialiser works on the whole matrix, (in, 3 units) for a GRU's kernel, not on one
gate at a time; that is what Keras does, and it sets the scale.
"""

import math

import numpy as np

from fastgru._check import (
    as_array,
    axes,
    check_choice,
    check_int,
    check_number,
    check_optional_int,
    check_shape,
    fail,
    short,
)
from fastgru._names import snake_case


def fans(shape, input_axes=None, output_axes=None):
    """(fan_in, fan_out) as Keras counts them; both lists of axes, or neither, say of what."""
    if input_axes is not None and output_axes is not None:
        for axis in (*input_axes, *output_axes):
            if not -len(shape) <= axis < len(shape):
                fail(
                    "VarianceScaling", "axes", f"be those of the shape {axes(shape)}", f"{axis}"
                )
        return tuple(math.prod(shape[i] for i in each) for each in (input_axes, output_axes))
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    receptive = math.prod(shape[:-2])
    return shape[-2] * receptive, shape[-1] * receptive


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


class VarianceScaling(Initializer):
    """Zero mean, variance `scale` / fan.

    Parameters
    ----------
    scale : float, default 1.0
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        "normal" is the first of them.
    seed : int, optional
    input_axes, output_axes : list of int, optional
        The axes whose sizes are multiplied for the number of inputs and of outputs, where
        both are given; else the last two, times the sizes of all before.
    """

    def __init__(
        self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None,
        input_axes=None, output_axes=None,
    ):  # fmt: skip
        super().__init__(seed)
        where = type(self).__name__
        self.scale = check_number(where, "scale", scale, 0)
        self.mode = check_choice(where, "mode", mode, ("fan_in", "fan_out", "fan_avg"))
        choices = ("truncated_normal", "untruncated_normal", "uniform")
        if distribution == "normal":
            distribution = "truncated_normal"
        self.distribution = check_choice(where, "distribution", distribution, choices)
        self.input_axes = _axes(where, "input_axes", input_axes)
        self.output_axes = _axes(where, "output_axes", output_axes)

    def draw(self, shape, rng):
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, fan[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0, math.sqrt(variance), shape)
        # 0.8796: standard deviation of a standard normal cut at two.
        return math.sqrt(variance) / 0.87962566103423978 * truncated(shape, rng)

    def get_config(self):
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            **self._axes_config(),
        }

    def _axes_config(self):
        # Keras before 3.15 does not know them.
        named = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {name: given for name, given in named.items() if given is not None}


def _axes(where, what, given):
    """A list of integers, or None."""
    if given is None:
        return None
    if not isinstance(given, (list, tuple)):
        fail(where, what, "be a list of integers", short(given), kind=TypeError)
    return [check_int(where, f"each of {what}", axis) for axis in given]


def _scaled(name, scale, mode, distribution, doc):
    """One of Keras' named cases of VarianceScaling, whose scale, mode and distribution are set."""

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        VarianceScaling.__init__(self, scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self):
        return {"seed": self.seed, **self._axes_config()}

    body = {"__init__": __init__, "get_config": get_config, "__doc__": doc}
    return type(name, (VarianceScaling,), {**body, "__module__": __name__})


GlorotUniform = _scaled(
    "GlorotUniform", 1.0, "fan_avg", "uniform", "Uniform, limit sqrt(6 / (in + out))."
)
GlorotNormal = _scaled(
    "GlorotNormal", 1.0, "fan_avg", "truncated_normal", "Normal, variance 2 / (in + out)."
)
HeUniform = _scaled("HeUniform", 2.0, "fan_in", "uniform", "Uniform, limit sqrt(6 / in).")
HeNormal = _scaled("HeNormal", 2.0, "fan_in", "truncated_normal", "Normal, variance 2 / in.")
LecunUniform = _scaled("LecunUniform", 1.0, "fan_in", "uniform", "Uniform, limit sqrt(3 / in).")
LecunNormal = _scaled(
    "LecunNormal", 1.0, "fan_in", "truncated_normal", "Normal, variance 1 / in."
)


class Orthogonal(Initializer):
    """Rows (or columns, where there are more rows) orthonormal, times `gain`.

    A QR factorisation of a normal matrix with the signs of R's diagonal taken out, which
    makes it uniform over the orthogonal matrices (Saxe et al., arXiv:1312.6120).
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = check_number("Orthogonal", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) < 2:
            fail("Orthogonal", "shape", "have at least two axes", f"{shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(normal)
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed}


class Identity(Initializer):
    """The identity matrix times `gain`."""

    def __init__(self, gain=1.0):
        super().__init__()
        self.gain = check_number("Identity", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) != 2:
            fail("Identity", "shape", "have two axes", f"{shape}")
        return self.gain * np.eye(*shape)

    def get_config(self):
        return {"gain": self.gain}


def truncated(shape, rng):
    """Standard normal numbers, those beyond 2 drawn again."""
    values = rng.standard_normal(shape)
    while (far := np.abs(values) > 2).any():
        values[far] = rng.standard_normal(far.sum())
    return values


CLASSES = {
    cls.__name__: cls
    for cls in (
        Constant, Zeros, Ones, RandomNormal, TruncatedNormal, RandomUniform, VarianceScaling,
        GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
        Orthogonal, Identity,
    )
}  # fmt: skip
_BY_NAME = {snake_case(name): cls for name, cls in CLASSES.items()} | {
    "zero": Zeros, "one": Ones, "normal": RandomNormal, "uniform": RandomUniform
}  # fmt: skip
# Keras' other names.
OrthogonalInitializer, IdentityInitializer = Orthogonal, Identity
globals().update({snake_case(name): cls for name, cls in CLASSES.items()})


def serialize(initializer):
    """An initialiser as JSON-ready values in Keras' form; a user's function as it is."""
    name = type(initializer).__name__
    if CLASSES.get(name) is not type(initializer):
        return getattr(initializer, "function", initializer)
    return {
        "module": "keras.initializers",
        "class_name": name,
        "config": initializer.get_config(),
        "registered_name": None,
    }


def deserialize(config, where="initializers.deserialize", what="config"):
    """The inverse of `serialize`; only classes of this module can be named."""
    name = config.get("class_name")
    check_choice(where, what, name, tuple(CLASSES))
    return CLASSES[name].from_config(config.get("config") or {})


def get(identifier, where="initializers.get", what="identifier"):
    """An initialiser from its name, its instance, or any function of a shape.

    Parameters
    ----------
    identifier : str, Initializer or callable
        "glorot_uniform" or "GlorotUniform"; a callable is called with the shape.

    Raises
    ------
    ValueError, TypeError
        If there is no such initialiser.
    """
    if isinstance(identifier, Initializer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier, where, what)
    if isinstance(identifier, str):
        cls = CLASSES.get(identifier) or _BY_NAME.get(identifier)
        if cls is None:
            check_choice(where, what, identifier, tuple(_BY_NAME))
        return cls()
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return _Function(identifier)
    fail(where, what, "be the name of an initialiser or one of them", f"{identifier!r}",
         kind=TypeError)  # fmt: skip


class _Function(Initializer):
    """A user's own function of the shape."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def draw(self, shape, rng):
        where = getattr(self.function, "__name__", type(self.function).__name__)
        values = as_array(where, "the initial values", self.function(shape))
        check_shape(where, "the initial values", values.shape, shape)
        return values
