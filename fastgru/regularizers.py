"""Penalties on weights and on outputs, which are added to the loss."""

import math

import numpy as np

from fastgru._check import axes, check_choice, check_number, fail
from fastgru._lookup import find, told


class Regularizer:
    """Base of the regularisers: called with an array, gives the penalty as a float.

    One of your own has `gradient` too, the derivative of the penalty as an array.
    """

    def __call__(self, x):
        raise NotImplementedError("Regularizer: a regulariser must have a __call__; got none.")

    def gradient(self, x):
        """The derivative of the penalty, (x's shape)."""
        raise NotImplementedError("Regularizer: a regulariser must have a gradient; got none.")

    def get_config(self):
        """Keyword arguments that make this regulariser again."""
        return {}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 sum(|x|) + l2 sum(x^2).

    Parameters
    ----------
    l1, l2 : float, default 0.0
        The name "l1_l2" means 0.01 for both.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = check_number("L1L2", "l1", 0.0 if l1 is None else l1, 0)
        self.l2 = check_number("L1L2", "l2", 0.0 if l2 is None else l2, 0)

    def __call__(self, x):
        total = 0.0
        if self.l1:
            total += self.l1 * float(np.abs(x).sum(dtype=np.float64))
        if self.l2:
            total += self.l2 * float(np.square(x).sum(dtype=np.float64))
        return total

    def gradient(self, x):
        found = np.multiply(x, x.dtype.type(2 * self.l2))
        if self.l1:
            found += np.sign(x) * x.dtype.type(self.l1)
        return found

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


class L1(L1L2):
    """l1 sum(|x|).

    Parameters
    ----------
    l1 : float, default 0.01
    """

    def __init__(self, l1=0.01):
        super().__init__(l1=check_number("L1", "l1", 0.01 if l1 is None else l1, 0))

    def get_config(self):
        return {"l1": self.l1}


class L2(L1L2):
    """l2 sum(x^2).

    Parameters
    ----------
    l2 : float, default 0.01
    """

    def __init__(self, l2=0.01):
        super().__init__(l2=check_number("L2", "l2", 0.01 if l2 is None else l2, 0))

    def get_config(self):
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor times the mean of |cos| of the angles between all pairs of rows, or of columns.

    Parameters
    ----------
    factor : float, default 0.01
    mode : {"rows", "columns"}

    A single row has no pair, and no penalty. For matrices only.
    """

    def __init__(self, factor=0.01, mode="rows"):
        where = "OrthogonalRegularizer"
        self.factor = check_number(where, "factor", factor, 0)
        self.mode = check_choice(where, "mode", mode, ("rows", "columns"))

    def _rows(self, x):
        """Rows of length 1, their lengths before, and the cosines between different ones."""
        if x.ndim != 2:
            fail("OrthogonalRegularizer", "what it is for", "have two axes", axes(x.shape))
        x = x if self.mode == "rows" else x.T
        length = np.sqrt(np.square(x).sum(axis=1, keepdims=True))
        # Rows of zeros stay as they are.
        length[length == 0] = 1
        unit = x / length
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, 0)
        return unit, length, cosines

    def __call__(self, x):
        cosines = self._rows(x)[2]
        pairs = math.comb(len(cosines), 2)
        return self.factor * 0.5 * float(np.abs(cosines).sum()) / pairs if pairs else 0.0

    def gradient(self, x):
        unit, length, cosines = self._rows(x)
        found = np.sign(cosines) @ unit
        found -= unit * (found * unit).sum(axis=1, keepdims=True)
        found *= x.dtype.type(self.factor / max(math.comb(len(cosines), 2), 1))
        found /= length
        return found if self.mode == "rows" else found.T

    def get_config(self):
        return {"factor": self.factor, "mode": self.mode}


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer
CLASSES = {cls.__name__: cls for cls in (L1, L2, L1L2, OrthogonalRegularizer)}


def serialize(regularizer):
    """A regulariser as JSON-ready values in Keras' form, None as None."""
    return None if regularizer is None else told(regularizer, "keras.regularizers", CLASSES)


def deserialize(config):
    """The inverse of `serialize`; only classes of this module can be named."""
    return get(config, "regularizers.deserialize", "config")


def get(identifier, where="regularizers.get", what="identifier"):
    """A regulariser from its name, its class or its instance; None is none.

    Parameters
    ----------
    identifier : str, Regularizer or None
        "l1", "l2", "l1_l2" or the name of a class, with its defaults.

    Raises
    ------
    ValueError, TypeError
        If there is no such regulariser.
    """
    return find(identifier, Regularizer, CLASSES, where, what)
