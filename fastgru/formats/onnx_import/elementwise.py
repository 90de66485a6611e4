"""What is done to each number by itself, put off until it is known what it is part of.

Exporters write GELU, SiLU and normalizations as several operators that read one value. Such
operators make a `Tree`; a layer that reads it has it `lower`ed into layers: first as one of
the `PATTERNS`, else operator by operator.
"""

import dataclasses
import math

import numpy as np

from fastgru.formats.onnx_import.fold import is_constant
from fastgru.formats.onnx_import.plan import CHAIN, Tensor
from fastgru.layers import (
    ELU,
    Activation,
    Conv1D,
    Dense,
    LayerNormalization,
    LeakyReLU,
    PReLU,
    ReLU,
    Rescaling,
)

MOST_DEEP = 50
#: Operators that give truth values.
TRUTHS = ("Less", "Not")


@dataclasses.dataclass(frozen=True, eq=False)
class Tree:
    """An operator on what other trees, and constants, give."""

    op: str
    args: tuple
    node: object = None
    #: Plans the operator's layer behind that of its argument.
    emit: object = None
    depth: int = 0
    #: Of a mean, the atoms of the axis that it is over.
    over: tuple = ()

    def lower(self, plan):
        """Plan the layers of this tree."""
        if self is LEAF:
            return
        for pattern, emit in PATTERNS:
            holes = {}
            if _match(pattern, self, holes):
                holes["x"].lower(plan)
                emit(plan, self.node, holes)
                return
        inner = [arg for arg in self.args if isinstance(arg, Tree)]
        if len(inner) != 1 or self.emit is None:
            self.node.refuse("be part of a layer that fastgru knows", "another formula", CHAIN)
        inner[0].lower(plan)
        self.emit(plan)


LEAF = Tree("leaf", ())


def grown(node, value, op, args, emit=None, over=()):
    """`value` with one more operator upon it; None in `args` is its own tree."""
    own = value.tree or LEAF
    args = tuple(own if arg is None else arg for arg in args)
    depth = 1 + max(arg.depth for arg in args if isinstance(arg, Tree))
    if depth > MOST_DEEP:
        node.refuse(f"be one of at most {MOST_DEEP} elementwise operators on a value", "more")
    return dataclasses.replace(value, tree=Tree(op, args, node, emit, depth, over))


def activation(node, plan, name):
    """Plan an activation, as part of the layer before it where that has none."""
    last = plan.last
    if last is not None and last.cls in (Dense, Conv1D) and "activation" not in last.config:
        last.config["activation"] = name
        plan.moved()
    else:
        plan.add(node, Activation, {"activation": name})


def _named(name):
    return lambda node: lambda plan: activation(node, plan, name)


def _layer(cls, **arguments):
    """A layer whose arguments are attributes: {argument: (attribute, default)}."""

    def handler(node):
        config = {key: node.attr(*given) for key, given in arguments.items()}
        return lambda plan: plan.add(node, cls, config)

    return handler


def _hard_sigmoid(node):
    alpha, beta = node.attr("alpha", 0.2), node.attr("beta", 0.5)

    def emit(plan):
        # Ours is clip(x / 6 + 1/2).
        scale, offset = 6 * alpha, 6 * (beta - 0.5)
        if not (math.isclose(scale, 1, rel_tol=1e-6) and abs(offset) < 1e-6):
            plan.add(node, Rescaling, {"scale": scale, "offset": offset})
        activation(node, plan, "hard_sigmoid")

    return emit


def _selu(node):
    alpha, gamma = node.attr("alpha", 1.67326324), node.attr("gamma", 1.05070099)
    if not (math.isclose(alpha, 1.67326324, rel_tol=1e-5)
            and math.isclose(gamma, 1.05070099, rel_tol=1e-5)):  # fmt: skip
        node.refuse("have the usual alpha and gamma", f"{alpha} and {gamma}")
    return lambda plan: activation(node, plan, "selu")


def _gelu(node):
    if node.attr("approximate", "none") != "none":
        node.refuse("be the exact GELU", "the approximation by tanh")
    return lambda plan: activation(node, plan, "gelu")


