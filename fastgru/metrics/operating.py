"""The best of one rate where another is at least so high."""

import numpy as np

from fastgru._check import check_int, check_number
from fastgru.metrics.confusion import Confusion, ratio


def _sensitivity(tp, fp, tn, fn):
    return ratio(tp, tp, fn)


def _specificity(tp, fp, tn, fn):
    return ratio(tn, tn, fp)


def _precision(tp, fp, tn, fn):
    return ratio(tp, tp, fp)


class _At(Confusion):
    """Base: the largest `sought` over the thresholds at which `given` is at least a number."""

    word = sought = given = None

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        where = type(self).__name__
        self.value = check_number(where, self.word, value, 0, 1)
        self.num_thresholds = check_int(where, "num_thresholds", num_thresholds, 1)
        limits = np.linspace(0, 1, num_thresholds) if num_thresholds > 1 else [0.5]
        super().__init__(name, limits, class_id=class_id)
        # Two are even for Keras here, and for its other metrics not.
        self.even = num_thresholds > 1

    def result(self):
        """The rate so far; 0 where no threshold will do."""
        counts = np.asarray(self.counts)
        cls = type(self)
        feasible = cls.given(*counts) >= self.value
        return float(np.where(feasible, cls.sought(*counts), 0).max(initial=0))

    def get_config(self):
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self.word: self.value,
        }


_PARAMETERS = """

    Parameters
    ----------
    {word} : float
        In [0, 1].
    num_thresholds : int, default 200
        Thresholds that part [0, 1] evenly.
    class_id : int, optional
        Look at this output only.
    name : str, optional
    """


class SensitivityAtSpecificity(_At):
    __doc__ = "The best sensitivity (recall) where the specificity is at least so high." + (
        _PARAMETERS.format(word="specificity")
    )
    word, sought, given = "specificity", _sensitivity, _specificity

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name)


class SpecificityAtSensitivity(_At):
    __doc__ = "The best specificity where the sensitivity is at least so high." + (
        _PARAMETERS.format(word="sensitivity")
    )
    word, sought, given = "sensitivity", _specificity, _sensitivity

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name)


class PrecisionAtRecall(_At):
    __doc__ = "The best precision where the recall is at least so high." + (
        _PARAMETERS.format(word="recall")
    )
    word, sought, given = "recall", _precision, _sensitivity

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name)


class RecallAtPrecision(_At):
    __doc__ = "The best recall where the precision is at least so high." + (
        _PARAMETERS.format(word="precision")
    )
    word, sought, given = "precision", _sensitivity, _precision

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name)
