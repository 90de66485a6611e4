"""Operators that only rename axes: on a Tensor no number moves; constants are folded."""

import itertools

import numpy as np

from fastgru.formats.onnx_import import elementwise, select
from fastgru.formats.onnx_import.fold import (
    FOLDS,
    Atom,
    Filled,
    Size,
    is_constant,
    size_of,
    vector,
)
from fastgru.formats.onnx_import.reshape import sizes_of
from fastgru.formats.onnx_import.tree import grown
from fastgru.formats.onnx_import.values import Lengths, Stack, Tensor
from fastgru.layers import RepeatVector, UpSampling1D


def identity(node, plan):
    """Identity, and Dropout of a model that predicts."""
    node.ignore("ratio", "seed")
    training = node.input(2) if node.op == "Dropout" else None
    if training is not None and not (isinstance(training, np.ndarray) and not training.any()):
        node.refuse("be exported for prediction", "training_mode")
    return node.inputs[0]


def cast(node, plan):
    """Cast: between kinds of numbers that are the same to us."""
    (value,) = node.inputs
    if isinstance(value, np.ndarray):
        return FOLDS["Cast"](node, plan.room)
    to = node.attr("to", 0)
    node.ignore("saturate")
    if to not in (1, 6, 7, 10, 11):
        node.refuse("cast to float16, float32, float64 or integers", f"type {to}")
    if to in (1, 10, 11) or not isinstance(value, Tensor):
        return value
    if value.tree is not None and value.tree.op in elementwise.TRUTHS:
        return value
    if value.place or value.tree:
        node.refuse("cast ids to integers", "what a layer gives")
    return value if plan.ids else grown(node, value, "Ids", (None,))


def shape(node, plan):
    """Shape: sizes that are open stay symbols."""
    (value,) = node.inputs
    begin, end = node.attr("start", 0), node.attr("end", 1 << 30)
    if isinstance(value, Tensor):
        return vector([size_of(group) for group in value.groups][begin:end])
    if isinstance(value, np.ndarray):
        return vector(list(value.shape)[begin:end])
    node.refuse("read the shape of one tensor", "several, or none")


def transpose(node, plan):
    """Transpose."""
    (value,) = node.inputs
    if isinstance(value, Filled):
        node.ignore("perm")
        return value
    rank = value.ndim if isinstance(value, np.ndarray) else len(node.checked(value).groups)
    perm = node.attr("perm", list(range(rank))[::-1])
    if sorted(perm) != list(range(rank)):
        node.refuse(f"order {rank} axes", f"{perm}")
    if isinstance(value, np.ndarray):
        return value.transpose(perm)
    return value.renamed([value.groups[axis] for axis in perm])


def squeeze(node, plan):
    """Squeeze, by all axes of size 1 where it names none."""
    value = node.inputs[0]
    if isinstance(value, (Filled, Lengths)):
        node.ignore("axes")
        return value
    if isinstance(value, Stack):
        node.refuse("read what the layer before it gives", "several values as one")
    sizes = value.shape if isinstance(value, np.ndarray) else sizes_of(node, value)
    axes = node.ints("axes", 1, [axis for axis, size in enumerate(sizes) if size == 1])
    axes = {node.axis(axis, len(sizes)) for axis in axes}
    if any(sizes[axis] != 1 for axis in axes):
        node.refuse("take away axes of size 1", "another")
    if isinstance(value, np.ndarray):
        return value.reshape([size for axis, size in enumerate(sizes) if axis not in axes])
    return value.renamed([g for axis, g in enumerate(value.groups) if axis not in axes])


def unsqueeze(node, plan):
    """Unsqueeze."""
    value = node.inputs[0]
    if isinstance(value, (Filled, Lengths)):
        node.ignore("axes")
        return value
    axes = node.ints("axes", 1, [])
    rank = len(axes) + (value.ndim if isinstance(value, np.ndarray)
                        else len(sizes_of(node, value)))  # fmt: skip
    axes = sorted({node.axis(axis, rank) for axis in axes})
    if rank > 8:
        node.refuse("give at most 8 axes", f"{rank}")
    if isinstance(value, np.ndarray):
        return np.expand_dims(value, tuple(axes))
    groups = list(value.groups)
    for axis in axes:
        groups.insert(axis, ())
    return value.renamed(groups)


