"""Scan operators whose body is one step of a cell of fastgru, as `onnx_export.scan` writes it."""

from types import SimpleNamespace

import numpy as np

from fastgru import activations
from fastgru._errors import shown
from fastgru.formats.onnx_export import scan as written
from fastgru.formats.onnx_import import masks, proto
from fastgru.formats.onnx_import.fold import Atom, Filled, is_constant
from fastgru.formats.onnx_import.recurrent import outputs, put
from fastgru.formats.onnx_import.terms import UNKNOWN, Symbols, Term, constant, match, of
from fastgru.formats.onnx_import.values import Planned
from fastgru.layers import GRU, LSTM, Dense, SimpleRNN
from fastgru.layers.recurrent.steps import GRUStep, LSTMStep, SimpleStep

_CELLS = (
    (GRU, GRUStep, {"reset_after": True}),
    (GRU, GRUStep, {"reset_after": False}),
    (LSTM, LSTMStep, {}),
    (SimpleRNN, SimpleStep, {}),
)
_NAMES = [name for name in activations.NAMES if name not in activations.ROWS]
CURE = (
    "Loops are layers only if they are steps of a GRU, LSTM or RNN as fastgru writes them: export "
    "the recurrent layer as one such operator, or a Keras model as a .keras file."
)


def scan(node, plan):
    """A Scan: the last states, and all of them."""
    count = len(node.inputs) - node.attr("num_scan_inputs", 0)
    states, scanned = node.inputs[:count], node.inputs[count:]
    ways = node.attr("scan_input_directions", [0] * len(scanned))
    ways += node.attr("scan_output_directions", [0])
    axes = node.attr("scan_input_axes", [0] * len(scanned)) + node.attr("scan_output_axes", [0])
    good = 1 <= len(scanned) <= 2 and count >= 1 and node.outputs == count + 1
    if not good or set(axes) != {1} or set(ways) not in ({0}, {1}) \
            or not len(axes) == len(ways) == len(scanned) + 1:  # fmt: skip
        node.refuse("go over the steps of one sequence", "other axes or directions", CURE)
    x, dense = _before(node, plan, scanned[0])
    mask = None
    if len(scanned) == 2:
        found = {}
        if not isinstance(scanned[1], Term) or not match(masks.column(plan), scanned[1], found):
            node.refuse("skip the steps of a mask", "others", CURE)
        mask = found["mask"]
    cls, config, weights = _cell(node, plan, dense, *_body(node, len(scanned)))
    row = _row(node, states, config["units"])
    if row is not None:
        if cls is not GRU:
            node.refuse("begin with a state of zeros", "another",
                        "Of fastgru's layers, GRU alone may begin with another.")  # fmt: skip
        config["initial_state_initializer"] = "zeros"
        weights.append(row)
    config["go_backwards"] = ways[0] == 1
    here = put(node, plan, x, (0, 1, 2), [(cls, config, weights)], mask)
    (batch, time, _), (_, f) = plan.last.before, here.atoms
    y, *finals = outputs(plan, here, (batch, time, (f,)), (batch, (f,)))
    return *finals, y


def _before(node, plan, p):
    """What the cell reads, and the Dense layer that is its product with the kernel."""
    value = plan.take(node.checked(p), node)
    dense = plan.last
    good = (
        isinstance(dense, Planned) and dense.cls is Dense and "activation" not in dense.config
    )
    if not good or list(value.groups) != plan.real or len(plan.real) != 3:
        node.refuse("read the product of a sequence and a kernel", "another value", CURE)
    plan.layers.pop()
    width = dense.weights[0].shape[0]
    plan.shape = (*plan.shape[:-1], width)
    plan.real = [*plan.real[:-1], (Atom(width),)]
    plan.moved()
    return plan.here(plan.real), dense


