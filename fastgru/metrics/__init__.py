"""Metrics, by Keras' names: what is counted over the rows of all batches since a reset."""

from fastgru.metrics import names as _names
from fastgru.metrics.base import Metric, Variable
from fastgru.metrics.names import CLASSES, check, check_all, get, resolve, result_names
from fastgru.metrics.reduction import Mean, MeanMetricWrapper, Sum

__all__ = [  # noqa: PLE0604
    "CLASSES", "Mean", "MeanMetricWrapper", "Metric", "Sum", "Variable", "check", "check_all",
    "get", "resolve", "result_names", *CLASSES, *_names.FUNCTIONS,
]  # fmt: skip

globals().update(CLASSES | _names.FUNCTIONS)
