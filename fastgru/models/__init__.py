"""Floor 3: the model, its training loop, the way data takes into it."""

from fastgru.models.clone import clone_model
from fastgru.models.sequential import Sequential

__all__ = ["Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def load_model(filepath, compile=True):
    """Open a model that `save` or Keras wrote. See `fastgru.saving.load_model`."""
    from fastgru.saving import load_model as load

    return load(filepath, compile=compile)


def save_model(model, filepath, overwrite=True):
    """Write a model to a `.keras` file. See `fastgru.saving.save_model`."""
    from fastgru.saving import save_model as save

    save(model, filepath, overwrite=overwrite)


def model_from_json(json_string, custom_objects=None):
    """A model from `to_json`'s text, ours or Keras'. See `fastgru.saving.model_from_json`."""
    from fastgru.saving import model_from_json as read

    return read(json_string, custom_objects)
