"""States as users give them: initial ones, and the rows that are to begin anew."""

import numpy as np

from fastgru._check import as_array, check_shape, fail, short


def initial_states(where, given, batch, sizes, dtype):
    """Initial states as a list of arrays (batch, size), from an array or Keras' lists."""
    if len(sizes) == 1:
        one = isinstance(given, (list, tuple)) and len(given) == 1
        # Keras' form for several states.
        given = [given[0] if one and getattr(given[0], "ndim", 0) > 1 else given]
    else:
        given = _flat(given)
    if not isinstance(given, list) or len(given) != len(sizes):
        got = f"{len(given)}" if isinstance(given, list) else short(given)
        fail(where, "initial_state", f"be a list of {len(sizes)} arrays", got)
    found = []
    for state, size in zip(given, sizes, strict=True):
        state = as_array(where, "initial_state", state)
        check_shape(where, "initial_state", state.shape, (batch, size))
        found.append(np.ascontiguousarray(state, dtype))
    return found


def _flat(given):
    """Lists in lists, as Keras has them for stacked cells, as one list."""
    if not isinstance(given, (list, tuple)):
        return given
    return [
        state
        for part in given
        for state in (part if isinstance(part, (list, tuple)) and _nested(part) else [part])
    ]


def _nested(part):
    return any(getattr(item, "ndim", 0) > 1 for item in part)


def picked_rows(where, rows, count):
    """(count,) of bool, from a list of row numbers or from such an array."""
    rows = as_array(where, "rows", rows)
    picked = np.zeros(count, bool)
    if rows.dtype == bool:
        check_shape(where, "rows", rows.shape, (count,))
    elif rows.size and (rows.dtype.kind not in "iu" or rows.ndim != 1):
        fail(where, "rows", "be a list of integers", short(rows.tolist()))
    elif rows.size and not (-count <= rows.min() and rows.max() < count):
        fail(where, "rows", f"lie in [{-count}, {count})", f"{rows.min()} to {rows.max()}")
    if rows.size:
        picked[rows] = True
    return picked
