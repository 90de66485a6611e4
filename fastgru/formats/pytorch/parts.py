"""What a model is made of on PyTorch's side: parts in their order, each with its weights."""

import dataclasses
from collections.abc import Mapping

from fastgru import activations
from fastgru._check import short
from fastgru._errors import refuse
from fastgru.formats.pytorch import WHERE
from fastgru.formats.pytorch.arrays import PLAIN, as_arrays
from fastgru.layers import Activation, Layer

#: Modules that are nothing but their children in a row.
_ROWS = ("Sequential", "ModuleList")
_KINDS = ("GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell")


@dataclasses.dataclass
class Part:
    """One module: its class, its place in errors, its options as attributes, its weights."""

    kind: str
    label: str
    options: object
    arrays: dict

    @property
    def recurrent(self):
        return self.kind in _KINDS


def parts_of(source, known):
    """The parts of a module or a list of them; `known` are the kinds that can be read."""
    found = []
    for thing in _flat(source):
        label = f"{type(thing).__name__} ({len(found)})"
        if isinstance(thing, str):
            thing = _activation(thing)
        if isinstance(thing, Layer):
            found.append(Part("layer", label, thing, {}))
        elif _is_torch(thing) and type(thing).__name__ in known:
            arrays = as_arrays(thing.state_dict())
            found.append(Part(type(thing).__name__, label, thing, arrays))
        else:
            _refuse(thing, known)
    return found


def _flat(source):
    row = _is_torch(source) and type(source).__name__ in _ROWS
    if row or isinstance(source, (list, tuple)):
        for thing in source:
            yield from _flat(thing)
    else:
        yield source


def _is_torch(thing):
    """Whether the class is one of torch.nn itself: a class built on it may do anything."""
    return type(thing).__module__.startswith("torch.nn.modules.")


def _activation(word):
    if word not in activations.NAMES:
        rule = f"name an activation, one of {', '.join(activations.NAMES)}"
        refuse(WHERE, "a word in the list", rule, short(word))
    return Activation(word)


def _refuse(thing, known):
    children = getattr(thing, "named_children", None)
    if _is_torch(thing) or not callable(children) or isinstance(thing, (type, Mapping)):
        rule = f"be one of torch.nn's {', '.join(known)}, a layer of fastgru or an activation"
        refuse(WHERE, "every module", rule, short(thing))
    name = type(thing).__name__
    if type(thing).__module__.startswith("torch.nn.utils.parametrize"):
        refuse(WHERE, "the weights of a module", "be plain", name, PLAIN)
    if ".quantized" in type(thing).__module__:
        refuse(WHERE, "a module", "have weights of floats", f"a quantised {name}",
               "Give the module that it was made of.")  # fmt: skip
    names = ", ".join(f"module.{name}" for name, _ in children())
    refuse(
        WHERE, "a module", "be one of torch.nn's own, for what its forward does cannot be seen",
        name,
        f"Give a list in the order of its forward, like [{names}], with activations by name.",
    )  # fmt: skip
