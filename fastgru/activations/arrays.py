"""Activations by name of whole packed arrays, forward and backward, as layers call them."""

import numpy as np

from fastgru.kernels import activations as kernel

KINDS = kernel.KINDS
#: Those that act on rows: their kernels, forward (a, y) and backward (y, dy, da).
ROWS = {
    "softmax": (
        lambda a, y: kernel.softmax_forward(a, y, False),
        lambda y, dy, da: kernel.softmax_backward(y, dy, da, False),
    ),
    "log_softmax": (
        lambda a, y: kernel.softmax_forward(a, y, True),
        lambda y, dy, da: kernel.softmax_backward(y, dy, da, True),
    ),
    "sparsemax": (kernel.sparsemax_forward, kernel.sparsemax_backward),
}
NAMES = (*KINDS, *ROWS)


def apply(name, a, out=None):
    """y = act(a) for a packed array, into `out` (which may be `a`) or a new array."""
    y = np.empty_like(a) if out is None else out
    if name in ROWS:
        width = a.shape[-1]
        ROWS[name][0](a.reshape(-1, width), y.reshape(-1, width))
    else:
        kernel.activation_forward(KINDS[name], a.reshape(-1), y.reshape(-1))
    return y


def backward(name, a, y, dy, out=None):
    """da from dy, with a and y as `apply` had and left them; `out` may be `dy`."""
    da = np.empty_like(dy) if out is None else out
    if name in ROWS:
        width = y.shape[-1]
        ROWS[name][1](*(part.reshape(-1, width) for part in (y, dy, da)))
    else:
        kernel.activation_backward(
            KINDS[name], a.reshape(-1), y.reshape(-1), dy.reshape(-1), da.reshape(-1)
        )
    return da


def enlist(name, program):
    """Add an activation to a compiled program; False where that cannot be."""
    if name in KINDS:
        program.activation(KINDS[name])
    elif name in ("softmax", "log_softmax"):
        program.activation(0, softmax=True, logarithm=name == "log_softmax")
    else:
        return False
    return True


def needs_input(name):
    """Whether the derivative cannot be had from the output alone."""
    return name in kernel.NEEDS_INPUT