def _body(node, scanned):
    """(terms of what a step reads, terms of what it gives, how many are no states)."""
    body = node.body
    names = [info.name for info in body.input] if body is not None else []
    if body is None or len(names) != len(node.inputs) or len(body.output) != node.outputs:
        node.refuse("have a body of as many inputs and outputs", f"one of {len(names)} inputs")
    if body.sparse_initializer:
        node.refuse("have dense constants", "sparse ones")
    leaves = [Term("input") for _ in names]
    found = {"": None, **dict(zip(names, leaves, strict=True))}
    for tensor in body.initializer:
        _define(node, found, tensor.name, constant(proto.array(tensor, node.what)))

    def term(name):
        if name not in found:
            one = node.outside(name)
            if not is_constant(one):
                node.refuse(
                    "read constants in its body", "what is computed outside of it", CURE
                )
            found[name] = constant(one.value if isinstance(one, Filled) else one)
        return found[name]

    for inner in body.node:
        proto.check_no_graph(inner, node.what)
        attrs = proto.attributes(inner, node.what)
        args = [term(name) for name in inner.input]
        while args and args[-1] is None:
            args.pop()
        if inner.domain not in proto.DOMAINS or not args or None in args or any(
            isinstance(one, np.ndarray) for one in attrs.values()
        ):  # fmt: skip
            node.refuse("have a body of plain operators", shown(inner.op_type), CURE)
        made = args[0]
        if inner.op_type != "Identity":
            made = of(inner.op_type, args, attrs, len(inner.output))
        made = made if isinstance(made, tuple) else (made,)
        for name, one in zip(inner.output, made, strict=True):
            _define(node, found, name, one)
    return leaves, [term(info.name) for info in body.output], scanned


def _define(node, found, name, one):
    if name in found:
        node.refuse("have different names in its body", f"{shown(name)} twice")
    found[name] = one


def _cell(node, plan, dense, leaves, given, scanned):
    """(class, arguments, weights) of the cell whose step the body is."""
    count = len(leaves) - scanned
    states, p, mask = leaves[:count], leaves[count], (leaves[count + 1 :] or [None])[0]
    kernel, *bias = dense.weights
    g = Symbols(plan.opset, np.dtype(plan.dtype))
    share = _share(given[0], states[0], mask)
    for cls, step, more in _CELLS:
        blocks = step.blocks
        units = kernel.shape[1] // blocks
        cell = SimpleNamespace(
            step=step, units=units, use_bias=bool(bias), keep_share=share, **more,
            activation={"activation": _NAMES},
            recurrent_activation={"recurrent_activation": _NAMES},
            parameters={"recurrent_kernel": UNKNOWN, "bias": UNKNOWN},
        )  # fmt: skip
        if (count == 2) != (cls is LSTM) or units * blocks != kernel.shape[1]:
            continue
        holes = {}
        wanted = written.step(g, cell, p, states, mask)
        wanted.append(wanted[0])
        if all(match(one, other, holes) for one, other in zip(wanted, given, strict=True)):
            return cls, *_arguments(node, cell, holes, kernel, bias, more)
    node.refuse("have a body that is a step of a layer of fastgru", "another", CURE)


def _share(new, state, mask):
    """How much of the state a step keeps: the zoneout of a GRU."""
    if mask is not None and new.op == "Where" and len(new.args) == 3:
        new = new.args[1]
    first = new.args[0] if new.op == "Add" else new
    if first.op != "Mul" or first.args[0] is not state or first.args[1].op != "constant":
        return 0.0
    number = np.ravel(first.args[1].value)[:1]
    # 0.3, not the double that is nearest to the float of 0.3.
    return float(str(number[0])) if number.size and 0 < number[0] < 1 else 0.0


def _arguments(node, cell, holes, kernel, bias, more):
    units, blocks = cell.units, cell.step.blocks
    names = ("activation", "recurrent_activation")
    config = {name: holes[name] for name in names if name in holes}
    config |= {"units": units, "use_bias": bool(bias), **more}
    if cell.keep_share:
        config["zoneout"] = cell.keep_share
    parts = {name: one.value for name, one in holes.items()
             if isinstance(name, str) and isinstance(one, Term)}  # fmt: skip
    U = [one for name, one in sorted(parts.items()) if name != "recurrent_bias"]
    # Those of the gates before that of the candidate.
    U = np.concatenate(U[::-1], axis=-1)
    if "recurrent_bias" in parts:
        bias = [np.stack([np.ravel(bias[0]), np.ravel(parts["recurrent_bias"])])]
    if U.shape != (units, blocks * units):
        node.refuse(f"have a recurrent kernel of shape {(units, blocks * units)}", f"{U.shape}")
    return config, [kernel, U, *bias]


def _row(node, states, units):
    """The first state, the same for all samples, or None for zeros."""
    found = None
    for state in states:
        if isinstance(state, Filled):
            state = np.full(units, state.value)
        if not isinstance(state, np.ndarray) or state.size not in (1, units):
            node.refuse("have one constant initial state for all samples", "another")
        if state.any():
            found = np.broadcast_to(np.ravel(state), (units,))
    return found
