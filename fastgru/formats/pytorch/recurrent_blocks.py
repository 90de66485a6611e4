"""Recurrent modules behind masks, whichever steps these skip."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fastgru.formats.pytorch.blocks import ACTIVATIONS, Block

MERGES = {
    "concat": lambda one, other: torch.cat([one, other], -1),
    "sum": lambda one, other: one + other,
    "mul": lambda one, other: one * other,
    "ave": lambda one, other: (one + other) / 2,
}


class Recurrent(Block):
    """Mixin of modules over a sequence, (batch, time, width).

    sequences, backwards, zeros, dropout : as Keras' return_sequences, go_backwards,
        zero_output_for_mask and dropout
    merge : how the outputs of two directions become one
    """

    def set_up(self, sequences, backwards, zeros, dropout, merge=None):
        self.sequences, self.backwards, self.zeros = sequences, backwards, zeros
        self.drop, self.merge = dropout, merge
        return self

    def step(self, x, mask):
        if self.backwards:
            x, mask = x.flip(1), None if mask is None else mask.flip(1)
        if self.drop:
            x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
        y, last = self.over(x, mask)
        if mask is not None and self.zeros:
            y = y * mask[..., None]
        if self.merge is not None:
            y, last = (MERGES[self.merge](*pair) for pair in (y.chunk(2, -1), last))
        elif last is not None:
            (last,) = last
        # As in Keras, the mask stays in the order of the input.
        if self.backwards and mask is not None:
            mask = mask.flip(1)
        return (y, mask) if self.sequences else (last, None)

    def over(self, x, mask):
        """(outputs at every step, the last states of each direction)."""
        if mask is None:
            y, last = self(x)
            return y, last[0] if isinstance(last, tuple) else last
        # PyTorch knows sequences that end: the steps that count, one behind the other.
        lengths, order = mask.sum(1), torch.argsort((~mask).byte(), dim=1, stable=True)
        packed = pack_padded_sequence(
            _picked(x, order),
            lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        packed, last = self(packed)
        last = last[0] if isinstance(last, tuple) else last
        y, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        place = mask.cumsum(1) - 1
        y = _picked(y, place.clamp(min=0)) * (place >= 0)[..., None]
        return y, last * (lengths > 0)[:, None]


def _picked(x, places):
    """For each sample, its steps at these places."""
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[2]))


class GRU(Recurrent, nn.GRU):
    pass


class LSTM(Recurrent, nn.LSTM):
    pass


class RNN(Recurrent, nn.RNN):
    pass


class GRUSteps(Recurrent, nn.Module):
    """A GRU of other activations than nn.GRU's, or that resets before the product."""

    def __init__(
        self, width, units, bias, dtype, activation, recurrent_activation, reset_after
    ):
        super().__init__()
        shapes = {"weight_ih_l0": (3 * units, width), "weight_hh_l0": (3 * units, units)}
        if bias:
            shapes["bias_ih_l0"] = (3 * units,)
        if bias and reset_after:
            shapes["bias_hh_l0"] = (3 * units,)
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.empty(shape, dtype=dtype)))
        self.activation, self.recurrent_activation = activation, recurrent_activation
        self.reset_after = reset_after

    def over(self, x, mask):
        W, U = self.weight_ih_l0, self.weight_hh_l0
        b, b_state = getattr(self, "bias_ih_l0", None), getattr(self, "bias_hh_l0", None)
        act, rec = (ACTIVATIONS[one] for one in (self.activation, self.recurrent_activation))
        H = U.shape[1]
        h, found = x.new_zeros(len(x), H), []
        for t, a in enumerate(F.linear(x, W, b).unbind(1)):
            u = F.linear(h, U, b_state) if self.reset_after else F.linear(h, U[: 2 * H])
            r, z = map(rec, (a[:, : 2 * H] + u[:, : 2 * H]).chunk(2, -1))
            q = r * u[:, 2 * H :] if self.reset_after else F.linear(r * h, U[2 * H :])
            new = z * h + (1 - z) * act(a[:, 2 * H :] + q)
            h = new if mask is None else torch.where(mask[:, t, None], new, h)
            found.append(h)
        return torch.stack(found, 1), h[None]


class Both(Block, nn.Module):
    """Two modules of one direction each, where one of PyTorch's cannot be both."""

    def __init__(self, forward_layer, backward_layer, merge):
        super().__init__()
        self.forward_layer, self.backward_layer = forward_layer, backward_layer
        self.merge = merge

    def step(self, x, mask):
        y, behind = self.forward_layer.step(x, mask)
        other, _ = self.backward_layer.step(x, mask)
        if self.backward_layer.sequences:
            other = other.flip(1)
        return MERGES[self.merge](y, other), behind
