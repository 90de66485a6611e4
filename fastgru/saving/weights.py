"""Weights of a model that is there already."""

import warnings

from fastgru._check import check_flag, fail
from fastgru._errors import ModelFormatError, told_by
from fastgru.saving.paths import adopted, check_new, file_path
from fastgru.saving.places import opened, write

_NEW, _OLD, _NPZ = ".weights.h5", (".h5", ".hdf5"), ".npz"


def save_weights(model, filepath, overwrite=True):
    """Write a model's weights to an HDF5 or an `.npz` file.

    A `.weights.h5` file is for Keras 3, which reads it into a model of the same layers; it has
    the optimiser's state too. Another `.h5` file is as Keras 2 and tf.keras wrote it, without
    that state; layers are found in it by their names. An `.npz` file has the weights alone, by
    names like gru/kernel, for `np.load`. The write is all or nothing.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str, bytes, os.PathLike or binary file object
        A name that ends in .weights.h5, .h5, .hdf5 or .npz, or an object as `save_model`
        takes it, which is written as a `.weights.h5` file.
    overwrite : bool, default True
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        If the name ends otherwise, or the model is not built.
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If it cannot be written.
    """
    path = _weights_path("save_weights", filepath, "write")
    check_new("save_weights", path, overwrite)
    adopted("save_weights", model)
    if path is None or path.endswith(_NEW):
        from fastgru.formats import keras_hdf5, keras_state

        data = keras_hdf5.write(model, keras_state.writer(model) if model.compiled else None)
    elif path.endswith(_NPZ):
        from fastgru.formats import npz

        data = npz.dump(model)
    else:
        from fastgru.formats import keras_h5

        data = keras_h5.dump_weights(model)
    write("save_weights", path, filepath, data)


def load_weights(model, filepath, skip_mismatch=False, by_name=False):
    """Give a built model the weights that `save_weights` or Keras wrote.

    Which Keras it was is seen in the file; a whole model in an `.h5` file gives its weights
    too. The optimiser gets its state, where a `.weights.h5` file has one and the model is
    compiled. A state of another optimiser is left out, with a warning, as in Keras.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str, bytes, os.PathLike or binary file object
        A name that ends in .weights.h5, .h5, .hdf5 or .npz, or an object that is read to its
        end. Of an `.npz` file, names, shapes and dtypes must be the model's; nothing in it is
        unpickled.
    skip_mismatch : bool, default False
        Pass over, with a warning, what has other shapes, and the optimiser's state: in a
        file of Keras 3 a layer, in one of Keras 2 an array.
    by_name : bool, default False
        Give weights to layers whose names are in the file, instead of one after the other;
        for files of Keras 2.

    Raises
    ------
    ModelFormatError
        If the file is damaged, or of other layers; nothing has been changed then.
    ValueError
        If the name ends otherwise, or the model is not built.
    OSError
        If there is no such file.
    """
    path = _weights_path("load_weights", filepath, "read")
    skip_mismatch = check_flag("load_weights", "skip_mismatch", skip_mismatch)
    by_name = check_flag("load_weights", "by_name", by_name)
    adopted("load_weights", model)
    with opened("load_weights", path, filepath) as file:
        data = file.read()
    if path.endswith(_NPZ) if path else bytes(data[:2]) == b"PK":
        from fastgru.formats import npz

        model.set_weights(npz.load(data, model.layers))
        return
    from fastgru.formats import keras_h5_alone, keras_hdf5

    with told_by("load_weights"), keras_hdf5.opened(data) as root:
        if keras_h5_alone.is_old(root, data):
            values, told = keras_h5_alone.read_old(
                root, data, model.layers, by_name, skip_mismatch
            )
        elif by_name:
            keras_h5_alone.refuse_by_name()
        elif skip_mismatch:
            values, told = keras_h5_alone.read_fitting(root, model.layers)
        else:
            _load_whole(root, model)
            return
    for sentence in told:
        warnings.warn(sentence, stacklevel=3)
    for layer, spec, array in values:
        layer.parameters[spec.name][...] = array
    model.store.version += 1


def _load_whole(root, model):
    """Everything from a file of Keras 3."""
    from fastgru.formats import keras_hdf5, keras_state, keras_text

    keras_hdf5.check_top(root, model.layers)
    values, idf = keras_hdf5.read_values(root, model.layers)
    if model.compiled and "optimizer" in keras_hdf5.names(root):
        try:
            keras_state.read_state(root, model.optimizer, model.store)
        except ModelFormatError:
            warnings.warn(
                f"load_weights: the file must have the state of this "
                f"{type(model.optimizer).__name__}; got another. The optimiser stays as "
                "it is.", stacklevel=3,
            )  # fmt: skip
        else:
            model.optimizer.build(model.store)
    model.set_weights([array for _, _, array in values])
    keras_text.take_idf(idf)


def _weights_path(where, filepath, method):
    """The path, or None for an open file."""
    path = file_path(where, filepath, method)
    if path is not None and not path.endswith((*_OLD, _NPZ)):
        fail(where, "filepath", f"end in {', '.join((_NEW, *_OLD))} or {_NPZ}", f"{path!r}")
    return path
