"""What is asked of a path and of a model before a file is touched."""

import io
import os

from fastgru._check import check_flag, fail
from fastgru.saving import remote


def file_path(where, filepath, method):
    """The path as a str, or None for a binary file object that has `method`."""
    if isinstance(filepath, (str, bytes, os.PathLike)):
        return os.fsdecode(filepath)
    if isinstance(filepath, io.TextIOBase):
        fail(where, "filepath", "be opened in binary mode", "a text file", kind=TypeError)
    if not callable(getattr(filepath, method, None)):
        fail(where, "filepath", "be a path or a binary file", type(filepath).__name__,
             kind=TypeError)  # fmt: skip
    return None


def check_new(where, path, overwrite):
    """Refuse a file that is there, where it may not be replaced."""
    if check_flag(where, "overwrite", overwrite) or path is None:
        return
    if remote.exists(where, path) if remote.is_url(path) else os.path.lexists(path):
        hint = "overwrite=True replaces it."
        fail(where, "filepath", "be new", f"{path!r}", hint, kind=FileExistsError)


def adopted(where, model):
    """Refuse a model that no file can hold; let one take in what its layers were changed to."""
    from fastgru.layers.stack import check_names

    if not model.built:
        fail(where, "the model", "be built", "no input shape",
             "Give the first layer an input_shape, or call build or fit.")  # fmt: skip
    check_names(where, model.layers)
    model._adopt()
