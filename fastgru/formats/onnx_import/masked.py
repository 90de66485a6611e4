"""Formulas of a mask that are layers, or steps that it moves: see `masks`."""

import dataclasses
import functools
from types import SimpleNamespace

import numpy as np

from fastgru.formats.onnx_export import plain, steps
from fastgru.formats.onnx_import.fold import Filled, size_of
from fastgru.formats.onnx_import.masks import key, key_of, patterns
from fastgru.formats.onnx_import.terms import Term, constant, hole, match, of
from fastgru.formats.onnx_import.values import Lengths, Tensor
from fastgru.layers import GlobalAveragePooling1D, Masking, Softmax

#: Operators with which a formula begins that is no layer by itself.
_BEGINNINGS = ("Equal", "ReduceSum")
_LAYERS = ("GRU", "LSTM", "RNN", "Scan")


def reads(node):
    """Whether an operator is part of a formula, no layer."""
    if node.op in _LAYERS:
        return False
    kinds = {type(value) for value in node.inputs}
    begins = node.op in _BEGINNINGS or node.op == "ReduceMax" and _over_several(node)
    return Term in kinds or begins and Tensor in kinds


def _over_several(node):
    """Whether a reduction goes over several axes, but for those of one place."""
    groups = getattr(node.inputs[0], "groups", ())
    axes = [axis for axis in _axes(node) if -len(groups) <= axis < len(groups)]
    return sum(size_of(groups[axis]) != 1 for axis in axes) > 1


def _axes(node):
    """The axes of a reduction."""
    given = node.attrs.get("axes", node.input(1))
    return given if isinstance(given, (list, np.ndarray)) and np.ndim(given) else ()


def formula(node, plan):
    """The term of an operator, or the Tensor that it is with those that it reads."""
    args = [_leaf(node, plan, value) for value in node.inputs]
    attrs, node.attrs = node.attrs, {}
    if any(isinstance(value, np.ndarray) for value in attrs.values()):
        node.refuse("have numbers as attributes", "a tensor")
    found = of(node.op, args, attrs, node.outputs)
    for pattern, act in _acts(plan.opset, plan.dtype):
        holes = {}
        if pattern.op == node.op and match(pattern, found, holes):
            result = act(node, plan, SimpleNamespace(**{
                key: term.value if key != "mask" else term
                for key, term in holes.items() if isinstance(key, str)
            }))  # fmt: skip
            if result is not None:
                return result
    return found


def _leaf(node, plan, value):
    if isinstance(value, Term):
        return value
    if isinstance(value, Lengths) or not isinstance(value, (Tensor, np.ndarray, Filled)):
        node.refuse("be part of a formula of the model's input", "another value")
    # The value is kept, so that its identity stays its own.
    if id(value) not in plan.leaves:
        if isinstance(value, Tensor):
            made = Term("tensor", value=value)
        else:
            made = constant(value.value if isinstance(value, Filled) else value)
        plan.leaves[id(value)] = value, made
    return plan.leaves[id(value)][1]


@functools.cache
def _acts(opset, dtype):
    """(pattern, what reads it) of an operator set."""
    known = patterns(opset, dtype)
    g, x, mask, pack = known.g, known.x, known.mask, known.pack
    y = hole("y", lambda term: term.op == "tensor")
    start = hole("start", lambda term: term.op == "constant")
    spread = [pack.spread(y, None, backwards) for backwards in (False, True)]
    return [
        (known.masked, _masking),
        (pack.gather(x), _gather),
        *((Term("Where", (*one.args[:2], start)), functools.partial(_spread, turned))
          for turned, one in enumerate(spread)),
        (Term("Where", (pack.some, y, start)), _final),
        *((_softmaxed(g, x, used, axes), functools.partial(_softmax, axes))
          for axes in ([1], [1, 2]) for used in (None, mask) if used or len(axes) > 1),
        (g.add("Mul", y, g.as_numbers(known.column)), _zeroed),
        *((_averaged(g, y, mask, keep), functools.partial(_average, keep))
          for keep in (False, True)),
    ]  # fmt: skip


def _softmaxed(g, x, mask, axes):
    layer = SimpleNamespace(name="softmax", axis=axes, input_shape=(None,) * 3)
    return plain.softmax(g, layer, x, mask)[0]


def _averaged(g, y, mask, keep):
    layer = SimpleNamespace(data_format="channels_last", keepdims=keep)
    found, _ = steps.global_average(g, layer, y, mask)
    total, count = found.args
    return Term("Div", (Term(total.op, (y, *total.args[1:]), total.attrs), count))


def _masking(node, plan, found):
    x = found.x
    if len(x.groups) != 3 or x.groups[0] != plan.real[0]:
        return None
    plan.arrange(x, (0, 1, 2), node)
    plan.add(node, Masking, {"mask_value": float(np.ravel(found.number)[0])})
    plan.last.makes = key_of(x, found.number)
    return plan.here(plan.real)


def _gather(node, plan, found):
    return dataclasses.replace(found.x, packed=found.mask)


def _spread(turned, node, plan, found):
    """Steps at their own places again; those that are skipped carry the state."""
    y = found.y
    if y.packed is not found.mask or not _unread(plan, y, "sequence", found.start):
        return None
    if plan.last.backwards(y.part[1]) != bool(turned):
        return None
    return dataclasses.replace(y, packed=None)


def _final(node, plan, found):
    """A last state, or the first where a mask skips all steps."""
    good = any(_unread(plan, found.y, kind, found.start) for kind in ("final", "cell"))
    return found.y if good and plan.last.mask == key(plan, found.mask) else None


def _unread(plan, y, kind, start):
    """Whether y is an output of the last layer that begins with the state `start`."""
    if y.place != plan.moves or plan.settled or y.tree or not y.part or y.part[0] != kind:
        return False
    return y.part[1] in (0, 1) and plan.last.begins(y.part[1], start)


def _zeroed(node, plan, found):
    y = found.y
    if y.packed is not None or len(y.groups) != 3:
        return None
    y = y if y.zeroed is None else plan.take(y, node)
    return dataclasses.replace(y, zeroed=key(plan, found.mask))


def _average(keep, node, plan, found):
    """The mean over the steps that are not skipped."""
    y, used = found.y, key(plan, found.mask)
    if y.zeroed != used or len(y.groups) != 3:
        return None
    value = plan.take(dataclasses.replace(y, zeroed=None), node)
    plan.arrange(value, (0, 1, 2), node)
    real = [plan.real[0], plan.real[2]]
    plan.add(node, GlobalAveragePooling1D, {}, real=real, mask=used)
    return plan.here([real[0], (), real[1]] if keep else real)


def _softmax(axes, node, plan, found):
    """Shares of the steps that are not skipped, or of all."""
    if len(found.x.groups) != 3:
        return None
    value = plan.take(found.x, node)
    plan.arrange(value, (0, 1, 2), node)
    used = key(plan, vars(found).get("mask"))
    plan.add(node, Softmax, {"axis": axes if len(axes) > 1 else axes[0]}, mask=used)
    return plan.here(plan.real)
