"""The layers that a graph turns out to be, and what its values are in terms of them.

A value of the graph is the output of the last layer planned, seen with axes in another order,
cut or joined: `Tensor.groups` has the atoms of each of its axes, `Plan.real` those of each
axis of the layer's output, batch first. Exporters' transposes and reshapes only rename; a
layer is planned for them where the next one needs its numbers in another order.
"""

import dataclasses

import numpy as np

from fastgru._check import axes, fail
from fastgru._errors import refusing
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import.fold import Atom, Filled, Size, size_of
from fastgru.formats.onnx_import.formulas import lower
from fastgru.formats.onnx_import.tree import CHAIN
from fastgru.formats.onnx_import.values import (
    Lengths,
    Planned,
    Stack,
    Tensor,
    Turned,
    without_one,
)
from fastgru.layers import (
    ELU,
    GRU,
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Dense,
    Embedding,
    Flatten,
    LayerNormalization,
    LeakyReLU,
    Permute,
    ReLU,
    Rescaling,
    Reshape,
    SimpleRNN,
)  # fmt: skip

MOST_LAYERS = 1000
_LEAST_BYTES = 4
#: Layers that leave the steps of a sequence apart, or mind a mask as ONNX minds lengths.
BY_STEP = (
    Activation, BatchNormalization, Bidirectional, Dense, ELU, Embedding, GRU, LSTM,
    LayerNormalization, LeakyReLU, ReLU, Rescaling, SimpleRNN,
)  # fmt: skip


