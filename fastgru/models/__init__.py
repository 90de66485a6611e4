"""Floor 3: the model, its training loop, the way data takes into it."""

from fastgru.models.sequential import Sequential

__all__ = ["Sequential", "load_model"]


def load_model(filepath, compile=True):
    """Open a model that `save` or Keras wrote. See `fastgru.saving.load_model`."""
    from fastgru.saving import load_model as load

    return load(filepath, compile=compile)
