"""Weights in Keras' HDF5 layout, and what reads such a file.

    /layers/embedding/vars/0          by snake_case(class), counted by class: gru, gru_1
    /layers/gru/cell/vars/0, 1, 2     kernel, recurrent kernel, bias
    /optimizer/vars/...               see keras_state.py

Reading trusts nothing: hard links only, storage in the file itself without a filter, the
shape and the dtype that the model has, and all of that before a number is read.
"""

import contextlib
import io
import math

import h5py
import numpy as np

from fastgru._check import axes
from fastgru._errors import ModelFormatError, refuse, shown
from fastgru.formats import keras_text
from fastgru.formats.keras_config import WHERE
from fastgru.layers.nest import counted

FILE = "model.weights.h5"
_HDF5_ERRORS = (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_NUMBERS = (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
_PLAIN = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)


def groups(layers):
    """(path of its group, layer) for each layer."""
    for name, layer in counted(layers):
        yield f"layers/{name}", layer


def _inner(group, layer):
    """The groups from a layer's own to those of its variables: layers/gru, layers/gru/cell."""
    found = [group, *(f"{group}/{inner}" for inner in layer.variable_groups())]
    return [*found, f"{group}/{keras_text.INNER}"] if layer.takes_text else found


def weights(layers):
    """(path, layer, spec) of each weight, in the model's order."""
    for group, layer in groups(layers):
        for path, spec in zip(layer.variable_paths(), layer.specs, strict=True):
            yield f"{group}/{path}", layer, spec


def write(model, add_state=None):
    """The bytes of the file; `add_state` is given its root, to write the optimiser's state."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        # Keras before 3.4 looks for `vars` everywhere, also where there are none.
        root.create_group("vars")
        for group, layer in groups(model.layers):
            for path in _inner(group, layer):
                root.create_group(f"{path}/vars")
        for path, layer, spec in weights(model.layers):
            root[path] = layer.parameters[spec.name].astype(spec.stored or layer.dtype)
        for path, layer, count in keras_text.weights(groups(model.layers)):
            idf = layer.vocabulary.idf
            root[path] = np.pad(idf, (0, count - len(idf)))
        if add_state is not None:
            add_state(root)
    return buffer.getbuffer()


@contextlib.contextmanager
def opened(data):
    """The root of the file in `data`; whatever HDF5 finds wrong is a ModelFormatError."""
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            yield file.id
    except ModelFormatError:
        raise
    except _HDF5_ERRORS as error:
        refuse(WHERE, FILE, "be a sound HDF5 file", shown(str(error)))


def read_weights(root, layers):
    """Give the layers, whose `specs` are known, their weights."""
    values, idf = read_values(root, layers)
    for layer, spec, array in values:
        layer.parameters[spec.name] = array
    keras_text.take_idf(idf)


def names(root):
    """Names of what lies at the top, after `check_top`."""
    return {name.decode() for name in root}


def read_values(root, layers):
    """(layer, spec, values) of each weight of layers whose `specs` are known, in a list; in
    another, (layer, values) of their tokens' weights."""
    return _read_those(root, layers, layers)


def read_matching(root, layers):
    """As `read_values`, of the layers that the file has such weights of; and the others' names."""
    values, idf, others = [], [], []
    for layer in layers:
        try:
            of_layer = _read_those(root, layers, [layer], strangers=True)
        except ModelFormatError:
            others.append(layer.name)
        else:
            values += of_layer[0]
            idf += of_layer[1]
    return values, idf, others


def _read_those(root, layers, those, strangers=False):
    """`read_values` of some of the layers; with `strangers` the file may have more."""
    near = [(group, layer) for group, layer in groups(layers) if layer in those]
    wanted = {path: (layer, spec) for path, layer, spec in weights(layers) if layer in those}
    tops = [path for group, layer in near for path in _inner(group, layer)]
    idf = {path: (layer, (count,)) for path, layer, count in keras_text.weights(near)}
    found = find(root, [*wanted, *idf], tops, strangers=strangers)
    demand(found, [*wanted, *idf])
    for path, (layer, spec) in wanted.items():
        check_array(found[path], path, spec.shape, spec.stored or layer.dtype)
    for path, (_, shape) in idf.items():
        check_array(found[path], path, shape, np.float32)
    values = [
        (layer, spec, read(found[path], spec.shape, layer.dtype))
        for path, (layer, spec) in wanted.items()
    ]
    return values, [
        (layer, read(found[path], shape, np.float32)) for path, (layer, shape) in idf.items()
    ]


def find(root, wanted, tops, hint="", strangers=False):
    """{path: dataset} of the `wanted` that are there; nothing else may be below `tops`, but
    for `strangers`."""
    tree = {}
    for path in (*tops, *wanted):
        branch = tree
        for part in path.encode().split(b"/"):
            branch = branch.setdefault(part, {})
    found = {}
    _descend(root, tree, "", found, hint, strangers)
    return found


def demand(found, wanted, hint=""):
    for path in wanted:
        if path not in found:
            refuse(WHERE, path, f"be in {FILE}", "no such variable", hint)


def _descend(group, tree, path, found, hint, strangers):
    for name, branch in tree.items():
        here = f"{path}{name.decode()}"
        item = _member(group, name, here)
        if isinstance(item, h5py.h5d.DatasetID):
            found[here] = item
        elif isinstance(item, h5py.h5g.GroupID):
            if not strangers:
                _refuse_others(item, branch, f"{here}/", hint)
            _descend(item, branch, f"{here}/", found, hint, strangers)


def _refuse_others(group, known, path, hint=""):
    """Refuse what a group has beside the `known`, but for Keras' empty `vars`."""
    # One more than known and `vars` is enough to find a stranger by.
    for _, name in zip(range(len(known) + 2), group, strict=False):
        here = path + name.decode("utf-8", "replace")
        if name in known or (name == b"vars" and _is_empty_group(_member(group, name, here))):
            continue
        refuse(WHERE, FILE, "hold the model's variables and no others", shown(here), hint)


def _is_empty_group(item):
    return isinstance(item, h5py.h5g.GroupID) and not item.get_num_objs()


def check_top(root):
    """Refuse what lies beside layers and optimiser."""
    _refuse_others(root, (b"layers", b"optimizer"), "")


def _member(group, name, path):
    """What lies in a group under a name, or None. A link is never followed."""
    if not group.links.exists(name):
        return None
    if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
        refuse(WHERE, path, f"lie in {FILE} itself", "a link")
    return h5py.h5o.open(group, name)


def check(found, path, shape, rule, fits):
    """Refuse a dataset that is not plain, of this shape, of a dtype that fits, and whole."""
    storage = found.get_create_plist()
    # Before the shape: asking a virtual dataset for it can open other files.
    if (
        storage.get_layout() not in _PLAIN
        or storage.get_external_count()
        or storage.get_nfilters()
    ):
        refuse(WHERE, path, "be stored plainly", "a chunked, filtered, virtual or external one")
    if found.shape != shape:
        got = "none" if found.shape is None else axes(found.shape)
        refuse(WHERE, path, f"have shape {axes(shape)}", got)
    # What strings, structures and the like are exactly is not even asked.
    if found.get_type().get_class() not in _NUMBERS:
        refuse(WHERE, path, rule, "no numbers")
    if not fits(found.dtype):
        refuse(WHERE, path, rule, f"{found.dtype}")
    size = found.get_storage_size()
    if size != math.prod(shape) * found.dtype.itemsize:
        refuse(WHERE, path, "hold all of its numbers", f"{size} bytes")


def check_float(found, path):
    check(found, path, (), "be a float", lambda dtype: dtype.kind == "f")


def check_array(found, path, shape, dtype):
    fitting = (np.dtype(dtype),)
    if np.dtype(dtype) == np.float64:
        # JAX stores float32 for it, unless it is told not to.
        fitting += (np.dtype(np.float32),)
    check(
        found,
        path,
        shape,
        f"have dtype {np.dtype(dtype)}",
        lambda have: have.newbyteorder("=") in fitting,
    )


def read(found, shape, dtype):
    values = np.empty(shape, dtype)
    found.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return values
