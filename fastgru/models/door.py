"""The door of a model: users' arrays in, batches in the layers' layout out.

Here, once, data gets its dtype, its shape is compared with the model's, and the axes of
sequences are turned: batch-major outside, time-major inside.
"""

import math

import numpy as np

from fastgru._check import as_array, check_int, fail
from fastgru._workspace import Workspace
from fastgru.kernels.packing import gather
from fastgru.layers.layer import turn

#: Rows of a matrix that BLAS counts in 32 bits.
MOST_ROWS = 2**31 - 1


class Source:
    """Samples by number, (n, ...), given out as batches; time-major where `turned`."""

    def __init__(self, array, turned):
        self.array = array
        self.turned = turned
        self._work = Workspace()
        if turned:
            self._rows = np.ascontiguousarray(array).reshape(-1, math.prod(array.shape[2:]))
            self._steps = np.arange(array.shape[1])[:, None]

    def __len__(self):
        return len(self.array)

    def batch(self, index):
        """The samples of an integer array `index`, valid until the next call."""
        if not self.turned:
            return self.array[index]
        T, *rest = self.array.shape[1:]
        rows = (index * T + self._steps).reshape(-1)
        if self._rows.dtype.kind != "f":
            return self._rows[rows].reshape(T, len(index), *rest)
        out = self._work.take("batch", self.array.dtype, T, len(index), *rest)
        gather(self._rows, rows, out.reshape(len(rows), -1))
        return out


def inputs(where, x, model):
    """x as a Source for `model`, building the model by it where that is still open."""
    x = _array(where, x)
    if x.ndim < 2 and not (x.ndim and model._first_takes_ids()):
        got = f"({', '.join(map(str, x.shape))}{',' if x.ndim == 1 else ''})"
        fail(where, "x", "have a batch axis and at least one more", got,
             "One sample is x[None].")  # fmt: skip
    if 0 in x.shape:
        fail(where, "x", "not be empty", f"shape {x.shape}")
    if math.prod(x.shape[:2]) > MOST_ROWS:
        fail(where, "x", f"have at most {MOST_ROWS} steps in a batch", f"{x.shape}")
    model._fit_shape(where, x.shape)
    first = model.layers[0]
    if first.takes_ids:
        return Source(first.as_ids(x, where), turned=False)
    return Source(np.asarray(x, first.dtype), turned=x.ndim > 2)


def _array(where, x):
    if isinstance(x, (list, tuple)) and len(x) == 1 and hasattr(x[0], "ndim") and x[0].ndim > 1:
        x = x[0]  # Keras' form for a model of one input
    if isinstance(x, dict) or x is None or isinstance(x, (str, bytes)):
        fail(where, "x", "be an array of numbers", type(x).__name__, kind=TypeError)
    return as_array(where, "x", x)


def targets(where, y, x, model):
    """y as a Source, in the form that the model's loss takes."""
    if y is None:
        fail(where, "y", "be given", "None", kind=TypeError)
    y = model.loss.prepare(where, y, model.output_shape, model.store.dtype)
    if len(y) != len(x):
        fail(where, "x and y", "have the same number of samples", f"{len(x)} and {len(y)}")
    return Source(y, turned=len(model.output_shape) > 2)


def batches(count, batch_size, order=None):
    """Index arrays of the batches, the last one as short as it comes."""
    order = np.arange(count) if order is None else order
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


def check_batch_size(where, batch_size):
    """A batch size as an int; None is 32, as in Keras."""
    return 32 if batch_size is None else check_int(where, "batch_size", batch_size, 1)


def leave(y):
    """A layer's result as users get it: batch first, in memory of its own."""
    return np.array(turn(y))
