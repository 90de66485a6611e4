"""GRU, LSTM and RNN operators: weights in our order, directions, states, lengths.

The operator gives every state and the last one. Our layer gives one of them, so that its
form is fixed when it is known which is read.
"""

import dataclasses

import numpy as np

from fastgru.formats.onnx_import import masks
from fastgru.formats.onnx_import.fold import Atom, Filled, Size, size_of
from fastgru.formats.onnx_import.functions import functions
from fastgru.formats.onnx_import.terms import Term
from fastgru.formats.onnx_import.unread import Recurrent, cls_states
from fastgru.formats.onnx_import.values import Lengths, Tensor
from fastgru.layers import GRU, LSTM, SimpleRNN

#: ONNX: (our class, places of ONNX' blocks in our order, activations by default).
CELLS = {
    "GRU": (GRU, (0, 1, 2), ("Sigmoid", "Tanh")),
    "LSTM": (LSTM, (0, 2, 3, 1), ("Sigmoid", "Tanh", "Tanh")),
    "RNN": (SimpleRNN, (0,), ("Tanh",)),
}


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
        (cls, *_direction(node, cls, order, W[d], R[d], None if B is None else B[d], found[d],
                   reset_after, _begin(node, cls, begin, d), direction == "reverse" or d == 1))
        for d in range(count)
    ]  # fmt: skip
    mask, x = masks.of_packed(node, plan, x, lengths)
    if W.shape[2] != size_of(x.groups[-1]):
        node.refuse(
            f"read {W.shape[2]} features, as its weights have", f"{size_of(x.groups[-1])}"
        )
    order = (0, 1, 2) if batch_first else (1, 0, 2)
    here = put(node, plan, x, order, directions, mask)
    (batch, time, _), (d, f) = plan.last.before, here.atoms
    sequence = (batch, time, (d,), (f,)) if batch_first else (time, (d,), batch, (f,))
    final = (batch, (d,), (f,)) if batch_first else ((d,), batch, (f,))
    y, *finals = outputs(plan, here, sequence, final)
    return dataclasses.replace(y, packed=mask), *finals


@dataclasses.dataclass
class Place:
    """Which of the last layer's directions an operator is, with its axes."""

    which: int | None
    atoms: tuple


def put(node, plan, x, order, directions, mask):
    """The Place of an operator of these directions that reads x: of a layer behind the others,
    or as the second direction of the last one."""
    used = masks.key(plan, mask)
    last = None if plan.settled else plan.last
    if last is not None and len(directions) == 1 and last.joins(x, used, directions[0]):
        return Place(1, (Atom(1, True), last.atoms[1]))
    plan.arrange(x, order, node)
    atoms = Atom(len(directions), True), Atom(directions[0][1]["units"])
    plan.put(Recurrent(node, directions, list(plan.real), x, atoms, used))
    return Place(None if len(directions) == 2 else 0, atoms)


def outputs(plan, here, sequence, final):
    """All states, the last one, and that of the cell if there is such."""
    count = len(cls_states(plan.last.directions[here.which or 0][0]))
    kinds = [("sequence", sequence), ("final", final), ("cell", final)]
    return tuple(
        Tensor(plan.moves, tuple(map(tuple, groups)), (kind, here.which),
               directions=here.atoms[0])
        for kind, groups in kinds[: 1 + count]
    )  # fmt: skip


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
    if isinstance(lengths, Term):
        return
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
