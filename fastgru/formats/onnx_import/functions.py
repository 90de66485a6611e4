"""Activations of GRU, LSTM and RNN operators, as ours of numbers that are scaled and shifted."""

import math

#: act(a) of ONNX as (our activation, scale, shift): ours of scale * a + shift. Of alpha and
#: beta, None where the function has no such number, else its default.
ACTIVATIONS = {
    "relu": (None, None, lambda a, b: ("relu", 1, 0)),
    "tanh": (None, None, lambda a, b: ("tanh", 1, 0)),
    "sigmoid": (None, None, lambda a, b: ("sigmoid", 1, 0)),
    "softsign": (None, None, lambda a, b: ("softsign", 1, 0)),
    "softplus": (None, None, lambda a, b: ("softplus", 1, 0)),
    "affine": (1.0, 0.0, lambda a, b: ("linear", a, b)),
    "hardsigmoid": (0.2, 0.5, lambda a, b: ("hard_sigmoid", *_line(a, b))),
    "leakyrelu": (0.01, None, lambda a, b: ("leaky_relu", 1, 0) if _near(a, 0.2) else None),
    "elu": (1.0, None, lambda a, b: ("elu", 1, 0) if a == 1 else None),
    "scaledtanh": (1.0, 1.0, lambda a, b: ("tanh", b, 0) if a == 1 else None),
}  # fmt: skip


def _line(a, b):
    """Scale and shift of ours, whose slope is 1 / 6, where files round."""
    scale, shift = 6 * a, 6 * (b - 0.5)
    return 1 if _near(scale, 1) else scale, 0 if abs(shift) < 1e-6 else shift


def _near(a, b):
    return math.isclose(a, b, rel_tol=1e-6)


def functions(node, defaults, count):
    """(our activation, scale, shift) for each function of each direction."""
    names = node.attr("activations", list(defaults) * count)
    if len(names) != len(defaults) * count:
        node.refuse(f"name {len(defaults) * count} activations", f"{len(names)}")
    alphas, betas = (list(node.attr(f"activation_{word}", [])) for word in ("alpha", "beta"))
    found = []
    for name in names:
        alpha, beta, ours = ACTIVATIONS.get(name.lower(), (None, None, lambda a, b: None))
        # Only functions that have such numbers take one off the list.
        a = alpha if alpha is None or not alphas else alphas.pop(0)
        b = beta if beta is None or not betas else betas.pop(0)
        mapped = ours(a, b)
        if mapped is None:
            known = "have activations that fastgru has"
            node.refuse(known, f"{name!r} with alpha {a} and beta {b}")
        found.append(mapped)
    n = len(defaults)
    return [found[d * n : (d + 1) * n] for d in range(count)]
