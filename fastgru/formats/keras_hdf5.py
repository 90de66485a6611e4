"""Weights and the optimiser's state in Keras' HDF5 layout.

    /layers/embedding/vars/0          by snake_case(class), counted by class: gru, gru_1
    /layers/gru/cell/vars/0, 1, 2     kernel, recurrent kernel, bias
    /optimizer/vars/0, 1              iteration, learning rate
    /optimizer/vars/2, ...            the slots of what is trained

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
from fastgru.formats.keras_config import WHERE, WITHOUT
from fastgru.layers.nest import counted

FILE = "model.weights.h5"
#: Keras stores all of one slot before the next with these, all slots of one variable
#: before the next with the others.
_SLOT_BY_SLOT = ("RMSprop",)
_HDF5_ERRORS = (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_NUMBERS = (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
_PLAIN = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)


def groups(layers):
    """(path of its group, layer) for each layer."""
    for name, layer in counted(layers):
        yield f"layers/{name}", layer


def weights(layers):
    """(path, layer, spec) of each weight, in the model's order."""
    for group, layer in groups(layers):
        for path, spec in zip(layer.variable_paths(), layer.specs, strict=True):
            yield f"{group}/{path}", layer, spec


def slots(optimizer, table):
    """(path, slot, spec, start, end) of each slot, from a table as `Parameters` has it."""
    trained = [row[1:] for row in table if row[0].trainable]
    if type(optimizer).__name__ in _SLOT_BY_SLOT:
        pairs = [(slot, *row) for slot in optimizer.slots for row in trained]
    else:
        pairs = [(slot, *row) for row in trained for slot in optimizer.slots]
    return [(f"optimizer/vars/{number}", *pair) for number, pair in enumerate(pairs, 2)]


def write(model, with_state):
    """The bytes of the file, with the optimiser's state or without."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        # Keras before 3.4 looks for `vars` everywhere, also where there are none.
        root.create_group("vars")
        for group, _ in groups(model.layers):
            root.create_group(f"{group}/vars")
        for path, layer, spec in weights(model.layers):
            root[path] = layer.parameters[spec.name]
        if with_state:
            _write_state(root, model.optimizer, model.store)
    return buffer.getbuffer()


def _write_state(root, optimizer, store):
    count = optimizer.iterations
    root["optimizer/vars/0"] = np.int32(count) if count < 2**31 else np.int64(count)
    root["optimizer/vars/1"] = np.float32(optimizer.learning_rate)
    for path, slot, spec, start, end in slots(optimizer, store.table):
        flat = optimizer.state.get(slot)
        # None before the first step; of another size for the model as it was before a
        # change. The next step starts from zeros then, and Keras warns if it finds none.
        known = flat is not None and len(flat) == len(store.values)
        root[path] = (
            flat[start:end].reshape(spec.shape) if known else np.zeros(spec.shape, store.dtype)
        )


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
    wanted = {path: (layer, spec) for path, layer, spec in weights(layers)}
    found = _find(root, wanted, [path for path, _ in groups(layers)])
    _demand(found, wanted)
    for path, (layer, spec) in wanted.items():
        _check_array(found[path], path, spec.shape, layer.dtype)
    for path, (layer, spec) in wanted.items():
        layer.parameters[spec.name] = _read(found[path], spec.shape, layer.dtype)


def read_state(root, optimizer, store):
    """Give a new optimiser its state."""
    scalars = ("optimizer/vars/0", "optimizer/vars/1")
    rows = slots(optimizer, store.table)
    found = _find(root, [*scalars, *(row[0] for row in rows)], ["optimizer"], WITHOUT)
    if not any(row[0] in found for row in rows):
        rows = []  # saved by Keras before the first step
    _demand(found, [*scalars, *(row[0] for row in rows)], WITHOUT)
    for path, _, spec, _, _ in rows:
        _check_array(found[path], path, spec.shape, store.dtype)
    _read_scalars(optimizer, *(found[path] for path in scalars))
    if rows:
        state = {name: np.zeros_like(store.values) for name in optimizer.slots}
        for path, slot, spec, start, end in rows:
            state[slot][start:end] = _read(found[path], spec.shape, store.dtype).reshape(-1)
        optimizer.store, optimizer.state = store, state


def _read_scalars(optimizer, iterations, rate):
    _check(
        iterations, "optimizer/vars/0", (), "be an integer", lambda dtype: dtype.kind in "iu"
    )
    _check(rate, "optimizer/vars/1", (), "be a float", lambda dtype: dtype.kind == "f")
    count, rate = int(_read(iterations, (), np.int64)), float(_read(rate, (), np.float64))
    if count < 0:
        refuse(WHERE, "the number of steps", "be at least 0", f"{count}", WITHOUT)
    if not (math.isfinite(rate) and rate >= 0):
        refuse(WHERE, "the learning rate", "be finite and at least 0", f"{rate}", WITHOUT)
    optimizer.iterations = count
    # The configuration has it in double precision; where they differ, this one is in use.
    with np.errstate(over="ignore"):
        if np.float32(optimizer.learning_rate) != np.float32(rate):
            optimizer.learning_rate = rate


def _find(root, wanted, tops, hint=""):
    """{path: dataset} of the `wanted` that are there; nothing else may be below `tops`."""
    tree = {}
    for path in (*tops, *wanted):
        branch = tree
        for part in path.encode().split(b"/"):
            branch = branch.setdefault(part, {})
    found = {}
    _descend(root, tree, "", found, hint)
    return found


def _demand(found, wanted, hint=""):
    for path in wanted:
        if path not in found:
            refuse(WHERE, path, f"be in {FILE}", "no such variable", hint)


def _descend(group, tree, path, found, hint):
    for name, branch in tree.items():
        here = f"{path}{name.decode()}"
        item = _member(group, name, here)
        if isinstance(item, h5py.h5d.DatasetID):
            found[here] = item
        elif isinstance(item, h5py.h5g.GroupID):
            _refuse_others(item, branch, f"{here}/", hint)
            _descend(item, branch, f"{here}/", found, hint)


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


def _check(found, path, shape, rule, fits):
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


def _check_array(found, path, shape, dtype):
    # JAX stores float32 for float64, unless it is told not to.
    fitting = np.float32, np.dtype(dtype)
    _check(
        found,
        path,
        shape,
        f"have dtype {dtype}",
        lambda have: have.newbyteorder("=") in fitting,
    )


def _read(found, shape, dtype):
    values = np.empty(shape, dtype)
    found.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return values
