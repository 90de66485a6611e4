"""Axes as users count them, batch first, and where they are below the door."""

import math

import numpy as np

from fastgru._check import MOST_ROWS, check_choice, check_int, check_shape, fail, short
from fastgru._check import axes as shown

FORMATS = ("channels_last", "channels_first")


def check_axes(where, axis):
    """An integer or a list of integers; returned as a list."""
    if isinstance(axis, (list, tuple)):
        return [check_int(where, "every number in axis", one) for one in axis]
    return [check_int(where, "axis", axis)]


def places(name, axes, input_shape):
    """The axes counted from 0, sorted; refuses the batch's, and what the input does not have."""
    count = len(input_shape)
    found = sorted({axis + count if axis < 0 else axis for axis in axes})
    if not found or found[0] < 1 or found[-1] >= count or len(found) < len(axes):
        rule = f"be different axes of {shown(input_shape)} behind the batch's"
        fail(name, "axis", rule, ", ".join(map(str, axes)) or "none")
    return found


def inner(axes, count):
    """Where axes of a batch-major array are in the layers' layout."""
    return [axis if count < 3 else {0: 1, 1: 0}.get(axis, axis) for axis in axes]


def as_columns(x, axes):
    """(matrix, back): x with the given of its axes as columns, all others as rows.

    `back` brings such a matrix into the layout of x. Nothing is moved where the axes are
    the last ones already.
    """
    order = [axis for axis in range(x.ndim) if axis not in axes] + list(axes)
    width = math.prod(x.shape[axis] for axis in axes)
    if order == list(range(x.ndim)):
        return x.reshape(-1, width), lambda matrix: matrix.reshape(x.shape)
    moved = x.transpose(order)
    shape, home = moved.shape, np.argsort(order)
    return (
        np.ascontiguousarray(moved).reshape(-1, width),
        lambda matrix: np.ascontiguousarray(matrix.reshape(shape).transpose(home)),
    )


def check_format(where, data_format):
    """Where the channels are, as Keras calls it; None is last."""
    return check_choice(where, "data_format", data_format or FORMATS[0], FORMATS)


def steps_and_channels(name, input_shape, data_format):
    """(steps, channels) of an input of three axes."""
    last = data_format == FORMATS[0]
    wanted = ("batch", "steps", "channels") if last else ("batch", "channels", "steps")
    check_shape(name, "its input", input_shape, wanted)
    return input_shape[1:] if last else input_shape[:0:-1]


def in_order(steps, channels, data_format):
    """The inverse of `steps_and_channels`."""
    return (steps, channels) if data_format == FORMATS[0] else (channels, steps)


def steps_first(x, data_format):
    """(steps, batch, channels) of an array in the layers' layout, and the way back."""
    if data_format == FORMATS[0] or x.ndim < 3:
        return x
    return np.ascontiguousarray(x.transpose(2, 1, 0))


def check_room(name, shape, what="its output"):
    """Refuse an array that is more rows, as a matrix, than BLAS can count."""
    if (count := math.prod(shape[:-1])) > MOST_ROWS:
        fail(name, what, f"have at most {MOST_ROWS} rows", f"{count}")


def check_one(where, what, value):
    """A size of one axis, an integer or a list of one, of at least 1; returned as a tuple."""
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            fail(where, what, "be one integer", short(value))
        value = value[0]
    return (check_int(where, what, value, 1),)


def check_pair(where, what, value):
    """Two sizes of at least 0, or one for both; returned as a tuple."""
    if not isinstance(value, (list, tuple)):
        value = (value, value)
    if len(value) != 2:
        fail(where, what, "be one integer or two", short(value))
    return tuple(check_int(where, what, one, 0) for one in value)


def padded(steps, size, stride, padding, dilation=1):
    """(before, behind, windows): steps to pad, and how many windows there are; None if open."""
    span = (size - 1) * dilation + 1
    if padding == "causal":
        before, behind = span - 1, 0
    elif padding == "valid" or steps is None:
        before = behind = 0
    else:
        more = max((-(-steps // stride) - 1) * stride + span - steps, 0)
        before, behind = more // 2, more - more // 2
    if steps is None:
        return before, behind, None
    return before, behind, max((steps + before + behind - span) // stride + 1, 0)
