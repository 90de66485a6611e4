"""Gather and Slice on a Tensor: a direction, one of several, or some of the steps."""

import dataclasses

import numpy as np

from fastgru.formats.onnx_import import formulas
from fastgru.formats.onnx_import.fold import FOLDS, Filled, Size, is_constant, size_of
from fastgru.formats.onnx_import.values import Lengths, Stack, Tensor
from fastgru.layers import Cropping1D, Embedding, SimpleRNN

END = 1 << 30


def gather(node, plan):
    """Gather: a table's rows by ids, or one place of an axis."""
    value, places = node.inputs
    if is_constant(value) and isinstance(places, Tensor):
        return _embedding(node, plan, node.constant(0), places)
    if isinstance(value, Filled):
        node.ignore("axis")
        return value
    if not is_constant(places):
        node.refuse("pick a constant place", "one that is computed from the input")
    if is_constant(value):
        return FOLDS["Gather"](node, plan.room)
    axis = node.attr("axis", 0)
    if not isinstance(places, np.ndarray) or places.size != 1 or places.dtype.kind not in "iu":
        node.refuse("pick one place of an axis", "several")
    place, keep = int(places.reshape(-1)[0]), places.ndim
    if isinstance(value, Lengths):
        node.refuse("read the lengths of the sequences whole", "one of them")
    axis = node.axis(axis, len(_groups(value)))
    found = sliced(node, plan, value, axis, place, place + 1 if place != -1 else END)
    if keep:
        return found
    return found.renamed([g for number, g in enumerate(found.groups) if number != axis])


def _groups(value):
    return (value.parts[0] if isinstance(value, Stack) else value).groups


def _embedding(node, plan, table, ids):
    if node.attr("axis", 0) != 0 or table.ndim != 2 or table.dtype.kind != "f":
        node.refuse("look up rows of a table", f"a table of {table.ndim} axes")
    if not formulas.are_ids(ids) or len(ids.groups) > 2:
        node.refuse("read ids, the input of the model", "another value")
    ids = dataclasses.replace(ids, tree=None)
    plan.arrange(ids, range(len(ids.groups)) if ids.groups[0] == plan.real[0] else (1, 0), node)
    groups = [*ids.groups, None]
    rows, width = table.shape
    plan.add(node, Embedding, {"input_dim": rows, "output_dim": width}, [table],
             [*plan.real, None])  # fmt: skip
    groups[-1] = plan.real[-1]
    return plan.here(groups)


def slice_(node, plan):
    """Slice by constants."""
    value = node.inputs[0]
    if isinstance(value, Filled):
        node.ignore("starts", "ends", "axes", "steps")
        return value
    starts, ends = node.ints("starts", 1, []), node.ints("ends", 2, [])
    axes, steps = node.ints("axes", 3, list(range(len(starts)))), node.ints("steps", 4)
    if not len(starts) == len(ends) == len(axes) or (steps and len(steps) != len(axes)):
        node.refuse("have as many starts, ends and axes", "others")
    if steps == [-1] and isinstance(value, Tensor) and ends[0] < -END:
        return _turned(node, plan, value, node.axis(axes[0], len(value.groups)), starts[0])
    if steps and any(step != 1 for step in steps):
        node.refuse("go by steps of 1, or backwards from the end", f"{steps}")
    if isinstance(value, np.ndarray):
        axes = [node.axis(axis, value.ndim) for axis in axes]
        cuts = dict(zip(axes, map(slice, starts, ends), strict=True))
        return value[tuple(cuts.get(axis, slice(None)) for axis in range(value.ndim))]
    for axis, start, end in zip(axes, starts, ends, strict=True):
        axis = node.axis(axis, len(_groups(value)))
        value = sliced(node, plan, value, axis, start, min(end, END))
    return value


def sliced(node, plan, value, axis, start, end, put_off=False):
    """The places [start, end) of an axis of a Tensor or a Stack."""
    if isinstance(value, Stack):
        return _part(node, plan, value, axis, start, end)
    group = node.checked(value).groups[axis]
    size = size_of(group)
    if not isinstance(size, Size):
        start, end = (place + size if place < 0 else min(place, size) for place in (start, end))
        if not 0 <= start < end:
            node.refuse(f"pick some of {size} places", f"{start} to {end}")
        if (start, end) == (0, size):
            return value
    elif (start, end) == (0, END):
        return value
    if value.part and value.part[1] is None and value.tree is None and group:
        one = _direction(value, axis, group, start, end)
        if one is not None:
            return one
    return _steps(node, plan, value, axis, start, end, put_off)


