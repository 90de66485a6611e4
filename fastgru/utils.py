"""`keras.utils` for GRU scripts: seeds, one-hot rows, padding."""

import numpy as np

from fastgru._check import as_array, check_int, fail
from fastgru._names import clear_session
from fastgru._seed import set_random_seed
from fastgru.preprocessing.sequence import pad_sequences

__all__ = ["clear_session", "pad_sequences", "set_random_seed", "to_categorical"]


def to_categorical(x, num_classes=None):
    """One-hot rows for class numbers.

    Parameters
    ----------
    x : array-like of int
        Class numbers from 0; a last axis of 1 is dropped.
    num_classes : int, optional
        Width of a row; the largest number plus one by default.

    Returns
    -------
    numpy.ndarray
        float64, of x's shape with an axis of `num_classes` behind it.

    Raises
    ------
    ValueError
        If a number is negative, no whole number, or too large.
    """
    x = as_array("to_categorical", "x", x)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    numbers = x.astype(np.int64)
    if x.dtype.kind == "f" and not (x == numbers).all():
        fail("to_categorical", "x", "hold whole numbers", "fractions or NaN")
    if num_classes is None:
        if not x.size:
            fail("to_categorical", "num_classes", "be given for an empty x", "None")
        num_classes = int(numbers.max()) + 1
    num_classes = check_int("to_categorical", "num_classes", num_classes, 0)
    if x.size and not (numbers.min() >= 0 and numbers.max() < num_classes):
        got = f"values from {numbers.min()} to {numbers.max()}"
        fail("to_categorical", "x", f"lie in [0, {num_classes})", got)
    rows = np.zeros((*x.shape, num_classes))
    np.put_along_axis(rows, numbers[..., None], 1.0, axis=-1)
    return rows
