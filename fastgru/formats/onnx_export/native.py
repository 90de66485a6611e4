"""Cells as the operators GRU, LSTM and RNN of ONNX.

Their gate blocks are z, r, h; i, o, f, c; and one. W and R are (directions, blocks, ...),
B is [Wb, Rb], and inputs are (time, batch, width).
"""

import numpy as np

from fastgru.formats.onnx_export.packing import packing
from fastgru.layers.recurrent.steps import GRUStep, LSTMStep, SimpleStep

#: The operators' own activations, with alpha and beta where they take them.
_ACTIVATIONS = {
    "sigmoid": ("Sigmoid",),
    "tanh": ("Tanh",),
    "relu": ("Relu",),
    "linear": ("Affine", 1.0, 0.0),
    "leaky_relu": ("LeakyRelu", 0.2),
    "elu": ("Elu", 1.0),
    "hard_sigmoid": ("HardSigmoid", 1 / 6, 0.5),
    "softplus": ("Softplus",),
    "softsign": ("Softsign",),
}
#: The operator of an equation, where Keras' blocks go in it, and how many states it has.
_OPERATORS = {
    GRUStep: ("GRU", (0, 1, 2)),
    LSTMStep: ("LSTM", (0, 3, 1, 2)),
    SimpleStep: ("RNN", (0,)),
}


def fits(g, cell):
    """Whether ONNX Runtime's operator computes this cell."""
    names = _activations(cell)
    own = all(name in _ACTIVATIONS for name in names)
    return own and g.dtype == "float32" and not cell.keep_share


def pair(g, forward, backward):
    """Whether two cells are the two directions of one operator."""
    same = ("step", "units", "use_bias", "activation", "recurrent_activation")
    return (
        fits(g, forward)
        and fits(g, backward)
        and all(getattr(forward, name) == getattr(backward, name) for name in same)
        and getattr(forward, "reset_after", None) == getattr(backward, "reset_after", None)
    )


def run(g, cells, x, mask, states, backwards, sequences):
    """[(outputs (batch, time, units) in the order of x or None, states after the last step)].

    cells : one, or a `pair`, the one that goes forward first
    x : (batch, time, width)
    states : for each cell the names of its states, (batch, units); None for zeros
    backwards : whether a single cell goes backwards
    sequences : whether outputs are wanted
    """
    pack = None if mask is None else packing(g, mask)
    if pack is not None:
        x = pack.gather(x)
    count, both = len(cells[0].state_sizes), len(cells) == 2
    operator, order = _OPERATORS[cells[0].step]
    found = g.add(
        operator, g.transpose(x, 1, 0, 2), *_weights(g, cells, order),
        None if pack is None else pack.lengths, *_first(g, states, count), outputs=1 + count,
        hidden_size=cells[0].units, **_attributes(cells),
        direction="bidirectional" if both else "reverse" if backwards else "forward",
    )  # fmt: skip
    parts = zip(
        *(_directions(g, y, i > 0, len(cells)) for i, y in enumerate(found)), strict=True
    )
    results = []
    for (y, *finals), first, turned in zip(parts, states, (backwards, True), strict=False):
        if pack is not None and first is not None:
            finals = [
                g.add("Where", pack.some, final, state)
                for final, state in zip(finals, first, strict=True)
            ]
        if sequences:
            y = g.transpose(y, 1, 0, 2)
            if pack is not None:
                y = pack.spread(y, None if first is None else first[0], turned)
        results.append((y if sequences else None, finals))
    return results


def _first(g, states, count):
    """Names of the initial states, (directions, batch, units)."""
    if states[0] is None:
        return [None] * count
    found = [[g.unsqueeze(state, 0) for state in one] for one in states]
    return [
        same[0] if len(same) == 1 else g.add("Concat", *same, axis=0)
        for same in zip(*found, strict=True)
    ]


def _directions(g, y, final, count):
    """Outputs (time, directions, batch, units), or such states without time, one by one."""
    axis = 0 if final else 1
    parts = [y] if count == 1 else g.add("Split", y, g.ints(1, 1), outputs=2, axis=axis)
    return [g.squeeze(part, axis) for part in parts]


def _activations(cell):
    """Names of the activations, in the operator's order."""
    act, rec = cell.activation, cell.recurrent_activation
    return {GRUStep: (rec, act), LSTMStep: (rec, act, act), SimpleStep: (act,)}[cell.step]


def _attributes(cells):
    found = [_ACTIVATIONS[name] for cell in cells for name in _activations(cell)]
    attributes = {"activations": [kind for kind, *_ in found]}
    for place, name in ((1, "activation_alpha"), (2, "activation_beta")):
        taken = [one[place] for one in found if len(one) > place]
        if taken:
            # Some readers count all activations, some only those that take a number: one
            # for each, and where an activation takes none, that of the other kind.
            attributes[name] = [one[place] if len(one) > place else taken[0] for one in found]
    if cells[0].step is GRUStep:
        attributes["linear_before_reset"] = int(cells[0].reset_after)
    return attributes


def _weights(g, cells, order):
    """Names of W, R and B; no B where there is no bias."""
    H, K = cells[0].units, len(order)

    def blocks(array):
        """(n, K H) as (K H, n), in the operator's order of blocks."""
        parts = array.reshape(len(array), K, H)[:, order]
        return parts.reshape(len(array), K * H).T

    def both(cell):
        """Wb and Rb in a row."""
        bias = cell.parameters["bias"].reshape(-1, K * H)
        if len(bias) == 1:
            bias = np.concatenate([bias, np.zeros_like(bias)])
        return blocks(bias).T.reshape(-1)

    W, R = (
        g.weight(name, np.stack([blocks(cell.parameters[what]) for cell in cells]))
        for name, what in (("W", "kernel"), ("R", "recurrent_kernel"))
    )
    bias = (
        g.weight("B", np.stack([both(cell) for cell in cells])) if cells[0].use_bias else None
    )
    return W, R, bias
