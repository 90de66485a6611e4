"""Shares of what was right: entries, classes, classes among the first k."""

import numpy as np

from fastgru._check import check_flag, check_int, check_number
from fastgru.kernels.metrics import matches
from fastgru.metrics.base import MeanOfRows


class Accuracy(MeanOfRows):
    """Share of entries that equal their target."""

    entries = True

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name)

    def values(self, y_true, y_pred):
        return y_pred == y_true


class BinaryAccuracy(MeanOfRows):
    """Share of entries on the right side of `threshold`, 0.5 by default.

    Parameters
    ----------
    name : str, default "binary_accuracy"
    threshold : float, default 0.5
    """

    entries = True

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(name)
        self.threshold = check_number("BinaryAccuracy", "threshold", threshold)

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        plain = weights is None and y_true.dtype == y_pred.dtype
        if not (plain and y_true.flags.c_contiguous and y_pred.flags.c_contiguous):
            return super().update_rows(y_true, y_pred, weights, steps)
        # Without arrays of truth values in between: it is added up in each step of training.
        rows, width = y_pred.shape
        if width:
            self.total += matches(y_pred, y_true, self.threshold) / (width * steps)
        self.count += rows / steps

    def values(self, y_true, y_pred):
        return (y_pred > self.threshold) == y_true

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class CategoricalAccuracy(MeanOfRows):
    """Share of rows whose largest output is where the one-hot target is."""

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(name)

    def values(self, y_true, y_pred):
        return y_pred.argmax(axis=1) == y_true.argmax(axis=1)


class SparseCategoricalAccuracy(MeanOfRows):
    """Share of rows whose largest output is at the number that the target gives."""

    sparse = True

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(name)

    def values(self, y_true, y_pred):
        return y_pred.argmax(axis=1) == y_true


class TopKCategoricalAccuracy(MeanOfRows):
    """Share of rows whose one-hot target is among the k largest outputs.

    Parameters
    ----------
    k : int, default 5
    name : str, default "top_k_categorical_accuracy"
    """

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(name)
        self.k = check_int(type(self).__name__, "k", k, 1)

    def values(self, y_true, y_pred):
        return among_first(y_true.argmax(axis=1), y_pred, self.k)

    def get_config(self):
        return {**super().get_config(), "k": self.k}


class SparseTopKCategoricalAccuracy(MeanOfRows):
    """Share of rows whose target, a class number, is among the k largest outputs.

    Parameters
    ----------
    k : int, default 5
    name : str, default "sparse_top_k_categorical_accuracy"
    from_sorted_ids : bool, default False
        Outputs are class numbers, the most probable ones first.
    """

    sparse = True

    def __init__(
        self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False
    ):
        super().__init__(name)
        where = "SparseTopKCategoricalAccuracy"
        self.k = check_int(where, "k", k, 1)
        self.from_sorted_ids = check_flag(where, "from_sorted_ids", from_sorted_ids)

    def values(self, y_true, y_pred):
        if self.from_sorted_ids:
            return (y_pred[:, : self.k] == y_true[:, None]).any(axis=1)
        return among_first(y_true, y_pred, self.k)

    def get_config(self):
        more = {"from_sorted_ids": True} if self.from_sorted_ids else {}
        return {**super().get_config(), "k": self.k, **more}


def among_first(classes, outputs, k):
    """Whether fewer than k outputs of a row are larger than that of its class."""
    inside = (classes >= 0) & (classes < outputs.shape[1])
    places = np.where(inside, classes, 0).astype(np.intp)
    own = np.take_along_axis(outputs, places[:, None], axis=1)
    return inside & (own[:, 0] == own[:, 0]) & ((outputs > own).sum(axis=1) < k)
