"""Operators over the steps of sequences: convolutions, pooling, padding."""

import numpy as np

from fastgru.formats.onnx_import import elementwise
from fastgru.formats.onnx_import.fold import Filled, size_of
from fastgru.layers import (
    AveragePooling1D,
    Conv1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    MaxPooling1D,
    ZeroPadding1D,
)


def conv(node, plan):
    """Conv over one axis; one over two, of which one is 1, is the same."""
    W, b = node.constant(1), node.input(2)
    value = node.tensor(0)
    rank = W.ndim - 2
    if rank not in (1, 2) or len(value.groups) != W.ndim or W.dtype.kind != "f":
        node.refuse("go over one axis", f"weights of {W.ndim} axes")
    axis = 0
    if rank == 2:
        ones = [a for a in (0, 1) if W.shape[2 + a] == 1 and not value.groups[2 + a]]
        if not ones:
            node.refuse("go over one axis", "two")
        axis = 1 - ones[0]
        value, W = _narrow(value, 2 + ones[0]), W.take(0, 2 + ones[0])
    strides, dilations = (
        _along(node, name, rank, axis, 1) for name in ("strides", "dilations")
    )
    kernel = _along(node, "kernel_shape", rank, axis, W.shape[2])
    before, after = _pads(node, rank, axis)
    groups, auto = node.attr("group", 1), node.attr("auto_pad", "NOTSET")
    if kernel != W.shape[2] or auto not in ("NOTSET", "VALID", "SAME_UPPER") or groups < 1 \
            or strides > 1 and dilations > 1:  # fmt: skip
        node.refuse("be a convolution as Keras has it", f"auto_pad {auto}, strides {strides}")
    plan.arrange(value, (0, 2, 1), node)
    if auto == "SAME_UPPER":
        before = after = 0
    if before or after:
        plan.add(node, ZeroPadding1D, {"padding": (before, after)},
                 real=[plan.real[0], None, plan.real[2]])  # fmt: skip
    config = {
        "filters": W.shape[0], "kernel_size": kernel, "strides": strides, "groups": groups,
        "dilation_rate": dilations, "padding": "same" if auto == "SAME_UPPER" else "valid",
        "use_bias": b is not None,
    }  # fmt: skip
    weights = [W.transpose(2, 1, 0)] + ([] if b is None else [node.constant(2)])
    plan.add(node, Conv1D, config, weights, [plan.real[0], None, None])
    return _channels_first(plan, rank, axis)


def _channels_first(plan, rank, axis):
    """What the layer that was just planned gives, in the order of ONNX's axes; of two axes
    beside batch and channels, the one that is not `axis` has one place."""
    batch, steps, channels = plan.real
    found = [batch, channels, steps]
    if rank == 2:
        found.insert(2 + 1 - axis, ())
    return plan.here(found)


def _narrow(value, axis):
    return value.renamed([group for place, group in enumerate(value.groups) if place != axis])


def _along(node, name, rank, axis, default):
    """The number for one of `rank` axes; the others must be 1."""
    given = node.attr(name, None)
    if given is None:
        return default
    if not isinstance(given, list) or len(given) != rank:
        node.refuse(f"have {name} for {rank} axes", f"{given}")
    if any(one != 1 for place, one in enumerate(given) if place != axis):
        node.refuse(f"have {name} of 1 along the axis of size 1", f"{given}")
    return given[axis]


def _pads(node, rank, axis):
    pads = node.attr("pads", [0] * 2 * rank)
    if len(pads) != 2 * rank or min(pads) < 0 or any(
        pad for place, pad in enumerate(pads) if place % rank != axis
    ):  # fmt: skip
        node.refuse("pad one axis alone", f"{pads}")
    return pads[axis], pads[rank + axis]


