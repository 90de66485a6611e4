"""Activations by Keras' names, for whole arrays; layers take the same names.

`fastgru.activations.tanh(x)` computes it, `GRU(32, activation="tanh")` and
`GRU(32, activation=fastgru.activations.tanh)` name it. `hard_sigmoid` rises by 1/6, as in
Keras 3; `hard_sigmoid_keras2` by 0.2, as it did before, and models of that time have it.
`sparsemax` is the paper's, and Keras' from its version after 3.15 on (Keras' issue 23425).
`glu` halves what it gets and `threshold` takes three arguments: no layer has them.
"""

from fastgru._check import check_choice, fail
from fastgru.activations.arrays import (
    KINDS,
    NAMES,
    ROWS,
    apply,
    backward,
    enlist,
    needs_input,
)
from fastgru.activations.functions import FUNCTIONS

_SAME = {"swish": "silu", "hard_swish": "hard_silu"}

__all__ = [  # noqa: PLE0604
    "FUNCTIONS", "KINDS", "NAMES", "ROWS", "apply", "backward", "deserialize", "enlist", "get",
    "needs_input", "resolve", "serialize", *FUNCTIONS, *_SAME,
]  # fmt: skip

globals().update(FUNCTIONS | {name: FUNCTIONS[same] for name, same in _SAME.items()})


def _name(identifier, where, what):
    """The name of an activation, which may be no layer's."""
    if identifier is None:
        return "linear"
    if callable(identifier):
        name = getattr(identifier, "__name__", "")
        if FUNCTIONS.get(name) is not identifier:
            fail(
                where, what, "be the name of an activation or one of fastgru.activations",
                f"{identifier!r}", kind=TypeError,
            )  # fmt: skip
        return name
    return _SAME.get(identifier, identifier) if isinstance(identifier, str) else identifier


def resolve(identifier, where, what="activation"):
    """The name of a layer's activation, from a name, one of this module's functions, or None.

    None is "linear". Raises ValueError for an unknown name, TypeError for another kind.
    """
    name = _name(identifier, where, what)
    if name in ("glu", "threshold"):
        # In Keras, layers behind a glu are built for twice the width that they get.
        fail(where, what, "take one array and leave its shape", f"{name!r}",
             f"fastgru.activations.{name} computes it.")  # fmt: skip
    return check_choice(where, what, name, NAMES)


def serialize(activation):
    """The name of an activation, which is how configurations have it."""
    return _function(activation, "activations.serialize", "activation").__name__


def deserialize(config):
    """The function of a name that `serialize` gave."""
    return _function(config, "activations.deserialize", "config")


def get(identifier):
    """The function of an activation, from its name; None gives `linear`."""
    return _function(identifier, "activations.get", "identifier")


def _function(identifier, where, what):
    name = _name(identifier, where, what)
    return FUNCTIONS[check_choice(where, what, name, FUNCTIONS)]
