"""Operators on each number by itself: activations, sums, products.

They make a `tree.Tree`, of which layers are made when one of their readers is.
"""

import dataclasses
import math

import numpy as np

from fastgru.formats.onnx_import.fold import is_constant
from fastgru.formats.onnx_import.melt import activation, scale, shift
from fastgru.formats.onnx_import.tree import CHAIN, LEAF, grown
from fastgru.formats.onnx_import.values import Tensor
from fastgru.layers import ELU, LeakyReLU, PReLU, ReLU, Rescaling

#: Operators that give truth values.
TRUTHS = ("Less", "Not")


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

    def emit(plan):
        if low != 0 or (high is not None and high < 0):
            node.refuse(
                "begin at 0", f"{low} to {high}", "fastgru has no layer that clips below."
            )
        if high is None or high == 6:
            activation(node, plan, "relu" if high is None else "relu6")
        else:
            plan.add(node, ReLU, {"max_value": high})

    return emit


UNARY = {
    "Relu": _named("relu"), "Sigmoid": _named("sigmoid"), "Tanh": _named("tanh"),
    "Softplus": _named("softplus"), "Softsign": _named("softsign"),
    "Exp": _named("exponential"), "HardSigmoid": _hard_sigmoid, "Selu": _selu, "Gelu": _gelu,
    "Clip": _clip, "Swish": _named("silu"),
    "LeakyRelu": _layer(LeakyReLU, negative_slope=("alpha", 0.01)),
    "Elu": _layer(ELU, alpha=("alpha", 1.0)),
    "ThresholdedRelu": _layer(ReLU, threshold=("alpha", 1.0)),
    # Parts of formulas only.
    **dict.fromkeys(("Abs", "Erf", "Log", "Not", "Reciprocal", "Sqrt")),
    "Neg": lambda node: lambda plan: scale(node, plan, np.float32(-1)),
}  # fmt: skip


def unary(node, plan):
    """An operator on one value, and on constants behind it."""
    value, attrs = node.tensor(0), dict(node.attrs)
    make = UNARY[node.op]
    args = (None, *(one for one in node.inputs[1:] if isinstance(one, np.ndarray)))
    return grown(node, value, node.op, args, make(node) if make else None, attrs=attrs)


def formula(node, plan):
    """An operator that is a part of formulas only, on forms of one value and constants."""
    first = next(one for one in node.inputs if isinstance(one, Tensor))
    args = []
    for one in node.inputs:
        if not isinstance(one, np.ndarray):
            _check_same(node, first, node.checked(one))
            one = one.tree or LEAF
        args.append(one)
    return grown(node, first, node.op, args)


def _check_same(node, one, other):
    if one.place != other.place or one.part != other.part or one.groups != other.groups:
        node.refuse("read two forms of one value", "two others", CHAIN)


def binary(node, plan):
    """Add, Sub, Mul, Div, Pow of two values, or of a value and a constant."""
    one, other = node.inputs
    if is_constant(one) or is_constant(other):
        value, constant = (other, one) if is_constant(one) else (one, other)
        value = node.checked(value)
        if not isinstance(constant, np.ndarray) or constant.dtype.kind not in "fiu":
            node.refuse("have a constant of numbers", "another")
        args = (constant, None) if is_constant(one) else (None, constant)
        emit = _with_constant(node, value, constant, is_constant(one))
        return grown(node, value, node.op, args, emit)
    one, other = node.checked(one), node.checked(other)
    if one.part != other.part and node.op in ("Add", "Mul"):
        found = _merged(node, one, other)
        if found is not None:
            return found
    _check_same(node, one, other)
    trees = one.tree or LEAF, other.tree or LEAF
    return grown(node, one, node.op, trees)


def _merged(node, one, other):
    """The sum or product of both directions of one layer."""
    parts = one.part, other.part
    if (
        one.zeroed != other.zeroed
        or None in parts
        or one.place != other.place
        or one.tree
        or other.tree
    ):
        return None
    if {part[1] for part in parts} != {0, 1} or one.packed or parts[0][0] != parts[1][0]:
        return None
    mode = "sum" if node.op == "Add" else "mul"
    return dataclasses.replace(one, part=(parts[0][0], mode))


def _along(node, value, constant, plan):
    """Whether the constant varies along an axis of `value`, which is the last one then."""
    axes = [axis - constant.ndim for axis, n in enumerate(constant.shape) if n > 1]
    if constant.ndim > len(value.groups) or len(axes) > 1:
        node.refuse("have a constant for each feature, or one for all",
                    f"one of shape {constant.shape}")  # fmt: skip
    if axes and not plan.bring_last(value.groups[axes[0]], node):
        node.refuse("have a constant for each feature, which is the last axis",
                    f"one of shape {constant.shape}")  # fmt: skip
    return bool(axes)


def _with_constant(node, value, constant, first):
    flat = constant.reshape(-1)

    def emit(plan):
        _along(node, value, constant, plan)
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


def prelu(node, plan):
    """x where it is positive, a constant times x elsewhere."""
    value, slope = node.tensor(0), node.constant(1)

    def emit(plan):
        if not _along(node, value, slope, plan):
            config = {"negative_slope": float(slope.reshape(-1)[0])}
            plan.add(node, LeakyReLU, config)
            return
        shared = list(range(1, len(plan.real) - 1))
        shape = (*[1] * len(shared), slope.size)
        plan.add(node, PReLU, {"shared_axes": shared or None}, [slope.reshape(shape)])

    return grown(node, value, "PRelu", (None, slope), emit)


def mean(node, value):
    """The mean over the features, which stays an axis of size 1."""
    return grown(node, value, "Mean", (None,), over=value.groups[-1])


def is_last(value, axis):
    """Whether an axis of a Tensor is the one that is called its features."""
    return isinstance(value, Tensor) and axis in (-1, len(value.groups) - 1)