class Plan:
    """The chain so far.

    Parameters
    ----------
    atoms : list of Atom
        The input's axes, batch first.
    dtype : str
        Of the layers.
    room : fold.Room
        How large their weights may be.
    ids : bool
        Whether the input is of integers.
    opset : int
        Version of the operators.
    """

    def __init__(self, atoms, dtype, room, ids, opset):
        self.layers, self.dtype, self.room, self.ids = [], dtype, room, ids
        self.real, self.batch = [(atom,) for atom in atoms], atoms[0]
        self.shape = self.input_shape = (None, *(atom.size for atom in atoms[1:]))
        self.part, self.opset = None, opset
        #: How often something was planned: older values are no longer at hand.
        self.moves = 0
        #: Terms of values, by their identity; see `masks`.
        self.leaves = {}
        #: Whether recurrent layers read the second input, of lengths; None before the first.
        self.lengths = None

    @property
    def last(self):
        """The last layer planned, or None."""
        return self.layers[-1] if self.layers else None

    def check_steps(self, node):
        """Refuse what reads steps by their place, where some lie behind a sequence's end."""
        if self.lengths and len(self.real) > 2:
            node.refuse("read single steps where sequences have lengths", "several",
                        "The last state of each is the layer's Y_h.")  # fmt: skip

    def add(self, node, cls, config, weights=(), real=None, mask=None):
        """Plan a layer behind the others; None in `real` is a new axis."""
        if len(self.layers) >= MOST_LAYERS:
            node.refuse(f"be of a model of at most {MOST_LAYERS} layers", "one more")
        if cls not in BY_STEP:
            self.check_steps(node)
        # One initialiser may be read by many nodes.
        self.room.take(node, (sum(np.size(weight) for weight in weights),), _LEAST_BYTES)
        planned = Planned(cls, {**config, "dtype": self.dtype}, list(weights), node.what, mask)
        with refusing(WHERE):
            self.shape = planned.made().shape_behind(self.shape)
        self.layers.append(planned)
        self.moved()
        if real is not None:
            pairs = zip(real, self.shape, strict=True)
            self.real = [
                (Atom(size),) if group is None else tuple(group) for group, size in pairs
            ]

    def put(self, recurrent):
        """Plan a recurrent layer, whose form follows from which of its outputs is read."""
        self.layers.append(recurrent)
        self.moved()

    def moved(self):
        """Note that the output of the last layer is another from here on."""
        self.moves += 1
        self.part = None

    def here(self, groups):
        """The output of the last layer as a Tensor."""
        return Tensor(self.moves, tuple(map(tuple, groups)), self.part)

    def take(self, value, node):
        """`value` as the last layer's output, with all that was put off planned now."""
        if isinstance(value, Lengths):
            node.refuse("read the lengths of the sequences as sequence_lens only", "them",
                        "Only GRU, LSTM and RNN read them.")  # fmt: skip
        if isinstance(value, Filled) or not isinstance(value, Tensor):
            got = "several tensors as one" if isinstance(value, Stack) else "a constant"
            node.refuse("read what the layer before it gives", got, CHAIN)
        if value.place != self.moves or (self.settled and value.part != self.part):
            node.refuse("read what the layer before it gives", "an earlier value", CHAIN)
        zeros = value.zeroed
        apart = zeros is not None and (
            self.settled
            or self.last.mask != zeros
            or value.part[0] not in ("sequence", "turned")
        )
        if apart or value.packed is not None:
            node.refuse("read what the layer before it gives", "steps that a mask has moved")
        if not self.settled:
            recurrent = self.layers.pop()
            recurrent.settle(self, value.part, node, zeros is not None)
            self.part = value.part
        if value.tree is not None:
            lower(value.tree, self)
        return dataclasses.replace(
            value, place=self.moves, part=self.part, tree=None, zeroed=None
        )

    @property
    def settled(self):
        """Whether the last layer's form is fixed."""
        return not self.layers or isinstance(self.last, Planned)

    def arrange(self, value, order, node):
        """Take `value` and let the last layer's output have its axes, in this order."""
        value = self.take(value, node)
        wanted = [without_one(value.groups[axis]) for axis in order]
        if wanted == self.real:
            return
        if wanted[0] != self.real[0]:
            fail(WHERE, node.what, "have the batch's axis where it reads one",
                 f"axes {self._named(wanted)}", kind=Turned)  # fmt: skip
        if sorted(map(_key, wanted)) == sorted(map(_key, self.real)):
            places = [self.real.index(group) for group in wanted]
            self.add(node, Permute, {"dims": tuple(places[1:])}, real=wanted)
        elif _more_than_one(wanted) == _more_than_one(self.real):
            self._reshape(wanted, node)
        else:
            places = self._axes_of(wanted, node)
            self.add(node, Permute, {"dims": tuple(places[1:])},
                     real=[self.real[place] for place in places])  # fmt: skip
            self._reshape(wanted, node)

    def bring_last(self, group, node):
        """Let the last layer's output have the axis `group` last; whether it has such."""
        if group == self.real[-1]:
            return True
        if group not in self.real[1:]:
            return False
        place = self.real.index(group)
        order = [*(axis for axis in range(1, len(self.real)) if axis != place), place]
        self.add(
            node,
            Permute,
            {"dims": tuple(order)},
            real=[self.real[0], *(self.real[axis] for axis in order)],
        )
        return True

    def _reshape(self, wanted, node):
        if len(wanted) == 2:
            self.add(node, Flatten, {}, real=wanted)
            return
        sizes = [size_of(group) for group in wanted[1:]]
        if sum(isinstance(size, Size) for size in sizes) > 1:
            node.refuse("leave all axes but one of a known size", self._named(wanted))
        target = tuple(-1 if isinstance(size, Size) else size for size in sizes)
        self.add(node, Reshape, {"target_shape": target}, real=wanted)

    def _axes_of(self, wanted, node):
        """The order of our axes in which their atoms are those of `wanted`."""
        atoms, places = _more_than_one(wanted[1:]), [0]
        parts = [_more_than_one([group]) for group in self.real]
        while atoms:
            found = [p for p in range(1, len(self.real)) if atoms[0] in parts[p][:1]]
            group = parts[found[0]] if found else []
            if not found or atoms[: len(group)] != group:
                node.refuse("leave the axes of its input whole", f"axes {self._named(wanted)}")
            places.append(found[0])
            atoms = atoms[len(group) :]
        # Those of size 1 may stand anywhere.
        left = [place for place in range(len(self.real)) if place not in places]
        if any(parts[place] for place in left):
            node.refuse("leave the axes of its input whole", f"axes {self._named(wanted)}")
        return places + left

    def _named(self, groups):
        sizes = [size_of(group) for group in groups]
        return axes(["open" if isinstance(size, Size) else size for size in sizes])


def _more_than_one(groups):
    """The atoms along which there may be more than one place."""
    return [atom for group in groups for atom in group if atom.size != 1]


def _key(group):
    return [id(atom) for atom in group]
