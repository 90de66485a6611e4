"""Root mean squared error, and the share of the variance that is explained."""

import warnings

import numpy as np

from fastgru._check import check_int, fail, short
from fastgru.metrics.base import MeanOfRows, RowMetric


class RootMeanSquaredError(MeanOfRows):
    """Root of the mean of (p - y)^2 over all batches. As in Keras it sees no mask.

    Parameters
    ----------
    name : str, default "root_mean_squared_error"
    """

    entries = True
    sees_mask = False

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name)

    def values(self, y_true, y_pred):
        return np.square(y_pred - y_true)

    def result(self):
        """The root so far; 0 before the first batch."""
        return float(np.sqrt(super().result()))


class R2Score(RowMetric):
    """1 - sum (y - p)^2 / sum (y - mean y)^2, for each output. As in Keras it sees no mask.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}
        How outputs become one number; None keeps them apart.
    num_regressors : int, default 0
        Number of inputs, for the adjusted score.
    name : str, default "r2_score"
    """

    entries = True

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score",
                 dtype=None):  # fmt: skip
        super().__init__(dtype, name)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            fail("R2Score", "class_aggregation",
                 "be one of None, 'uniform_average', 'variance_weighted_average'",
                 short(class_aggregation))  # fmt: skip
        self.class_aggregation = class_aggregation
        self.num_regressors = check_int("R2Score", "num_regressors", num_regressors, 0)
        self.reset_state()

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        y, p = y_true.astype(np.float64), y_pred.astype(np.float64)
        w = np.float64(1) if weights is None else weights.astype(np.float64)
        w = np.broadcast_to(w[:, None] if w.ndim == 1 else w, y.shape)
        found = np.stack([w, y * w, y * y * w, np.square(y - p) * w]).sum(axis=1)
        # One column for each output; how many there are, the first rows say.
        self.sums = found + self.sums
        self.samples += y.size

    def result(self):
        """The score so far; NaN before the first batch."""
        count, total, squares, errors = np.broadcast_to(self.sums, (4, *self.sums.shape[1:]))
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = squares - total * (total / count)
            score = 1 - errors / spread
            score = np.where(np.isinf(score), 0.0, score)
            if self.class_aggregation == "uniform_average":
                score = score.mean()
            elif self.class_aggregation == "variance_weighted_average":
                score = (spread * score).sum() / spread.sum()
        free = self.samples - 1 - self.num_regressors
        if self.num_regressors and free > 0:
            score = 1 - (1 - score) * (self.samples - 1) / free
        elif self.num_regressors:
            warnings.warn(
                f"R2Score: num_regressors must be below the number of values less one, "
                f"{self.samples - 1}, to adjust the score; got {self.num_regressors}.",
                stacklevel=2,
            )
        return score if np.ndim(score) else float(score)

    def reset_state(self):
        self.sums, self.samples = np.zeros((4, 1)), 0

    def get_config(self):
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
