"""Models in files: `.keras`, as Keras 3 writes and reads them."""

from fastgru._errors import ModelFormatError
from fastgru.saving.inspection import inspect
from fastgru.saving.models import load_model, save_model
from fastgru.saving.weights import load_weights, save_weights

__all__ = [
    "ModelFormatError", "inspect", "load_model", "load_weights", "save_model", "save_weights",
]  # fmt: skip
