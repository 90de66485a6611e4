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
from fastgru.formats.onnx_export import packing, plain
from fastgru.formats.onnx_import.terms import Symbols, Term, hole, match
from fastgru.formats.onnx_import.tree import LEAF
from fastgru.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Embedding,
    GlobalAveragePooling1D,
    SimpleRNN,
    Softmax,
)

_STEP_BY_STEP = (GRU, LSTM, SimpleRNN, Bidirectional)


@functools.cache
def patterns(opset, dtype):
    """The formulas of an operator set that are masks, and what comes of one."""
    g = Symbols(opset, np.dtype(dtype))
    x = hole("x", lambda term: term.op == "tensor")
    number = hole("number", lambda term: term.op == "constant")
    mask = hole("mask")
    pack = packing.Packing(g, mask)
    masked, own = plain.masking(g, SimpleNamespace(mask_value=number), x, None)
    ids = SimpleNamespace(parameters={"embeddings": x}, mask_zero=True)
    return SimpleNamespace(
        g=g, x=x, mask=mask, pack=pack, masked=masked, own=own,
        ids=plain.embedding(g, ids, x, None)[1], column=g.unsqueeze(mask, 2),
    )  # fmt: skip


def key_of(x, number):
    return (id(x), float(np.ravel(number)[0]))


def key(plan, mask):
    """The key of a mask, which its layer has from here on; None of None."""
    if mask is None:
        return None
    known, found = patterns(plan.opset, plan.dtype), {}
    if match(known.own, mask, found):
        return key_of(found["x"].value, found["number"].value)
    found = {}
    if match(known.ids, mask, found) and _is_input(plan, found["x"].value):
        first = plan.layers[0] if plan.layers else None
        if first is not None and getattr(first, "cls", None) is Embedding:
            first.config["mask_zero"], first.makes = True, "ids"
            return "ids"
    return "another"


def _is_input(plan, x):
    first = x.groups[:1] == ((plan.batch,),)
    return x.place == 0 and x.tree in (None, LEAF) and len(x.groups) == 2 and first


def column(plan):
    """The pattern of a mask as (batch, time, 1)."""
    return patterns(plan.opset, plan.dtype).column


def of_packed(node, plan, x, lengths):
    """(mask or None, x as it is read): steps that are packed by it, with their lengths."""
    found = {}
    if isinstance(lengths, Term):
        match(patterns(plan.opset, plan.dtype).pack.lengths, lengths, found)
    mask = found.get("mask")
    if mask is not x.packed or isinstance(lengths, Term) and mask is None:
        node.refuse("have as its sequence_lens what its input is packed by", "others")
    return mask, dataclasses.replace(x, packed=None)


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
