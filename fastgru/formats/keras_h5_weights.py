"""Weights in the groups of Keras' older HDF5 files, at the root or below "model_weights".

layer_names                     an attribute: a word for each layer, one group for each
dense/weight_names              an attribute of that group: paths inside it, in order
dense/dense/kernel:0            what they lead to
"""

from typing import NamedTuple

import h5py

from fastgru._check import axes
from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.keras_forms import flipped, forms, ordered
from fastgru.formats.keras_hdf5 import check_array, is_plain, member, read

FILE = "the file"
LAYERS, WEIGHTS = "layer_names", "weight_names"
#: Names that an attribute can hold beside other things that HDF5 keeps with it.
_MOST_TOGETHER = 2000


class Stored(NamedTuple):
    """One layer of a file: its name, and (path, dataset) of each array."""

    name: str
    arrays: list

    @property
    def shapes(self):
        return [found.shape for _, found in self.arrays]


def walk(group, path, where=""):
    """What lies at a path inside a group, link by link; None where nothing does."""
    for part in path.split("/"):
        if part in ("", ".") or not isinstance(group, h5py.h5g.GroupID):
            return None
        where = f"{where}/{part}" if where else part
        group = member(group, part.encode(), shown(where), FILE)
    return group


def subgroup(group, path):
    """The group at a path; a file without it is refused."""
    found = walk(group, path)
    if not isinstance(found, h5py.h5g.GroupID):
        refuse(WHERE, FILE, f"hold a group {shown(path)}", "none")
    return found


def check_plain(found, path):
    """Refuse an array that does not lie in the file as it is: some open files when asked."""
    if not is_plain(found):
        refuse(WHERE, path, "be stored plainly", "a chunked, filtered, virtual or external one")


def datasets(group, attributes):
    """[(name, dataset)] of what "weight_names" of a group lists, whose shapes may be asked for."""
    names = attributes.names(group, WEIGHTS)
    if names is None:
        refuse(WHERE, FILE, f"list its arrays in {WEIGHTS}", "no such attribute")
    found = []
    for name in names:
        item = walk(group, name)
        if not isinstance(item, h5py.h5d.DatasetID):
            refuse(WHERE, FILE, f"hold {shown(name)}", "no such array")
        check_plain(item, shown(name))
        found.append((name, item))
    return found


def stored(group, attributes, limit):
    """Every layer of a group that has arrays, in the file's order."""
    names = attributes.names(group, LAYERS)
    if names is None:
        refuse(WHERE, FILE, f"list its layers in {LAYERS}", "no such attribute")
    if len(names) > limit:
        refuse(WHERE, FILE, f"have at most {limit} layers", f"{len(names)}")
    found = [Stored(name, datasets(subgroup(group, name), attributes)) for name in names]
    return [layer for layer in found if layer.arrays]


def match(layers, found):
    """[(layer, its weights in the file)] where both are in one order."""
    wanted = [layer for layer in layers if layer.specs]
    if len(wanted) != len(found):
        refuse(WHERE, FILE, f"have weights of {len(wanted)} layers", f"{len(found)}")
    return list(zip(wanted, found, strict=True))


def form_of(layer, found):
    """The form that a file has a layer's weights in; None where it has another's."""
    shapes = found.shapes
    return next((form for form in forms(layer) if form.shapes == shapes), None)


def check_pair(layer, found):
    """The form, or a refusal that says what does not fit."""
    form = form_of(layer, found)
    if form is None:
        wanted = forms(layer)[0].shapes
        refuse(WHERE, f"{shown(found.name)} in the file",
               f"have arrays of shapes {_listed(wanted)}, as {layer.name} has",
               _listed(found.shapes))  # fmt: skip
    check_dtypes(layer, found, form)
    return form


def _listed(shapes):
    known = ["none" if shape is None else axes(shape) for shape in shapes[:20]]
    return ", ".join(known) + (", ..." if len(shapes) > 20 else "")


def check_dtypes(layer, found, form):
    """Refuse arrays that are of another dtype than the layer's, or not whole."""
    own = form.shapes == [spec.shape for spec in ordered(layer)]
    dtypes = [spec.stored for spec in ordered(layer)] if own else [None] * len(form.shapes)
    for (path, item), shape, dtype in zip(found.arrays, form.shapes, dtypes, strict=True):
        check_array(item, shown(path), shape, dtype or layer.dtype)


def values(layer, found, form, turned_over):
    """[(spec, array)] of a layer, by the form that was found to fit."""
    arrays = [
        read(item, shape, layer.dtype)
        for (_, item), shape in zip(found.arrays, form.shapes, strict=True)
    ]
    arrays = form.turn(arrays)
    if turned_over:
        arrays = flipped(layer, arrays)
    return list(zip(ordered(layer), arrays, strict=True))


def written_by_theano(group, attributes):
    """Whether filters of convolutions stand from their end."""
    return attributes.text(group, "backend") == b"theano"


# The other way.


def write(group, layers, head):
    """Write weights of layers into a group; `head` is what names of weights begin with."""
    put_names(group, LAYERS, [layer.name for layer in layers])
    for layer in layers:
        inner = group.create_group(layer.name)
        specs = ordered(layer)
        names = [f"{head}{layer.name}/{spec.name}" for spec in specs]
        put_names(inner, WEIGHTS, names)
        for name, spec in zip(names, specs, strict=True):
            inner[name] = layer.parameters[spec.name].astype(spec.stored or layer.dtype)


def put_names(group, name, words):
    """A list of words as an attribute, cut into name0, name1, ... where it is long."""
    parts = [words[i : i + _MOST_TOGETHER] for i in range(0, len(words), _MOST_TOGETHER)]
    if len(parts) < 2:
        group.attrs[name] = [word.encode() for word in words]
        return
    for number, part in enumerate(parts):
        group.attrs[f"{name}{number}"] = [word.encode() for word in part]
