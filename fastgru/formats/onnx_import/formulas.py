"""Formulas of several operators that are one layer, and trees of them as layers.

Exporters write GELU, SiLU and normalizations as operators that read one value.
"""

import functools
import math
from types import SimpleNamespace

import numpy as np

from fastgru.formats.onnx_export import plain
from fastgru.formats.onnx_export.activations import COMPOSED, elu
from fastgru.formats.onnx_import import terms
from fastgru.formats.onnx_import.melt import activation, scale, shift
from fastgru.formats.onnx_import.tree import CHAIN, LEAF, Tree, match
from fastgru.layers import ELU, LayerNormalization, PReLU, ReLU


def lower(tree, plan):
    """Plan the layers of a tree: one for a formula that is known, else one by one."""
    if tree is LEAF:
        return
    trees = {}
    term = _term(tree, trees)
    for pattern, emit in _written(plan.dtype):
        holes = {}
        if pattern.op == term.op and terms.match(pattern, term, holes):
            lower(trees[holes["x"]], plan)
            emit(plan, tree.node, holes)
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


def _term(tree, trees):
    """A tree as a term; `trees` gets the tree of each term."""
    made = {}

    def term(tree):
        if id(tree) not in made:
            if isinstance(tree, Tree):
                found = terms.of(tree.op, map(term, tree.args), tree.attrs)
                trees[found] = tree
            else:
                found = terms.constant(tree)
            made[id(tree)] = found
        return made[id(tree)]

    return term(tree)


@functools.cache
def _written(dtype):
    """(pattern, what plans its layer) for each formula that fastgru itself writes."""
    g, x = terms.Symbols(17, np.dtype(dtype)), terms.hole("x", lambda term: term.value is None)
    alpha = terms.hole("alpha", _is_constant)
    one = SimpleNamespace(parameters={"alpha": terms.UNKNOWN})
    found = [
        (pattern, _of(name))
        for name in COMPOSED
        if isinstance(pattern := g.activate(name, x), terms.Term)
    ]
    return [*found, (plain.prelu(g, one, x), _prelu), (elu(g, x, alpha), _elu),
            *((plain.relu(g, SimpleNamespace(**given), x), _relu) for given in _relus())]  # fmt: skip


def _is_constant(term):
    return term.op == "constant" and np.size(term.value) == 1


def _relus():
    """The numbers of a ReLU that is written as several operators, as holes."""
    below, start, high = (
        terms.hole(name, _is_constant) for name in ("negative_slope", "threshold", "max_value")
    )
    for top in (None, high):
        yield {"negative_slope": below, "threshold": start, "max_value": top}


def _numbers(holes, *names):
    """{name: number} of the holes that are there."""
    return {name: float(np.ravel(holes[name].value)[0]) for name in names if name in holes}


def _relu(plan, node, holes):
    plan.add(node, ReLU, _numbers(holes, "negative_slope", "threshold", "max_value"))


def _elu(plan, node, holes):
    plan.add(node, ELU, _numbers(holes, "alpha"))


def _prelu(plan, node, holes):
    alpha = holes["alpha"].value
    count = len(plan.shape) - 1
    alpha = np.asarray(alpha).reshape((1,) * (count - np.ndim(alpha)) + np.shape(alpha))
    shared = [axis for axis in range(1, count + 1) if alpha.shape[axis - 1] == 1]
    plan.add(node, PReLU, {"shared_axes": shared or None}, [alpha])


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
