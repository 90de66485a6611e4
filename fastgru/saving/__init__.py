"""Models in files, as Keras 3 writes and reads them and others, and models of PyTorch's."""

from fastgru._errors import ModelFormatError
from fastgru.saving.models import load_model, save_model
from fastgru.saving.pytorch import from_torch, to_torch
from fastgru.saving.weights import load_weights, save_weights

__all__ = [
    "ModelFormatError", "from_torch", "load_model", "load_weights", "save_model",
    "save_weights", "to_torch",
]  # fmt: skip
