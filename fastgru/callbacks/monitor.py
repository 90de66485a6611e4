"""Watching one number of the logs: which way it gets better, and whether it has."""

import math
import operator
import re
import warnings

from fastgru._check import check_number
from fastgru.callbacks.base import Callback

_RISING = (
    "accuracy", "acc", "auc", "precision", "recall", "f1_score", "fbeta_score", "specificity",
    "sensitivity", "r2_score", "cosine_similarity", "iou", "concordance_correlation",
    "pearson_correlation",
)  # fmt: skip
_MODES = ("auto", "min", "max")


def _rises(monitor):
    """Say whether a larger value of the metric of this name is a better one."""
    # A second AUC in the same program is named auc_1.
    return re.sub(r"_\d+$", "", monitor).endswith(_RISING)


def check_threshold(where, what, value):
    """None, or a number, which may be infinite."""
    infinite = isinstance(value, float) and math.isinf(value)
    return value if value is None or infinite else check_number(where, what, value)


class Monitor(Callback):
    """Base of the callbacks that watch one metric.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name of the metric in the logs.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less or more is better. "auto" takes "max" for names that end with
        ``accuracy``, ``auc``, ``precision``, ``recall`` and other scores of which more is
        better (a counter as in ``auc_1`` aside), else "min".
    min_delta : float, default 0
        A change counts as an improvement only if it is larger than this.

    Raises
    ------
    ValueError
        If `mode` is none of the three.
    TypeError
        If `monitor` is no word.
    """

    def __init__(self, monitor="val_loss", mode="auto", min_delta=0):
        if mode not in _MODES:
            raise ValueError(
                f"{type(self).__name__}: mode must be 'auto', 'min' or 'max'; got {mode!r}."
            )
        if not isinstance(monitor, str):
            raise TypeError(
                f"{type(self).__name__}: monitor must be the name of a metric; got {monitor!r:.60}."
            )
        self.monitor = monitor
        self.mode = mode
        rises = mode == "max" or (mode == "auto" and _rises(monitor))
        self.monitor_op = operator.gt if rises else operator.lt
        self.min_delta = abs(min_delta) if rises else -abs(min_delta)

    def get_monitor_value(self, logs):
        """Return the monitored metric.

        Parameters
        ----------
        logs : dict or None
            The logs of an epoch.

        Returns
        -------
        float or None
            None, after a warning, if the metric is not in `logs`.
        """
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: monitor must be one of the logged metrics "
                f"({', '.join(logs)}); got {self.monitor!r}.",
                stacklevel=2,
            )
        return value

    def improves(self, value, reference):
        """Say whether a value is better than a reference, by more than `min_delta`."""
        return reference is None or self.monitor_op(value - self.min_delta, reference)
