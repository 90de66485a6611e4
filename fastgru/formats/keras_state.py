"""The optimiser's state in Keras' HDF5 layout.

/optimizer/vars/0          the number of steps
/optimizer/vars/1          the learning rate, if it is no schedule
/optimizer/vars/2, ...     the slots of what is trained, then scalars

Keras 3 before 3.12 has the scalars in front of the optimiser's own slots, and the average and
the sum of gradients of one parameter before those of the next; before the first step there is
nothing behind the rate. Keras 2 leaves out the learning rate and the scalars, and has slots for
SGD without momentum.
"""

import functools
import math
import warnings

import numpy as np

from fastgru._errors import refuse
from fastgru.formats.keras_config import WHERE, WITHOUT
from fastgru.formats.keras_dialects import major
from fastgru.formats.keras_hdf5 import (
    check,
    check_array,
    check_float,
    demand,
    find,
    is_plain,
    read,
)


def slots(optimizer, table):
    """(slot, spec, start, end) of each slot, from a table as `Parameters` has it."""
    trained = [row[1:] for row in table if row[0].trains(row[1])]
    return [
        (slot, *row) for group in optimizer.slot_groups for row in trained for slot in group
    ]


def tell_of_rule(optimizer, by_weight, version):
    """Warn where Keras 3, and so this package, has another rule than the writer had.

    `by_weight` : whether the writer's was none of the optimisers of TensorFlow before 2.11.
    """
    name = type(optimizer).__name__
    other = (name == "RMSprop" and not by_weight) or (
        name == "Nadam" and (version is None or major(version) < 3)
    )
    if other:
        warnings.warn(
            f"{WHERE}: the optimizer must have its writer's rule to train on alike; got "
            f"{name}, whose rule has changed since.", stacklevel=4,
        )  # fmt: skip


def _paths(first, count):
    return [f"optimizer/vars/{number}" for number in range(first, first + count)]


def writer(model):
    """What adds the state of a compiled model's optimiser to a file, given its root."""
    return functools.partial(write_state, optimizer=model.optimizer, store=model.store)


def write_state(root, optimizer, store):
    """Write it into an open file."""
    count = optimizer.steps
    root["optimizer/vars/0"] = np.int32(count) if count < 2**31 else np.int64(count)
    if optimizer.schedule is None:
        root["optimizer/vars/1"] = np.float32(optimizer.learning_rate)
    first = 2 if optimizer.schedule is None else 1
    rows, scalars = slots(optimizer, store.table), optimizer.scalars()
    paths = _paths(first, len(rows) + len(scalars))
    for path, (slot, spec, start, end) in zip(paths, rows, strict=False):
        flat = optimizer.state.get(slot)
        # None before the first step; of another size for the model as it was before a
        # change. The next step starts afresh then, and Keras warns if it finds none.
        if flat is None or len(flat) != len(store.values):
            flat = optimizer.fresh(slot, store)
        root[path] = flat[start:end].reshape(spec.shape)
    for path, value in zip(paths[len(rows) :], scalars, strict=True):
        root[path] = store.dtype.type(value)


def read_state(root, optimizer, store):
    """Give a new optimiser its state."""
    rate, rows, scalars, unread = _variant(root, optimizer, store.table)
    (count,) = _paths(0, 1)
    wanted = [count, *rate, *rows, *scalars]
    found = find(root, wanted + unread, ["optimizer"], WITHOUT)
    demand(found, wanted, WITHOUT)
    for path, (_, spec, _, _) in rows.items():
        check_array(found[path], path, spec.shape, store.dtype)
    for path in scalars:
        # Its value follows from the number of steps.
        check_float(found[path], path)
    _read_count(optimizer, found[count])
    for path in rate if optimizer.schedule is None else ():
        read_rate(optimizer, found[path], path)
    if rows:
        state = {
            slot: optimizer.fresh(slot, store)
            for group in optimizer.slot_groups
            for slot in group
        }
        for path, (slot, spec, start, end) in rows.items():
            state[slot][start:end] = read(found[path], spec.shape, store.dtype).reshape(-1)
        optimizer.store, optimizer.state = store, state


def _variant(root, optimizer, table):
    """([path of the rate], {path: slot}, [path of a scalar], [path passed over]) in this file.

    What does not add up is taken for the usual, for an error to tell what is missing.
    """
    rows, count = slots(optimizer, table), len(optimizer.scalars())
    trained = sum(row[0].trains(row[1]) for row in table)
    plain = type(optimizer).__name__ == "SGD" and not optimizer.slots
    spare = trained if plain else 0
    found = find(root, _paths(0, 3 + len(rows) + count + spare), ["optimizer"], WITHOUT)

    def is_number(path):
        return path in found and is_plain(found[path]) and found[path].shape == ()

    rate = _paths(1, 1)
    if not is_number(rate[0]):
        without = optimizer.schedule is not None or len(found) - 1 in (
            0, len(rows), len(rows) + spare,
        )  # fmt: skip
        rate = [] if without else rate
    first = 1 + len(rate)
    behind = len(found) - first
    if behind <= 0:
        return rate, {}, [], []
    if spare and behind == len(rows) + spare:
        known = dict(zip(_paths(first, len(rows)), rows, strict=True))
        return rate, known, [], _paths(first + len(rows), spare)
    if behind == len(rows):
        count = 0
    paths = _paths(first, len(rows) + count)
    place = len(rows) - len(optimizer.slots) * trained
    if not (count and is_number(paths[place])):
        place = len(rows)
    scalars = paths[place : place + count]
    left = [path for path in paths if path not in scalars]

    def fit(rows):
        pairs = zip(left, rows, strict=True)
        return all(
            path in found and is_plain(found[path]) and found[path].shape == spec.shape
            for path, (_, spec, _, _) in pairs
        )

    if len(optimizer.slot_groups) == 3 and not fit(rows):
        options = zip(rows[:trained], rows[trained : 2 * trained], strict=True)
        mixed = [row for pair in options for row in pair] + rows[2 * trained :]
        rows = mixed if fit(mixed) else rows
    return rate, dict(zip(left, rows, strict=True)), scalars, []


def _read_count(optimizer, found):
    check(found, "optimizer/vars/0", (), "be an integer", lambda dtype: dtype.kind in "iu")
    count = int(read(found, (), np.int64))
    if count < 0:
        refuse(WHERE, "the number of steps", "be at least 0", f"{count}", WITHOUT)
    optimizer.steps = count


def read_rate(optimizer, found, path):
    """Give an optimiser its learning rate."""
    check_float(found, path)
    rate = float(read(found, (), np.float64))
    if not (math.isfinite(rate) and rate >= 0):
        refuse(WHERE, "the learning rate", "be finite and at least 0", f"{rate}", WITHOUT)
    # The configuration has it in double precision; where they differ, this one is in use.
    with np.errstate(over="ignore"):
        if np.float32(optimizer.learning_rate) != np.float32(rate):
            optimizer.learning_rate = rate
