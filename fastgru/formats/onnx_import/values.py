"""What the values of a graph are to a `Plan`, and what it plans."""

import dataclasses

from fastgru._errors import ModelFormatError, refusing
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import.fold import Atom


class Turned(ModelFormatError):
    """The batch's axis is not where an operator has it; another reading of the input may do."""


@dataclasses.dataclass(frozen=True, eq=False)
class Tensor:
    """A value that depends on the input."""

    #: `Plan.moves` where it arose.
    place: int
    groups: tuple
    #: (kind, direction) of a recurrent layer's outputs.
    part: tuple | None = None
    #: What is to be done to it, element by element; see `tree`.
    tree: object = None
    #: The axis of directions of the recurrent layer that it comes from.
    directions: Atom | None = None
    #: The mask by which its steps are packed, and the one at whose skipped steps it is zero;
    #: see `masks`.
    packed: object = None
    zeroed: object = None

    def renamed(self, groups):
        """The same numbers with other axes."""
        # An axis of one direction is told apart only while it stands alone.
        kept = (without_one(group) if len(group) > 1 else tuple(group) for group in groups)
        return dataclasses.replace(self, groups=tuple(kept))


@dataclasses.dataclass(frozen=True, eq=False)
class Stack:
    """Tensors that were joined along an axis, until it is known which one is read."""

    parts: tuple
    axis: int


@dataclasses.dataclass(frozen=True)
class Lengths:
    """The second input: how many steps of each sample count."""


@dataclasses.dataclass
class Planned:
    """A layer to be: class, arguments, weights in the order of its specs."""

    cls: type
    config: dict
    weights: list
    what: str
    #: The masks that it reads and begins, see `masks`.
    mask: object = None
    makes: object = None

    def made(self):
        """The layer, without its weights."""
        with refusing(WHERE):
            return self.cls(**self.config)


def without_one(group):
    return tuple(atom for atom in group if not (atom.directions and atom.size == 1))
