"""Floor 3: the model, its training loop, the way data takes into it."""

from fastgru.models.clone import clone_model
from fastgru.models.sequential import Sequential

__all__ = ["Sequential", "clone_model", "load_model", "model_from_json"]


def load_model(filepath, compile=True):
    """Open a model that `save` or Keras wrote. See `fastgru.saving.load_model`."""
    from fastgru.saving import load_model as load

    return load(filepath, compile=compile)


def model_from_json(json_string):
    """A model from `to_json`'s text, ours or Keras'. See `fastgru.saving.model_from_json`."""
    from fastgru.saving import model_from_json as read

    return read(json_string)
