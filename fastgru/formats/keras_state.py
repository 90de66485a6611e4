"""The optimiser's state in Keras' HDF5 layout.

/optimizer/vars/0          the number of steps
/optimizer/vars/1          the learning rate, if it is no schedule
/optimizer/vars/2, ...     the slots of what is trained, then scalars
"""

import functools
import math

import numpy as np

from fastgru._errors import refuse
from fastgru.formats.keras_config import WHERE, WITHOUT
from fastgru.formats.keras_hdf5 import check, check_array, check_float, demand, find, read


def slots(optimizer, table):
    """(path, slot, spec, start, end) of each slot, from a table as `Parameters` has it."""
    trained = [row[1:] for row in table if row[0].trains(row[1])]
    pairs = [
        (slot, *row) for group in optimizer.slot_groups for row in trained for slot in group
    ]
    first = len(_head(optimizer))
    return [(f"optimizer/vars/{number}", *pair) for number, pair in enumerate(pairs, first)]


def _head(optimizer):
    """Paths of what stands before the slots."""
    paths = ["optimizer/vars/0", "optimizer/vars/1"]
    return paths if optimizer.schedule is None else paths[:1]


def _tail(optimizer, rows):
    """Paths of the numbers behind the slots."""
    first = len(_head(optimizer)) + len(rows)
    return [f"optimizer/vars/{first + place}" for place in range(len(optimizer.scalars()))]


def writer(model):
    """What adds the state of a compiled model's optimiser to a file, given its root."""
    return functools.partial(write_state, optimizer=model.optimizer, store=model.store)


def write_state(root, optimizer, store):
    """Write it into an open file."""
    count = optimizer.steps
    root["optimizer/vars/0"] = np.int32(count) if count < 2**31 else np.int64(count)
    if optimizer.schedule is None:
        root["optimizer/vars/1"] = np.float32(optimizer.learning_rate)
    rows = slots(optimizer, store.table)
    for path, slot, spec, start, end in rows:
        flat = optimizer.state.get(slot)
        # None before the first step; of another size for the model as it was before a
        # change. The next step starts afresh then, and Keras warns if it finds none.
        if flat is None or len(flat) != len(store.values):
            flat = optimizer.fresh(slot, store)
        root[path] = flat[start:end].reshape(spec.shape)
    for path, value in zip(_tail(optimizer, rows), optimizer.scalars(), strict=True):
        root[path] = store.dtype.type(value)


def read_state(root, optimizer, store):
    """Give a new optimiser its state."""
    head, rows = _head(optimizer), slots(optimizer, store.table)
    tail = _tail(optimizer, rows)
    known = [*head, *(row[0] for row in rows), *tail]
    found = find(root, known, ["optimizer"], WITHOUT)
    if not any(path in found for path in known[len(head) :]):
        rows, tail = [], []  # saved by Keras before the first step
    demand(found, [*head, *(row[0] for row in rows), *tail], WITHOUT)
    for path, _, spec, _, _ in rows:
        check_array(found[path], path, spec.shape, store.dtype)
    for path in tail:
        # Its value follows from the number of steps.
        check_float(found[path], path)
    _read_count(optimizer, found[head[0]])
    for path in head[1:]:
        _read_rate(optimizer, found[path])
    if rows:
        state = {
            slot: optimizer.fresh(slot, store)
            for group in optimizer.slot_groups
            for slot in group
        }
        for path, slot, spec, start, end in rows:
            state[slot][start:end] = read(found[path], spec.shape, store.dtype).reshape(-1)
        optimizer.store, optimizer.state = store, state


def _read_count(optimizer, found):
    check(found, "optimizer/vars/0", (), "be an integer", lambda dtype: dtype.kind in "iu")
    count = int(read(found, (), np.int64))
    if count < 0:
        refuse(WHERE, "the number of steps", "be at least 0", f"{count}", WITHOUT)
    optimizer.steps = count


def _read_rate(optimizer, found):
    check_float(found, "optimizer/vars/1")
    rate = float(read(found, (), np.float64))
    if not (math.isfinite(rate) and rate >= 0):
        refuse(WHERE, "the learning rate", "be finite and at least 0", f"{rate}", WITHOUT)
    # The configuration has it in double precision; where they differ, this one is in use.
    with np.errstate(over="ignore"):
        if np.float32(optimizer.learning_rate) != np.float32(rate):
            optimizer.learning_rate = rate
