"""Optimisers, by Keras' names and with Keras' defaults and update rules."""

from fastgru._check import check_choice, fail, short
from fastgru.optimizers import schedules
from fastgru.optimizers.adadelta import Adadelta
from fastgru.optimizers.adagrad import Adagrad
from fastgru.optimizers.adam import Adam, AdamW
from fastgru.optimizers.adamax import Adamax
from fastgru.optimizers.base import Optimizer
from fastgru.optimizers.lion import Lion
from fastgru.optimizers.nadam import Nadam
from fastgru.optimizers.rmsprop import RMSprop
from fastgru.optimizers.sgd import SGD

__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "Optimizer",
    "RMSprop", "deserialize", "get", "schedules", "serialize",
]  # fmt: skip

CLASSES = {
    cls.__name__: cls
    for cls in (SGD, RMSprop, Adam, AdamW, Nadam, Adamax, Adagrad, Adadelta, Lion)
}
_BY_NAME = {name.lower(): cls for name, cls in CLASSES.items()}


def serialize(optimizer):
    """An optimiser without its state, as values in Keras' form."""
    return {
        "module": "keras.optimizers",
        "class_name": type(optimizer).__name__,
        "config": optimizer.get_config(),
        "registered_name": None,
    }


def deserialize(config, custom_objects=None):
    """The inverse of `serialize`.

    Parameters
    ----------
    config : dict
        With "class_name", in any case of letters, and "config".
    custom_objects : dict, optional
        Classes of the user's own, by name.
    """
    name = config.get("class_name")
    cls = (custom_objects or {}).get(name)
    if cls is None:
        cls = _find("optimizers.deserialize", "class_name", name)
    return cls.from_config(config.get("config") or {})


def get(identifier, where="optimizers.get"):
    """An optimiser from its name, its configuration, its class or its instance."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return _find(where, "optimizer", identifier)()
    fail(where, "optimizer", "be the name of an optimiser or one of fastgru.optimizers",
         short(identifier), kind=TypeError)  # fmt: skip


def _find(where, what, name):
    cls = _BY_NAME.get(name.lower()) if isinstance(name, str) else None
    if cls is None:
        check_choice(where, what, name, tuple(_BY_NAME))
    return cls
