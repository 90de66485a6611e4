"""CTC: the likelihood of a sequence of labels whose places in time are not known."""

import numpy as np

from fastgru._check import axes, fail
from fastgru.kernels import losses_ctc as kernel
from fastgru.losses.base import Loss
from fastgru.losses.targets import check_range, whole_numbers


class CTC(Loss):
    """-log p(labels | outputs), over all alignments (Graves et al. 2006).

    Outputs are logits, (batch, time, classes); class 0 is the blank. Targets are class
    numbers, (batch, labels): a row's labels, and behind them zeros as padding. Steps that are
    masked do not count; Keras 3.15 has no such.

    Parameters
    ----------
    reduction, name
        See `Loss`. A batch has one value for each sample.
    """

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name, reduction)

    def prepare(self, where, y, shape, dtype):
        if len(shape) != 3:
            found = axes(["batch" if i == 0 else size for i, size in enumerate(shape)])
            fail(where, "the model's output", "be (batch, time, classes) for ctc", found,
                 "return_sequences=True in the last GRU gives an output for each step.")  # fmt: skip
        if y.ndim != 2:
            fail(where, "y", "be (batch, labels) for ctc", axes(y.shape))
        check_range(where, whole_numbers(where, y), shape[-1])
        y = np.ascontiguousarray(y, np.int32)
        if ((y[:, :-1] == 0) & (y[:, 1:] != 0)).any():
            fail(where, "y", "have zeros only behind the labels of a row", "a label behind one")
        if shape[1] is not None:
            _check_room(where, y, np.full(len(y), shape[1]))
        return y

    def batch(self, scores, y, mask=None, sample_weight=None, gradient=None, linked=False):
        T, B, C = scores.shape
        seen = None
        if mask is not None:
            seen = np.ascontiguousarray(mask).view(np.uint8)
            _check_room(self.name, y, mask.sum(axis=0))
        if sample_weight is not None and sample_weight.ndim > 1:
            fail(self.name, "sample_weight", "have one number for each sample",
                 f"shape {axes(sample_weight.shape)}")  # fmt: skip
        weights, count = self.weigh((B,), None, sample_weight, scores.dtype)
        scale = self.scale(count)
        scratch = np.empty(kernel.scratch_size(T, C, y.shape[1]))
        steps = np.empty(T, np.intp)
        return scale * kernel.ctc(scores, y, seen, weights, scale, gradient, scratch, steps)

    def values(self, y, scores):
        return np.array([
            CTC("sum").batch(np.ascontiguousarray(scores[i : i + 1].swapaxes(0, 1)), y[i : i + 1])
            for i in range(len(y))
        ])  # fmt: skip


def _check_room(where, y, steps):
    """Refuse rows that no path can spell: equal neighbours need a blank between them."""
    needed = (y != 0).sum(axis=1) + ((y[:, 1:] == y[:, :-1]) & (y[:, 1:] != 0)).sum(axis=1)
    short = np.flatnonzero(needed > steps)
    if len(short):
        row = short[0]
        fail(where, "y", f"fit into the {steps[row]} steps of its sample",
             f"labels that need {needed[row]}",
             "Equal neighbours need a blank between them.")  # fmt: skip
