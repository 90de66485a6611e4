"""`keras.utils` for GRU scripts: seeds, one-hot rows, padding, windows, files of text."""

import numpy as np

from fastgru import _names
from fastgru._check import as_array, check_int, fail
from fastgru._pictures import model_to_text, plot_model
from fastgru._seed import set_random_seed
from fastgru.preprocessing.dataset import PyDataset
from fastgru.preprocessing.sequence import pad_sequences
from fastgru.preprocessing.text_files import text_dataset_from_directory
from fastgru.preprocessing.timeseries import timeseries_dataset_from_array

__all__ = [
    "PyDataset", "Sequence", "clear_session", "model_to_text", "normalize", "pad_sequences",
    "plot_model", "set_random_seed",
    "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical",
]  # fmt: skip

#: Its older name.
Sequence = PyDataset


def clear_session(free_memory=True):
    """Start the automatic names again at gru, dense, sequential.

    Parameters
    ----------
    free_memory : bool
        Accepted for Keras' scripts.
    """
    _names.clear_session()


def normalize(x, axis=-1, order=2):
    """x divided by its norm along an axis; where that is 0, by 1.

    Parameters
    ----------
    x : array-like
    axis : int, default -1
    order : int, default 2
        Of the norm: 2 is the Euclidean one.

    Returns
    -------
    numpy.ndarray
    """
    x = np.atleast_1d(as_array("normalize", "x", x))
    order = check_int("normalize", "order", order, 1)
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)


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
    # Before the values are looked at: a view may be of any size.
    x = np.asarray(as_array("to_categorical", "x", x), order="C")
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    if x.dtype.kind == "f" and not (np.isfinite(x) & (x == np.floor(x))).all():
        fail("to_categorical", "x", "hold whole numbers", "fractions or NaN")
    rule = "be at least 0"
    if num_classes is not None:
        num_classes = check_int("to_categorical", "num_classes", num_classes, 0)
        rule = f"lie in [0, {num_classes})"
    elif x.size:
        num_classes = int(x.max()) + 1
    else:
        fail("to_categorical", "num_classes", "be given for an empty x", "None")
    if x.size and not (x.min() >= 0 and x.max() < num_classes):
        fail("to_categorical", "x", rule, f"values from {x.min()} to {x.max()}")
    rows = np.zeros((*x.shape, num_classes))
    np.put_along_axis(rows, x.astype(np.int64)[..., None], 1.0, axis=-1)
    return rows
