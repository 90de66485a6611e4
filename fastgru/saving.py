"""Models in files: `.keras`, as Keras 3 writes and reads them."""

import io
import os
import warnings

from fastgru._check import check_flag, fail
from fastgru._errors import ModelFormatError

__all__ = ["ModelFormatError", "load_model", "load_weights", "save_model", "save_weights"]


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


def save_weights(model, filepath, overwrite=True):
    """Write a model's weights, and its optimiser's state, to a `.weights.h5` file.

    Keras 3 reads the file into a model of the same layers. The write is all or nothing.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str or os.PathLike
        A name that ends in .weights.h5.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the name does not end in .weights.h5, or the model is not built.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    path = _weights_path("save_weights", filepath)
    overwrite = check_flag("save_weights", "overwrite", overwrite)
    if not overwrite and os.path.lexists(path):
        hint = "overwrite=True replaces it."
        fail("save_weights", "filepath", "be new", f"{path!r}", hint, kind=FileExistsError)
    _adopted("save_weights", model)
    from fastgru.formats import keras_hdf5, keras_state
    from fastgru.formats.atomic import replacing

    data = keras_hdf5.write(model, keras_state.writer(model) if model.compiled else None)
    with replacing(path) as file:
        file.write(data)


def load_weights(model, filepath, skip_mismatch=False):
    """Give a built model the weights that `save_weights` or Keras 3 wrote.

    Its optimiser gets its state too, where the file has one and the model is compiled. A
    state of another optimiser is left out, with a warning, as in Keras.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str or os.PathLike
        A name that ends in .weights.h5.
    skip_mismatch : bool, default False
        Leave layers as they are, with a warning, whose weights the file does not have in
        these shapes; and the optimiser too, then.

    Raises
    ------
    ModelFormatError
        If the file is damaged, or of other layers; nothing has been changed then.
    ValueError
        If the name does not end in .weights.h5, or the model is not built.
    OSError
        If there is no such file.
    """
    path = _weights_path("load_weights", filepath)
    check_flag("load_weights", "skip_mismatch", skip_mismatch)
    _adopted("load_weights", model)
    from fastgru.formats import keras_hdf5, keras_state, keras_text

    with open(path, "rb") as file:
        data = file.read()
    with keras_hdf5.opened(data) as root:
        keras_hdf5.check_top(root)
        skipped = None
        if skip_mismatch:
            values, idf, skipped = keras_hdf5.read_matching(root, model.layers)
        else:
            values, idf = keras_hdf5.read_values(root, model.layers)
        if skipped:
            warnings.warn(
                f"load_weights: the layers that do not match stay as they are; got "
                f"{', '.join(skipped)}.", stacklevel=3,
            )  # fmt: skip
        elif model.compiled and "optimizer" in keras_hdf5.names(root):
            try:
                keras_state.read_state(root, model.optimizer, model.store)
            except ModelFormatError:
                warnings.warn(
                    f"load_weights: the file must have the state of this "
                    f"{type(model.optimizer).__name__}; got another. The optimiser stays as "
                    "it is.", stacklevel=2,
                )  # fmt: skip
            else:
                model.optimizer.build(model.store)
    for layer, spec, array in values:
        layer.parameters[spec.name][...] = array
    model.store.version += 1
    keras_text.take_idf(idf)


def _weights_path(where, filepath):
    if not isinstance(filepath, (str, os.PathLike)):
        fail(where, "filepath", "be a path", type(filepath).__name__, kind=TypeError)
    path = os.fsdecode(filepath)
    if not path.endswith(".weights.h5"):
        fail(where, "filepath", "end in .weights.h5", f"{path!r}")
    return path


def _adopted(where, model):
    if not model.built:
        fail(where, "the model", "be built", "no input shape",
             "Give the first layer an input_shape, or call build or fit.")  # fmt: skip
    model._adopt()


def write_backup(path, tree):
    """Write a tree of values and arrays, all or nothing."""
    from fastgru.formats import backup
    from fastgru.formats.atomic import replacing

    data = backup.dump(tree)
    with replacing(path) as file:
        file.write(data)


def read_backup(path):
    """The tree of values and arrays in a file."""
    from fastgru.formats import backup

    with open(path, "rb") as file:
        return backup.load(file.read())


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
