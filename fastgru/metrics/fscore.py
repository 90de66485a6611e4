"""F scores: the harmonic mean of precision and recall."""

import numpy as np

from fastgru._check import check_number, fail, short
from fastgru.metrics.base import RowMetric

_EPSILON = 1e-7


class FBetaScore(RowMetric):
    """(1 + b^2) precision recall / (b^2 precision + recall). As in Keras it sees no mask.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        How outputs become one number: they stay apart; are counted together; by their mean;
        by their mean weighted with how often each is true.
    beta : float, default 1.0
    threshold : float, optional
        An output above it is a positive; by default the largest of a row is.
    name : str, default "fbeta_score"
    """

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(dtype, name)
        where = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            fail(where, "average", "be one of None, 'micro', 'macro', 'weighted'",
                 short(average))  # fmt: skip
        self.average = average
        self.beta = check_number(where, "beta", beta, 0)
        if not self.beta:
            fail(where, "beta", "be above 0", f"{beta}")
        self.threshold = threshold
        if threshold is not None:
            self.threshold = check_number(where, "threshold", threshold, 0, 1)
            if not self.threshold:
                fail(where, "threshold", "be above 0", f"{threshold}")
        self.reset_state()

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        if self.threshold is None:
            largest = y_pred.max(axis=1, keepdims=True)
            found = (y_pred >= largest) & (np.abs(y_pred) > 1e-9)
        else:
            found = y_pred > self.threshold
        y, found = y_true.astype(np.float64), found.astype(np.float64)
        sums = np.stack([found * y, found * (1 - y), (1 - found) * y, y])
        if weights is not None:
            sums *= weights.astype(np.float64)[:, None]
        # One column for each output; how many there are, the first rows say.
        self.sums = sums.sum(axis=1) + self.sums

    def result(self):
        """The score so far: a float, or an array without an average."""
        sums = self.sums.sum(axis=1) if self.average == "micro" else self.sums
        tp, fp, fn, mass = sums
        precision, recall = tp / (tp + fp + _EPSILON), tp / (tp + fn + _EPSILON)
        square = self.beta * self.beta
        score = (1 + square) * precision * recall / (square * precision + recall + _EPSILON)
        if self.average == "weighted":
            score = (score * (mass / (mass.sum() + _EPSILON))).sum()
        elif self.average is not None:
            score = score.mean()
        return score if np.ndim(score) else float(score)

    def reset_state(self):
        self.sums = np.zeros((4, 1))

    def get_config(self):
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall). See `FBetaScore`.

    Parameters
    ----------
    average, threshold
        See `FBetaScore`.
    name : str, default "f1_score"
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name)

    def get_config(self):
        config = super().get_config()
        del config["beta"]
        return config
