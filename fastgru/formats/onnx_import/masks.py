"""Masks, and what is computed from them, as fastgru writes it: see `onnx_export.packing`.

A mask is a `Term`. Its key tells which layer begins it: "ids" for an Embedding, else the
Tensor and the number that a Masking reads.
"""

import dataclasses
import functools
from types import SimpleNamespace

import numpy as np

from fastgru._errors import refuse
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_export import packing, plain, steps
from fastgru.formats.onnx_import.fold import Filled
from fastgru.formats.onnx_import.plan import Lengths, Tensor
from fastgru.formats.onnx_import.terms import Symbols, Term, constant, hole, match, of
from fastgru.formats.onnx_import.tree import LEAF
from fastgru.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Embedding,
    GlobalAveragePooling1D,
    Masking,
    SimpleRNN,
    Softmax,
)

#: Operators with which a formula begins that is no layer by itself.
_BEGINNINGS = ("Equal", "ReduceSum")
_LAYERS = ("GRU", "LSTM", "RNN", "Scan")
_STEP_BY_STEP = (GRU, LSTM, SimpleRNN, Bidirectional)


def reads(node):
    """Whether an operator is part of a formula, no layer."""
    if node.op in _LAYERS:
        return False
    kinds = {type(value) for value in node.inputs}
    begins = node.op in _BEGINNINGS or node.op == "ReduceMax" and len(_axes(node)) > 1
    return Term in kinds or begins and Tensor in kinds


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
    for pattern, act in _patterns(plan.opset, plan.dtype).acts:
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
def _patterns(opset, dtype):
    """The formulas of an operator set: masks, what is packed by one, and layers."""
    g = Symbols(opset, np.dtype(dtype))
    x, y = (hole(name, lambda term: term.op == "tensor") for name in "xy")
    number, start = (
        hole(name, lambda term: term.op == "constant") for name in ("number", "start")
    )
    mask = hole("mask")
    pack = packing.Packing(g, mask)
    masked, own = plain.masking(g, SimpleNamespace(mask_value=number), x, None)
    ids = SimpleNamespace(parameters={"embeddings": x}, mask_zero=True)
    spread = [pack.spread(y, None, backwards) for backwards in (False, True)]
    kept = g.as_numbers(g.unsqueeze(mask, 2))
    acts = [
        (masked, _masking),
        (pack.gather(x), _gather),
        *((Term("Where", (*one.args[:2], start)), functools.partial(_spread, turned))
          for turned, one in enumerate(spread)),
        (Term("Where", (pack.some, y, start)), _final),
        *((_softmaxed(g, x, used, axes), functools.partial(_softmax, axes))
          for axes in ([1], [1, 2]) for used in (None, mask) if used or len(axes) > 1),
        (g.add("Mul", y, kept), _zeroed),
        *((_averaged(g, y, mask, keep), functools.partial(_average, keep))
          for keep in (False, True)),
    ]  # fmt: skip
    return SimpleNamespace(
        acts=acts, own=own, ids=plain.embedding(g, ids, x, None)[1], lengths=pack.lengths,
        column=g.unsqueeze(mask, 2),
    )  # fmt: skip


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
    plan.last.makes = _key_of(x, found.number)
    return plan.here(plan.real)


def _key_of(x, number):
    return (id(x), float(np.ravel(number)[0]))


def key(plan, mask):
    """The key of a mask, which its layer has from here on; None of None."""
    if mask is None:
        return None
    patterns, found = _patterns(plan.opset, plan.dtype), {}
    if match(patterns.own, mask, found):
        return _key_of(found["x"].value, found["number"].value)
    found = {}
    if match(patterns.ids, mask, found) and _is_input(plan, found["x"].value):
        first = plan.layers[0] if plan.layers else None
        if first is not None and getattr(first, "cls", None) is Embedding:
            first.config["mask_zero"], first.makes = True, "ids"
            return "ids"
    return "another"


def _is_input(plan, x):
    first = x.groups[:1] == ((plan.batch,),)
    return x.place == 0 and x.tree in (None, LEAF) and len(x.groups) == 2 and first


def _gather(node, plan, found):
    return dataclasses.replace(found.x, packed=found.mask)


def column(plan):
    """The pattern of a mask as (batch, time, 1)."""
    return _patterns(plan.opset, plan.dtype).column


def of_packed(node, plan, x, lengths):
    """(mask or None, x as it is read): steps that are packed by it, with their lengths."""
    found = {}
    if isinstance(lengths, Term):
        match(_patterns(plan.opset, plan.dtype).lengths, lengths, found)
    mask = found.get("mask")
    if mask is not x.packed or isinstance(lengths, Term) and mask is None:
        node.refuse("have as its sequence_lens what its input is packed by", "others")
    return mask, dataclasses.replace(x, packed=None)


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


def check(layers, planned):
    """Refuse a graph whose layers do not read the masks that fastgru's would."""
    current = None
    for layer, one in zip(layers, planned, strict=True):
        minds = isinstance(layer, (*_STEP_BY_STEP, GlobalAveragePooling1D)) or (
            isinstance(layer, Softmax) and layer.axis in (1, [1, 2])
        )
        if minds and one.mask != current:
            got = "one that does not" if one.mask is None else "another"
            refuse(WHERE, one.what, "read the mask that the layers before it pass on", got)
        sequences = getattr(layer, "return_sequences", True)
        passes = sequences if isinstance(layer, _STEP_BY_STEP) else layer.passes_mask
        current = one.makes or (current if passes else None)
