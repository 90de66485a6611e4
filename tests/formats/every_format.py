"""The formats of the table that a model can be saved in, for tests that hold for each."""

import pytest

import fastgru
from fastgru.formats import FORMATS, module_of
from fastgru.layers import GRU, Input


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


def tiny_model():
    """A model whose file is as small as that of a GRU can be."""
    return fastgru.Sequential([Input((2, 1), name="i"), GRU(1, name="g")])


formats = pytest.mark.parametrize("found", FORMATS, ids=lambda found: found.endings[0])
