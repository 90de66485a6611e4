"""Activations by Keras' names, for whole arrays; layers take the same names.

`fastgru.activations.tanh(x)` computes it, `GRU(32, activation="tanh")` and
`GRU(32, activation=fastgru.activations.tanh)` name it. `hard_sigmoid` rises by 1/6, as in
Keras 3; `hard_sigmoid_keras2` by 0.2, as it did before, and models of that time have it.
"""

import numpy as np

from fastgru._check import as_array, check_choice, fail
from fastgru.kernels import activations as kernel

KINDS = kernel.KINDS
ROWS = ("softmax", "log_softmax")
NAMES = (*kernel.KINDS, *ROWS)
_SAME = {"swish": "silu"}


def apply(name, a, out=None):
    """y = act(a) for a packed array, into `out` (which may be `a`) or a new array."""
    y = np.empty_like(a) if out is None else out
    if name in ROWS:
        width = a.shape[-1]
        logarithm = name == "log_softmax"
        kernel.softmax_forward(a.reshape(-1, width), y.reshape(-1, width), logarithm)
    else:
        kernel.activation_forward(kernel.KINDS[name], a.reshape(-1), y.reshape(-1))
    return y


def backward(name, a, y, dy, out=None):
    """da from dy, with a and y as `apply` had and left them; `out` may be `dy`."""
    da = np.empty_like(dy) if out is None else out
    if name in ROWS:
        width = y.shape[-1]
        y, dy = y.reshape(-1, width), dy.reshape(-1, width)
        kernel.softmax_backward(y, dy, da.reshape(-1, width), name == "log_softmax")
    else:
        kind = kernel.KINDS[name]
        kernel.activation_backward(
            kind, a.reshape(-1), y.reshape(-1), dy.reshape(-1), da.reshape(-1)
        )
    return da


def enlist(name, program):
    """Add an activation to a compiled program."""
    if name in ROWS:
        program.activation(0, softmax=True, logarithm=name == "log_softmax")
    else:
        program.activation(KINDS[name])


def needs_input(name):
    """Whether the derivative cannot be had from the output alone."""
    return name in kernel.NEEDS_INPUT


def _function(name):
    def activation(x):
        x = as_array(name, "x", x)
        dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float32
        return apply(name, np.array(x, dtype, order="C"))

    activation.__name__ = activation.__qualname__ = name
    activation.__doc__ = (
        f"`{name}` of any array-like; float64 stays float64, all else is float32."
    )
    return activation


for _name in NAMES:
    globals()[_name] = _function(_name)
swish = globals()["silu"]


def resolve(identifier, where, what="activation", choices=NAMES):
    """The name of an activation, from a name, one of this module's functions, or None.

    None is "linear". Raises ValueError for an unknown name, TypeError for another kind.
    """
    if identifier is None:
        return "linear"
    if callable(identifier):
        name = getattr(identifier, "__name__", "")
        if globals().get(name) is not identifier:
            fail(
                where, what, "be the name of an activation or one of fastgru.activations",
                f"{identifier!r}", kind=TypeError,
            )  # fmt: skip
        identifier = name
    identifier = _SAME.get(identifier, identifier)
    return check_choice(where, what, identifier, choices)


def get(identifier):
    """The function of an activation, from its name; None gives `linear`."""
    return globals()[resolve(identifier, "activations.get", "identifier")]
