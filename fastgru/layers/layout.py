"""How arrays lie below the door of a model, and back to how users see them."""

import numpy as np


def turn(x):
    """(batch, time, ...) to (time, batch, ...) or back, packed; two axes stay as they are."""
    return np.ascontiguousarray(x if x.ndim < 3 else x.swapaxes(0, 1))


def leave(y):
    """A layer's result as users get it: batch first, in memory of its own."""
    if isinstance(y, tuple):
        return tuple(leave(part) for part in y)
    return np.array(turn(y))


def rows(x):
    """All axes but the last as one."""
    return x.reshape(-1, x.shape[-1])
