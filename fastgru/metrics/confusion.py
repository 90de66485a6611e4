"""True and false positives and negatives at thresholds, and the metrics that count them."""

import numpy as np

from fastgru._check import as_array, check_int, check_number, fail
from fastgru.metrics.base import RowMetric

#: The threshold that everything among the first k is above, and nothing else.
NOWHERE = -1e10


def check_thresholds(where, thresholds, default):
    """Thresholds as a list of floats."""
    if thresholds is None:
        return [default]
    if np.ndim(thresholds) == 0:
        return [check_number(where, "thresholds", thresholds, 0, 1)]
    found = as_array(where, "thresholds", thresholds)
    if found.ndim != 1 or not found.size:
        fail(where, "thresholds", "be a number or a list of numbers", repr(thresholds))
    return [check_number(where, "thresholds", t, 0, 1) for t in found.tolist()]


def evenly(thresholds):
    """Whether thresholds part [0, 1] evenly, as far as Keras looks."""
    count = len(thresholds)
    even = np.arange(count, dtype=np.float32) / max(count - 1, 1)
    return count > 2 and np.allclose(thresholds, even, atol=1e-7)


def below(outputs, thresholds, even):
    """How many of the sorted thresholds each output is above. NaN is above none.

    In float32 and, where thresholds are even, by multiplication, for Keras decides so about
    outputs that lie on a threshold.
    """
    p = outputs.astype(np.float32)
    lost = np.isnan(p)
    limits = np.asarray(thresholds, np.float32)
    if even:
        last = np.float32(len(limits) - 1)
        found = np.ceil(np.clip(np.where(lost, np.float32(0), p), 0, 1) * last).astype(np.intp)
        if thresholds[0] < 0:
            found = np.maximum(found, 1)
    else:
        found = np.searchsorted(limits, p, side="left")
    found[lost] = 0
    return found


def confusion(y, p, weights, thresholds, even):
    """tp, fp, tn, fn (4, n, K) of targets and outputs (N, K) at n thresholds; weights (N, K)."""
    count, labels = len(thresholds), y.shape[1]
    order = np.argsort(thresholds, kind="stable")
    places = below(p, np.asarray(thresholds)[order], even)
    places = (places + np.arange(labels) * (count + 1)).reshape(-1)
    weights = np.ones(y.shape) if weights is None else np.broadcast_to(weights, y.shape)
    truth = y != 0
    tables = []
    for side in (truth, ~truth):
        mass = np.bincount(places, (weights * side).reshape(-1), labels * (count + 1))
        mass = mass.reshape(labels, count + 1).T
        above = mass[::-1].cumsum(axis=0)[::-1][1:]
        tables.append((above, mass.cumsum(axis=0)[:-1]))
    (tp, fn), (fp, tn) = tables
    result = np.empty((4, count, labels))
    result[:, order] = tp, fp, tn, fn
    return result


def ratio(part, *parts):
    """part / sum(parts), and 0 where that is 0 / 0."""
    whole = sum(parts)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


class Confusion(RowMetric):
    """Base of the metrics that are made of counts at thresholds. They see no mask."""

    entries = True

    def __init__(self, name=None, thresholds=(0.5,), top_k=None, class_id=None):
        super().__init__(None, name)
        where = type(self).__name__
        self.limits = list(thresholds)
        self.even = evenly(self.limits)
        self.top_k = None if top_k is None else check_int(where, "top_k", top_k, 1)
        self.class_id = None if class_id is None else check_int(where, "class_id", class_id, 0)
        self.counts = self.add_variable((4, len(self.limits)))

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        if self.top_k is not None:
            y_pred = only_first(y_pred, self.top_k)
        if self.class_id is not None:
            if self.class_id >= y_pred.shape[1]:
                fail(self.name, "class_id", f"be below the {y_pred.shape[1]} outputs",
                     f"{self.class_id}")  # fmt: skip
            one = slice(self.class_id, self.class_id + 1)
            y_true, y_pred = y_true[:, one], y_pred[:, one]
            if weights is not None and weights.ndim > 1:
                weights = weights[:, one]
        if weights is not None and weights.ndim == 1:
            weights = weights[:, None]
        self.count(y_true, y_pred, weights)

    def count(self, y, p, weights):
        """Add entries (R, C); weights (R, 1) or (R, C) or None."""
        if weights is not None:
            weights = np.broadcast_to(weights, y.shape).reshape(-1, 1)
        y, p = y.reshape(-1, 1), p.reshape(-1, 1)
        self.counts += confusion(y, p, weights, self.limits, self.even)[..., 0]

    def _plain(self, values):
        """One float for one threshold, else an array."""
        return float(values[0]) if len(values) == 1 else np.array(values)


def only_first(outputs, k):
    """Outputs, with all but the k largest of a row below any threshold."""
    order = np.argsort(-outputs, axis=1, kind="stable")[:, :k]
    found = np.full(outputs.shape, NOWHERE)
    np.put_along_axis(found, order, np.take_along_axis(outputs, order, axis=1), axis=1)
    return found
