"""Texts at the door of a model: token numbers, given out as batches."""

import numpy as np

from fastgru._check import MOST_ROWS, axes, fail, fits, short
from fastgru.layers.tokens import as_texts


class Texts:
    """Samples of text by number, given out as what the first layer makes of them.

    Batches are as long as their longest text, as in Keras; where the model's output has a
    time axis of open length, as long as the longest of all.
    """

    turned = False

    def __init__(self, where, model, texts, shape):
        self.first = model.layers[0]
        self._flat, self._lengths, width = self.first.numbers(where, texts, shape)
        self._starts = np.cumsum(self._lengths) - self._lengths
        width = max(1, width)
        fixed = self.first.output_sequence_length is not None
        self._width = width if fixed or None in model.output_shape[1:] else None
        self._dtype = _dtype(model)
        # What other parts ask of the samples is their shape and dtype.
        columns = width if self.first.takes_ids else self.first.columns()
        self.shape = (len(self._lengths), columns)
        self.array = np.broadcast_to(np.zeros((), self._dtype), self.shape)

    def __len__(self):
        return len(self._lengths)

    def batch(self, index, T=None):
        """The samples of an integer array `index`; texts are never cut, so T is None."""
        lengths = self._lengths[index]
        width = self._width or max(1, int(lengths.max()))
        if (rows := len(index) * width) > MOST_ROWS:
            fail("batch_size", "a batch", f"have at most {MOST_ROWS} steps", rows)
        place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        flat = self._flat[np.repeat(self._starts[index], lengths) + place]
        return self.first.rows(flat, lengths, width).astype(self._dtype, copy=False)


def _dtype(model):
    """What the layer behind the first one reads."""
    first, *rest = model.layers
    if not first.takes_ids or (rest and not rest[0].takes_ids):
        return np.dtype(first.dtype)
    return np.dtype(np.int32 if rest else np.int64)


def texts(where, x, model, lengths=None):
    """x as a source for `model`, building the model by it where that is still open."""
    if lengths is not None:
        fail(where, "lengths", "be left out for texts", short(lengths))
    first = model.layers[0]
    if x is None:
        fail(where, "x", "be given", "None", kind=TypeError)
    found, shape = as_texts(where, "x", x, first.encoding)
    if 0 in shape:
        fail(where, "x", "not be empty", f"shape {axes(shape)}")
    wanted = model.input_shape
    if wanted is not None and not fits(shape, wanted):
        # One text a sample is (n,) and (n, 1).
        if len(shape) == 1 and fits((*shape, 1), wanted):
            shape = (*shape, 1)
        elif shape[1:] == (1,) and len(wanted) == 1:
            shape = shape[:1]
    model._fit_shape(where, shape)
    return Texts(where, model, found, shape)
