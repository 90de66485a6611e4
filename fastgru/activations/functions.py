"""The functions that users call, with Keras' arguments."""

import numpy as np

from fastgru._check import as_array, check_flag, check_int, check_number, fail
from fastgru.activations.arrays import NAMES, ROWS, apply


def _floats(where, x):
    """A packed copy of any array-like: float64 stays float64, all else is float32."""
    x = as_array(where, "x", x)
    dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float32
    return np.array(x, dtype, order="C")


def _axis(where, x, axis):
    axis = check_int(where, "axis", axis)
    if not -x.ndim <= axis < x.ndim:
        fail(where, "axis", f"be one of the {x.ndim} that x has", f"{axis}")
    return axis


def _of_numbers(name):
    def activation(x):
        x = _floats(name, x)
        return apply(name, x) if x.size else x

    activation.__doc__ = (
        f"`{name}` of any array-like; float64 stays float64, all else is float32."
    )
    return activation


def _of_rows(name):
    def activation(x, axis=-1):
        x = _floats(name, x)
        axis = _axis(name, x, axis)
        if not x.size:
            return x
        rows = np.ascontiguousarray(np.moveaxis(x, axis, -1))
        return np.ascontiguousarray(np.moveaxis(apply(name, rows), -1, axis))

    activation.__doc__ = f"`{name}` of any array-like along one axis; float64 stays float64, all else is float32."
    return activation


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """x where it is above `threshold`, at most `max_value`; below, `negative_slope` times
    (x - threshold)."""
    x = _floats("relu", x)
    slope = check_number("relu", "negative_slope", negative_slope)
    threshold = check_number("relu", "threshold", threshold)
    y = np.where(x <= threshold, x.dtype.type(0), x)
    if max_value is not None:
        y = np.clip(y, 0, check_number("relu", "max_value", max_value, 0))
    return y - slope * np.maximum(threshold - x, 0) if slope else y


def leaky_relu(x, negative_slope=0.2):
    """x where it is positive, `negative_slope` x elsewhere."""
    x = _floats("leaky_relu", x)
    slope = check_number("leaky_relu", "negative_slope", negative_slope)
    return np.where(x < 0, slope * x, x)


def elu(x, alpha=1.0):
    """x where it is positive, `alpha` (exp(x) - 1) elsewhere."""
    x = _floats("elu", x)
    alpha = check_number("elu", "alpha", alpha)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x, alpha=1.0):
    """x where it is positive, `alpha` (exp(x / alpha) - 1) elsewhere."""
    x = _floats("celu", x)
    alpha = check_number("celu", "alpha", alpha)
    if not alpha:
        fail("celu", "alpha", "not be 0", f"{alpha}")
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def gelu(x, approximate=False):
    """x times the normal distribution's share below x; `approximate` takes it with a tanh.

    Source: arXiv:1606.08415.
    """
    x = _floats("gelu", x)
    if not check_flag("gelu", "approximate", approximate):
        return apply("gelu", x) if x.size else x
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi).item() * (x + 0.044715 * x**3)))


def hard_shrink(x, threshold=0.5):
    """x where it is further than `threshold` from 0, which it is elsewhere."""
    x = _floats("hard_shrink", x)
    near = np.abs(x) <= check_number("hard_shrink", "threshold", threshold)
    return np.where(near, x.dtype.type(0), x)


def soft_shrink(x, threshold=0.5):
    """x moved by `threshold` towards 0, and 0 where it is nearer than that."""
    x = _floats("soft_shrink", x)
    width = check_number("soft_shrink", "threshold", threshold, 0)
    return x - np.clip(x, -width, width)


def squareplus(x, b=4):
    """(x + sqrt(x^2 + b)) / 2.

    Source: arXiv:2112.11687.
    """
    x = _floats("squareplus", x)
    b = check_number("squareplus", "b", b, 0)
    # hypot does not overflow; below zero the two terms would cancel.
    large = np.abs(x) / 2 + np.hypot(x, x.dtype.type(b**0.5)) / 2
    return np.where(x < 0, b / 4 / np.maximum(large, np.finfo(x.dtype).tiny), large)


def threshold(x, threshold, default_value):
    """x where it is above `threshold`, `default_value` elsewhere."""
    x = _floats("threshold", x)
    limit = check_number("threshold", "threshold", threshold)
    value = check_number("threshold", "default_value", default_value)
    return np.where(x > limit, x, x.dtype.type(value))


def glu(x, axis=-1):
    """a sigmoid(b), for the two halves a and b of x along `axis`.

    Source: arXiv:1612.08083.
    """
    x = _floats("glu", x)
    axis = _axis("glu", x, axis)
    if x.shape[axis] % 2:
        fail("glu", f"axis {axis} of x", "have an even size", f"{x.shape[axis]}")
    a, b = np.split(x, 2, axis)
    return a * FUNCTIONS["sigmoid"](b)


#: By name, those that layers take and the two that they do not.
FUNCTIONS = {name: _of_rows(name) if name in ROWS else _of_numbers(name) for name in NAMES} | {
    function.__name__: function
    for function in (
        relu, leaky_relu, elu, celu, gelu, hard_shrink, soft_shrink, squareplus, threshold, glu,
    )
}  # fmt: skip
for _name, _made in FUNCTIONS.items():
    _made.__name__ = _made.__qualname__ = _name
