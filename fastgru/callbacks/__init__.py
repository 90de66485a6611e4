"""Callbacks: objects that watch `fit`, `evaluate` and `predict`, and may stop a training."""

from fastgru.callbacks.backup_and_restore import BackupAndRestore
from fastgru.callbacks.base import Callback
from fastgru.callbacks.container import CallbackList
from fastgru.callbacks.csv_logger import CSVLogger
from fastgru.callbacks.early_stopping import EarlyStopping
from fastgru.callbacks.history import History
from fastgru.callbacks.lambda_callback import LambdaCallback
from fastgru.callbacks.learning_rate_scheduler import LearningRateScheduler
from fastgru.callbacks.model_checkpoint import ModelCheckpoint
from fastgru.callbacks.progress import ProgbarLogger
from fastgru.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from fastgru.callbacks.tensorboard import TensorBoard
from fastgru.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History",
    "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger",
    "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN",
]  # fmt: skip
