"""The door of a model: users' arrays in, batches in the layers' layout out.

Here, once, data gets its dtype, its shape is compared with the model's, and the axes of
sequences are turned: batch-major outside, time-major inside.
"""

import math

import numpy as np

from fastgru._check import (
    as_array,
    axes,
    check_flag,
    check_int,
    check_number,
    fail,
    fits,
    short,
)
from fastgru.layers.layout import turn
from fastgru.models.lengths import check_open, check_same_lengths
from fastgru.models.sources import Converted, Sequences, Source, as_rows, by_batches
from fastgru.models.texts import texts


def inputs(where, x, model, lengths=None):
    """x as a source for `model`, building the model by it where that is still open.

    With sequences of different lengths, the source has `lengths`, or `lengths` are given.
    """
    if isinstance(x, dict):
        x = _of_one_input(where, x, model)
    if model.layers and model.layers[0].takes_text:
        return texts(where, x, model, lengths)
    rows = as_rows(where, "x", x)
    if rows is not None:
        return _sequences(where, rows, model, lengths)
    x = _array(where, x, model)
    if 0 in x.shape:
        fail(where, "x", "not be empty", f"shape {axes(x.shape)}")
    x = _with_last_axis(x, model)
    if x.ndim < 2 and not (x.ndim and model._first_takes_ids()):
        fail(where, "x", "have a batch axis and at least one more", axes(x.shape),
             "One sample is x[None].")  # fmt: skip
    if lengths is None:
        model._fit_shape(where, x.shape)
    else:
        _fit_open(where, x.shape, model)
    first = model.layers[0]
    ids = first.takes_ids
    turned = x.ndim > 2 and not ids
    ready = not ids and x.dtype == first.dtype and x.flags.c_contiguous
    if not ready and by_batches(x, np.int32 if ids else first.dtype):
        return Converted(x, _convert(where, first), turned)
    return Source(first.as_ids(x, where) if ids else np.asarray(x, first.dtype), turned)


def _of_one_input(where, x, model):
    """The entry of a table for all inputs, as Keras takes it too."""
    name = model._input.name if model._input is not None else None
    if len(x) != 1 or (name is not None and name not in x):
        rule = "have one entry" if name is None else f"have one entry, {name!r}"
        fail(where, "a dict for x", rule, ", ".join(map(short, x)) or "none")
    return next(iter(x.values()))


def _convert(where, first):
    if first.takes_ids:
        return lambda part: first.as_ids(part, where)
    return lambda part: np.asarray(part, first.dtype)


def _sequences(where, rows, model, lengths):
    if lengths is not None:
        fail(where, "lengths", "be left out for sequences in a list", short(lengths))
    T = max(len(row) for row in rows)
    wanted, narrow = model.input_shape, rows[0].ndim == 1
    if narrow and not model._first_takes_ids() and wanted is not None and wanted[2:] == (1,):
        rows = [row[:, None] for row in rows]
    _fit_open(where, (len(rows), T, *rows[0].shape[1:]), model)
    first = model.layers[0]
    return Sequences(rows, _convert(where, first), not first.takes_ids)


def _fit_open(where, shape, model):
    """As `model._fit_shape`, for data whose batches may have fewer steps than `shape`."""
    wanted = model.input_shape
    if not model.built:
        shape = (shape[0], None, *shape[2:])
    elif fits((shape[0], *wanted[1:2], *shape[2:]), wanted) and shape[1] <= (wanted[1] or 0):
        shape = (shape[0], *wanted[1:2], *shape[2:])
    model._fit_shape(where, shape)
    check_open(where, model)


def _array(where, x, model):
    if isinstance(x, (list, tuple)) and len(x) == 1 and getattr(x[0], "ndim", 0) > 1:
        wanted = model.input_shape
        if wanted is None or len(wanted) != x[0].ndim + 1:
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


def targets(where, y, x, model, lengths=None):
    """y as a source, in the form that the model's loss takes."""
    if y is None:
        fail(where, "y", "be given", "None", kind=TypeError)
    if isinstance(y, (list, tuple)) and len(y) == 1 != len(x) and getattr(y[0], "ndim", 0):
        y = y[0]  # Keras' form for a model of one output
    shape = model.output_shape
    by_step = len(shape) > 2
    rows = as_rows(where, "y", y) if by_step and lengths is not None else None
    if rows is None:
        y = as_array(where, "y", y)
    if (rows is not None or y.ndim) and len(y) != len(x):
        fail(where, "x and y", "have the same number of samples", f"{len(x)} and {len(y)}")
    if shape[-1] is None:
        fail(where, "the model's output", "have a known last axis", axes(shape))
    dtype = model.store.dtype
    if rows is not None:
        check_same_lengths(where, "y", rows, lengths)
        shape = (None, None, *shape[2:])
        loss = model.loss = model.loss.resolve(rows[0][None], shape)
        return Sequences(rows, lambda part: loss.prepare(where, part, shape, dtype), True)
    if by_step and (shape[1] is None or lengths is not None):
        shape = (None, x.shape[1], *shape[2:])
    loss = model.loss = model.loss.resolve(y, shape)
    turned = by_step and not loss.whole
    if y.ndim and len(y) and by_batches(y, dtype):
        cut = (None, None, *shape[2:]) if by_step and lengths is not None else shape
        loss.prepare(where, y[:1], shape, dtype)
        return Converted(y, lambda part: loss.prepare(where, part, cut, dtype), turned)
    return Source(loss.prepare(where, y, shape, dtype), turned=turned)


def again(model, x, y):
    """(x, y) of a batch in the layers' layout, or None where it must be looked over first.

    A batch with the shapes and dtypes of the one before needs one look only: at the
    targets' values.
    """
    step = model._step
    if step is None or kind(x, y) != step.seen or step.seen is None or not step.fits(model):
        return None
    model.loss.check("train_on_batch", y)
    return turn(x), y if model.loss.whole else turn(y)


def kind(x, y):
    """Shapes and dtype of two arrays; None if one is no array, or they are not floats."""
    if type(x) is not np.ndarray or type(y) is not np.ndarray:
        return None
    if x.dtype.kind != "f" or x.dtype != y.dtype:
        return None
    return x.shape, y.shape, x.dtype


def split(n, share):
    """How many of n samples are trained on when a share of them is held out at the end."""
    share = check_number("fit", "validation_split", share, 0, 1)
    if not share:
        return n
    count = math.floor(n * (1 - share))
    if not 0 < count < n:
        rule = f"leave some of the {n} samples on either side"
        fail("fit", "validation_split", rule, f"{share}")
    return count


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
