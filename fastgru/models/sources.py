"""Where samples lie: in one array, in a file, or in a list of sequences of many lengths.

A source has `shape`, as users see it, and gives batches in the layers' layout: time-major
where it is `turned`. What it gives is valid until the next call.
"""

import math
import mmap

import numpy as np

from fastgru._check import MOST_ROWS, as_array, axes, fail
from fastgru._workspace import Workspace
from fastgru.kernels.packing import gather_steps

#: Bytes beyond which an array is converted batch by batch and not at once.
LARGE = 1 << 26


class Source:
    """Samples in an array that already has the dtype of the model."""

    def __init__(self, array, turned):
        self.array, self.shape, self.turned = array, array.shape, turned
        self._work = Workspace()
        if turned:
            n, steps, *rest = array.shape
            self._steps = np.ascontiguousarray(array).reshape(n, steps, math.prod(rest))

    def __len__(self):
        return len(self.array)

    def batch(self, index, T=None):
        """The samples of an integer array `index`, of the first T steps or of all."""
        check_rows(self.array.shape, self.array.dtype, index, T)
        if not self.turned:
            return self.array.take(index, 0) if T is None else self.array[index, :T]
        steps, *rest = self.array.shape[1:]
        T, B = steps if T is None else T, len(index)
        if self._steps.dtype.kind != "f":
            rows = self._steps[index, :T].swapaxes(0, 1)
            return np.ascontiguousarray(rows).reshape(T, B, *rest)
        out = self._work.take("batch", self.array.dtype, T, B, self._steps.shape[2])
        gather_steps(self._steps, index, out)
        return out if len(rest) == 1 else out.reshape(T, B, *rest)


class Converted:
    """Samples that become the model's batch by batch, because all of them at once are many."""

    def __init__(self, array, convert, turned):
        self._array, self._convert, self.turned = array, convert, turned
        first = convert(array[:1])
        self.shape = (len(array), *first.shape[1:])
        # What says the shape and dtype of all, for those who look at neither's values.
        self.array = np.broadcast_to(np.zeros((), first.dtype), self.shape)

    def __len__(self):
        return len(self._array)

    def batch(self, index, T=None):
        check_rows(self._array.shape, self.array.dtype, index, T)
        part = self._array[index] if T is None else self._array[index, :T]
        part = self._convert(part)
        return np.ascontiguousarray(part.swapaxes(0, 1) if self.turned else part)


class Sequences:
    """Sequences of different lengths, (T_i, ...) each; behind its end a row is zero."""

    def __init__(self, rows, convert, turned):
        self._rows, self._convert, self.turned = rows, convert, turned
        self.lengths = np.array([len(row) for row in rows])
        self._rest = rows[0].shape[1:]
        self._dtype = np.result_type(*{row.dtype for row in rows})
        longest = int(np.argmax(self.lengths))
        first = convert(rows[longest][None])
        self.shape = (len(rows), *first.shape[1:])
        self.array = np.broadcast_to(np.zeros((), first.dtype), self.shape)

    def __len__(self):
        return len(self._rows)

    def batch(self, index, T=None):
        T = self.shape[1] if T is None else T
        check_rows((len(self), T, *self._rest), self.array.dtype, index, T)
        out = np.zeros((len(index), T, *self._rest), self._dtype)
        for row, number in zip(out, index.tolist(), strict=True):
            values = self._rows[number]
            row[: len(values)] = values
        out = self._convert(out)
        return np.ascontiguousarray(out.swapaxes(0, 1) if self.turned else out)


def check_rows(shape, dtype, index, T):
    """Refuse a batch with more rows than BLAS can count."""
    rows = len(index)
    for size in shape[1:-1] if dtype.kind == "f" else shape[1:]:
        rows *= size
    if rows > MOST_ROWS and T is not None:
        rows = rows // shape[1] * T
    if rows > MOST_ROWS:
        fail("batch_size", "a batch", f"have at most {MOST_ROWS} steps", rows)


def by_batches(array, dtype):
    """Whether an array is to be converted to `dtype` batch by batch."""
    if is_mapped(array):
        return True
    return array.dtype != dtype and array.size * np.dtype(dtype).itemsize > LARGE


def is_mapped(array):
    """Whether an array is a view of a file."""
    while array is not None:
        if isinstance(array, (np.memmap, mmap.mmap)):
            return True
        array = getattr(array, "base", None)
    return False


def as_rows(where, what, value):
    """The arrays of a list of sequences of different lengths; None for anything else."""
    if isinstance(value, np.ndarray):
        if value.dtype != object or value.ndim != 1:
            return None
    elif not isinstance(value, (list, tuple)):
        return None
    if len(value) < 2 or not all(_is_sequence(row) for row in value):
        return None
    if len({len(row) for row in value}) == 1:
        return None
    rows = [_row(where, what, row, number) for number, row in enumerate(value)]
    # An empty list says nothing about the axes behind the first.
    shapes = {row.shape[1:] for row in rows if len(row)}
    if len(shapes) > 1:
        got = " and ".join(sorted(axes(("time", *shape)) for shape in shapes)[:2])
        fail(where, f"the sequences of {what}", "have the same axes behind the first", got)
    (rest,) = shapes
    return [row if len(row) else row.reshape(0, *rest) for row in rows]


def _is_sequence(row):
    if isinstance(row, (str, bytes, dict, set)) or not hasattr(row, "__len__"):
        return False
    return getattr(row, "ndim", 1) > 0


def _row(where, what, row, number):
    row = as_array(where, f"{what}[{number}]", row)
    if not len(row):
        return np.zeros(0, row.dtype if hasattr(row, "dtype") else np.float64)
    return row
