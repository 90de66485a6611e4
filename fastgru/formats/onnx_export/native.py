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


def run(g, cell, x, mask, states, backwards, sequences):
    """(outputs (batch, time, units) in the order of x or None, states after the last step).

    x : (batch, time, width); states : names of (batch, units), or None for zeros.
    """
    pack = None
    if mask is not None:
        pack = packing(g, mask)
        x = pack.gather(x)
    operator, order = _OPERATORS[cell.step]
    count = len(cell.state_sizes)
    first = [None] * count if states is None else [g.unsqueeze(s, 0) for s in states]
    found = g.add(
        operator, g.transpose(x, 1, 0, 2), *_weights(g, cell, order),
        None if pack is None else pack.lengths, *first, outputs=1 + count,
        hidden_size=cell.units, direction="reverse" if backwards else "forward",
        **_attributes(cell),
    )  # fmt: skip
    finals = [g.squeeze(name, 0) for name in found[1:]]
    if pack is not None and states is not None:
        finals = [
            g.add("Where", pack.some, final, state)
            for final, state in zip(finals, states, strict=True)
        ]
    if not sequences:
        return None, finals
    y = g.transpose(g.squeeze(found[0], 1), 1, 0, 2)
    if pack is not None:
        y = pack.spread(y, None if states is None else states[0], backwards)
    return y, finals


def _activations(cell):
    """Names of the activations, in the operator's order."""
    act, rec = cell.activation, cell.recurrent_activation
    return {GRUStep: (rec, act), LSTMStep: (rec, act, act), SimpleStep: (act,)}[cell.step]


def _attributes(cell):
    found = [_ACTIVATIONS[name] for name in _activations(cell)]
    attributes = {"activations": [kind for kind, *_ in found]}
    for place, name in ((1, "activation_alpha"), (2, "activation_beta")):
        taken = [one[place] for one in found if len(one) > place]
        if taken:
            # Some readers count all activations, some only those that take a number: one
            # for each, and where an activation takes none, that of the other kind.
            attributes[name] = [one[place] if len(one) > place else taken[0] for one in found]
    if cell.step is GRUStep:
        attributes["linear_before_reset"] = int(cell.reset_after)
    return attributes


def _weights(g, cell, order):
    """Names of W, R and B; no B where there is no bias."""
    p, H = cell.parameters, cell.units

    def blocks(array):
        """(n, K H) as (1, K H, n), in the operator's order of blocks."""
        parts = array.reshape(len(array), -1, H)[:, order]
        return parts.reshape(1, len(array), -1).swapaxes(1, 2)

    W = g.weight("W", blocks(p["kernel"]))
    R = g.weight("R", blocks(p["recurrent_kernel"]))
    if "bias" not in p:
        return W, R, None
    bias = p["bias"].reshape(-1, len(order) * H)
    if len(bias) == 1:
        bias = np.concatenate([bias, np.zeros_like(bias)])
    return W, R, g.weight("B", blocks(bias)[0].T.reshape(1, -1))
