"""Models in files: `.keras`, as Keras 3 writes and reads them."""

import io
import os

from fastgru._check import check_flag, fail
from fastgru._errors import ModelFormatError

__all__ = ["ModelFormatError", "load_model", "save_model"]


def save_model(model, filepath, overwrite=True):
    """Write a model, its compile state and its optimiser's state to a `.keras` file.

    Keras 3 opens the file. The write is all or nothing: a file that was there stays whole
    until the new one is complete and on the disk, and stays for good if that fails.

    Parameters
    ----------
    model : Sequential
        Built, compiled or not.
    filepath : str, os.PathLike or binary file object
        A name that ends in .keras. Into an object, bytes are written where it stands.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the name does not end in .keras, the model is not built, or a layer is not one of
        fastgru's.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    from fastgru.models import Sequential

    if not isinstance(model, Sequential):
        fail("save_model", "model", "be a Sequential", type(model).__name__, kind=TypeError)
    path = _path("save_model", filepath, "write")
    overwrite = check_flag("save_model", "overwrite", overwrite)
    if path is not None and not overwrite and os.path.lexists(path):
        hint = "overwrite=True replaces it."
        fail("save_model", "filepath", "be new", f"{path!r}", hint, kind=FileExistsError)
    if not model.built:
        fail("save_model", "the model", "be built", "no input shape",
             "Give the first layer an input_shape, or call build or fit.")  # fmt: skip
    model._adopt()
    from fastgru.formats import keras_zip

    data = keras_zip.dump(model)
    if path is None:
        _write_all(filepath, data)
    else:
        from fastgru.formats.atomic import replacing

        with replacing(path) as file:
            file.write(data)


def load_model(filepath, compile=True):
    """Open a model that `save_model` or Keras 3 wrote.

    The model predicts, and its training goes on, as if it had never left memory. No code
    of the file's choosing runs: classes come from closed tables, nothing is imported,
    unpickled, or read from elsewhere.

    Parameters
    ----------
    filepath : str, os.PathLike or binary file object
        A name that ends in .keras, or an object that is read to its end.
    compile : bool, default True
        Restore the optimiser with its state, the loss and the metrics too.

    Returns
    -------
    Sequential

    Raises
    ------
    ModelFormatError
        If the file is damaged, hostile, or holds what fastgru does not have. It is a
        ValueError.
    ValueError
        If the name does not end in .keras.
    OSError
        If there is no such file.
    """
    check_flag("load_model", "compile", compile)
    path = _path("load_model", filepath, "read")
    from fastgru.formats import keras_zip

    if path is None:
        return keras_zip.load(filepath.read, compile)
    with open(path, "rb") as file:
        return keras_zip.load(file.read, compile)


def _path(where, filepath, method):
    """The path as a str, or None for a file object that has `method`."""
    if isinstance(filepath, (str, os.PathLike)):
        path = os.fsdecode(filepath)
        if not path.endswith(".keras"):
            fail(where, "filepath", "end in .keras", f"{path!r}")
        return path
    if isinstance(filepath, io.TextIOBase):
        fail(where, "filepath", "be opened in binary mode", "a text file", kind=TypeError)
    if not callable(getattr(filepath, method, None)):
        fail(where, "filepath", "be a path or a binary file", type(filepath).__name__,
             kind=TypeError)  # fmt: skip
    return None


def _write_all(file, data):
    """Write to an object that may take only part at a time, as an unbuffered file does."""
    while len(data):
        written = file.write(data)
        data = data[len(data) if written is None else written :]
