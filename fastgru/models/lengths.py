"""Sequences of different lengths in one batch: a mask, and no more steps than the longest has."""

import numpy as np

from fastgru._check import as_array, axes, check_shape, fail
from fastgru.layers import Layer
from fastgru.layers.stack import leaves


def check_lengths(where, lengths, shape):
    """Lengths as integers, one for each sample of data of `shape`."""
    if len(shape) < 2:
        fail(where, "lengths", "come with data of (batch, time, ...)", axes(shape))
    lengths = as_array(where, "lengths", lengths)
    check_shape(where, "lengths", lengths.shape, shape[:1])
    if lengths.dtype.kind not in "iu":
        fail(where, "lengths", "be integers", f"{lengths.dtype}", kind=TypeError)
    if lengths.min() < 0 or lengths.max() > shape[1]:
        fail(where, "lengths", f"lie in [0, {shape[1]}], the steps of x",
             f"{lengths.min()} to {lengths.max()}")  # fmt: skip
    return lengths.astype(np.int64)


def check_same_lengths(where, what, rows, lengths):
    """Refuse per-step rows that are not as long as the sequences of x."""
    for number, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
        if len(row) != length:
            fail(where, f"x and {what}", "have the same lengths",
                 f"{length} and {len(row)} steps in sample {number}")  # fmt: skip


def check_open(where, model):
    """Refuse lengths where a layer would count the steps behind a sequence's end.

    A mask must reach the layer that ends the time axis, and that layer must read it: one
    that has to do with masks has a `forward` of its own.
    """
    for layer in leaves(model.layers):
        ends = len(layer.output_shape) < 3
        if not (type(layer).forward is not Layer.forward if ends else layer.passes_mask):
            fail(where, "sequences of different lengths", "meet layers that mind a mask",
                 layer.name)  # fmt: skip
        if ends:
            return


def follows(model):
    """Whether the steps of the outputs are those of x, and no others made behind them."""
    return all(len(layer.output_shape) > 2 for layer in leaves(model.layers))


def cut(lengths):
    """(steps of the longest, mask in the layers' layout or None) of a batch."""
    T = max(1, int(lengths.max()))
    if int(lengths.min()) == T:
        return T, None
    return T, (np.arange(T)[:, None] < lengths).view(np.uint8)


def behind_first(layer, mask, given):
    """The mask behind the first layer: its own, and what the lengths said."""
    if given is None or len(layer.output_shape) < 3:
        return mask
    return given if mask is None else mask & given
