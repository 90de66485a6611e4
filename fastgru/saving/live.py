"""Models in memory: Keras' as ours, and ours as Keras'.

Both go through a `.keras` file in a folder of their own, so that they keep what such a file
keeps: configuration, weights, compile state and the optimiser's state.
"""

import os
import tempfile
import zipfile

from fastgru._check import fail, short
from fastgru.formats import KERAS, module_of
from fastgru.saving.models import save_model

#: The packages that Keras comes in.
_PACKAGES = ("keras", "tf_keras", "tensorflow")


def from_keras(model, compile=True):
    """A model of Keras, in memory, as one of fastgru.

    Parameters
    ----------
    model : keras.Sequential or keras.Model
        Built; of Keras 3, or of the Keras in TensorFlow 2.12 and later. A functional model
        must be a chain of layers.
    compile : bool, default True
        Take over the optimiser with its state, the loss and the metrics too.

    Returns
    -------
    Sequential
        Its weights are copies.

    Raises
    ------
    TypeError
        If `model` is no model of Keras.
    ModelFormatError
        If it holds what fastgru does not have.
    """
    if not (callable(getattr(model, "save", None)) and _is_of_keras(model)):
        fail("from_keras", "model", "be a model of Keras", short(model), kind=TypeError)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        if not zipfile.is_zipfile(path):
            # Keras 2.12 writes HDF5 by this name, unless it is told not to.
            model.save(path, save_format="keras_v3")
        with open(path, "rb") as file:
            return module_of(KERAS).load(file.read, compile)


def to_keras(model):
    """A built model of fastgru as a `keras.Sequential` of the Keras 3 that is installed.

    Its weights, compile state and optimiser's state come with it.

    Raises
    ------
    ImportError
        If Keras 3 is not installed.
    ValueError
        If the model is not built.
    """
    try:
        import keras
    except ImportError as error:
        raise ImportError(
            "to_keras: Keras 3 must be installed; got none. pip install keras"
        ) from error
    if keras.__version__.startswith("2."):
        fail("to_keras", "Keras 3", "be installed", keras.__version__, "pip install -U keras",
             kind=ImportError)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        save_model(model, path)
        return keras.saving.load_model(path)


def _is_of_keras(model):
    """Whether one of its classes is Keras' class of models."""
    return any(
        cls.__name__ == "Model" and cls.__module__.split(".")[0] in _PACKAGES
        for cls in type(model).__mro__
    )
