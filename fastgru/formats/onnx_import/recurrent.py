"""GRU, LSTM and RNN operators: weights in our order, directions, states, lengths.

The operator gives every state and the last one. Our layer gives one of them, so that its
form is fixed when it is known which is read.
"""

import dataclasses

import numpy as np

from fastgru.formats.onnx_import.fold import Atom, Filled, Size
from fastgru.formats.onnx_import.functions import functions
from fastgru.formats.onnx_import.plan import Lengths, Planned, Tensor
from fastgru.layers import GRU, LSTM, Bidirectional, SimpleRNN

#: ONNX: (our class, places of ONNX' blocks in our order, activations by default).
CELLS = {
    "GRU": (GRU, (0, 1, 2), ("Sigmoid", "Tanh")),
    "LSTM": (LSTM, (0, 2, 3, 1), ("Sigmoid", "Tanh", "Tanh")),
    "RNN": (SimpleRNN, (0,), ("Tanh",)),
}


@dataclasses.dataclass
class Recurrent:
    """A recurrent layer whose outputs nobody has read yet."""

    node: object
    cls: type
    #: (arguments, weights, whether it reads backwards) of each direction.
    directions: list
    before: list
    atoms: tuple  # directions, features
    return_state: bool = False
    #: Whether the outputs of both directions are given, one and the other.
    apart: bool = False

    def settle(self, plan, part, node):
        """Plan it so that it gives `part`: "sequence", "turned" (in the order it reads),
        "final" or "cell", of one direction, of both (None), or of both in a merge mode."""
        kind, which = part
        if kind == "cell":
            node.refuse("read the states h of an LSTM", "the states c")
        chosen = self.directions if which not in (0, 1) else [self.directions[which]]
        sequences = kind in ("sequence", "turned")
        batch, time = self.before[:2]
        last = self.atoms if which is None and len(chosen) == 2 else self.atoms[1:]
        real = [batch, time, last] if sequences else [batch, last]
        states = {"return_state": True} if self.return_state else {}
        made = [
            (cls, {**config, "return_sequences": sequences, **states}, weights)
            for cls, config, weights in ((self.cls, *given) for given in chosen)
        ]
        if len(made) == 2:
            mode = None if self.apart else "concat" if which is None else which
            self._pair(plan, made, mode, real)
        elif kind == "sequence" and made[0][1]["go_backwards"]:
            if states:
                node.refuse("be one where a layer goes backwards", "its states too")
            # Ours gives its steps in the order it reads them; in a pair they are turned.
            # The other half of the pair is 0 at every step.
            width, units = plan.shape[-1], made[0][1]["units"]
            config = {"units": units, "activation": "linear", "use_bias": False,
                      "return_sequences": True, "trainable": False}  # fmt: skip
            zeros = [np.zeros((width, units)), np.zeros((units, units))]
            self._pair(plan, [(SimpleRNN, config, zeros), made[0]], "sum", real)
        else:
            plan.add(self.node, *made[0], real=real)

    def ends(self, which):
        """ "last" or "first": the step at which a direction's last state stands, or None."""
        if which is None and len(self.directions) == 2 or which in ("sum", "mul"):
            return None
        return "first" if self.directions[which or 0][0]["go_backwards"] else "last"

    def _pair(self, plan, made, mode, real):
        one, other = (
            Planned(cls, {**config, "dtype": plan.dtype}, weights, self.node.what).made()
            for cls, config, weights in made
        )
        config = {"layer": one, "backward_layer": other, "merge_mode": mode}
        plan.add(self.node, Bidirectional, config, [*made[0][2], *made[1][2]], real)


def recurrent(node, plan):
    """A GRU, LSTM or RNN operator: its Y, Y_h and Y_c."""
    cls, order, defaults = CELLS[node.op]
    x = node.tensor(0)
    direction = node.attr("direction", "forward")
    if direction not in ("forward", "reverse", "bidirectional"):
        node.refuse("go forward, reverse or bidirectional", repr(direction))
    W, R, B, lengths, *states = (*node.inputs[1:], *[None] * 8)[:7]
    W, R = node.constant(1), node.constant(2)
    count = 2 if direction == "bidirectional" else 1
    _check_weights(node, W, R, B, count, len(order))
    units = R.shape[-1]
    if node.attr("hidden_size", units) != units:
        node.refuse(f"have the hidden_size of its weights, {units}", "another")
    batch_first = node.attr("layout", 0)
    if node.attr("clip", 0.0):
        node.refuse("have no clip", "one", "fastgru does not cut off what activations read.")
    if node.op == "LSTM":
        _check_lstm(node, states[2])
    reset_after = bool(node.attr("linear_before_reset", 0)) if node.op == "GRU" else True
    found = functions(node, defaults, count)
    _check_lengths(node, plan, lengths, x)
    begin = [
        _state(node, state, units, batch_first) for state in states[: len(cls_states(cls))]
    ]
    directions = [
        _direction(node, cls, order, W[d], R[d], None if B is None else B[d], found[d],
                   reset_after, _begin(node, cls, begin, d), direction == "reverse" or d == 1)
        for d in range(count)
    ]  # fmt: skip
    plan.arrange(x, (0, 1, 2) if batch_first else (1, 0, 2), node)
    if plan.shape[-1] != W.shape[2]:
        node.refuse(f"read {W.shape[2]} features, as its weights have", f"{plan.shape[-1]}")
    atoms = Atom(count, True), Atom(units)
    plan.put(Recurrent(node, cls, directions, list(plan.real), atoms))
    (batch, time, _), (d, f) = plan.real, atoms
    sequence = (batch, time, (d,), (f,)) if batch_first else (time, (d,), batch, (f,))
    final = (batch, (d,), (f,)) if batch_first else ((d,), batch, (f,))
    here = plan.moves
    kinds = [("sequence", sequence), ("final", final), ("cell", final)]
    return tuple(
        Tensor(here, tuple(map(tuple, groups)), (kind, None), directions=d)
        for kind, groups in kinds[: 1 + len(cls_states(cls))]
    )


