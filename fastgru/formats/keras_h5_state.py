"""The optimiser's state in Keras' older HDF5 files.

"optimizer_weights" lists its arrays in "weight_names": the number of steps, the learning rate,
slots, other numbers. Who wrote the file decides which of these there are, and whether all
slots of one kind stand together or all of one weight.
"""

import warnings

import numpy as np

from fastgru._errors import refuse, shown
from fastgru.formats import keras_h5_weights as old
from fastgru.formats import keras_state
from fastgru.formats.build import WHERE
from fastgru.formats.keras_config import WITHOUT
from fastgru.formats.keras_hdf5 import check, check_array, check_float, read
from fastgru.formats.keras_state import read_rate

GROUP = "optimizer_weights"


def read_state(root, attributes, optimizer, store, by_weight):
    """Give a new optimiser its state; with a warning none, where it is another one's.

    by_weight: all slots of one weight stand together, as since TensorFlow 2.11
    """
    if old.walk(root, GROUP) is None:
        return
    found = old.datasets(old.subgroup(root, GROUP), attributes)
    shapes = [item.shape for _, item in found]
    rows = _rows(optimizer, store.table, by_weight)
    wanted = [spec.shape for _, spec, _, _ in rows]
    if not rows:
        # Keras 1 and 2 have a slot of SGD also where it has no momentum.
        spare = [spec.shape for layer, spec, _, _ in store.table if layer.trains(spec)]
        found, shapes = _without(found, shapes, spare)
    # Keras 3 up to 3.5 keeps one array for all weights, where it gives all slots one name.
    whole = len({path for path, _ in found}) == len(found)
    for head, tail in _around(optimizer):
        if whole and shapes == [()] * len(head) + wanted + [()] * tail:
            break
    else:
        if all(shape == () for shape in shapes):
            head, rows = ("count", "rate")[: len(shapes)], []  # before the first step
        else:
            warnings.warn(
                f"load_model: the file must have the state of this {type(optimizer).__name__}; "
                "got another. The optimiser starts afresh.", stacklevel=5,
            )  # fmt: skip
            return
    slots = found[len(head) : len(head) + len(rows)]
    for (path, item), (_, spec, _, _) in zip(slots, rows, strict=True):
        check_array(item, shown(path), spec.shape, store.dtype)
    for path, item in found[len(head) + len(rows) :]:
        check_float(item, shown(path))  # its value follows from the number of steps
    _read_head(optimizer, head, found)
    if rows:
        state = {
            slot: optimizer.fresh(slot, store)
            for group in optimizer.slot_groups
            for slot in group
        }
        for (_, item), (slot, spec, start, end) in zip(slots, rows, strict=True):
            state[slot][start:end] = read(item, spec.shape, store.dtype).reshape(-1)
        optimizer.store, optimizer.state = store, state


def _without(found, shapes, spare):
    """What there is of the state, but for the last arrays if they have these shapes."""
    count = len(spare)
    if count and shapes[-count:] == spare and shapes[:-count] in ([()], [(), ()], []):
        return found[:-count], shapes[:-count]
    return found, shapes


def _around(optimizer):
    """(what stands before the slots, how many numbers stand behind), in each known order."""
    count = len(optimizer.scalars())
    for tail in {count, 0}:
        for head in (("count", "rate"), ("count",), ()):
            yield head, tail
    if count:
        # Nadam of Keras 2.3 has its product behind the number of steps.
        yield ("count", "passed"), 0


def _rows(optimizer, table, by_weight):
    """(slot, spec, start, end) of each slot in the file's order."""
    trained = [row[1:] for row in table if row[0].trains(row[1])]
    groups = optimizer.slot_groups
    if not by_weight:
        groups = [[slot] for group in groups for slot in group]
    return [(slot, *row) for group in groups for row in trained for slot in group]


def _read_head(optimizer, head, found):
    for what, (path, item) in zip(head, found, strict=False):
        if what == "count":
            _read_count(optimizer, item, shown(path))
        elif what == "rate" and optimizer.schedule is None:
            read_rate(optimizer, item, shown(path))
        else:
            check_float(item, shown(path))


def _read_count(optimizer, found, path):
    """The number of steps, which Keras 1 kept as a float."""
    check(found, path, (), "be an integer", lambda dtype: dtype.kind in "iuf")
    count = float(read(found, (), np.float64))
    if not (count.is_integer() and count >= 0):
        refuse(WHERE, path, "be an integer of at least 0", f"{count}", WITHOUT)
    optimizer.steps = int(count)


def write_state(root, optimizer, store):
    """Write it as Keras 3 does: the arrays of `keras_state`, in their order."""
    arrays = {}
    keras_state.write_state(arrays, optimizer, store)
    group = root.create_group(GROUP)
    names = [f"{optimizer.name}/{number}" for number in range(len(arrays))]
    old.put_names(group, old.WEIGHTS, names)
    for name, array in zip(names, arrays.values(), strict=True):
        group[name] = array
