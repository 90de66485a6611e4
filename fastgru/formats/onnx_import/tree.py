"""Elementwise operators that are put off until it is known what they are part of."""

import dataclasses
import math

import numpy as np

MOST_DEEP = 50
CHAIN = (
    "A Sequential is a chain: each value may be read by one layer only. "
    "onnx.utils.extract_model cuts a graph to one of its outputs."
)


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
    attrs: dict = dataclasses.field(default_factory=dict)


LEAF = Tree("leaf", ())


def grown(node, value, op, args, emit=None, over=(), attrs=()):
    """`value` with one more operator upon it; None in `args` is its own tree."""
    own = value.tree or LEAF
    args = tuple(own if arg is None else arg for arg in args)
    depth = 1 + max(arg.depth for arg in args if isinstance(arg, Tree))
    if depth > MOST_DEEP:
        node.refuse(f"be one of at most {MOST_DEEP} elementwise operators on a value", "more")
    return dataclasses.replace(value, tree=Tree(op, args, node, emit, depth, over, dict(attrs)))


def match(pattern, tree, holes):
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
            match(part, arg, tried) for part, arg in zip(pattern[1:], args, strict=True)
        ):
            holes.update(tried)
            return True
    return False
