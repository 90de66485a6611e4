"""Numbers whose variance follows from the shape, so that layers neither swell nor fade."""

import math

from fastgru._check import axes, check_choice, check_int, check_number, fail, short
from fastgru.initializers.base import Initializer, truncated


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
