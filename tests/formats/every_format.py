"""The formats of the table that a model can be saved in, for tests that hold for each."""

import pytest
from formats.killed_saves import tiny_model

from fastgru.formats import FORMATS, module_of


def dumped(found, model):
    """The bytes of a model's file; None where the format is only read, or lacks a library."""
    try:
        dump = getattr(module_of(found), "dump", None)
        return None if dump is None else bytes(dump(model))
    except ImportError:
        return None


def savable(found):
    """Skip the test of a format that a model cannot be saved in here."""
    if dumped(found, tiny_model()) is None:
        pytest.skip(f"{found.name} cannot be written here")


formats = pytest.mark.parametrize("found", FORMATS, ids=lambda found: found.endings[0])
