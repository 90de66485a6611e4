"""Formulas that are no chain of layers, as terms: what an operator gives of what it reads.

A pattern is a term with holes. Patterns are made by the functions that write files, which
here write terms instead of nodes: what is written in one place is read back by it.
"""

import dataclasses
import math

import numpy as np

from fastgru.formats.onnx_export.activations import activate
from fastgru.formats.onnx_export.graph import Graph


@dataclasses.dataclass(frozen=True, eq=False)
class Term:
    """An operator upon other terms; without them, a leaf that is `value`."""

    op: str
    args: tuple = ()
    attrs: tuple = ()
    value: object = None


def hole(name, rule=None):
    """A leaf that stands for any term, or any for whose value `rule` holds."""
    return Term("hole", (), (name,), rule)


def of(op, args, attrs, outputs=1):
    """The term of an operator, or of each of its outputs."""
    found = Term(op, tuple(args), tuple(sorted((k, _plain(v)) for k, v in attrs.items())))
    if outputs == 1:
        return found
    return tuple(Term("output", (found,), (place,)) for place in range(outputs))


def _plain(value):
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    # Files hold numbers of float32.
    return float(np.float32(value)) if isinstance(value, float) else value


def constant(value):
    """A leaf for a constant."""
    return Term("constant", value=value)


def match(pattern, term, found):
    """Whether a term is of a pattern; `found` gets {name of a hole: term, ...}."""
    if pattern.op == "hole":
        if pattern.value is not None and not pattern.value(term):
            return False
        return found.setdefault(pattern.attrs[0], term) is term
    if pattern in found:
        return found[pattern] is term
    if pattern.op == "any":
        return _any(pattern, term, found)
    same = pattern.op == term.op and pattern.attrs == term.attrs
    if not same or len(pattern.args) != len(term.args):
        return False
    if pattern.op == "constant":
        return _equal(pattern.value, term.value)
    found[pattern] = term
    return all(
        match(one, other, found) for one, other in zip(pattern.args, term.args, strict=True)
    )


def _any(pattern, term, found):
    """Whether a term is one of the alternatives of a pattern."""
    (name,), before = pattern.attrs, dict(found)
    for key, one in pattern.value.items():
        found.clear()
        found |= before
        if found.setdefault(name, key) == key and match(one, term, found):
            return True
    found.clear()
    found |= before
    return False


def _equal(one, other):
    """Whether two constants are the same numbers, whatever their shapes are."""
    one, other = np.ravel(one), np.ravel(other)
    return one.size == other.size <= 8 and all(
        math.isclose(a, b, rel_tol=1e-6) for a, b in zip(one, other, strict=True)
    )


class _Unknown:
    def __getitem__(self, place):
        return self


#: The weights of a layer that is to be found, and all parts of them.
UNKNOWN = _Unknown()


class Symbols(Graph):
    """A Graph that gives terms; names of weights are those of holes."""

    def name(self, what):
        """A name, which need not be new."""
        return what

    def add(self, op, *inputs, outputs=1, **attributes):
        """The term of a new node, or a list of its outputs."""
        inputs = list(inputs)
        while inputs[-1] is None:
            inputs.pop()
        found = of(op, inputs, attributes, outputs)
        return found if outputs == 1 else list(found)

    def weight(self, what, array):
        """A constant, or a hole where the array is `UNKNOWN`."""
        return hole(what) if array is UNKNOWN else constant(array)

    def numbers(self, value):
        """One number."""
        return value if isinstance(value, Term) else constant(np.asarray(value, self.dtype))

    def ints(self, *values):
        """A list of int64."""
        return constant(np.array(values, np.int64))

    def activate(self, name, x):
        """act(x), where the activation may be open: {"a": names} for any of these."""
        if isinstance(name, str):
            return activate(self, name, x)
        ((key, names),) = name.items()
        return Term("any", (), (key,), {one: activate(self, one, x) for one in names})
