"""Models in files, in JSON, and in the memory of Keras and PyTorch."""

from fastgru._errors import ModelFormatError
from fastgru.saving.configs import model_from_json
from fastgru.saving.inspection import inspect
from fastgru.saving.live import from_keras, to_keras
from fastgru.saving.models import load_model, save_model
from fastgru.saving.pytorch import from_torch, to_torch
from fastgru.saving.weights import load_weights, save_weights

__all__ = [
    "ModelFormatError", "from_keras", "from_torch", "inspect", "load_model", "load_weights",
    "model_from_json", "save_model", "save_weights", "to_keras", "to_torch",
]  # fmt: skip
