"""The door of a model: users' arrays in, batches in the layers' layout out.

Here, once, data gets its dtype, its shape is compared with the model's, and the axes of
sequences are turned: batch-major outside, time-major inside.
"""

import math

import numpy as np

from fastgru._check import (
    MOST_ROWS,
    as_array,
    axes,
    check_flag,
    check_int,
    check_number,
    fail,
    fits,
)
from fastgru._workspace import Workspace
from fastgru.kernels.packing import gather
from fastgru.layers.layer import turn


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
        shape = self.array.shape
        rows = len(index) * math.prod(
            shape[1:-1] if self.array.dtype.kind == "f" else shape[1:]
        )
        if rows > MOST_ROWS:
            fail("batch_size", "a batch", f"have at most {MOST_ROWS} steps", rows)
        if not self.turned:
            return self.array[index]
        T, *rest = shape[1:]
        rows = (index * T + self._steps).reshape(-1)
        if self._rows.dtype.kind != "f":
            return self._rows[rows].reshape(T, len(index), *rest)
        out = self._work.take("batch", self.array.dtype, T, len(index), *rest)
        gather(self._rows, rows, out.reshape(len(rows), -1))
        return out


def inputs(where, x, model):
    """x as a Source for `model`, building the model by it where that is still open."""
    x = _array(where, x)
    if 0 in x.shape:
        fail(where, "x", "not be empty", f"shape {axes(x.shape)}")
    x = _with_last_axis(x, model)
    if x.ndim < 2 and not (x.ndim and model._first_takes_ids()):
        fail(where, "x", "have a batch axis and at least one more", axes(x.shape),
             "One sample is x[None].")  # fmt: skip
    model._fit_shape(where, x.shape)
    first = model.layers[0]
    if first.takes_ids:
        return Source(first.as_ids(x, where), turned=False)
    return Source(np.asarray(x, first.dtype), turned=x.ndim > 2)


def _array(where, x):
    if isinstance(x, (list, tuple)) and len(x) == 1 and hasattr(x[0], "ndim") and x[0].ndim > 1:
        x = x[0]  # Keras' form for a model of one input
    if x is None:
        fail(where, "x", "be given", "None", kind=TypeError)
    return as_array(where, "x", x)


def _with_last_axis(x, model):
    """x with a last axis of size 1 added or left out where it then fits, as in Keras."""
    wanted = model.input_shape
    if wanted is None:
        return x
    if not model._shape_is_given:
        wanted = (*[None] * (len(wanted) - 1), wanted[-1])
    if x.ndim < len(wanted) and fits((*x.shape, 1), wanted):
        return x[..., None]
    if x.ndim > len(wanted) and x.shape[-1] == 1 and fits(x.shape[:-1], wanted):
        return x[..., 0]
    return x


def targets(where, y, x, model):
    """y as a Source, in the form that the model's loss takes."""
    if y is None:
        fail(where, "y", "be given", "None", kind=TypeError)
    if isinstance(y, (list, tuple)) and len(y) == 1 != len(x) and getattr(y[0], "ndim", 0):
        y = y[0]  # Keras' form for a model of one output
    y = as_array(where, "y", y)
    if y.ndim and len(y) != len(x):
        fail(where, "x and y", "have the same number of samples", f"{len(x)} and {len(y)}")
    shape = model.output_shape
    if shape[-1] is None:
        fail(where, "the model's output", "have a known last axis", axes(shape))
    if len(shape) > 2 and shape[1] is None:
        shape = (None, x.array.shape[1], *shape[2:])
    y = model.loss.prepare(where, y, shape, model.store.dtype)
    return Source(y, turned=len(shape) > 2)


def again(model, x, y):
    """(x, y) of a batch in the layers' layout, or None where it must be looked over first.

    A batch with the shapes and dtypes of the one before needs one look only: at the
    targets' values.
    """
    step = model._step
    if step is None or kind(x, y) != step.seen or step.seen is None or not step.fits(model):
        return None
    model.loss.check("train_on_batch", y)
    return turn(x), turn(y)


def kind(x, y):
    """Shapes and dtype of two arrays; None if one is no array, or they are not floats."""
    if type(x) is not np.ndarray or type(y) is not np.ndarray:
        return None
    if x.dtype.kind != "f" or x.dtype != y.dtype:
        return None
    return x.shape, y.shape, x.dtype


def split(x, y, share, data, model):
    """How many samples `fit` trains on, and (x, y, index) of those held out, or None."""
    if data is not None:
        if not isinstance(data, (tuple, list)):
            fail("fit", "validation_data", "be a pair (x, y)", type(data).__name__,
                 kind=TypeError)  # fmt: skip
        if len(data) != 2:
            fail("fit", "validation_data", "be a pair (x, y)", f"{len(data)} items")
        held_x = inputs("fit, validation_data", data[0], model)
        held_y = targets("fit, validation_data", data[1], held_x, model)
        return len(x), (held_x, held_y, np.arange(len(held_x)))
    share = check_number("fit", "validation_split", share, 0, 1)
    if not share:
        return len(x), None
    count = math.floor(len(x) * (1 - share))
    if not 0 < count < len(x):
        rule = f"leave some of the {len(x)} samples on either side"
        fail("fit", "validation_split", rule, f"{share}")
    return count, (x, y, np.arange(count, len(x)))


def batches(count, batch_size, order=None):
    """Index arrays of the batches, the last one as short as it comes."""
    order = np.arange(count) if order is None else order
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


def check_shuffle(shuffle):
    """Whether to shuffle; "batch" is Keras' word for doing it by slices, and means yes."""
    if isinstance(shuffle, str) and shuffle == "batch":
        return True
    return check_flag("fit", "shuffle", shuffle)


def check_batch_size(where, batch_size):
    """A batch size as an int; None is 32, as in Keras."""
    return 32 if batch_size is None else check_int(where, "batch_size", batch_size, 1)
