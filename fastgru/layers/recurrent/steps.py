"""The equations of one step, and their derivatives, for cells that are run step by step.

Gate blocks are the first axis here, (K, ...), where a Keras weight has them along its last:
a block is then packed, and each may have a dropout mask of its own. `K` is the number of
blocks; the other letters are those of docs/gru.md.
"""

import numpy as np

from fastgru import activations


def act(name, a):
    """act(a) of a packed array, in a new one."""
    return activations.apply(name, a) if a.size else a


def slope(name, a, y, dy):
    """dL/da from dy = dL/dy, for y = act(a)."""
    return activations.backward(name, a, y, dy) if a.size else dy


def apart(weight, K):
    """(n, K H) as (K, n, H)."""
    n, width = weight.shape
    return np.ascontiguousarray(weight.reshape(n, K, width // K).swapaxes(0, 1))


def together(blocks):
    """The inverse of `apart`."""
    K, n, H = blocks.shape
    return blocks.swapaxes(0, 1).reshape(n, K * H)


class Step:
    """A cell's parameters, as blocks, for one pass.

    A subclass has `forward(p, states)`, which gives the new states and what `backward` needs
    of this step, first of it what U was multiplied with; and `backward(dstates, kept)`, which
    gives (dp, dq, gradients of the states before). p and dp are (K, B, H).

    Parameters
    ----------
    cell : the layer or cell with the parameters
    recurrent : (K, B, H) or (1, B, H), optional
        Factors of the state before the products with U.
    """

    blocks = 1

    def __init__(self, cell, recurrent):
        self.cell, self.recurrent = cell, recurrent
        p = cell.parameters
        self.W, self.U = (
            apart(p[name], self.blocks) for name in ("kernel", "recurrent_kernel")
        )
        self.Ut = self.U.swapaxes(1, 2)
        self.bias = self.second_bias = None
        if "bias" in p:
            bias = p["bias"].reshape(-1, self.blocks, 1, cell.units)
            self.bias, self.second_bias = bias[0], bias[1] if len(bias) > 1 else None

    def dropped(self, h):
        """h as each block's product reads it."""
        return h[None] if self.recurrent is None else h * self.recurrent

    def undropped(self, dh):
        """The gradient of h from those of what `dropped` gave."""
        return (dh if self.recurrent is None else dh * self.recurrent).sum(axis=0)

    def project(self, x):
        """p (K, N, H) of x (K or 1, N, I)."""
        p = x @ self.W
        return p if self.bias is None else p + self.bias

    def add_gradients(self, x, h, dp, dq):
        """Add the parameters' gradients; x, h (K or 1, N, ...), dp, dq (K, N, H)."""
        d = self.cell.gradients
        d["kernel"] += together(x.swapaxes(1, 2) @ dp)
        d["recurrent_kernel"] += together(h.swapaxes(1, 2) @ dq)
        if "bias" in d:
            sums = [part.sum(axis=1).reshape(-1) for part in (dp, dq)]
            d["bias"] += sums[0] if d["bias"].ndim == 1 else np.stack(sums)


class SimpleStep(Step):
    """h' = act(p + h U)."""

    def forward(self, p, states):
        hidden = self.dropped(states[0])
        a = p[0] + (hidden @ self.U)[0]
        y = act(self.cell.activation, a)
        return [y], (hidden, a, y)

    def backward(self, dstates, kept):
        _, a, y = kept
        da = slope(self.cell.activation, a, y, dstates[0])[None]
        return da, da, [self.undropped(da @ self.Ut)]


class LSTMStep(Step):
    """i, f, o = rec(...), c' = f c + i act(...), h' = o act(c'); blocks i, f, c, o.

    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """

    blocks = 4

    def forward(self, p, states):
        h, c = states
        hidden = self.dropped(h)
        a = p + hidden @ self.U
        kinds = [self.cell.recurrent_activation] * 4
        kinds[2] = self.cell.activation
        i, f, g, o = gates = [act(kind, part) for kind, part in zip(kinds, a, strict=True)]
        after = f * c + i * g
        s = act(self.cell.activation, after)
        return [o * s, after], (hidden, a, gates, kinds, c, after, s)

    def backward(self, dstates, kept):
        _, a, (i, f, g, o), kinds, c, after, s = kept
        dh, dc = dstates
        dc = dc + slope(self.cell.activation, after, s, dh * o)
        outer = dc * g, dc * c, dc * i, dh * s
        da = np.stack([
            slope(*parts) for parts in zip(kinds, a, (i, f, g, o), outer, strict=True)
        ])  # fmt: skip
        return da, da, [self.undropped(da @ self.Ut), dc * f]


class GRUStep(Step):
    """The two forms of docs/gru.md; h in z * h is never dropped."""

    blocks = 3

    def forward(self, p, states):
        (h,) = states
        cell, hidden = self.cell, self.dropped(states[0])
        if cell.reset_after:
            q = hidden @ self.U
            if self.second_bias is not None:
                q = q + self.second_bias
        else:
            q = hidden[:2] @ self.U[:2]
        a_z, a_r = p[0] + q[0], p[1] + q[1]
        z, r = (act(cell.recurrent_activation, part) for part in (a_z, a_r))
        if cell.reset_after:
            inner = q[2]
            a_g = p[2] + r * inner
        else:
            inner = r * hidden[-1]
            a_g = p[2] + inner @ self.U[2]
            hidden = np.stack([hidden[0], hidden[min(1, len(hidden) - 1)], hidden[-1]])
        g = act(cell.activation, a_g)
        read = hidden if cell.reset_after else np.stack([hidden[0], hidden[1], inner])
        return [z * h + (1 - z) * g], (read, h, hidden[-1], inner, (a_z, a_r, a_g), (z, r, g))

    def backward(self, dstates, kept):
        _, h, hidden_g, inner, (a_z, a_r, a_g), (z, r, g) = kept
        (d,) = dstates
        cell = self.cell
        da_g = slope(cell.activation, a_g, g, d * (1 - z))
        da_z = slope(cell.recurrent_activation, a_z, z, d * (h - g))
        if cell.reset_after:
            da_r = slope(cell.recurrent_activation, a_r, r, da_g * inner)
            dp, dq = np.stack([da_z, da_r, da_g]), np.stack([da_z, da_r, da_g * r])
            dhidden = dq @ self.Ut
        else:
            s = da_g @ self.Ut[2]
            da_r = slope(cell.recurrent_activation, a_r, r, s * hidden_g)
            dp = dq = np.stack([da_z, da_r, da_g])
            dhidden = np.concatenate([dp[:2] @ self.Ut[:2], (s * r)[None]])
        return dp, dq, [self.undropped(dhidden) + d * z]
