"""The formats of the table that a model can be saved in, for tests that hold for each."""

import pytest

import fastgru
from fastgru.formats import FORMATS, module_of
from fastgru.layers import GRU, Input


def savable(found):
    """The module of a format, or a skipped test where it cannot write or lacks a library."""
    try:
        module = module_of(found)
    except ImportError as error:
        pytest.skip(str(error))
    if not hasattr(module, "dump"):
        pytest.skip(f"{found.name} is only read")
    return module


def tiny_model():
    """A model whose file is as small as that of a GRU can be."""
    return fastgru.Sequential([Input((2, 1), name="i"), GRU(1, name="g")])


formats = pytest.mark.parametrize("found", FORMATS, ids=lambda found: found.endings[0])
