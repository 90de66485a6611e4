"""A node of the graph, as its handler sees it."""

import numpy as np

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import.fold import Filled
from fastgru.formats.onnx_import.terms import Term
from fastgru.formats.onnx_import.tree import CHAIN
from fastgru.formats.onnx_import.values import Tensor


class Node:
    """An operator with the values it reads.

    Parameters
    ----------
    op, what : str
        What it is, and what errors call it.
    inputs : list
        Constants, Tensors, or None where an input is left out.
    attrs : dict
        Its attributes; what a handler has read is taken out.
    opset : int
        Version of the operators.

    A `Walk` gives it `outputs`, how many values it has, `body`, the GraphProto inside of it or
    None, and `outside`, which finds the value of a name that the body reads.
    """

    def __init__(self, op, what, inputs, attrs, opset):
        self.op, self.what, self.inputs, self.attrs = op, what, inputs, attrs
        self.opset = opset

    def refuse(self, rule, got, hint=""):
        """Raise the sentence about this node."""
        refuse(WHERE, self.what, rule, shown(got) if not isinstance(got, str) else got, hint)

    def attr(self, name, default):
        """An attribute of the kind that its default has, or any if that is None."""
        value = self.attrs.pop(name, default)
        kinds = {list: list, str: str, int: int, float: float}
        wanted = kinds.get(type(default))
        if wanted is float and type(value) is int:
            value = float(value)
        if wanted is not None and type(value) is not wanted:
            self.refuse(f"have {name} as {wanted.__name__}", type(value).__name__)
        return value

    def ignore(self, *names):
        """Attributes that change nothing here."""
        for name in names:
            self.attrs.pop(name, None)

    def finish(self):
        """Refuse attributes that nobody has read: they would be lost."""
        if self.attrs:
            self.refuse("have attributes that fastgru knows", shown(next(iter(self.attrs))))

    def input(self, place):
        """An input, or None."""
        return self.inputs[place] if place < len(self.inputs) else None

    def tensor(self, place):
        """An input that depends on the model's."""
        return self.checked(self.input(place))

    def checked(self, value):
        """`value`, if it depends on the model's input."""
        if not isinstance(value, Tensor):
            got = {type(None): "nothing", np.ndarray: "a constant", Filled: "a constant",
                   Term: "a formula that fastgru does not know"}  # fmt: skip
            self.refuse("read what the layer before it gives",
                        got.get(type(value), "several values as one"), CHAIN)  # fmt: skip
        return value

    def constant(self, place):
        """An input that is a constant of numbers."""
        value = self.input(place)
        if not isinstance(value, np.ndarray) or value.dtype == object:
            got = "nothing" if value is None else "what is computed from the input"
            self.refuse(f"have a constant as its input {place}", got)
        return value

    def ints(self, name, place, default=None):
        """Integers that are an attribute in old versions and an input in new ones."""
        value = self.input(place)
        if value is None:
            value = self.attr(name, None)
            if value is None:
                return default
            return [int(one) for one in (value if isinstance(value, list) else [value])]
        self.ignore(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
            self.refuse(f"have constant {name}", "what is computed from the input")
        return [int(one) for one in value.reshape(-1)]

    def axis(self, axis, rank):
        """An axis counted from 0."""
        if not -rank <= axis < rank:
            self.refuse(f"have an axis in [{-rank}, {rank})", f"{axis}")
        return axis % rank
