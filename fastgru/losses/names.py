"""Losses by Keras' names: classes, words and plain functions."""

import numpy as np

from fastgru._check import fail, short, unknown_word
from fastgru._functions import function_of
from fastgru._names import snake_case
from fastgru.losses.base import Loss, LossOfFunction
from fastgru.losses.crossentropy import (
    BinaryCrossentropy,
    ByShapes,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from fastgru.losses.ctc import CTC
from fastgru.losses.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from fastgru.losses.pointwise import (
    Hinge,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from fastgru.losses.rows import CategoricalHinge, CosineSimilarity, KLDivergence

CLASSES = {
    cls.__name__: cls
    for cls in (
        BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy,
        BinaryFocalCrossentropy, CategoricalFocalCrossentropy, KLDivergence, Poisson,
        MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError, Huber, LogCosh, Hinge, SquaredHinge, CategoricalHinge,
        CosineSimilarity, CTC,
    )
}  # fmt: skip
BY_NAME = {snake_case(name): cls for name, cls in CLASSES.items()} | {
    "bce": BinaryCrossentropy, "kld": KLDivergence, "mse": MeanSquaredError,
    "mae": MeanAbsoluteError, "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}  # fmt: skip
#: The word for the cross-entropy that the shapes ask for.
OPEN = ("crossentropy", "ce")


def _function(name, cls):
    def use(options, y_true, y_pred):
        return cls(**options, reduction="none")(y_true, y_pred)

    doc = f"`{cls.__name__}` of (y_true, y_pred), a value for each row."
    return function_of(cls, name, doc, use)


FUNCTIONS = {name: _function(name, cls) for name, cls in BY_NAME.items()}


def get(identifier, where="losses.get"):
    """A loss from its name, its class, its instance, or a function.

    Parameters
    ----------
    identifier : str, Loss, class or callable
        A function of the user's own takes (y_true, y_pred) and returns what `Loss.call`
        returns: values, and their gradient.
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    name = getattr(identifier, "__name__", None)
    if callable(identifier) and FUNCTIONS.get(name) is identifier:
        identifier = name
    if isinstance(identifier, str):
        if identifier.lower() in OPEN:
            return ByShapes(identifier)
        # In any case, for Keras knows BCE, MSE and MAE.
        cls = CLASSES.get(identifier) or BY_NAME.get(identifier.lower())
        if cls is None:
            known = (*OPEN, *BY_NAME)
            unknown_word(where, "loss", "be the name of a loss", identifier, known)
        return cls()
    if callable(identifier) and not isinstance(identifier, (type, np.ufunc)):
        return LossOfFunction(identifier)
    fail(where, "loss", "be the name of a loss, one of fastgru.losses or a function",
         short(identifier), kind=TypeError)  # fmt: skip
