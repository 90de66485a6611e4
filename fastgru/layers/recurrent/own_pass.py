"""A cell of the user's own over a sequence, step by step, and the way back."""

import inspect

import numpy as np

from fastgru._check import axes, fail
from fastgru.layers.recurrent.penalty import StepPenalty


class OwnPass:
    """One cell of the user's own over a packed sequence, as `CellPass`."""

    def __init__(self, cell, x, mask, states, training, keep, stack=None):
        self.cell, self.keep, self.first = cell, keep, states
        self.mask = None if mask is None else (mask != 0)[..., None]
        # Whatever padding holds, NaN too, is nothing that a gradient may meet.
        self.x = x if mask is None else np.where(self.mask, x, x.dtype.type(0))
        known = inspect.signature(cell.call).parameters
        self.options = {"training": training} if "training" in known else {}
        self.penalty = StepPenalty.of(cell, x.shape[1], stack)
        self.pulls = []

    def forward(self):
        states, (T, B) = list(self.first), self.x.shape[:2]
        every = np.zeros((T, B, self.cell.output_size), self.x.dtype)
        y = np.zeros(every.shape[1:], self.x.dtype)
        for t in range(T):
            new_y, new, pull = self._call(self.x[t], states)
            counts = None if self.mask is None else self.mask[t]
            if self.penalty is not None:
                self.penalty.judge([new_y, *new], counts)
            if counts is not None:
                new_y = np.where(counts, new_y, y)
                new = [np.where(counts, n, s) for n, s in zip(new, states, strict=True)]
            every[t] = y = new_y
            states = new
            if self.keep:
                self.pulls.append(pull)
        self.output = y
        return every, states

    def backward(self, devery, doutput, dstates, want_dx):
        dx = np.zeros_like(self.x)
        # Of the output that the steps behind have taken over from this one.
        carried = np.zeros_like(self.output) if doutput is None else doutput
        for t in range(len(self.pulls) - 1, -1, -1):
            dy = carried if devery is None else carried + devery[t]
            d, past = list(dstates), [0] * len(dstates)
            carried = np.zeros_like(self.output)
            if self.mask is not None:
                counts = self.mask[t]
                carried, dy = np.where(counts, 0, dy), np.where(counts, dy, 0)
                past = [np.where(counts, 0, part) for part in d]
                d = [np.where(counts, part, 0) for part in d]
            if self.penalty is not None:
                slope, *slopes = self.penalty.slopes(t)
                dy = dy + slope
                d = [a + b for a, b in zip(d, slopes, strict=True)]
            dx[t], before = self._pull(self.pulls[t], dy, d)
            dstates = [b + q for b, q in zip(before, past, strict=True)]
        return dx if want_dx else None, dstates

    def _call(self, x, states):
        found = self.cell.call(x, list(states), **self.options)
        rule = "return (output, list of states, backward)"
        if not isinstance(found, tuple) or len(found) != 3 or not callable(found[2]):
            got = f"{len(found)} items" if isinstance(found, tuple) else type(found).__name__
            fail(self.cell.name, "call", rule, got,
                 "Without a backward nothing can be learnt.", kind=TypeError)  # fmt: skip
        y, new, pull = found
        B = len(x)
        y = self._part("its output", y, (B, self.cell.output_size))
        return y, self._states("its new states", new, B), pull

    def _pull(self, pull, dy, d):
        found = pull(dy, d)
        if not isinstance(found, tuple) or len(found) != 2:
            fail(self.cell.name, "backward", "return (gradient of inputs, list of those of states)",
                 type(found).__name__, kind=TypeError)  # fmt: skip
        dx = self._part("the gradient of its inputs", found[0], self.x.shape[1:])
        return dx, self._states("the gradients of its states", found[1], len(dy))

    def _states(self, what, found, B):
        sizes = self.cell.state_sizes
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != len(sizes):
            fail(self.cell.name, f"the list of {what}", f"have {len(sizes)} arrays",
                 f"{len(found)}")  # fmt: skip
        return [
            self._part(what, part, (B, size)) for part, size in zip(found, sizes, strict=True)
        ]

    def _part(self, what, part, shape):
        part = np.asarray(part, self.x.dtype)
        if part.shape != shape:
            fail(self.cell.name, what, f"have shape {axes(shape)}", axes(part.shape))
        return part
