"""Callbacks: objects that watch `fit`, `evaluate` and `predict`, and may stop a training."""

from fastgru.callbacks.base import Callback
from fastgru.callbacks.container import CallbackList
from fastgru.callbacks.early_stopping import EarlyStopping
from fastgru.callbacks.history import History
from fastgru.callbacks.lambda_callback import LambdaCallback
from fastgru.callbacks.learning_rate_scheduler import LearningRateScheduler

__all__ = [
    "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateScheduler",
]  # fmt: skip