def pool(node, plan):
    """MaxPool and AveragePool over one axis."""
    value = node.tensor(0)
    rank = len(value.groups) - 2
    if rank not in (1, 2):
        node.refuse("go over one axis", f"{rank}")
    axis, ones = 0, [a for a in range(rank) if rank == 2 and not value.groups[2 + a]]
    if rank == 2:
        if not ones:
            node.refuse("go over one axis", "two")
        axis = 1 - ones[0]
        value = _narrow(value, 2 + ones[0])
    size = _along(node, "kernel_shape", rank, axis, None)
    if size is None:
        node.refuse("have a kernel_shape", "none")
    strides = _along(node, "strides", rank, axis, 1)
    before, after = _pads(node, rank, axis)
    auto, inside = node.attr("auto_pad", "NOTSET"), node.attr("count_include_pad", 0)
    dilation = _along(node, "dilations", rank, axis, 1)
    node.ignore("storage_order")
    # With stride 1 this is what "same" pads, on both sides.
    same = auto == "SAME_UPPER" or (
        (before, after) == ((size - 1) // 2, size // 2) and strides == 1 and before + after > 0
    )
    plain = not (before or after) and auto in ("NOTSET", "VALID")
    if (
        not (same or plain)
        or (inside and not plain)
        or dilation != 1
        or node.attr("ceil_mode", 0)
    ):
        node.refuse("pool windows as Keras does", f"pads {before} and {after}",
                    "Export it with padding 0 and ceil_mode False.")  # fmt: skip
    plan.arrange(value, (0, 2, 1), node)
    cls = MaxPooling1D if node.op == "MaxPool" else AveragePooling1D
    config = {"pool_size": size, "strides": strides, "padding": "same" if same else "valid"}
    plan.add(node, cls, config, real=[plan.real[0], None, plan.real[2]])
    return _channels_first(plan, rank, axis)


def global_pool(node, plan):
    """GlobalAveragePool and GlobalMaxPool over one axis."""
    value = node.tensor(0)
    count = len(value.groups)
    if count != 3:
        node.refuse("go over one axis", f"{count - 2}")
    return _over_steps(node, plan, value, 2, node.op == "GlobalMaxPool", True)


def reduce(node, plan):
    """ReduceMean and ReduceMax: over steps a layer; over features a part of a formula."""
    value = node.tensor(0)
    axes = node.ints("axes", 1)
    keep = bool(node.attr("keepdims", 1))
    node.ignore("noop_with_empty_axes")
    axes = [node.axis(axis, len(value.groups)) for axis in axes or ()]
    # Those of size 1 are put in by exporters that make pooling over one axis one over two.
    ones = [axis for axis in axes if size_of(value.groups[axis]) == 1]
    if len(axes) > 1 and len(axes) == len(ones) + 1:
        rest = [axis for axis in range(len(value.groups)) if axis not in ones]
        (axis,) = set(axes) - set(ones)
        value = value.renamed([value.groups[place] for place in rest])
        value = _over_steps(node, plan, value, rest.index(axis), node.op == "ReduceMax", False)
        groups = list(value.groups)
        for axis in sorted(axes) if keep else ():
            groups.insert(axis, ())
        return value.renamed(groups)
    if len(axes) != 1:
        node.refuse("go over one axis", "several")
    (axis,) = axes
    if node.op == "ReduceMean" and keep and elementwise.is_last(value, axis):
        return elementwise.mean(node, value)
    return _over_steps(node, plan, value, axis, node.op == "ReduceMax", keep)


def _over_steps(node, plan, value, axis, maximum, keep):
    value = plan.take(value, node)
    if len(plan.real) != 3 or len(value.groups) != 3:
        node.refuse("go over the steps of sequences", f"{len(value.groups)} axes")
    group = value.groups[axis]
    if group != plan.real[1]:
        # The other two axes in the order that they have.
        rest = [place for place in range(3) if place != axis]
        plan.arrange(value, (rest[0], axis, rest[1]), node)
    cls = GlobalMaxPooling1D if maximum else GlobalAveragePooling1D
    plan.add(node, cls, {}, real=[plan.real[0], plan.real[2]])
    groups = [*value.groups[:axis], *([()] if keep else []), *value.groups[axis + 1 :]]
    return plan.here(groups)


def pad(node, plan):
    """Pad: zeros before and behind the steps."""
    value = node.tensor(0)
    pads = node.ints("pads", 1, [])
    number, axes = node.input(2), node.input(3)
    fill = node.attr("value", 0.0) if number is None else float(
        number.value if isinstance(number, Filled) else np.ravel(node.constant(2))[0])  # fmt: skip
    rank = len(value.groups)
    if node.attr("mode", "constant") != "constant" or fill or axes is not None \
            or len(pads) != 2 * rank or min(pads) < 0:  # fmt: skip
        node.refuse("pad with zeros", "another padding")
    padded = [axis for axis in range(rank) if pads[axis] or pads[rank + axis]]
    if not padded:
        return value
    value = plan.take(value, node)
    if len(padded) > 1 or len(plan.real) != 3 or rank != 3:
        node.refuse("pad the axis of steps", "another")
    (axis,) = padded
    rest = [place for place in range(3) if place != axis]
    if value.groups[axis] != plan.real[1]:
        plan.arrange(value, (rest[0], axis, rest[1]), node)
    plan.add(node, ZeroPadding1D, {"padding": (pads[axis], pads[rank + axis])},
             real=[plan.real[0], None, plan.real[2]])  # fmt: skip
    return plan.here([*value.groups[:axis], plan.real[1], *value.groups[axis + 1 :]])
