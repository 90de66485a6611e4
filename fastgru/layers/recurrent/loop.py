"""Cells over a sequence, step by step: masks, states, dropout, zoneout, and the way back."""

import dataclasses

import numpy as np

from fastgru.layers.recurrent.penalty import StepPenalty


@dataclasses.dataclass
class Noise:
    """The random factors of one pass of one cell; None where there is none.

    inputs (K or 1, B, I) and recurrent (K or 1, B, H) are dropout's factors, the same at
    every step. zoneout is the share of the old state that is kept: (T, B, H) of 0 and 1 in
    training, one number in prediction.
    """

    inputs: np.ndarray | None = None
    recurrent: np.ndarray | None = None
    zoneout: np.ndarray | float | None = None


def dropout_factors(rng, rate, shape, dtype):
    """1 / (1 - rate) where the entry is kept, 0 where it is dropped."""
    scale = 0 if rate == 1 else 1 / (1 - rate)
    return (rng.random(shape, np.float32) >= rate) * dtype.type(scale)


class CellPass:
    """One cell over a packed sequence (T, B, I), from the first step to the last."""

    def __init__(self, cell, x, mask, states, noise, keep, stack=None):
        self.mask = None if mask is None else (mask != 0)[..., None]
        # Whatever padding holds, NaN too, is nothing that a gradient may meet.
        self.x = x if mask is None else np.where(self.mask, x, x.dtype.type(0))
        self.first, self.noise, self.keep = states, noise, keep
        self.step = cell.step(cell, noise.recurrent)
        self.kept = []
        self.penalty = StepPenalty.of(cell, x.shape[1], stack)

    def inputs(self):
        """x as each block reads it, (K or 1, T B, I)."""
        x, factors = self.x[None], self.noise.inputs
        x = x if factors is None else x * factors[:, None]
        return x.reshape(len(x), -1, x.shape[-1])

    def share(self, t):
        """The share of the old state that zoneout keeps at step t."""
        zoneout = self.noise.zoneout
        return zoneout[t] if np.ndim(zoneout) else zoneout

    def forward(self):
        """(the first state after each step (T, B, H), all states after the last)."""
        states = self.first
        T, B, H = *self.x.shape[:2], states[0].shape[1]
        every = np.empty((T, B, H), self.x.dtype)
        p = self.step.project(self.inputs())
        p = p.reshape(len(p), T, B, H)
        for t in range(T):
            new, kept = self.step.forward(p[:, t], states)
            if self.noise.zoneout is not None:
                share = self.share(t)
                new[0] = share * states[0] + (1 - share) * new[0]
            if self.penalty is not None:
                # The first state is the output too.
                self.penalty.judge([new[0], *new], None if self.mask is None else self.mask[t])
            if self.mask is not None:
                new = [np.where(self.mask[t], n, s) for n, s in zip(new, states, strict=True)]
            states = new
            every[t] = states[0]
            if self.keep:
                self.kept.append(kept)
        self.output = states[0]
        return every, states

    def backward(self, devery, doutput, dstates, want_dx):
        """(dx or None, gradients of the first states), adding to the cell's gradients.

        devery: gradient of what `forward` gave first, or None; doutput: of `output` where
        that was taken by itself, or None; dstates: of the last states.
        """
        if doutput is not None:
            dstates = [dstates[0] + doutput, *dstates[1:]]
        dps, dqs = [], []
        for t in range(len(self.kept) - 1, -1, -1):
            d = list(dstates)
            if devery is not None:
                d[0] = d[0] + devery[t]
            past = [0] * len(d)
            if self.mask is not None:
                past = [np.where(self.mask[t], 0, part) for part in d]
                d = [np.where(self.mask[t], part, 0) for part in d]
            if self.penalty is not None:
                first, *slopes = self.penalty.slopes(t)
                d = [a + b for a, b in zip(d, slopes, strict=True)]
                d[0] = d[0] + first
            if self.noise.zoneout is not None:
                share = self.share(t)
                past[0] = past[0] + share * d[0]
                d[0] = d[0] * (1 - share)
            dp, dq, before = self.step.backward(d, self.kept[t])
            dps.append(dp)
            dqs.append(dq)
            dstates = [b + q for b, q in zip(before, past, strict=True)]
        if not self.x.size:
            return np.zeros_like(self.x) if want_dx else None, dstates
        dp, dq = (_rows(parts[::-1]) for parts in (dps, dqs))
        self.step.add_gradients(self.inputs(), _rows([k[0] for k in self.kept]), dp, dq)
        return self.input_gradient(dp) if want_dx else None, dstates

    def input_gradient(self, dp):
        dx = dp @ self.step.W.swapaxes(1, 2)
        dx = dx.reshape(len(dx), *self.x.shape)
        if self.noise.inputs is not None:
            dx = dx * self.noise.inputs[:, None]
        return dx.sum(axis=0)


def _rows(parts):
    """T arrays (K, B, H) as (K, T B, H)."""
    whole = np.stack(parts, axis=1)
    return whole.reshape(len(whole), -1, whole.shape[-1])


class StepPass:
    """A batch through a layer's cells, each over the whole sequence before the next begins.

    That is the order in which no cell waits for another: the second cell's step t needs the
    first cell's step t and nothing later.
    """

    def __init__(self, layer, x, mask, states, noises, keep):
        self.layer, self.cells = layer, layer.cells
        self.turned = slice(None, None, -1 if layer.go_backwards else 1)
        self.x, self.mask = x[self.turned], None if mask is None else mask[self.turned]
        self.states, self.noises, self.keep = states, noises, keep
        self.zeroed = None
        if mask is not None and layer.return_sequences and layer.zero_output_for_mask:
            self.zeroed = (self.mask != 0)[..., None]

    def forward(self):
        """y: (T, B, H), or (B, H) without `return_sequences`."""
        every, self.passes, self.finals = self.x, [], []
        first, stack = iter(self.states), self.layer.penalised_stack
        if stack is not None:
            stack.penalty = 0.0
        for cell, noise in zip(self.cells, self.noises, strict=True):
            states = [next(first) for _ in cell.state_sizes]
            self.passes.append(cell.over(every, self.mask, states, noise, self.keep, stack))
            every, last = self.passes[-1].forward()
            self.finals += last
        if not self.layer.return_sequences:
            return self.passes[-1].output
        return every if self.zeroed is None else every * self.zeroed

    def backward(self, dy, want_dx, dfinals):
        """(dx or None, gradients of the first states); `dfinals` are those of the last."""
        doutput = None
        if not self.layer.return_sequences:
            doutput, dy = dy, None
        elif self.zeroed is not None:
            dy = dy * self.zeroed
        found = []
        for place in range(len(self.passes) - 1, -1, -1):
            count = len(self.cells[place].state_sizes)
            dfinals, mine = dfinals[:-count], dfinals[-count:]
            dy, first = self.passes[place].backward(dy, doutput, mine, want_dx or place > 0)
            doutput, found = None, [*first, *found]
        return np.ascontiguousarray(dy[self.turned]) if want_dx else None, found
