"""Counts at thresholds, precision and recall."""

import numpy as np

from fastgru.metrics.confusion import NOWHERE, Confusion, check_thresholds, ratio


class _Count(Confusion):
    """One of the four counts.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        An output above it is a positive.
    name : str, optional
    """

    which = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        self.thresholds = thresholds
        super().__init__(name, check_thresholds(type(self).__name__, thresholds, 0.5))

    def result(self):
        """The weighted count so far; an array where there are several thresholds."""
        return self._plain(self.counts[self.which])

    def get_config(self):
        return {**super().get_config(), "thresholds": self.thresholds}


class TruePositives(_Count):
    __doc__ = _Count.__doc__.replace("One of the four counts", "Positives that are true")
    which = 0


class FalsePositives(_Count):
    __doc__ = _Count.__doc__.replace("One of the four counts", "Positives that are false")
    which = 1


class TrueNegatives(_Count):
    __doc__ = _Count.__doc__.replace("One of the four counts", "Negatives that are true")
    which = 2


class FalseNegatives(_Count):
    __doc__ = _Count.__doc__.replace("One of the four counts", "Negatives that are false")
    which = 3


class _Share(Confusion):
    """Share of the true positives.

    Parameters
    ----------
    thresholds : float or list of float, default 0.5
        An output above it is a positive; with `top_k`, by default, each of those.
    top_k : int, optional
        Only the k largest outputs of a row can be positives.
    class_id : int, optional
        Look at this output only.
    name : str, optional
    """

    beside = None

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        self.thresholds = thresholds
        default = 0.5 if top_k is None else NOWHERE
        limits = check_thresholds(type(self).__name__, thresholds, default)
        super().__init__(name, limits, top_k, class_id)

    def result(self):
        """The share so far, 0 where there is nothing; an array for several thresholds."""
        counts = np.asarray(self.counts)
        return self._plain(ratio(counts[0], counts[0], counts[self.beside]))

    def get_config(self):
        return {
            **super().get_config(),
            "thresholds": self.thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    __doc__ = _Share.__doc__.replace(
        "Share of the true positives", "Share of the positives that are true"
    )
    beside = 1


class Recall(_Share):
    __doc__ = _Share.__doc__.replace(
        "Share of the true positives", "Share of the true ones that are found"
    )
    beside = 3
