"""Weights from a file for a model that is there already, as far as they fit.

Both layouts of Keras: `read_old` for the groups of keras_h5_weights.py, `read_fitting` for
those of keras_hdf5.py. They give [(layer, spec, array)], and a sentence for each thing that is
passed over.
"""

import h5py

from fastgru._check import axes, fail
from fastgru._errors import refuse, shown
from fastgru.formats import keras_h5_weights as old
from fastgru.formats.hdf5_attributes import Attributes
from fastgru.formats.keras_config import MOST_LAYERS
from fastgru.formats.keras_forms import ordered
from fastgru.formats.keras_h5 import WEIGHTS
from fastgru.formats.keras_hdf5 import check_array, groups, layout_of, read

WHERE = "load_weights"


def is_old(root, data):
    """Whether the open file is of Keras before 3: weights alone, or a whole model."""
    names = (old.LAYERS, f"{old.LAYERS}0")
    return any(h5py.h5a.exists(root, name.encode()) for name in names) or (
        root.links.exists(WEIGHTS.encode())
    )


def read_old(root, data, layers, by_name, skip):
    """What the file has for the layers, by place or by name."""
    attributes, group = Attributes(data), root
    if attributes.names(root, old.LAYERS) is None:
        group = old.subgroup(root, WEIGHTS)
    found = old.stored(group, attributes, MOST_LAYERS)
    if by_name:
        known = {layer.name: layer for layer in layers}
        pairs = [(known[stored.name], stored) for stored in found if stored.name in known]
    else:
        pairs = old.match(layers, found)
    turned_over = old.written_by_theano(group, attributes)
    values, told = [], []
    for layer, stored in pairs:
        if skip and old.form_of(layer, stored) is None:
            values += _some(layer, stored, by_name, told)
            continue
        form = old.check_pair(layer, stored)
        for spec, array in old.values(layer, stored, form, turned_over):
            values.append((layer, spec, array))
    return values, told


def _some(layer, stored, by_name, told):
    """The arrays of one layer whose shapes fit, where others do not."""
    specs = ordered(layer)
    if len(specs) != len(stored.arrays):
        if not by_name:
            old.check_pair(layer, stored)  # refuses it
        rule = f"have {len(specs)} arrays in the file"
        told.append(_sentence(layer.name, rule, f"{len(stored.arrays)}"))
        return []
    values = []
    for spec, (path, item) in zip(specs, stored.arrays, strict=True):
        if item.shape != spec.shape:
            told.append(_other_shape(f"{layer.name}/{spec.name}", spec, item))
            continue
        check_array(item, shown(path), spec.shape, spec.stored or layer.dtype)
        values.append((layer, spec, read(item, spec.shape, layer.dtype)))
    return values


def read_fitting(root, layers):
    """The layers all of whose arrays the file has."""
    values, told = [], []
    place = layout_of(root, layers).place
    for group, layer in groups(layers):
        if layer.takes_text:
            fail(WHERE, "skip_mismatch", f"be False where there is {layer.name}", "True")
        paths = [place(f"{group}/{path}") for path in layer.variable_paths()]
        pairs = list(zip(paths, layer.specs, strict=True))
        items = {path: old.walk(root, path) for path in paths}
        if all(_fits(items[path], spec, path, told) for path, spec in pairs):
            for path, spec in pairs:
                check_array(items[path], path, spec.shape, spec.stored or layer.dtype)
                values.append((layer, spec, read(items[path], spec.shape, layer.dtype)))
    return values, told


def _fits(item, spec, path, told):
    if not isinstance(item, h5py.h5d.DatasetID):
        told.append(_sentence(path, "be in the file", "no such array"))
        return False
    old.check_plain(item, path)
    if item.shape != spec.shape:
        told.append(_other_shape(path, spec, item))
    return item.shape == spec.shape


def _other_shape(what, spec, item):
    got = "none" if item.shape is None else axes(item.shape)
    return _sentence(what, f"have shape {axes(spec.shape)}", got)


def _sentence(what, rule, got):
    return f"{WHERE}: {what} must {rule}; got {got}. What does not fit is left as it is."


def refuse_by_name():
    """Refuse `by_name` for a file that has no names of layers."""
    refuse(WHERE, "by_name", "be False for a file of Keras 3's layout", "True",
           "That file has layers by their classes and places alone.")  # fmt: skip
