"""Whole models: the format follows from the ending of the name."""

from fastgru._check import check_flag, fail
from fastgru.formats import KERAS, by_ending, module_of
from fastgru.saving.paths import adopted, check_new, file_path


def save_model(model, filepath, overwrite=True):
    """Write a model, its compile state and its optimiser's state to a file.

    The ending of the name is the format: Keras 3 opens a `.keras` file; a `.safetensors`
    file has the weights by readable names and the rest as JSON in its metadata. The write is all or nothing: a file that was there stays whole
    until the new one is complete and on the disk, and stays for good if that fails.

    Parameters
    ----------
    model : Sequential
        Built, compiled or not.
    filepath : str, os.PathLike or binary file object
        A name that ends in .keras or .safetensors. Into an object, the bytes of a .keras
        file are written where it stands.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the name does not end so, the model is not built, or a layer is not one of
        fastgru's.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    from fastgru.models import Sequential

    if not isinstance(model, Sequential):
        fail("save_model", "model", "be a Sequential", type(model).__name__, kind=TypeError)
    path = file_path("save_model", filepath, "write")
    found = KERAS if path is None else by_ending("save_model", path)
    check_new("save_model", path, overwrite)
    adopted("save_model", model)
    data = module_of(found).dump(model)
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
    unpickled, or read from elsewhere. Of files from strangers, `.safetensors` is the
    simplest format, all of which is checked here without a library.

    Parameters
    ----------
    filepath : str, os.PathLike or binary file object
        A name that ends in .keras or .safetensors, or an object with a .keras file, which
        is read to its end.
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
        If the name does not end in .keras or .safetensors.
    OSError
        If there is no such file.
    """
    check_flag("load_model", "compile", compile)
    path = file_path("load_model", filepath, "read")
    if path is None:
        return module_of(KERAS).load(filepath.read, compile)
    found = by_ending("load_model", path)
    with open(path, "rb") as file:
        return module_of(found).load(file.read, compile)


def _write_all(file, data):
    """Write to an object that may take only part at a time, as an unbuffered file does."""
    while len(data):
        written = file.write(data)
        data = data[len(data) if written is None else written :]
