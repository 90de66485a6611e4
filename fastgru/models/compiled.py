"""A model's prediction as one compiled call, where all of its layers can be part of it."""

import threading

import numpy as np

from fastgru._workspace import aligned
from fastgru.kernels.program import Program
from fastgru.kernels.stage import Chain
from fastgru.layers.layout import turn
from fastgru.layers.stack import ours

#: Programs that a thread keeps of a model, one for each shape of batches.
MOST = 8


class Programs(threading.local):
    """The programs of one model, by shape, for the weights it has; a thread has its own."""

    def __init__(self):
        self.mine = Known()

    def find(self, model, shape):
        """The program for batches of this shape, batch first; None where there is none."""
        mine, store = self.mine, model.store
        if store is not mine.store or store.version != mine.version:
            mine.known.clear()
            mine.store, mine.version = store, store.version
        try:
            return mine.known[shape]
        except KeyError:
            if len(mine.known) == MOST:
                mine.known.clear()
            T = shape[1] if len(shape) > 1 else 1
            found = mine.known[shape] = build(model, shape[0], T)
            return found

    def again(self, model, x):
        """Outputs for an array of a shape that has come through the door before, or None."""
        # What a thread has of its own is slow to look up: once, for this runs in each call.
        mine, store, shape = self.mine, model.store, x.shape
        if store is not mine.store or store is None or mine.version != store.version:
            return None
        program = mine.known.get(shape)
        if program is None or not store.owns(model.layers):
            return None
        if shape[0] == 1 or shape[1:2] == (1,):
            # Batch-major and time-major are the same numbers.
            y = program.run(x)
        elif program.turns:
            y = program.run(x, None, True)
        else:
            y = program.run(np.ascontiguousarray(x.swapaxes(0, 1)))
        return y if y is None or y.ndim < 3 else turn(y)

    def __reduce__(self):
        return Programs, ()


class Known:
    """What a thread has of its own: programs, and the store and version they are for."""

    __slots__ = ("known", "store", "version")

    def __init__(self):
        self.known, self.store, self.version = {}, None, None


class TrainingChain:
    """The stages of all layers, for batches of one shape, and what lies between them."""

    def __init__(self, stages, x, scores, mask):
        self.scores, self.mask, self.gradient = scores, mask, np.empty_like(scores)
        self._chain = Chain(stages, x.nbytes, scores.nbytes)
        self.forward = self._chain.forward

    def backward(self, first):
        """From `gradient`, that of the scores, down to layer number `first`."""
        self._chain.backward(self.gradient, first)


def chain(layers, x, linked):
    """A TrainingChain for layers and batches like x, or None.

    linked: the last layer leaves its activation to the loss
    """
    stages, y, mask = [], x, None
    for layer in layers:
        found = None
        if ours(layer) and not layer.penalised():
            found = layer.stage(y.shape, mask, scores=linked and layer is layers[-1])
        if found is None:
            return None
        stage, y, mask = found
        stages.append(stage)
    return TrainingChain(stages, x, y, mask)


def build(model, B, T, carry=False, shape_out=None, exact=None):
    """A program for B rows and T steps, or None where a layer cannot be part of one."""
    first = model.layers[0]
    ids = first.takes_ids
    axes = len(model.input_shape)
    if axes != (2 if ids else 3):
        return None
    width = 1 if ids else model.input_shape[-1]
    if width is None:
        return None
    single = model.store.dtype == np.float32
    if not all(ours(layer) for layer in model.layers):
        return None
    program = Program(B, T, width, single, aligned, carry, ids)
    try:
        if not all(layer.enlist(program) for layer in model.layers):
            return None
    except ValueError:
        # More layers than a program has room for.
        return None
    return program.finish(shape_out, exact)