def _clip(node):
    low, high = (node.inputs[1:] + [None, None])[:2]
    low = node.attr("min", None) if low is None else low
    high = node.attr("max", None) if high is None else high
    low, high = (None if one is None else float(np.ravel(one)[0]) for one in (low, high))
    if high is not None and not np.isfinite(high) or high == float(np.finfo("f4").max):
        high = None
    if low != 0 or (high is not None and high < 0):
        node.refuse("begin at 0", f"{low} to {high}", "fastgru has no layer that clips below.")
    if high is None or high == 6:
        return lambda plan: activation(node, plan, "relu" if high is None else "relu6")
    return lambda plan: plan.add(node, ReLU, {"max_value": high})


UNARY = {
    "Relu": _named("relu"), "Sigmoid": _named("sigmoid"), "Tanh": _named("tanh"),
    "Softplus": _named("softplus"), "Softsign": _named("softsign"),
    "Exp": _named("exponential"), "HardSigmoid": _hard_sigmoid, "Selu": _selu, "Gelu": _gelu,
    "Clip": _clip, "Swish": _named("silu"),
    "LeakyRelu": _layer(LeakyReLU, negative_slope=("alpha", 0.01)),
    "Elu": _layer(ELU, alpha=("alpha", 1.0)),
    "ThresholdedRelu": _layer(ReLU, threshold=("alpha", 1.0)),
    # Parts of formulas only.
    "Erf": None, "Sqrt": None, "Reciprocal": None, "Not": None,
    "Neg": lambda node: lambda plan: scale(node, plan, np.float32(-1)),
}  # fmt: skip


def unary(node, plan):
    """An operator on one value."""
    value = node.tensor(0)
    make = UNARY[node.op]
    return grown(node, value, node.op, (None,), make(node) if make else None)


def binary(node, plan):
    """Add, Sub, Mul, Div, Pow of two values, or of a value and a constant."""
    one, other = node.inputs
    if is_constant(one) or is_constant(other):
        value, constant = (other, one) if is_constant(one) else (one, other)
        value = node.checked(value)
        if not isinstance(constant, np.ndarray) or constant.dtype.kind not in "fiu":
            node.refuse("have a constant of numbers", "another")
        along = _along(node, value, constant)
        args = (constant, None) if is_constant(one) else (None, constant)
        emit = _with_constant(node, value, constant, along, is_constant(one))
        return grown(node, value, node.op, args, emit)
    one, other = node.checked(one), node.checked(other)
    if one.part != other.part and node.op in ("Add", "Mul"):
        found = _merged(node, one, other)
        if found is not None:
            return found
    if one.place != other.place or one.part != other.part or one.groups != other.groups:
        node.refuse("read two forms of one value", "two others", CHAIN)
    trees = one.tree or LEAF, other.tree or LEAF
    return grown(node, one, node.op, trees)


def _merged(node, one, other):
    """The sum or product of both directions of one layer."""
    parts = one.part, other.part
    if None in parts or one.place != other.place or one.tree or other.tree:
        return None
    if {part[1] for part in parts} != {0, 1} or parts[0][0] != parts[1][0]:
        return None
    mode = "sum" if node.op == "Add" else "mul"
    return dataclasses.replace(one, part=(parts[0][0], mode))


def _along(node, value, constant):
    """The axis of `value` along which the constant varies, or None."""
    axes = [axis - constant.ndim for axis, n in enumerate(constant.shape) if n > 1]
    if constant.ndim > len(value.groups) or len(axes) > 1:
        node.refuse("have a constant for each feature, or one for all",
                    f"one of shape {constant.shape}")  # fmt: skip
    return axes[0] + len(value.groups) if axes else None


def _with_constant(node, value, constant, along, first):
    flat = constant.reshape(-1)

    def emit(plan):
        if along is not None and value.groups[along] != plan.real[-1]:
            node.refuse("have a constant for each feature, which is the last axis",
                        f"one of shape {constant.shape}")  # fmt: skip
        if node.op == "Add":
            shift(node, plan, flat)
        elif node.op == "Mul":
            scale(node, plan, flat)
        elif node.op == "Div" and not first:
            scale(node, plan, 1 / flat.astype(np.float64))
        elif node.op == "Sub":
            if first:
                scale(node, plan, np.float32([-1]))
            shift(node, plan, flat if first else -flat)
        else:
            node.refuse("be part of a layer that fastgru knows", "another formula")

    return emit


