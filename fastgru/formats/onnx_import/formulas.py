"""Formulas of several operators that are one layer, and trees of them as layers.

Exporters write GELU, SiLU and normalizations as operators that read one value.
"""

import math

from fastgru.formats.onnx_import.melt import activation, scale, shift
from fastgru.formats.onnx_import.tree import CHAIN, LEAF, Tree, match
from fastgru.layers import LayerNormalization


def lower(tree, plan):
    """Plan the layers of a tree: one for a formula that is known, else one by one."""
    if tree is LEAF:
        return
    for pattern, emit in PATTERNS:
        holes = {}
        if match(pattern, tree, holes):
            lower(holes["x"], plan)
            emit(plan, tree.node, holes)
            return
    inner = [arg for arg in tree.args if isinstance(arg, Tree)]
    if len(inner) != 1 or tree.emit is None:
        tree.node.refuse("be part of a layer that fastgru knows", "another formula", CHAIN)
    lower(inner[0], plan)
    tree.emit(plan)


def are_ids(value):
    """Whether a Tensor is the model's input as numbers of rows; negative ones, which count
    from the end, fastgru refuses when it meets them."""
    if value.place or value.tree in (None, LEAF):
        return not value.place
    holes = {}
    inner = holes["x"] if match(FROM_THE_END, value.tree, holes) else value.tree
    return inner is LEAF or inner.op == "Ids" and inner.args == (LEAF,)


def _normalize(plan, node, holes):
    if holes["over"] != plan.real[-1]:
        node.refuse("normalize the features, which are the last axis", "another axis")
    epsilon = float(holes["$eps"].reshape(-1)[0])
    plan.add(node, LayerNormalization,
             {"axis": -1, "epsilon": epsilon, "center": False, "scale": False})  # fmt: skip
    if "$gamma" in holes:
        scale(node, plan, holes["$gamma"].reshape(-1))
        shift(node, plan, holes["$beta"].reshape(-1))


def _of(name):
    return lambda plan, node, holes: activation(node, plan, name)


_CENTRED = ("Sub", "x", ("Mean", "x"))
_DEVIATIONS = [
    ("Sqrt", ("Add", ("Mean", square), "$eps"))
    for square in (("Pow", _CENTRED, 2), ("Mul", _CENTRED, _CENTRED))
]
_INVERSE = ("Mul", ("Reciprocal", _DEVIATIONS[1]), "$gamma")
_AFFINE = (
    "Add", ("Mul", "x", _INVERSE),
    ("Add", ("Mul", ("Neg", ("Mean", "x")), _INVERSE), "$beta"),
)  # fmt: skip
_GATE = ("Add", ("Erf", ("Div", "x", math.sqrt(2))), 1)
_GATE_TOO = ("Add", ("Erf", ("Mul", "x", math.sqrt(0.5))), 1)
PATTERNS = [
    *((("Div", _CENTRED, deviation), _normalize) for deviation in _DEVIATIONS),
    *((("Mul", _CENTRED, ("Reciprocal", deviation)), _normalize) for deviation in _DEVIATIONS),
    (_AFFINE, _normalize),
    (("Mul", "x", ("Sigmoid", "x")), _of("silu")),
    *(
        (formula, _of("gelu"))
        for gate in (_GATE, _GATE_TOO)
        for formula in (
            ("Mul", ("Mul", "x", gate), 0.5),
            ("Mul", ("Mul", "x", 0.5), gate),
            ("Mul", "x", ("Mul", gate, 0.5)),
        )
    ),
]
_NEGATIVE = ("Less", "x", 0)
FROM_THE_END = (
    "Add", ("Mul", "x", ("Not", _NEGATIVE)), ("Mul", _NEGATIVE, ("Add", "x", "$rows"))
)  # fmt: skip
