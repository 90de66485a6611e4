"""Losses that are a mean over the row of a function of output and target."""

import numpy as np

from fastgru._check import check_number
from fastgru.kernels import losses_pointwise as kernel
from fastgru.losses.row_loss import RowLoss


class _Pointwise(RowLoss):
    point = None
    delta = 1.0

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.pointwise(
            scores, targets, weights, scale, gradient, self.point, self.delta
        )


class MeanSquaredError(_Pointwise):
    """Mean over the row of (p - y)^2."""

    point = kernel.Point.SQUARED


class MeanAbsoluteError(_Pointwise):
    """Mean over the row of |p - y|."""

    point = kernel.Point.ABSOLUTE


class MeanAbsolutePercentageError(_Pointwise):
    """Mean over the row of 100 |p - y| / max(|y|, 1e-7)."""

    point = kernel.Point.PERCENTAGE


class MeanSquaredLogarithmicError(_Pointwise):
    """Mean over the row of (log(1 + p) - log(1 + y))^2, where p and y are at least 1e-7."""

    point = kernel.Point.LOGARITHMIC


class Huber(_Pointwise):
    """Mean over the row of (p - y)^2 / 2; beyond `delta` a straight line goes on.

    Parameters
    ----------
    delta : float, default 1.0
    reduction, name
        See `Loss`.
    """

    point = kernel.Point.HUBER

    def __init__(
        self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None
    ):
        super().__init__(reduction, name)
        self.delta = check_number("Huber", "delta", delta, 0)

    def get_config(self):
        return {**super().get_config(), "delta": self.delta}


class LogCosh(_Pointwise):
    """Mean over the row of log(cosh(p - y))."""

    point = kernel.Point.LOG_COSH


class Poisson(_Pointwise):
    """Mean over the row of p - y log(p + 1e-7)."""

    point = kernel.Point.POISSON


class Hinge(_Pointwise):
    """Mean over the row of max(0, 1 - y p); y in {-1, 1}, or {0, 1} for the whole batch."""

    point = kernel.Point.HINGE

    def ready(self, targets):
        # Keras looks at all targets: one of -1 anywhere and none is changed.
        binary = ((targets == 0) | (targets == 1)).all()
        return targets * targets.dtype.type(2) - np.ones_like(targets) if binary else targets


class SquaredHinge(Hinge):
    """Mean over the row of max(0, 1 - y p)^2; targets as for `Hinge`."""

    point = kernel.Point.SQUARED_HINGE
