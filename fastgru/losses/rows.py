"""Losses of whole rows that are no cross-entropies."""

from fastgru.kernels import losses_rows as kernel
from fastgru.losses.across import AxisLoss
from fastgru.losses.row_loss import RowLoss


class KLDivergence(RowLoss):
    """sum y log(y / p) over the row, both clipped to [1e-7, 1]."""

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.kl_divergence(scores, targets, weights, scale, gradient)


class CategoricalHinge(RowLoss):
    """max(0, 1 + max (1 - y) p - sum y p) of one-hot rows y."""

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.categorical_hinge(scores, targets, weights, scale, gradient)


class CosineSimilarity(AxisLoss):
    """-sum y p / (|y| |p|): -1 where the row points where the target does.

    Parameters
    ----------
    axis : int, default -1
        Along which output and target are compared.
    reduction, name
        See `Loss`.
    """

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(reduction, name)
        self.set_axis(axis)

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.cosine_similarity(scores, targets, weights, scale, gradient)

    def get_config(self):
        return {**super().get_config(), **({} if self.axis == -1 else {"axis": self.axis})}
