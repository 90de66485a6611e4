"""Running mean and sum of numbers, and the mean of a function of one's own."""

import numpy as np

from fastgru._check import as_array, axes, fail
from fastgru.metrics.base import Metric


class Mean(Metric):
    """Weighted mean of the numbers that it is given; each sample of a batch counts once.

    Parameters
    ----------
    name : str, default "mean"
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(dtype, name)
        self.total = self.count = 0.0

    def update_state(self, values, sample_weight=None):
        """Add numbers.

        Parameters
        ----------
        values : array-like (batch, ...)
        sample_weight : array-like, optional
            Its axes are the first ones of the values.
        """
        values, weights = by_sample(self.name, values, sample_weight, np.mean)
        self.total += float(values.sum())
        self.count += float(weights.sum()) if weights is not None else np.size(values)

    def result(self):
        """The mean so far; 0 before the first batch."""
        return self.total / self.count if self.count else 0.0

    def reset_state(self):
        self.total = self.count = 0.0


class Sum(Metric):
    """Weighted sum of the numbers that it is given.

    Parameters
    ----------
    name : str, default "sum"
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(dtype, name)
        self.total = 0.0

    def update_state(self, values, sample_weight=None):
        """Add numbers. See `Mean.update_state`."""
        values, _ = by_sample(self.name, values, sample_weight, np.sum)
        self.total += float(values.sum())

    def result(self):
        """The sum so far."""
        return self.total

    def reset_state(self):
        self.total = 0.0


class MeanMetricWrapper(Mean):
    """Weighted mean of what a function of (y_true, y_pred) returns.

    Parameters
    ----------
    fn : callable
        Takes batch-major arrays and returns numbers (batch,), (batch, time), ...
    name : str, optional
        By default the function's.
    **kwargs
        Further arguments for the function.
    """

    sees_mask = True

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        if not callable(fn):
            fail("MeanMetricWrapper", "fn", "be a function", repr(fn), kind=TypeError)
        super().__init__(name or getattr(fn, "__name__", None) or getattr(fn, "name", None))
        self.fn, self.options = fn, kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch of predictions."""
        found = self.fn(y_true, y_pred, **self.options)
        super().update_state(found, sample_weight)

    def get_config(self):
        return {**super().get_config(), "fn": self.fn, **self.options}


def by_sample(where, values, sample_weight, reduce):
    """(weighted values, weights), one a sample; what lies behind the batch axis is reduced."""
    values = as_array(where, "values", values).astype(np.float64)
    weights = None
    if sample_weight is not None:
        weights = as_array(where, "sample_weight", sample_weight).astype(np.float64)
        if values.ndim == weights.ndim + 1 and values.shape[-1] == 1:
            values = values[..., 0]
        elif weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
            weights = weights[..., 0]
        if values.ndim > weights.ndim:
            values = reduce(values, axis=tuple(range(weights.ndim, values.ndim)))
        elif values.ndim and weights.ndim > values.ndim:
            # Numbers of whole samples beside weights of their steps.
            weights = weights.mean(axis=tuple(range(values.ndim, weights.ndim)))
        try:
            weights = np.broadcast_to(weights, np.broadcast_shapes(values.shape, weights.shape))
            values = values * weights
        except ValueError:
            fail(where, "sample_weight", "have the first axes of the values, "
                 f"{axes(values.shape)}", axes(weights.shape))  # fmt: skip
        weights = _reduced(weights, reduce)
    return _reduced(values, reduce), weights


def _reduced(array, reduce):
    return reduce(array, axis=tuple(range(1, array.ndim))) if array.ndim > 1 else array
