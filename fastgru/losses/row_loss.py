"""The base of the losses that have a kernel."""

import numpy as np

from fastgru.losses.base import Loss
from fastgru.losses.targets import fit_targets


class RowLoss(Loss):
    """Base of the losses that have a kernel: each row has a value of its own.

    Parameters
    ----------
    reduction, name
        See `Loss`.
    """

    whole = False

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name, reduction)

    def prepare(self, where, y, shape, dtype):
        y = fit_targets(where, y, shape).astype(dtype, copy=False)
        self.check(where, y)
        return y

    def ready(self, targets):
        """Targets as the kernel takes them; metrics see them as they are prepared."""
        return targets

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        """`total` for targets that are ready."""
        raise NotImplementedError(f"{self.name}: a loss must have a kernel; got none.")

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        """Weighted sum of the rows' losses, and `scale` times its gradient.

        scores (R, C); targets as prepared, rows in the same order; weights (R) or None;
        gradient (R, C), set, or None.
        """
        return self.kernel(scores, self.ready(targets), weights, scale, gradient, linked)

    def batch(self, scores, y, mask=None, sample_weight=None, gradient=None, linked=False):
        rows, targets = scores, y
        if scores.ndim > 2:
            rows = scores.reshape(-1, scores.shape[-1])
            targets = y.reshape(-1) if self.sparse else y.reshape(rows.shape)
        if mask is not None:
            mask = mask.reshape(-1)
        if sample_weight is not None:
            lead = scores.shape[:-1]
            sample_weight = np.broadcast_to(sample_weight, lead).reshape(-1)
        counted = self.counted(targets)
        if counted is not None:
            mask = counted if mask is None else counted & mask
        weights, count = self.weigh((len(rows),), mask, sample_weight, scores.dtype)
        scale = self.scale(count)
        flat = gradient if gradient is None or scores.ndim < 3 else gradient.reshape(rows.shape)
        return self.total(rows, targets, weights, scale, flat, linked) * scale

    def values(self, y, scores):
        lead = scores.shape[:-1]
        rows = scores.reshape(-1, scores.shape[-1])
        targets = self.ready(y.reshape(-1) if self.sparse else y.reshape(rows.shape))
        return self.row_values(rows, targets).reshape(lead)

    def row_values(self, rows, targets):
        """The value of each row, of targets that are ready."""
        return np.array([
            self.kernel(rows[i : i + 1], targets[i : i + 1], None, 1.0, None, False)
            for i in range(len(rows))
        ])  # fmt: skip
