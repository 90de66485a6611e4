"""The recurrent cells with dropout, zoneout and masks, written to be read.

A state is a list of arrays (B, size); a cell is a function (x, states, weights, drop_x,
drop_h) that gives the new list, the output first. The drops are functions of a gate's number:
the factors of that gate's input and state. Keras' order of gates throughout.
"""

import numpy as np
from reference import ACTIVATIONS


def always(_):
    return 1.0


def gates(x, h, weights, n, drop_x, drop_h):
    """(x W + b, h U) for each gate; the bias with two rows gives its second to h U."""
    W, U, *bias = weights
    bias = bias[0] if bias else np.zeros(W.shape[1])
    bW, bU = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    parts = (np.split(a, n, axis=-1) for a in (W, U, bW, bU))
    return [
        ((x * drop_x(k)) @ W + bW, (h * drop_h(k)) @ U + bU)
        for k, (W, U, bW, bU) in enumerate(zip(*parts, strict=True))
    ]


def simple(x, states, weights, drop_x=always, drop_h=always, activation="tanh"):
    ((p, q),) = gates(x, states[0], weights, 1, drop_x, drop_h)
    return [ACTIVATIONS[activation](p + q)]


def lstm(x, states, weights, drop_x=always, drop_h=always, activation="tanh",
         recurrent_activation="sigmoid"):  # fmt: skip
    act, s = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    h, c = states
    i, f, g, o = (p + q for p, q in gates(x, h, weights, 4, drop_x, drop_h))
    c = s(f) * c + s(i) * act(g)
    return [s(o) * act(c), c]


def gru(x, states, weights, drop_x=always, drop_h=always, activation="tanh",
        recurrent_activation="sigmoid", reset_after=True):  # fmt: skip
    act, s = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    h = states[0]
    (z, qz), (r, qr), (p, q) = gates(x, h, weights, 3, drop_x, drop_h)
    z, r = s(z + qz), s(r + qr)
    U_g = np.split(weights[1], 3, axis=-1)[2]
    g = act(p + r * q) if reset_after else act(p + (r * h * drop_h(2)) @ U_g)
    return [z * h + (1 - z) * g]


def run(cell, x, states, mask=None, share=None, go_backwards=False, **options):
    """(the output after each step (T, B, H), the states after the last).

    share: of the first state, what zoneout keeps of the old one, (T, B, H) or a number
    """
    states, out = list(states), []
    order = range(len(x) - 1, -1, -1) if go_backwards else range(len(x))
    for number, t in enumerate(order):
        new = cell(x[t], states, **options)
        if share is not None:
            kept = share[number] if np.ndim(share) else share
            new[0] = kept * states[0] + (1 - kept) * new[0]
        if mask is not None:
            new = [np.where(mask[t][:, None], n, s) for n, s in zip(new, states, strict=True)]
        states = new
        out.append(states[0])
    return np.stack(out), states


CELLS = {"SimpleRNN": (simple, ()), "LSTM": (lstm, ("recurrent_activation",)),
         "GRU": (gru, ("recurrent_activation", "reset_after"))}  # fmt: skip


def layer_value(layer, x, states, mask=None):
    """(y, states after the last step) of a layer of ours, read from its weights."""
    every, finals, states = x, [], list(states)
    for cell in layer.cells:
        function, names = CELLS[type(cell).__name__.removesuffix("Cell")]
        options = {name: getattr(cell, name) for name in ("activation", *names)}
        count = len(cell.state_sizes)
        every, last = run(
            function, every, states[:count], None if mask is None else mask > 0, None,
            layer.go_backwards and cell is layer.cells[0], weights=cell.weights, **options,
        )  # fmt: skip
        if layer.go_backwards and cell is layer.cells[0] and mask is not None:
            mask = mask[::-1]
        states, finals = states[count:], finals + last
    if mask is not None and layer.zero_output_for_mask:
        every = every * mask[..., None]
    return (every if layer.return_sequences else last[0]), finals
