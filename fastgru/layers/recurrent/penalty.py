"""A cell's penalty on the output and the states of each step."""

import numpy as np


class StepPenalty:
    """The penalty of one pass, which it adds up in the cell's `penalty`."""

    def __init__(self, cell, samples):
        self.cell, self.rule, self.samples = cell, cell.step_rule, max(1, samples)
        self.judged = []
        cell.penalty = 0.0

    @classmethod
    def of(cls, cell, samples):
        """None where the cell has no such penalty."""
        return None if cell.step_rule is None else cls(cell, samples)

    def judge(self, parts, counts):
        """Add a step: its output and its new states; `counts` (B, 1) is its mask, or None."""
        if counts is not None:
            parts = [np.where(counts, part, part.dtype.type(0)) for part in parts]
        self.judged.append(parts)
        self.cell.penalty += float(sum(map(self.rule, parts))) / self.samples

    def slopes(self, t):
        """Gradients of the penalty with respect to what `judge` saw at step t."""
        parts = self.judged[t]
        return [self.rule.gradient(part) * part.dtype.type(1 / self.samples) for part in parts]
