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
from fastgru.formats import keras_layouts, keras_text
from fastgru.formats.keras_config import WHERE
from fastgru.layers.nest import counted

FILE = "model.weights.h5"
_HDF5_ERRORS = (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_NUMBERS = (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
_PLAIN = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)
#: What Keras 2 keeps beside layers and optimiser; it is not read.
_PASSED_OVER = ("metrics",)
#: Most groups without a variable in them, which Keras 2 has for layers that it holds twice
#: and functional models for their masks, and how deep they go.
_MOST_HOLLOW, _DEEPEST = 500, 8
_MOST_NAMES = 10_000


def groups(layers, top=keras_layouts.TOPS[0]):
    """(path of its group, layer) for each layer."""
    for name, layer in counted(layers):
        yield f"{top}/{name}", layer


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
def opened(data, name=FILE):
    """The root of the file in `data`; whatever HDF5 finds wrong is a ModelFormatError."""
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            yield file.id
    except ModelFormatError:
        raise
    except _HDF5_ERRORS as error:
        refuse(WHERE, name, "be a sound HDF5 file", shown(str(error)))


def read_weights(root, layers):
    """Give the layers, whose `specs` are known, their weights."""
    values, idf = read_values(root, layers)
    for layer, spec, array in values:
        layer.parameters[spec.name] = array
    keras_text.take_idf(idf)


def names(group):
    """Names of what lies in a group, as far as a model can have them."""
    found = (name for _, name in zip(range(_MOST_NAMES), group, strict=False))
    return {name.decode("utf-8", "replace") for name in found}


def read_values(root, layers):
    """(layer, spec, values) of each weight of layers whose `specs` are known, in a list; in
    another, (layer, values) of their tokens' weights."""
    place = layout_of(root, layers).place
    wanted = {place(path): (layer, spec) for path, layer, spec in weights(layers)}
    tops = [place(path) for group, layer in groups(layers) for path in _inner(group, layer)]
    idf = {
        place(path): (layer, (count,))
        for path, layer, count in keras_text.weights(groups(layers))
    }
    found = find(root, [*wanted, *idf], tops)
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


def find(root, wanted, tops, hint=""):
    """{path: dataset} of the `wanted` that are there; nothing else may be below `tops`."""
    tree = {}
    for path in (*tops, *wanted):
        branch = tree
        for part in path.encode().split(b"/"):
            branch = branch.setdefault(part, {})
    found = {}
    _descend(root, tree, "", found, hint)
    return found


def demand(found, wanted, hint=""):
    for path in wanted:
        if path not in found:
            refuse(WHERE, path, f"be in {FILE}", "no such variable", hint)


def _descend(group, tree, path, found, hint):
    for name, branch in tree.items():
        here = f"{path}{name.decode()}"
        item = member(group, name, here)
        if isinstance(item, h5py.h5d.DatasetID):
            found[here] = item
        elif isinstance(item, h5py.h5g.GroupID):
            _refuse_others(item, branch, f"{here}/", hint)
            _descend(item, branch, f"{here}/", found, hint)


def _refuse_others(group, known, path, hint=""):
    """Refuse what a group has beside the `known`, but for groups without a variable."""
    left = [_MOST_HOLLOW]
    # One more than these is enough to find a stranger by.
    for _, name in zip(range(len(known) + _MOST_HOLLOW + 1), group, strict=False):
        here = path + name.decode("utf-8", "replace")
        if name in known or _is_hollow(member(group, name, here), here, left):
            continue
        refuse(WHERE, FILE, "hold the model's variables and no others", shown(here), hint)


def _is_hollow(item, path, left, depth=_DEEPEST):
    """Whether it is a group, and what it holds are such groups; `left` is how many may be."""
    left[0] -= 1
    if not isinstance(item, h5py.h5g.GroupID) or left[0] < 0 or not depth:
        return False
    return all(
        _is_hollow(member(item, name, f"{path}/..."), path, left, depth - 1) for name in item
    )


def check_top(root, layers):
    """Refuse what lies beside layers and optimiser."""
    layout = layout_of(root, layers)
    known = ["optimizer", *_PASSED_OVER, layout.top]
    if layout.slash != "/":
        tops = [path for group, layer in groups(layers) for path in _inner(group, layer)]
        known += [layout.place(path) for path in tops]
    _refuse_others(root, [name.encode() for name in known], "")


def layout_of(root, layers):
    """Where the file has the layers."""

    def has(path):
        group = root
        for part in path.split("/"):
            group = member(group, part.encode(), path)
            if not isinstance(group, h5py.h5g.GroupID):
                return False
        return True

    return keras_layouts.layout_of(names(root), has, layers)


def member(group, name, path, file=FILE):
    """What lies in a group under a name, or None. A link is never followed."""
    if not group.links.exists(name):
        return None
    if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
        refuse(WHERE, path, f"lie in {file} itself", "a link")
    return h5py.h5o.open(group, name)


def is_plain(found):
    """Whether a dataset lies in the file as it is, so that its shape may be asked for."""
    storage = found.get_create_plist()
    return not (
        storage.get_layout() not in _PLAIN
        or storage.get_external_count()
        or storage.get_nfilters()
    )


def check(found, path, shape, rule, fits):
    """Refuse a dataset that is not plain, of this shape, of a dtype that fits, and whole."""
    # Before the shape: asking a virtual dataset for it can open other files.
    if not is_plain(found):
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
    if np.dtype(dtype) == np.int32:
        # TensorFlow counts in it what Normalization has seen.
        fitting += (np.dtype(np.int64),)
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
