"""Scratch memory that belongs to one layer and is reused from batch to batch."""

import math
import threading

import numpy as np

#: Shapes of arrays that are remembered: making a view again costs more than a small kernel.
MOST_VIEWS = 64


def aligned(size, dtype, fill=None):
    """A flat array that begins on a cache line: vectors across two lines cost twice."""
    dtype = np.dtype(dtype)
    raw = (np.empty if fill is None else np.zeros)(size * dtype.itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * dtype.itemsize].view(dtype)


class Workspace(threading.local):
    """Named arrays, grown when a batch needs more, valid until the next `begin`.

    Every thread has arrays of its own, so threads may share a model.
    """

    def __init__(self):
        self._flat = {}
        self._views = {}
        self._turn = 0
        # Whole passes with their arrays, by shape, for layers that keep such.
        self.passes = {}

    def begin(self):
        """Start a forward pass: the arrays of the one before are free to be reused."""
        self._turn += 1
        return self._turn

    def check(self, where, turn):
        """Refuse to go backward over arrays that a later forward pass has overwritten."""
        if turn != self._turn:
            raise RuntimeError(
                f"{where}: backward must run before the layer's next forward; "
                "got a pass whose arrays have been reused."
            )

    def take(self, name, dtype, *shape):
        """An uninitialised array; the same memory for the same name."""
        view = self._views.get((name, shape))
        if view is not None and view.dtype == dtype:
            return view
        size = math.prod(shape)
        flat = self._flat.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._flat[name] = aligned(size, dtype)
            self._views.clear()
        elif len(self._views) > MOST_VIEWS:
            self._views.clear()
        view = self._views[name, shape] = flat[:size].reshape(shape)
        return view

    def __deepcopy__(self, memo):
        return Workspace()

    def __reduce__(self):
        return Workspace, ()
