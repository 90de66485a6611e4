"""Losses whose rows lie along another axis than the last."""

import numpy as np

from fastgru._check import axes, check_int, fail
from fastgru.losses.row_loss import RowLoss


class AxisLoss(RowLoss):
    """Base of the losses that take an `axis`.

    Along another axis than -1 a loss is one of whole samples: arrays are turned so that the
    axis is the last one, and a value stands for each place of the others.
    """

    def set_axis(self, axis):
        """Take the constructor's `axis`."""
        self.axis = check_int(type(self).__name__, "axis", axis)
        if axis != -1:
            # An activation before the loss is one over the last axis.
            self.whole, self.link = True, None

    def place(self, ndim):
        """The axis, counted from the first, of outputs with so many."""
        if not -ndim <= self.axis < ndim:
            fail(self.name, "axis", f"lie in [{-ndim}, {ndim}) for outputs of {ndim} axes",
                 f"{self.axis}")  # fmt: skip
        return self.axis % ndim

    def classes_last(self, array, ndim):
        """An array of so many axes with this one last, packed."""
        return np.ascontiguousarray(np.moveaxis(array, self.place(ndim), -1))

    def shape_of_rows(self, shape):
        """The outputs' shape with the axis last."""
        place = self.place(len(shape))
        return (*shape[:place], *shape[place + 1 :], shape[place])

    def _turned(self, y, scores):
        """(outputs, targets) as rows, for the kernel; and the shape of the values."""
        ndim, moved = scores.ndim, self.classes_last(scores, scores.ndim)
        targets = self.ready(y)
        if not self.sparse:
            targets = self.classes_last(targets, ndim)
        lead = moved.shape[:-1]
        if targets.shape != (lead if self.sparse else moved.shape):
            fail(self.name, "the output", "have the shape that the last layer announced",
                 axes(scores.shape))  # fmt: skip
        rows = moved.reshape(-1, moved.shape[-1])
        return rows, targets.reshape(-1 if self.sparse else rows.shape), lead

    def batch(self, scores, y, mask=None, sample_weight=None, gradient=None, linked=False):
        if self.axis == -1:
            return super().batch(scores, y, mask, sample_weight, gradient, linked)
        turned = scores.ndim > 2
        if turned:
            scores = scores.swapaxes(0, 1)
            mask = None if mask is None else mask.T
            if sample_weight is not None and sample_weight.ndim > 1:
                sample_weight = sample_weight.T
        rows, targets, lead = self._turned(y, scores)
        mask, sample_weight = (
            self._fit(what, given, lead)
            for what, given in (("a mask", mask), ("sample_weight", sample_weight))
        )
        counted = self.counted(y)
        if counted is not None:
            mask = counted if mask is None else counted & (mask != 0)
        weights, count = self.weigh(lead, mask, sample_weight, scores.dtype)
        weights = None if weights is None else np.ascontiguousarray(weights).reshape(-1)
        scale, slopes = self.scale(count), None
        if gradient is not None:
            slopes = np.empty_like(rows)
        value = self.kernel(rows, targets, weights, scale, slopes, False) * scale
        if gradient is not None:
            slopes = slopes.reshape(*lead, rows.shape[-1])
            slopes = np.moveaxis(slopes, -1, self.place(scores.ndim))
            gradient[...] = slopes.swapaxes(0, 1) if turned else slopes
        return value

    def _fit(self, what, given, lead):
        """Mask or weights, (batch) or as the values."""
        if given is None or given.shape == lead:
            return given
        if given.shape != lead[:1]:
            fail(self.name, what, f"have the shape of the values along axis {self.axis}, "
                 f"{axes(lead)}", axes(given.shape))  # fmt: skip
        return np.broadcast_to(given.reshape(-1, *(1,) * (len(lead) - 1)), lead)

    def values(self, y, scores):
        if self.axis == -1:
            return super().values(y, scores)
        rows, targets, lead = self._turned(y, scores)
        return self.row_values(rows, targets).reshape(lead)