def shift(node, plan, offset):
    """Plan the addition of numbers, as a bias where the layer before it has none."""
    last, width = plan.last, plan.shape[-1]
    if last is not None and last.cls in (Dense, Conv1D) and not last.config["use_bias"] \
            and "activation" not in last.config:  # fmt: skip
        last.config["use_bias"] = True
        last.weights.append(np.broadcast_to(offset, (width,)))
        plan.moved()
    elif last is not None and last.cls is LayerNormalization and not last.config["center"]:
        last.config["center"] = True
        last.weights.append(np.broadcast_to(offset, (width,)))
        plan.moved()
    else:
        plan.add(node, Rescaling, {"scale": 1.0, "offset": _numbers(offset)})


def scale(node, plan, factor):
    """Plan a multiplication, as the gamma of a layer before it that has none."""
    last, factor = plan.last, np.ravel(factor)
    if last is not None and last.cls is LayerNormalization \
            and not (last.config["scale"] or last.config["center"]):  # fmt: skip
        last.config["scale"] = True
        last.weights.append(np.broadcast_to(factor, (plan.shape[-1],)))
        plan.moved()
    else:
        plan.add(node, Rescaling, {"scale": _numbers(factor)})


def _numbers(array):
    found = np.asarray(array, np.float64).reshape(-1).tolist()
    return found[0] if len(found) == 1 else found


def prelu(node, plan):
    """x where it is positive, a constant times x elsewhere."""
    value, slope = node.tensor(0), node.constant(1)
    along = _along(node, value, slope)
    if along is None:
        config = {"negative_slope": float(slope.reshape(-1)[0])}
        return grown(node, value, "PRelu", (None, slope),
                     lambda plan: plan.add(node, LeakyReLU, config))  # fmt: skip

    def emit(plan):
        if value.groups[along] != plan.real[-1]:
            node.refuse("have a slope for each feature, which is the last axis", "another")
        shared = list(range(1, len(plan.real) - 1))
        shape = (*[1] * len(shared), slope.size)
        plan.add(node, PReLU, {"shared_axes": shared or None}, [slope.reshape(shape)])

    return grown(node, value, "PRelu", (None, slope), emit)


def _match(pattern, tree, holes):
    """Whether a tree is of a pattern: operators as tuples, "x" for any tree, "$eps" for any
    constant, and numbers; `holes` gets what "x" and "$eps" are."""
    if isinstance(pattern, str):
        is_number = pattern.startswith("$")
        if is_number != isinstance(tree, np.ndarray):
            return False
        return holes.setdefault(pattern, tree) is tree
    if not isinstance(pattern, tuple):
        return isinstance(tree, np.ndarray) and tree.size == 1 and math.isclose(
            float(tree.reshape(-1)[0]), pattern, rel_tol=1e-4)  # fmt: skip
    if not isinstance(tree, Tree) or tree.op != pattern[0]:
        return False
    if tree.over and holes.setdefault("over", tree.over) != tree.over:
        return False
    orders = [tree.args]
    if tree.op in ("Add", "Mul") and len(tree.args) == 2:
        orders.append(tree.args[::-1])
    for args in orders:
        tried = dict(holes)
        if len(args) == len(pattern) - 1 and all(
            _match(part, arg, tried) for part, arg in zip(pattern[1:], args, strict=True)
        ):
            holes.update(tried)
            return True
    return False


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


def are_ids(value):
    """Whether a Tensor is the model's input as numbers of rows; negative ones, which count
    from the end, fastgru refuses when it meets them."""
    if value.place or value.tree in (None, LEAF):
        return not value.place
    holes = {}
    inner = holes["x"] if _match(_FROM_THE_END, value.tree, holes) else value.tree
    return inner is LEAF or inner.op == "Ids" and inner.args == (LEAF,)


_NEGATIVE = ("Less", "x", 0)
_FROM_THE_END = (
    "Add", ("Mul", "x", ("Not", _NEGATIVE)), ("Mul", _NEGATIVE, ("Add", "x", "$rows"))
)  # fmt: skip


def mean(node, value):
    """The mean over the features, which stays an axis of size 1."""
    return grown(node, value, "Mean", (None,), over=value.groups[-1])


def is_last(value, axis):
    """Whether an axis of a Tensor is the one that is called its features."""
    return isinstance(value, Tensor) and axis in (-1, len(value.groups) - 1)