def concat(node, plan):
    """Concat: of constants, of both directions of one layer, or of tensors one of which is
    read later."""
    values = node.inputs
    if all(is_constant(value) for value in values):
        if any(isinstance(value, Filled) for value in values):
            node.ignore("axis")
            if not all(isinstance(v, Filled) and v == values[0] for v in values):
                node.refuse("join constants of known shapes", "others")
            return values[0]
        return FOLDS["Concat"](node, plan.room)
    values = [node.checked(value) for value in values]
    rank = len(values[0].groups)
    axis = node.axis(node.attr("axis", 0), rank)
    if any(len(value.groups) != rank for value in values):
        node.refuse("join tensors of one rank", "others")
    return select.joined(plan, values, axis) or Stack(tuple(values), axis)


def expand(node, plan):
    """Expand and Tile: only of constants, or by 1."""
    value, sizes = node.inputs[0], node.input(1)
    if isinstance(value, Filled):
        return value
    if isinstance(value, np.ndarray):
        if node.op == "Tile":
            if value.size != 1:
                node.refuse("repeat one number", f"{value.size}")
            return Filled(value.reshape(-1)[0])
        if not isinstance(sizes, np.ndarray):
            node.refuse("have a shape that follows from that of its input", "another")
        return FOLDS["Expand"](node, plan.room)
    groups = node.checked(value).groups
    wanted = sizes.tolist() if isinstance(sizes, np.ndarray) else []
    same = len(wanted) == len(groups) and all(
        size in (1, size_of(group)) for size, group in zip(wanted, groups, strict=True)
    )
    if node.op == "Expand" and not same:
        return _repeated(node, plan, value, wanted)
    if node.op == "Tile":
        node.refuse("repeat nothing", "repetitions")
    return value


def _repeated(node, plan, value, wanted):
    """A vector as each of n steps, or each step n times behind itself."""
    groups = value.groups
    times = wanted[-1] if wanted else None
    if len(wanted) == len(groups) == 4 and not groups[3] and type(times) is int and times > 1 \
            and all(one in (1, size_of(g)) for one, g in zip(wanted[:3], groups, strict=False)):  # fmt: skip
        batch, channels, steps = groups[:3]
        plan.arrange(value, (0, 2, 1), node)
        behind = Atom(times)
        plan.add(node, UpSampling1D, {"size": times}, real=[batch, (*steps, behind), channels])
        return plan.here([batch, channels, steps, (behind,)])
    fits = len(wanted) == len(groups) == 3 and not groups[1] and type(wanted[1]) is int
    if not fits or any(
        wanted[axis] not in (1, size_of(groups[axis])) for axis in (0, 2)
    ):  # fmt: skip
        node.refuse("repeat a vector as steps, or nothing", "other repetitions")
    plan.arrange(value, (0, 2), node)
    plan.add(node, RepeatVector, {"n": wanted[1]}, real=[plan.real[0], None, plan.real[1]])
    return plan.here(plan.real)


def split(node, plan):
    """Split of a constant, or of both directions of a layer's output."""
    (value, *_), count = node.inputs, node.outputs
    if isinstance(value, Filled):
        node.ignore("axis", "num_outputs", "split")
        return (value,) * count
    rank = value.ndim if isinstance(value, np.ndarray) else len(node.checked(value).groups)
    axis = node.axis(node.attr("axis", 0), rank)
    node.ignore("num_outputs")
    size = value.shape[axis] if isinstance(value, np.ndarray) else size_of(value.groups[axis])
    if isinstance(size, Size):
        node.refuse("cut an axis of a known size", "an open one")
    sizes = node.ints("split", 1, [-(-size // count)] * count)
    if len(sizes) != count or sum(sizes[:-1]) >= size or min(sizes) < 1:
        node.refuse(f"cut {size} places into {count} parts", f"{sizes}")
    ends = np.cumsum([0, *sizes]).tolist()
    if isinstance(value, np.ndarray):
        return tuple(np.split(value, ends[1:-1], axis))
    return tuple(
        select.sliced(node, plan, value, axis, a, b, put_off=True)
        for a, b in itertools.pairwise(ends)
    )
