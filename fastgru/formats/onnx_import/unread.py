"""Recurrent layers of whose outputs it is not known yet which are read."""

import dataclasses

import numpy as np

from fastgru.formats.onnx_import.fold import Atom
from fastgru.formats.onnx_import.values import Planned
from fastgru.layers import LSTM, Bidirectional, SimpleRNN


def cls_states(cls):
    """The states of a layer, by name."""
    return ("h", "c") if cls is LSTM else ("h",)


@dataclasses.dataclass
class Recurrent:
    """A recurrent layer whose outputs nobody has read yet."""

    node: object
    #: (class, arguments, weights) of each direction.
    directions: list
    #: The axes of what it reads, and that Tensor.
    before: list
    source: object
    atoms: tuple  # directions, features
    #: The mask that it reads, see `masks`.
    mask: object = None
    return_state: bool = False
    #: Whether the outputs of both directions are given, one and the other.
    apart: bool = False

    def settle(self, plan, part, node, zeroed=False):
        """Plan it so that it gives `part`: "sequence", "turned" (in the order it reads),
        "final" or "cell", of one direction, of both (None, or "turned" if the second is
        first), or of both in a merge mode.

        zeroed : whether sequences are zero where the mask skips steps
        """
        kind, which = part
        if kind == "cell":
            node.refuse("read the states h of an LSTM", "the states c")
        chosen = self.directions[::-1] if which == "turned" else self.directions
        chosen = chosen if which not in (0, 1) else [chosen[which]]
        sequences = kind in ("sequence", "turned")
        batch, time = self.before[:2]
        side_by_side = which in (None, "turned")
        last = self.atoms if side_by_side else self.atoms[1:]
        real = [batch, time, last] if sequences else [batch, last]
        states = {"return_state": True} if self.return_state else {}
        made = [
            (cls, {**config, "return_sequences": sequences, **states}, weights)
            for cls, config, weights in chosen
        ]
        if len(made) == 2:
            mode = None if self.apart else "concat" if side_by_side else which
            self._pair(plan, made, mode, real, node, zeroed)
        elif kind == "sequence" and made[0][1]["go_backwards"]:
            if states:
                node.refuse("be one where a layer goes backwards", "its states too")
            # Ours gives its steps in the order it reads them; in a pair they are turned.
            # The other half of the pair is 0 at every step.
            width, units = plan.shape[-1], made[0][1]["units"]
            config = {"units": units, "activation": "linear", "use_bias": False,
                      "return_sequences": True, "trainable": False}  # fmt: skip
            zeros = [np.zeros((width, units)), np.zeros((units, units))]
            self._pair(plan, [(SimpleRNN, config, zeros), made[0]], "sum", real, node, zeroed)
        else:
            made[0][1].update({"zero_output_for_mask": True} if zeroed else {})
            plan.add(self.node, *made[0], real=real, mask=self.mask)

    def ends(self, which):
        """ "last" or "first": the step at which a direction's last state stands, or None."""
        if which not in (0, 1):
            return None
        return "first" if self.backwards(which) else "last"

    def backwards(self, which):
        """Whether a direction goes backwards."""
        return self.directions[which][1]["go_backwards"]

    def joins(self, source, mask, direction):
        """Whether another direction, of what it reads itself, has become its second one."""
        _, config, _ = direction
        good = (
            len(self.directions) == 1 and mask == self.mask
            and all(getattr(source, name) == getattr(self.source, name)
                    for name in ("place", "groups", "part", "tree", "zeroed"))
            and config["units"] == self.directions[0][1]["units"]
            and config["go_backwards"] != self.backwards(0)
        )  # fmt: skip
        if good:
            self.directions.append(direction)
            self.atoms = Atom(2, True), self.atoms[1]
        return good

    def _pair(self, plan, made, mode, real, node, zeroed):
        if self.mask and made[0][1]["return_sequences"] and not zeroed:
            node.refuse(
                "read zeros where a mask skips steps of two directions", "other numbers"
            )
        one, other = (
            Planned(cls, {**config, "dtype": plan.dtype}, weights, self.node.what).made()
            for cls, config, weights in made
        )
        config = {"layer": one, "backward_layer": other, "merge_mode": mode}
        weights = [*made[0][2], *made[1][2]]
        plan.add(self.node, Bidirectional, config, weights, real, self.mask)

    def begins(self, which, value):
        """Whether a direction begins with a state of such numbers."""
        _, config, weights = self.directions[which]
        row = weights[-1] if "initial_state_initializer" in config else np.zeros(1)
        units = config["units"]
        return np.size(value) in (1, units) and bool((np.ravel(value) == row).all())
