"""Reshape and Flatten on a Tensor: axes are joined and cut, as far as their atoms allow."""

import numpy as np

from fastgru.formats.onnx_import.fold import Filled, Size, size_of
from fastgru.formats.onnx_import.values import Lengths
from fastgru.layers import Reshape


def reshape(node, plan):
    """Reshape and Flatten: axes are joined and cut as their sizes say."""
    value = node.inputs[0]
    if isinstance(value, (Filled, Lengths)):
        node.ignore("allowzero", "axis")
        return value
    if node.op == "Flatten":
        axis = node.attr("axis", 1)
        if isinstance(value, np.ndarray):
            node.refuse("read what the layer before it gives", "a constant")
        groups = node.checked(value).groups
        parts = groups[:axis], groups[axis:]
        return value.renamed([[a for g in part for a in g] for part in parts])
    target = node.input(1)
    if not isinstance(target, np.ndarray) or target.ndim != 1:
        node.refuse("have a shape that follows from that of its input", "another")
    target = target.tolist()
    sizes = value.shape if isinstance(value, np.ndarray) else sizes_of(node, value)
    if node.attr("allowzero", 0) == 0:
        if any(size == 0 and axis >= len(sizes) for axis, size in enumerate(target)):
            node.refuse("keep axes that its input has", f"{len(sizes)} axes")
        target = [sizes[axis] if size == 0 else size for axis, size in enumerate(target)]
    if isinstance(value, np.ndarray):
        if any(isinstance(size, Size) for size in target) or value.dtype == object \
                and len(target) != 1:  # fmt: skip
            node.refuse("give a constant one shape", "one that follows from the input's")
        return value.reshape(target)
    groups = _regrouped(value, target)
    if groups is not None:
        return value.renamed(groups)
    return _reshaped(node, plan, value, target)


def sizes_of(node, value):
    return [size_of(group) for group in node.checked(value).groups]


def _regrouped(value, target):
    """The atoms in groups of these sizes, or None where an atom would have to be cut."""
    atoms = [atom for group in value.groups for atom in group]
    cut = target.index(-1) if -1 in target else len(target)
    head, atoms = _taken(atoms, target[:cut])
    if head is None:
        return None
    tail, atoms = _taken(atoms[::-1], target[cut + 1 :][::-1])
    if tail is None:
        return None
    tail = [group[::-1] for group in tail[::-1]]
    if -1 in target:
        return [*head, atoms[::-1], *tail]
    return [*head, *tail] if not atoms else None


def _taken(atoms, sizes):
    """Groups of these sizes from the front, and what is left; None if there are none."""
    groups = []
    for place, size in enumerate(sizes):
        count = 0
        if size == 1:
            # An axis may have size 1 itself, unless more ones follow than there are such.
            ones = sum(atom.size == 1 for atom in atoms)
            count = int(bool(atoms) and atoms[0].size == 1 and ones >= sizes[place:].count(1))
        else:
            while count < len(atoms) and size_of(atoms[:count]) != size:
                count += 1
            if size_of(atoms[:count]) != size:
                return None, atoms
        groups.append(atoms[:count])
        atoms = atoms[count:]
    return groups, atoms


def _reshaped(node, plan, value, target):
    """A Reshape layer: the features, which are the last axis, become several."""
    value = plan.take(value, node)
    batch = plan.real[0]
    plan.arrange(value, range(len(value.groups)), node)
    rest = [size for size in target[1:]]
    if any(isinstance(size, Size) for size in rest) or not (
        target[0] in (-1, size_of(batch)) or (isinstance(target[0], int) and -1 not in rest)
    ):
        node.refuse("keep the batch's axis and cut the others by known sizes",
                    f"{len(target)} axes")  # fmt: skip
    plan.add(node, Reshape, {"target_shape": tuple(rest)},
             real=[batch, *[None] * len(rest)])  # fmt: skip
    return plan.here(plan.real)
