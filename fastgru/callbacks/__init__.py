"""Callbacks: objects that watch `fit`, `evaluate` and `predict`, and may stop a training."""

from fastgru.callbacks.base import Callback
from fastgru.callbacks.container import CallbackList
from fastgru.callbacks.early_stopping import EarlyStopping
from fastgru.callbacks.history import History
from fastgru.callbacks.lambda_callback import LambdaCallback

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback"]
