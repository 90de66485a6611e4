"""Layers that act on one number at a time: kinks with chosen slopes, and scales."""

import numpy as np

from fastgru import activations
from fastgru._check import as_array, axes, check_int, check_number, fail
from fastgru.layers.layer import Layer


class _Elementwise(Layer):
    """Base of layers with `_predict(x)` and `_slope(x)`, the derivative."""

    def _forward(self, x):
        return self._predict(x), lambda dy, want_dx=True: dy * self._slope(x)


class ReLU(_Elementwise):
    """x from `threshold` on, at most `max_value`; below it negative_slope (x - threshold).

    Parameters
    ----------
    max_value : float, optional
    negative_slope : float, default 0.0
    threshold : float, default 0.0
    **layer
        See `Layer`.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **layer):
        super().__init__(**layer)
        self.max_value = max_value
        if max_value is not None:
            self.max_value = check_number("ReLU", "max_value", max_value, 0)
        self.negative_slope = check_number("ReLU", "negative_slope", negative_slope, 0)
        self.threshold = check_number("ReLU", "threshold", threshold, 0)

    def _predict(self, x):
        number = x.dtype.type
        below = (x - number(self.threshold)) * number(self.negative_slope)
        above = x if self.max_value is None else np.minimum(x, number(self.max_value))
        return np.where(x > self.threshold, above, below)

    def _slope(self, x):
        slope = np.where(x > self.threshold, x.dtype.type(1), x.dtype.type(self.negative_slope))
        if self.max_value is not None:
            slope[(x > self.threshold) & (x >= self.max_value)] = 0
        return slope

    def enlist(self, program):
        if self.max_value is not None or self.negative_slope or self.threshold:
            return False
        activations.enlist("relu", program)
        return True

    def get_config(self):
        names = ("max_value", "negative_slope", "threshold")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class LeakyReLU(_Elementwise):
    """x where it is positive, negative_slope x elsewhere.

    Parameters
    ----------
    negative_slope : float, default 0.3
        `alpha`, as Keras 2 called it, is taken too.
    **layer
        See `Layer`.
    """

    def __init__(self, negative_slope=0.3, alpha=None, **layer):
        super().__init__(**layer)
        given = negative_slope if alpha is None else alpha
        self.negative_slope = check_number("LeakyReLU", "negative_slope", given, 0)

    def _predict(self, x):
        return x * self._slope(x)

    def _slope(self, x):
        return np.where(x > 0, x.dtype.type(1), x.dtype.type(self.negative_slope))

    def get_config(self):
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(_Elementwise):
    """x where it is positive, alpha (exp(x) - 1) elsewhere.

    Parameters
    ----------
    alpha : float, default 1.0
    **layer
        See `Layer`.
    """

    def __init__(self, alpha=1.0, **layer):
        super().__init__(**layer)
        self.alpha = check_number("ELU", "alpha", alpha)

    def _predict(self, x):
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)) * x.dtype.type(self.alpha))

    def _slope(self, x):
        below = np.exp(np.minimum(x, 0)) * x.dtype.type(self.alpha)
        return np.where(x > 0, x.dtype.type(1), below)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


class PReLU(Layer):
    """x where it is positive, alpha x elsewhere, with an alpha that is learned.

    Parameters
    ----------
    alpha_initializer : default "zeros"
    alpha_regularizer : str or Regularizer, optional
    alpha_constraint : str or Constraint, optional
    shared_axes : int or list of int, optional
        Axes, from 1, along which one alpha is for all: [1] shares it between the steps.
    **layer
        See `Layer`.

    Weights: alpha, of the shape of a sample, 1 along shared axes.
    """

    def __init__(
        self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None,
        shared_axes=None, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        self.rules("alpha", alpha_initializer, alpha_regularizer, alpha_constraint)
        shared = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        self.shared_axes = None
        if shared_axes is not None:
            self.shared_axes = [
                check_int("PReLU", "every number in shared_axes", axis, 1) for axis in shared
            ]

    def configure(self, input_shape):
        shared = self.shared_axes or ()
        if any(axis >= len(input_shape) for axis in shared):
            rule = f"be axes of {axes(input_shape)}"
            fail(self.name, "shared_axes", rule, ", ".join(map(str, shared)))
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        if None in shape or not shape:
            hint = "shared_axes=[1] shares alpha between steps." if len(shape) > 1 else ""
            fail(self.name, "its input", "have known axes where alpha is not shared",
                 axes(input_shape), hint)  # fmt: skip
        self.specs = (self.spec("alpha", shape),)
        return input_shape

    def _alpha(self, ndim):
        """alpha in the layers' layout."""
        alpha = self.parameters["alpha"]
        return alpha if ndim < 3 else alpha[:, None]

    def _forward(self, x):
        def backward(dy, want_dx=True):
            below = dy * np.minimum(x, 0)
            gradient = self.gradients["alpha"]
            gradient = gradient[None] if x.ndim < 3 else gradient[:, None]
            shared = tuple(i for i, n in enumerate(gradient.shape) if n == 1)
            gradient += below.sum(axis=shared, keepdims=True)
            # Keras' slope at 0 is 0.
            return dy * ((x > 0) + (x < 0) * self._alpha(x.ndim)) if want_dx else None

        return self._predict(x), backward

    def _predict(self, x):
        return np.maximum(x, 0) + self._alpha(x.ndim) * np.minimum(x, 0)

    def get_config(self):
        return {**super().get_config(), "shared_axes": self.shared_axes}


class Rescaling(_Elementwise):
    """y = scale x + offset.

    Parameters
    ----------
    scale : float or list of float
        One for all, or one for each of the last axis.
    offset : float or list of float, default 0.0
    **layer
        See `Layer`.
    """

    def __init__(self, scale, offset=0.0, **layer):
        super().__init__(**layer)
        self.scale = _numbers("scale", scale)
        self.offset = _numbers("offset", offset)

    def configure(self, input_shape):
        for what in ("scale", "offset"):
            given = getattr(self, what)
            if isinstance(given, list) and len(given) not in (1, input_shape[-1]):
                rule = f"have one number for each of the last axis of {axes(input_shape)}"
                fail(self.name, what, rule, len(given))
        return input_shape

    def _predict(self, x):
        return x * self._slope(x) + np.asarray(self.offset, x.dtype)

    def _slope(self, x):
        return np.asarray(self.scale, x.dtype)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def _numbers(what, value):
    """A number as a float, or numbers in a row as a list of them."""
    array = as_array("Rescaling", what, value)
    if array.ndim == 0:
        return check_number("Rescaling", what, array.item())
    if array.ndim > 1:
        fail("Rescaling", what, "be one number or a list", f"shape {axes(array.shape)}")
    return [check_number("Rescaling", what, float(one)) for one in array]