def cls_states(cls):
    """The states of a layer, by name."""
    return ("h", "c") if cls is LSTM else ("h",)


def _check_weights(node, W, R, B, count, blocks):
    units = R.shape[-1] if R.ndim else 0
    good = (
        W.ndim == R.ndim == 3 and units > 0 and W.shape[2] > 0
        and W.shape[:2] == R.shape[:2] == (count, blocks * units)
    )  # fmt: skip
    if not good:
        rule = f"have W ({count}, {blocks} units, width) and R ({count}, {blocks} units, units)"
        node.refuse(rule, f"{W.shape} and {R.shape}")
    if B is not None and (
        not isinstance(B, np.ndarray) or B.shape != (count, 2 * blocks * units)
    ):
        got = B.shape if isinstance(B, np.ndarray) else "no constant"
        node.refuse(f"have a constant bias of shape {(count, 2 * blocks * units)}", f"{got}")


def _check_lstm(node, peepholes):
    if node.attr("input_forget", 0):
        node.refuse("have gates of their own for input and forgetting", "input_forget=1")
    if peepholes is not None and _number(peepholes) != 0:
        node.refuse("have no peepholes", "some", "fastgru's LSTM has none.")


def _number(value):
    """The one number that a constant consists of, or None."""
    if isinstance(value, Filled):
        return value.value
    if isinstance(value, np.ndarray) and value.size and (value == value.flat[0]).all():
        return value.flat[0]
    return None


def _check_lengths(node, plan, lengths, x):
    given = isinstance(lengths, Lengths)
    if plan.lengths not in (None, given):
        node.refuse("read the lengths of the sequences, if another recurrent node does",
                    "lengths for some")  # fmt: skip
    plan.lengths = given
    if given:
        return
    steps = x.groups[1 if node.attrs.get("layout", 0) else 0] if len(x.groups) == 3 else ()
    whole = steps[0].size if len(steps) == 1 else None
    number = None if lengths is None else _number(lengths)
    fits = number == whole or (
        isinstance(number, Size) and number.factor == 1 and number.atoms == frozenset(steps)
    )
    if lengths is not None and not fits:
        node.refuse("have its sequence_lens from an input of the model", "others",
                    "fastgru takes lengths as predict(x, lengths=...).")  # fmt: skip


def _state(node, state, units, batch_first):
    """An initial state as rows (directions, units), or None for zeros."""
    if state is None or (number := _number(state)) is not None and number == 0:
        return None
    cure = "A state that is an input must be a constant before the model is exported."
    if isinstance(state, Filled):
        return np.full((2, units), state.value)
    if not isinstance(state, np.ndarray) or state.ndim != 3 or state.shape[-1] != units:
        node.refuse("have a constant initial state", "another", cure)
    batch_axis = 0 if batch_first else 1
    rows = np.moveaxis(state, batch_axis, 0)
    if not len(rows) or (rows != rows[0]).any():
        node.refuse("have one initial state for all samples", "several")
    return rows[0]


def _begin(node, cls, states, d):
    rows = [None if state is None else state[d] for state in states]
    if cls is not GRU and any(row is not None and row.any() for row in rows):
        node.refuse("begin with a state of zeros", "another",
                    "Of fastgru's layers, GRU alone may begin with another.")  # fmt: skip
    return rows[0]


def _direction(node, cls, order, W, R, B, kinds, reset_after, begin, backwards):
    """(arguments, weights, ...) of one direction."""
    H, K = R.shape[-1], len(order)
    gates, *candidates = kinds if len(kinds) > 1 else (None, *kinds)
    if node.op == "LSTM" and (candidates[0][0] != candidates[1][0]
                              or candidates[1][1:] != (1, 0)):  # fmt: skip
        node.refuse("have one activation for candidate and output", "two")
    # Blocks in our order: which are gates, by cell.
    kinds = {"GRU": (gates, gates, candidates[0]), "RNN": (candidates[0],),
             "LSTM": (gates, gates, candidates[0], gates)}[node.op]  # fmt: skip
    factor = np.repeat([kind[1] for kind in kinds], H)
    offset = np.repeat([kind[2] for kind in kinds], H)
    blocks = np.concatenate([np.arange(place * H, (place + 1) * H) for place in order])
    exact = W.dtype
    kernel, recurrent = (
        (M[blocks].T.astype(np.float64) * factor).astype(exact) for M in (W, R)
    )
    bias = np.zeros((2, K * H)) if B is None else B.reshape(2, K * H)[:, blocks] * factor
    bias = bias + np.stack([offset, np.zeros(K * H)])
    config = {"units": H, "activation": candidates[0][0], "go_backwards": backwards}
    if gates is not None:
        config["recurrent_activation"] = gates[0]
    two = node.op == "GRU" and reset_after
    if node.op == "GRU":
        config["reset_after"] = reset_after
    weights = [kernel, recurrent]
    if B is None and not offset.any():
        config["use_bias"] = False
    else:
        weights.append(bias if two else bias.sum(axis=0))
    if begin is not None and begin.any():
        config["initial_state_initializer"] = "zeros"
        weights.append(begin)
    return config, weights
