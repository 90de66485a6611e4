"""Losses, by Keras' names: the value, and inside the training loop its gradient too."""

from fastgru.losses import names as _names
from fastgru.losses.base import Loss
from fastgru.losses.names import CLASSES, get

__all__ = ["CLASSES", "Loss", "get", *CLASSES, *_names.FUNCTIONS]  # noqa: PLE0604

globals().update(CLASSES | _names.FUNCTIONS)
