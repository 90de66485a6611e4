"""Scratch memory that belongs to one layer and is reused from batch to batch."""

import math
import threading

import numpy as np


class Workspace(threading.local):
    """Named arrays, grown when a batch needs more, valid until the next `begin`.

    Every thread has arrays of its own, so threads may share a model.
    """

    def __init__(self):
        self._flat = {}
        self._turn = 0

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
        size = math.prod(shape)
        flat = self._flat.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._flat[name] = np.empty(size, dtype)
        return flat[:size].reshape(shape)

    def __deepcopy__(self, memo):
        return Workspace()

    def __reduce__(self):
        return Workspace, ()
