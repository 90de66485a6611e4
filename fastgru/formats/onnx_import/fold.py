"""What an exporter computes with shapes and weights: done here, once, on constants.

A constant is an array. Where a shape is not known, its entry is a `Size` in an array of
objects, so that the same functions cut and join it. `Filled` is one number in all places
of an array whose shape nobody needs: initial states, lengths.
"""

import dataclasses
import math

import numpy as np

from fastgru._errors import refuse
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import.proto import MOST_AXES

#: A constant may be this much larger than the file.
_ROOM, _SPARE = 4, 1 << 20
INT = np.dtype(np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class Atom:
    """An axis that is never cut; `size` is None where it is open."""

    size: int | None = None
    #: Whether it counts directions of a recurrent layer.
    directions: bool = False


@dataclasses.dataclass(frozen=True)
class Size:
    """A size that is open: a number times those of some axes."""

    factor: int
    atoms: frozenset

    def __mul__(self, other):
        if isinstance(other, Size):
            return Size(self.factor * other.factor, self.atoms | other.atoms)
        return Size(self.factor * int(other), self.atoms)

    __rmul__ = __mul__


def size_of(atoms):
    """The number of places along some axes, as an int or a Size."""
    known = math.prod(atom.size for atom in atoms if atom.size is not None)
    open_ones = frozenset(atom for atom in atoms if atom.size is None)
    return Size(known, open_ones) if open_ones else known


@dataclasses.dataclass(frozen=True)
class Filled:
    """One number wherever one looks; `rank` is None where nobody knows the axes."""

    value: object
    rank: int | None = None

    def small(self):
        """An array that is broadcast as this is."""
        return np.full((1,) * self.rank, self.value)


def vector(values):
    """A list of int and Size as a constant."""
    if any(isinstance(value, Size) for value in values):
        found = np.empty(len(values), object)
        found[:] = values
        return found
    return np.array(values, INT)


def is_constant(value):
    return value is None or isinstance(value, (np.ndarray, Filled))


class Room:
    """How much may be computed: a few small nodes must not ask for gigabytes."""

    def __init__(self, data):
        self.left = _ROOM * len(data) + _SPARE

    def take(self, node, shape, itemsize=8):
        """Ask for an array of this shape, before it is made."""
        self.left -= math.prod(int(size) for size in shape) * itemsize
        if self.left < 0:
            refuse(WHERE, node.what, "give no more than the file justifies",
                   f"shape {tuple(int(size) for size in shape)}")  # fmt: skip


def ints(node, value, what):
    """A list of int out of a constant."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
        node.refuse(f"have constant {what}", "one that is computed from the input")
    return [int(one) for one in value.reshape(-1)]


def _arithmetic(function, count=2):
    def fold(node, room):
        arrays = node.inputs
        if len(arrays) != count:
            node.refuse(f"read {count} values", f"{len(arrays)}")
        room.take(node, np.broadcast_shapes(*(array.shape for array in arrays)))
        return np.asarray(function(*arrays))

    return fold


def _divide(a, b):
    if a.dtype == object:
        return a * (1 if (b == 1).all() else None)
    # ONNX cuts towards zero, but sizes are not negative.
    return a // b if a.dtype.kind in "iu" else a / b


def _concat(node, room):
    axis = node.attr("axis", 1)
    if all(array.size == 0 or array.ndim == 1 for array in node.inputs):
        return (
            vector([value for array in node.inputs for value in array.reshape(-1).tolist()])
            if all(array.dtype.kind in "iuO" for array in node.inputs)
            else np.concatenate(node.inputs, axis)
        )
    room.take(node, (sum(array.size for array in node.inputs),))
    return np.concatenate(node.inputs, axis)


def _gather(node, room):
    table, places = node.inputs
    axis = node.attr("axis", 0)
    if places.dtype.kind not in "iu":
        node.refuse("have constant places", "others")
    room.take(node, (places.size, table.size // max(1, table.shape[axis])))
    found = np.take(table, places, axis)
    return found if isinstance(found, np.ndarray) else vector([found]).reshape(())


def _cast(node, room):
    to, (array,) = node.attr("to", 0), node.inputs
    if array.dtype == object:
        return array
    # Numbers of float16 are computed in float32 here.
    kinds = {1: np.float32, 6: np.int32, 7: np.int64, 9: bool, 10: np.float32, 11: np.float64}
    if to not in kinds:
        node.refuse("cast to float16, float32, float64 or integers", f"type {to}")
    room.take(node, array.shape)
    return array.astype(kinds[to])


def _filled(node, room):
    value, (shape,) = node.attr("value", None), node.inputs
    number = 0.0 if value is None else value.reshape(-1)[0].item()
    return Filled(number, min(shape.size, MOST_AXES))


def _expand(node, room):
    array, shape = node.inputs
    if array.size == 1:
        return Filled(array.reshape(-1)[0].item(), min(shape.size, MOST_AXES))
    if shape.dtype == object:
        # Only to more rows, one for each sample, of which the consumer looks at one.
        rest = [1 if isinstance(size, Size) else size for size in shape]
        shape = np.array(rest, INT)
    sizes = np.broadcast_shapes(array.shape, tuple(map(int, shape)))
    room.take(node, sizes)
    return np.array(np.broadcast_to(array, sizes))


def _where(node, room):
    return np.where(*node.inputs)


def _shape(node, room):
    return vector(list(node.inputs[0].shape))


FOLDS = {
    "Add": _arithmetic(np.add), "Sub": _arithmetic(np.subtract),
    "Mul": _arithmetic(np.multiply), "Div": _arithmetic(_divide),
    "Equal": _arithmetic(np.equal), "Pow": _arithmetic(np.power),
    "Neg": _arithmetic(np.negative, 1), "Sqrt": _arithmetic(np.sqrt, 1),
    "Reciprocal": _arithmetic(np.reciprocal, 1), "Not": _arithmetic(np.logical_not, 1),
    "Concat": _concat, "Gather": _gather, "Cast": _cast, "ConstantOfShape": _filled,
    "Expand": _expand, "Where": _where, "Shape": _shape,
}  # fmt: skip
