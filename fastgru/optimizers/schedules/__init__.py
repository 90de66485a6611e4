"""Learning rates as functions of the step, by Keras' names."""

from fastgru._check import check_choice
from fastgru.optimizers.schedules.base import LearningRateSchedule
from fastgru.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from fastgru.optimizers.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
)
from fastgru.optimizers.schedules.piecewise import PiecewiseConstantDecay

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "deserialize",
    "serialize",
]  # fmt: skip

CLASSES = {
    cls.__name__: cls
    for cls in (
        ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay,
        CosineDecay, CosineDecayRestarts,
    )
}  # fmt: skip


def serialize(learning_rate_schedule):
    """A schedule as JSON-ready values in Keras' form; anything of the user's own as it is."""
    name = type(learning_rate_schedule).__name__
    if CLASSES.get(name) is not type(learning_rate_schedule):
        return learning_rate_schedule
    return {
        "module": "keras.optimizers.schedules",
        "class_name": name,
        "config": learning_rate_schedule.get_config(),
        "registered_name": None,
    }


def deserialize(config, custom_objects=None):
    """The inverse of `serialize`.

    Parameters
    ----------
    config : dict
        With "class_name" and "config".
    custom_objects : dict, optional
        Classes of the user's own, by name.
    """
    known = CLASSES | (custom_objects or {})
    name = config.get("class_name")
    check_choice("schedules.deserialize", "class_name", name, tuple(known))
    return known[name].from_config(config.get("config") or {})
