"""Targets, outputs and weights in the form that losses and metrics take."""

import numpy as np

from fastgru._check import as_array, axes, fail, fits


def judged(where, y_true, y_pred):
    """Targets, and outputs in float32 or float64; those of one axis are one row."""
    y_pred = as_array(where, "y_pred", y_pred)
    if not y_pred.size:
        fail(where, "y_pred", "not be empty", f"shape {axes(y_pred.shape)}")
    y_true = as_array(where, "y", y_true)
    if y_pred.ndim < 2:
        y_true = y_true.reshape((1,) * (2 - y_pred.ndim) + y_true.shape)
    dtype = np.float64 if y_pred.dtype == np.float64 else np.float32
    return y_true, np.array(y_pred, dtype, order="C", ndmin=2)


def row_weights(where, sample_weight, lead, dtype, width=None):
    """A weight for each row, flat; or None.

    `lead` is the shape of the outputs but for their last axis: weights of its first axes
    hold for all that follow. With a `width` there may be a weight for each entry, (R, width).
    """
    if sample_weight is None:
        return None
    given = np.asarray(as_array(where, "sample_weight", sample_weight), dtype)
    shape = given.shape
    if width is not None and shape == (*lead, width):
        return np.ascontiguousarray(given).reshape(-1, width)
    while len(shape) > len(lead) and shape[-1] == 1:
        shape = shape[:-1]
    rows = int(np.prod(lead))
    if shape == () or shape != lead[: len(shape)]:
        # As long as the rows are counted out, their axes do not matter.
        if given.size != rows or shape == ():
            fail(where, "sample_weight", f"have one number for each of {rows} rows",
                 f"{given.size}")  # fmt: skip
        return np.ascontiguousarray(given).reshape(-1)
    given = given.reshape(shape + (1,) * (len(lead) - len(shape)))
    return np.ascontiguousarray(np.broadcast_to(given, lead)).reshape(-1)


def fit_targets(where, y, shape):
    """y with the axes of the outputs: a last axis of 1 may be left out, or be too many."""
    given = y.shape
    if y.ndim == len(shape) - 1 and shape[-1] == 1:
        y = y[..., None]
    elif y.ndim == len(shape) + 1 and y.shape[-1] == 1:
        y = y[..., 0]
    if not fits(y.shape, shape):
        fail(where, "y", f"have the shape of the model's output, {_batch(shape)}", axes(given),
             _hint(given, shape))  # fmt: skip
    return y


def fit_classes(where, y, shape, loss="sparse_categorical_crossentropy"):
    """y as class numbers, int32, one for each output; a last axis of 1 may be too many."""
    if y.ndim == len(shape) and y.shape[-1] == 1:
        y = y[..., 0]
    if y.ndim == len(shape) and y.shape[-1] == shape[-1]:
        fail(where, "y", f"hold class numbers for {loss}", f"rows of {y.shape[-1]}",
             "One-hot rows need categorical_crossentropy.")  # fmt: skip
    if not fits(y.shape, shape[:-1]):
        one_hot = len(y.shape) == len(shape)
        hint = "One-hot rows need categorical_crossentropy." if one_hot else ""
        rule = f"hold one class number for each output, shape {_batch(shape[:-1])}"
        fail(where, "y", rule, axes(y.shape), hint or _hint(y.shape, shape[:-1]))
    return whole_numbers(where, y)


def whole_numbers(where, y):
    """Class numbers of any dtype, as they came; fractions and NaN are refused."""
    if y.dtype.kind == "f" and not (y == np.floor(y)).all():
        fail(where, "y", "hold whole class numbers", "fractions or NaN")
    return y


def check_range(where, y, classes):
    """Refuse class numbers outside of [0, classes)."""
    if y.size and not (0 <= y.min() and y.max() < classes):
        fail(
            where, "y", f"hold class numbers in [0, {classes})",
            f"values from {y.min():g} to {y.max():g}",
            "The last layer needs one unit for each class.",
        )  # fmt: skip


def _hint(given, shape):
    """What was probably meant by targets of a shape that does not fit."""
    if len(given) < len(shape) and len(shape) > 2 and given[1:2] != shape[1:2]:
        return "return_sequences=False in the last GRU gives one output for each sequence."
    if len(given) > len(shape) == 2:
        return "return_sequences=True in the last GRU gives an output for each step."
    if len(given) < len(shape) or given[-1] == 1:
        return "Class numbers need a sparse loss, or one-hot rows from to_categorical."
    return ""


def _batch(shape):
    return axes(["batch" if i == 0 else s for i, s in enumerate(shape)])
