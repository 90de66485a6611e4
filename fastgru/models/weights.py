"""How much a sample, or a step of it, counts in the loss."""

import numbers

import numpy as np

from fastgru._check import as_array, axes, check_number, fail, short
from fastgru.models.lengths import check_same_lengths
from fastgru.models.sources import Sequences, Source, as_rows


def check_weights(where, weights, y, model, lengths=None):
    """Sample weights as a source: (n,), or (n, time) where the output has steps."""
    shapes = [(len(y),)]
    if len(model.output_shape) > 2:
        shapes.append((len(y), y.shape[1]))
    dtype = model.store.dtype
    rows = None if lengths is None else as_rows(where, "sample_weight", weights)
    if rows is not None:
        if len(rows) != len(y):
            _refuse(where, shapes, (len(rows), "any"))
        check_same_lengths(where, "sample_weight", rows, lengths)
        for row in rows:
            _check_finite(where, row)
        return Sequences(rows, lambda part: np.asarray(part, dtype), turned=True)
    weights = as_array(where, "sample_weight", weights)
    given = weights.shape
    if weights.ndim > 1 and given[-1] == 1 and given not in shapes:
        weights = weights[..., 0]
    if weights.shape not in shapes:
        _refuse(where, shapes, given)
    _check_finite(where, weights)
    return Source(np.ascontiguousarray(weights, dtype), turned=weights.ndim > 1)


def _refuse(where, shapes, given):
    by_step = len(shapes) > 1
    hint = "" if by_step else "Weights for each step need an output for each step."
    fail(where, "sample_weight", f"have shape {' or '.join(map(axes, shapes))}", axes(given),
         hint if len(given) == 2 else "")  # fmt: skip


def _check_finite(where, weights):
    if not np.isfinite(weights).all():
        fail(where, "sample_weight", "be finite", "NaN or infinity")


class ClassWeights:
    """A weight for each sample, or step, by the class that its target names.

    Targets are class numbers, one number that is rounded, or rows whose largest entry is
    the class. A class that is not listed counts 1.
    """

    def __init__(self, where, given):
        if not isinstance(given, dict) or not given:
            fail(where, "class_weight", "be a dict from class numbers to weights", short(given),
                 kind=TypeError)  # fmt: skip
        for key, value in given.items():
            if isinstance(key, (bool, np.bool_)) or not isinstance(key, numbers.Integral):
                fail(where, "the keys of class_weight", "be integers", short(key),
                     kind=TypeError)  # fmt: skip
            check_number(where, f"class_weight[{key}]", value)
        self._classes = np.array(sorted(given))
        self._weights = np.array([float(given[key]) for key in self._classes.tolist()])

    def of(self, y):
        """Weights for targets as the loss prepared them: rows, or int32 class numbers."""
        if y.dtype != np.int32:
            y = np.rint(y[..., 0]) if y.shape[-1] == 1 else y.argmax(axis=-1)
        place = np.minimum(np.searchsorted(self._classes, y), len(self._classes) - 1)
        return np.where(self._classes[place] == y, self._weights[place], 1.0)
