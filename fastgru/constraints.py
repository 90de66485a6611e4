"""What weights are held to: applied to them after each step of the optimiser."""

import numpy as np

from fastgru._check import check_int, check_number, fail
from fastgru._lookup import find, told

#: Keras adds it to what it divides by.
EPSILON = 1e-7


class Constraint:
    """Base of the constraints: called with the weights, gives what they become."""

    def __call__(self, w):
        raise NotImplementedError("Constraint: a constraint must have a __call__; got none.")

    def get_config(self):
        """Keyword arguments that make this constraint again."""
        return {}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class NonNeg(Constraint):
    """Negative weights become zero."""

    def __call__(self, w):
        return np.maximum(w, 0)


class _Norm(Constraint):
    """Weights by the length of the vectors along some axes."""

    def __init__(self, axis):
        where = type(self).__name__
        if isinstance(axis, (list, tuple)):
            self.axis = [check_int(where, "every number in axis", one) for one in axis]
        else:
            self.axis = check_int(where, "axis", axis)

    def _lengths(self, w):
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return np.sqrt(np.square(w).sum(axis=axis, keepdims=True))

    def get_config(self):
        return {"axis": self.axis}


class MaxNorm(_Norm):
    """Vectors longer than `max_value` are cut to that length.

    Parameters
    ----------
    max_value : float, default 2
    axis : int or list of int, default 0
        Axes of the weights along which the length is taken: 0 is all that goes into one
        unit of a `Dense`.
    """

    def __init__(self, max_value=2, axis=0):
        super().__init__(axis)
        self.max_value = check_number("MaxNorm", "max_value", max_value, 0)

    def __call__(self, w):
        lengths = self._lengths(w)
        return w * (np.minimum(lengths, w.dtype.type(self.max_value)) / (EPSILON + lengths))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(_Norm):
    """Vectors become 1 long.

    Parameters
    ----------
    axis : int or list of int, default 0
        As for `MaxNorm`.
    """

    def __init__(self, axis=0):
        super().__init__(axis)

    def __call__(self, w):
        return w / (EPSILON + self._lengths(w))


class MinMaxNorm(_Norm):
    """Vectors get a length between two bounds.

    Parameters
    ----------
    min_value, max_value : float, default 0.0, 1.0
    rate : float, default 1.0
        In [0, 1]: how much of the way to the bound a vector goes in one step.
    axis : int or list of int, default 0
        As for `MaxNorm`.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        super().__init__(axis)
        self.min_value = check_number("MinMaxNorm", "min_value", min_value, 0)
        self.max_value = check_number("MinMaxNorm", "max_value", max_value, 0)
        if self.max_value < self.min_value:
            rule = f"be at least min_value, {self.min_value}"
            fail("MinMaxNorm", "max_value", rule, f"{self.max_value}")
        self.rate = check_number("MinMaxNorm", "rate", rate, 0, 1)

    def __call__(self, w):
        lengths = self._lengths(w)
        wanted = np.clip(lengths, w.dtype.type(self.min_value), w.dtype.type(self.max_value))
        wanted = self.rate * wanted + (1 - self.rate) * lengths
        return w * (wanted / (EPSILON + lengths))

    def get_config(self):
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
CLASSES = {cls.__name__: cls for cls in (MaxNorm, NonNeg, UnitNorm, MinMaxNorm)}


def serialize(constraint):
    """A constraint as JSON-ready values in Keras' form, None as None."""
    return None if constraint is None else told(constraint, "keras.constraints", CLASSES)


def deserialize(config):
    """The inverse of `serialize`; only classes of this module can be named."""
    return get(config, "constraints.deserialize", "config")


def get(identifier, where="constraints.get", what="identifier"):
    """A constraint from its name, its class or its instance; None is none.

    Parameters
    ----------
    identifier : str, Constraint or None
        "max_norm", "non_neg", "unit_norm", "min_max_norm" or the name of a class, with its
        defaults.

    Raises
    ------
    ValueError, TypeError
        If there is no such constraint.
    """
    return find(identifier, Constraint, CLASSES, where, what)
