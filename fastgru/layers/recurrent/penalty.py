"""A cell's penalty on the output and the states of each step."""

import numpy as np


class StepPenalty:
    """The penalties of one pass over one cell, which are added up in their owners' `penalty`.

    Parameters
    ----------
    owners : list of (owner, int)
        Who has the rule, and which of the step's output and states are the first for it.
    samples : int
    """

    def __init__(self, owners, samples):
        self.owners, self.samples = owners, max(1, samples)
        self.judged = []

    @classmethod
    def of(cls, cell, samples, stack=None):
        """None where neither the cell nor the stack that it is in has such a penalty."""
        owners = []
        if cell.step_rule is not None:
            cell.penalty = 0.0
            owners.append((cell, 0))
        if stack is not None:
            # A stack's output is its last cell's; states are those of all.
            owners.append((stack, 0 if cell is stack.cells[-1] else 1))
        return cls(owners, samples) if owners else None

    def judge(self, parts, counts):
        """Add a step: its output and its new states; `counts` (B, 1) is its mask, or None."""
        if counts is not None:
            parts = [np.where(counts, part, part.dtype.type(0)) for part in parts]
        self.judged.append(parts)
        for owner, first in self.owners:
            owner.penalty += float(sum(map(owner.step_rule, parts[first:]))) / self.samples

    def slopes(self, t):
        """Gradients of the penalties with respect to what `judge` saw at step t."""
        parts = self.judged[t]
        found = [np.zeros_like(part) for part in parts]
        for owner, first in self.owners:
            for part, slope in zip(parts[first:], found[first:], strict=True):
                slope += owner.step_rule.gradient(part) * part.dtype.type(1 / self.samples)
        return found
