"""Models in files, `.keras`, as Keras 3 writes and reads them; in JSON; in Keras' memory."""

from fastgru._errors import ModelFormatError
from fastgru.saving.configs import model_from_json
from fastgru.saving.inspection import inspect
from fastgru.saving.live import from_keras, to_keras
from fastgru.saving.models import load_model, save_model
from fastgru.saving.weights import load_weights, save_weights

__all__ = [
    "ModelFormatError", "from_keras", "inspect", "load_model", "load_weights",
    "model_from_json", "save_model", "save_weights", "to_keras",
]  # fmt: skip
