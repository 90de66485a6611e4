"""Files of models: a module for each format, and the table that finds it.

A module of the table has `dump(model)`, the bytes of a built model's file, and
`load(read, compile)`, the model in the bytes that `read()` returns; `load` ignores `compile`
where the format has no compile state.
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
SAFETENSORS = Format("safetensors", (".safetensors",), "safetensors")
FORMATS = (KERAS, SAFETENSORS)


def module_of(found):
    """The module of a format, imported when it is first needed."""
    return importlib.import_module(f"fastgru.formats.{found.module}")


def by_ending(where, path):
    """The format of a path, by its ending."""
    for found in FORMATS:
        if path.endswith(found.endings):
            return found
    endings = " or ".join(ending for found in FORMATS for ending in found.endings)
    fail(where, "filepath", f"end in {endings}", f"{path!r}")