def _direction(value, axis, group, start, end):
    """One direction of two, where the places are just its own."""
    atom, *rest = group
    width = rest[0].size if rest else 1
    if not atom.directions or len(rest) > 1 or end - start != width or start % width:
        return None
    groups = [*value.groups[:axis], tuple(rest), *value.groups[axis + 1 :]]
    part = (value.part[0], start // width)
    return dataclasses.replace(value, groups=tuple(groups), part=part)


def joined(plan, values, axis):
    """Both directions of one layer as the output of both, or None."""
    one, other = (*values, None)[:2] if len(values) == 2 else (None, None)
    if one is None or None in (one.part, other.part) or one.tree or other.tree or plan.settled:
        return None
    order = {(0, 1): None, (1, 0): "turned"}
    both = one.part[1], other.part[1]
    if (
        one.part[0] != other.part[0]
        or both not in order
        or not one.place == other.place == plan.moves
        or one.groups != other.groups
    ):
        return None
    if one.zeroed != other.zeroed:
        return None
    if one.groups[axis] and one.groups[axis][0].size is None:
        return None
    groups = list(one.groups)
    groups[axis] = (plan.last.atoms[0], *groups[axis])
    return dataclasses.replace(one, groups=tuple(groups), part=(one.part[0], order[both]))


def _part(node, plan, stack, axis, start, end):
    """One of the tensors that were joined, where the places are just its own."""
    sizes = [size_of(part.groups[stack.axis]) for part in stack.parts]
    if axis != stack.axis or any(isinstance(size, Size) for size in sizes):
        node.refuse("cut apart what was joined", "another axis")
    total = sum(sizes)
    start, end = (place + total if place < 0 else min(place, total) for place in (start, end))
    begin = 0
    for part, size in zip(stack.parts, sizes, strict=True):
        if begin <= start and end <= begin + size:
            return sliced(node, plan, part, axis, start - begin, end - begin)
        begin += size
    node.refuse("pick one of the tensors that were joined", "parts of several")


def _steps(node, plan, value, axis, start, end, put_off):
    """The last step, the first, or all but some at the ends."""
    plan.check_steps(node)
    group, size = value.groups[axis], size_of(value.groups[axis])
    is_step = len(group) == 1 and not group[0].directions
    last = (end in (END, 0) and start == -1) or (start, end) == (
        (size - 1, size) if isinstance(size, int) else None
    )
    first = start == 0 and end == 1
    unread = value.part and value.part[0] == "sequence" and value.tree is None
    if unread and value.place == plan.moves and not plan.settled and is_step:
        ends = plan.last.ends(value.part[1])
        if (last and ends == "last") or (first and ends == "first"):
            groups = [*value.groups[:axis], (), *value.groups[axis + 1 :]]
            return dataclasses.replace(
                value, groups=tuple(groups), part=("final", value.part[1])
            )
    if put_off:
        node.refuse("cut apart the directions of a layer", "another axis",
                    "An nn.GRUCell that is called in a loop opens as an nn.GRU.")  # fmt: skip
    value = plan.take(value, node)
    if not is_step or len(plan.real) != 3 or plan.real[1] != group:
        node.refuse("cut the axis of steps", "another")
    if last or first:
        _passed_on(node, plan, first, False, [plan.real[0], plan.real[2]])
        groups = [*value.groups[:axis], (), *value.groups[axis + 1 :]]
        return plan.here(groups)
    begin = start
    rest = size - end if isinstance(size, int) else 0 if end == END else -end
    if begin < 0 or rest < 0:
        node.refuse("take away known numbers of steps", f"{start} to {end}")
    plan.add(
        node, Cropping1D, {"cropping": (begin, rest)}, real=[plan.real[0], None, plan.real[2]]
    )
    groups = [*value.groups[:axis], plan.real[1], *value.groups[axis + 1 :]]
    return plan.here(groups)


def _passed_on(node, plan, backwards, sequences, real):
    """Plan a recurrent layer that passes on what it reads: in the other order, or the last
    step, or the first."""
    width = plan.shape[-1]
    plan.room.take(node, (width, width))
    config = {
        "units": width, "activation": "linear", "use_bias": False, "trainable": False,
        "go_backwards": backwards, "return_sequences": sequences,
    }  # fmt: skip
    plan.add(node, SimpleRNN, config, [np.eye(width), np.zeros((width, width))], real)


def _turned(node, plan, value, axis, start):
    """The steps in the other order."""
    plan.check_steps(node)
    group = value.groups[axis]
    size = size_of(group)
    if start not in (-1, size) and start < END and start + 1 != size:
        node.refuse("begin at the last step", f"{start}")
    unread = value.part == ("sequence", 0) and value.tree is None
    unread = unread and value.place == plan.moves and not plan.settled
    if unread and plan.last.ends(0) == "first" and group == plan.last.before[1]:
        return dataclasses.replace(value, part=("turned", 0))
    value = plan.take(value, node)
    if len(plan.real) != 3 or group != plan.real[1]:
        node.refuse("turn the axis of steps", "another")
    _passed_on(node, plan, True, True, plan.real)
    return plan.here(value.groups)
