"""Weights of a model that is there already."""

import os
import warnings

from fastgru._check import fail
from fastgru._errors import ModelFormatError
from fastgru.saving.paths import adopted, check_new

_NPZ = ".npz"


def save_weights(model, filepath, overwrite=True):
    """Write a model's weights to a `.weights.h5` or an `.npz` file.

    Keras 3 reads a `.weights.h5` file into a model of the same layers; it has the optimiser's
    state too. An `.npz` file has the weights alone, by names like gru/kernel, for `np.load`.
    The write is all or nothing.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str or os.PathLike
        A name that ends in .weights.h5 or .npz.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the name does not end so, or the model is not built.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    path = _weights_path("save_weights", filepath)
    check_new("save_weights", path, overwrite)
    adopted("save_weights", model)
    from fastgru.formats.atomic import replacing

    if path.endswith(_NPZ):
        from fastgru.formats import npz

        data = npz.dump(model)
    else:
        from fastgru.formats import keras_hdf5, keras_state

        data = keras_hdf5.write(model, keras_state.writer(model) if model.compiled else None)
    with replacing(path) as file:
        file.write(data)


def load_weights(model, filepath):
    """Give a built model the weights that `save_weights` or Keras 3 wrote.

    Its optimiser gets its state too, where the file has one and the model is compiled. A
    state of another optimiser is left out, with a warning, as in Keras. Of an `.npz` file,
    names, shapes and dtypes must be the model's; nothing in it is unpickled.

    Raises
    ------
    ModelFormatError
        If the file is damaged, or of other layers; nothing has been changed then.
    ValueError
        If the name does not end in .weights.h5 or .npz, or the model is not built.
    OSError
        If there is no such file.
    """
    path = _weights_path("load_weights", filepath)
    adopted("load_weights", model)
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(_NPZ):
        from fastgru.formats import npz

        model.set_weights(npz.load(data, model.layers))
        return
    from fastgru.formats import keras_hdf5, keras_state, keras_text

    with keras_hdf5.opened(data) as root:
        keras_hdf5.check_top(root)
        values, idf = keras_hdf5.read_values(root, model.layers)
        if model.compiled and "optimizer" in keras_hdf5.names(root):
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
    model.set_weights([array for _, _, array in values])
    keras_text.take_idf(idf)


def _weights_path(where, filepath):
    if not isinstance(filepath, (str, os.PathLike)):
        fail(where, "filepath", "be a path", type(filepath).__name__, kind=TypeError)
    path = os.fsdecode(filepath)
    if not path.endswith((".weights.h5", _NPZ)):
        fail(where, "filepath", "end in .weights.h5 or .npz", f"{path!r}")
    return path
