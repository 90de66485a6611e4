"""Files of models: a module for each format, and the table that finds it.

A module of the table has `dump(model)`, the bytes of a built model's file, and
`load(read, compile)`, the model in the bytes that `read()` returns; `load` ignores `compile`
where the format has no compile state. Its `inspect(data)` tells what is in the bytes, as
`contents.Contents`.
"""

import importlib
from typing import NamedTuple

from fastgru._check import fail


class Format(NamedTuple):
    """One format: its name in errors, the endings of its files, its module here."""

    name: str
    endings: tuple
    module: str


KERAS = Format("Keras 3", (".keras",), "keras_zip")
KERAS_HDF5 = Format("Keras HDF5", (".h5", ".hdf5"), "keras_h5")
FORMATS = (
    KERAS,
    KERAS_HDF5,
    Format("ONNX", (".onnx",), "onnx_file"),
    Format("safetensors", (".safetensors",), "safetensors"),
)
#: Files of weights alone, which `load_weights` reads and `inspect` tells of.
_OF_WEIGHTS = (
    Format("Keras HDF5", (".weights.h5",), "keras_h5"),
    Format("NumPy", (".npz",), "npz"),
)


def module_of(found):
    """The module of a format, imported when it is first needed."""
    return importlib.import_module(f"fastgru.formats.{found.module}")


def by_ending(where, path, of_weights=False):
    """The format of a path, by its ending; `of_weights` where it may be of weights alone."""
    weights = path.endswith(".weights.h5")
    for found in _OF_WEIGHTS if of_weights else ():
        if path.endswith(found.endings):
            return found
    for found in FORMATS:
        if path.endswith(found.endings) and not weights:
            return found
    endings = " or ".join(ending for found in FORMATS for ending in found.endings)
    fail(
        where,
        "filepath",
        f"end in {endings}",
        f"{path!r}",
        "Such a file has weights alone, see save_weights and load_weights." if weights else "",
    )


def by_name(where, name):
    """The format that the word after the dot of one of its endings means."""
    endings = {ending[1:]: found for found in FORMATS for ending in found.endings}
    if not isinstance(name, str) or name not in endings:
        fail(where, "format", f"be one of {', '.join(endings)}", f"{name!r}")
    return endings[name]


def by_beginning(data, of_weights=False):
    """The format that bytes begin like; Keras 3, whose module refuses them, if like none."""
    ending = _ending(bytes(data[:64]))
    known = FORMATS + (_OF_WEIGHTS if of_weights else ())
    return next((found for found in known if ending in found.endings), KERAS)


def _ending(head):
    """The ending of the files that begin so."""
    if head.startswith(b"PK\x03\x04"):
        # A zip: behind 30 bytes, the name of its first member.
        return ".npz" if b".npy" in head[30:] else ".keras"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return ".h5"
    if head[8:9] == b"{":  # behind the length of the header
        return ".safetensors"
    return ".onnx" if head.startswith(b"\x08") else None  # its field 1, the version
