"""Masked sequences as ONNX's recurrent operators know them: true steps in front, and lengths.

A masked step only carries the state, so a sequence is its true steps and nothing else: they
are gathered in front, wherever the holes are, and `sequence_lens` says how many they are.
"""

import numpy as np


class Packing:
    """The order of one mask, (batch, time) of bool.

    Parameters
    ----------
    g : Graph
    mask : str
        Its name.
    """

    def __init__(self, g, mask):
        self.g, self.mask = g, mask
        with g.scope("packing"):
            true = g.cast(mask, np.int64)
            axis = g.weight("axis", np.array(1, np.int64))
            # How many true steps there are up to each step, itself included; and before it.
            self.reached = g.add("CumSum", true, axis)
            self.before = g.add("Sub", self.reached, true)
            lengths = g.reduce("ReduceSum", true, 1, keepdims=False)
            #: (batch,) of int32, as the operators want them.
            self.lengths = g.cast(lengths, np.int32)
            #: (batch, 1): whether a sequence has a true step.
            self.some = g.unsqueeze(g.add("Greater", lengths, g.ints(0)), 1)
            last = g.weight("last", np.array(2**62, np.int64))
            key = g.add("Where", mask, self.reached, last)
            steps = g.add("Shape", mask, start=1)
            self.order = g.add("TopK", key, steps, outputs=2, axis=1, largest=0)[1]

    def gather(self, x):
        """(batch, time, width) with the true steps in front."""
        return self._pick(x, self.order)

    def spread(self, y, first, backwards):
        """Outputs (batch, time, units) of gathered steps at their own; others carry the state.

        first : name of the states that sequences begin with, (batch, units), or None for zeros.
        backwards : whether the steps were read from the last to the first.
        """
        g = self.g
        with g.scope("packing"):
            if backwards:
                # The true step behind a masked one was read before it.
                place, end = self.before, g.unsqueeze(self.lengths, 1)
                read = g.add("Less", place, g.cast(end, np.int64))
            else:
                place = g.add("Sub", self.reached, g.ints(1))
                read = g.add("Less", g.ints(-1), place)
                place = g.add("Max", place, g.ints(0))
            start = g.numbers(0) if first is None else g.unsqueeze(first, 1)
            return g.add("Where", g.unsqueeze(read, 2), self._pick(y, place), start)

    def _pick(self, x, places):
        return self.g.add("GatherND", x, self.g.unsqueeze(places, 2), batch_dims=1)


def packing(g, mask):
    """The `Packing` of a mask, made once."""
    if mask not in g.packings:
        g.packings[mask] = Packing(g, mask)
    return g.packings[mask]
