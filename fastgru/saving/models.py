"""Whole models: the format follows from the ending of the name."""

from fastgru._check import check_flag, fail
from fastgru.formats import module_of
from fastgru.saving.paths import adopted, check_new
from fastgru.saving.places import format_to_write, reading, write


def save_model(model, filepath, overwrite=True, format=None):
    """Write a model, its compile state and its optimiser's state to a file.

    Keras 3 opens a `.keras` file, Keras 3 and tf.keras an `.h5` file. The write is all or
    nothing: a file that was there stays whole until the new one is complete and on the disk,
    and stays for good if that fails.

    Parameters
    ----------
    model : Sequential
        Built, compiled or not.
    filepath : str, bytes, os.PathLike or binary file object
        A name, whose ending is that of a format, as .keras; a URL such as
        "s3://bucket/model.keras", if fsspec is installed, which is written in one piece as
        far as that place does it. Into an object, bytes are written where it stands.
    overwrite : bool, default True
        Whether a file of that name may be replaced.
    format : str, optional
        The ending of another format without its dot, as "keras": for an object (by default
        "keras") or a name that ends otherwise.

    Raises
    ------
    ValueError
        If the name's ending or `format` is that of no format, the model is not built, or a
        layer is not one of fastgru's.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    from fastgru.models import Sequential

    if not isinstance(model, Sequential):
        fail("save_model", "model", "be a Sequential", type(model).__name__, kind=TypeError)
    found, path = format_to_write("save_model", filepath, format)
    check_new("save_model", path, overwrite)
    adopted("save_model", model)
    write("save_model", path, filepath, module_of(found).dump(model))


def load_model(filepath, compile=True):
    """Open a model that `save_model` or a library whose format is known wrote.

    Of Keras these are `.keras` files of 2.12 and later, and `.h5` files of all versions. A
    functional model of Keras that is a chain of layers comes as a Sequential, also inside of
    another model.

    The model predicts, and its training goes on, as if it had never left memory. No code
    of the file's choosing runs: classes come from closed tables, nothing is imported,
    unpickled, or read from elsewhere.

    Parameters
    ----------
    filepath : str, bytes, os.PathLike or binary file object
        A name, whose ending tells the format, as .keras; a URL, if fsspec is installed; or an
        object, which is read to its end and known by how it begins.
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
        If the name ends in no known format's ending.
    ImportError
        If a package that the format needs is not installed.
    OSError
        If there is no such file.
    """
    check_flag("load_model", "compile", compile)
    with reading("load_model", filepath) as (found, read):
        return module_of(found).load(read, compile)
