"""Cells step by step, as a Scan: whatever the operators GRU, LSTM and RNN do not compute."""

from onnx import TensorProto, helper

from fastgru.formats.onnx_export.graph import Graph
from fastgru.layers.recurrent.steps import GRUStep, LSTMStep, SimpleStep


def run(g, cells, x, mask, states, backwards, sequences):
    """As `native.run`, for one cell."""
    (cell,), (states,) = cells, states
    p = g.add("MatMul", x, g.weight("kernel", cell.parameters["kernel"]))
    if cell.use_bias:
        bias = cell.parameters["bias"].reshape(-1, p_width(cell))
        p = g.add("Add", p, g.weight("bias", bias[0]))
    if states is None:
        states = [zeros(g, x, size) for size in cell.state_sizes]
    scanned = [p] if mask is None else [p, g.unsqueeze(mask, 2)]
    turn = int(backwards)
    found = g.add(
        "Scan", *states, *scanned, outputs=len(states) + 1,
        body=_body(g, cell, mask is not None), num_scan_inputs=len(scanned),
        scan_input_axes=[1] * len(scanned), scan_input_directions=[turn] * len(scanned),
        scan_output_axes=[1], scan_output_directions=[turn],
    )  # fmt: skip
    return [(found[-1] if sequences else None, found[:-1])]


def p_width(cell):
    """The width of all gate blocks."""
    return cell.step.blocks * cell.units


def zeros(g, x, size):
    """(batch, size) of zeros, for the batch of x."""
    shape = g.add("Concat", g.add("Shape", x, end=1), g.ints(size), axis=0)
    return g.add("Expand", g.numbers(0), shape)


def _body(outer, cell, masked):
    """The graph of one step: states, a step of p and of the mask in; states and output out."""
    g = Graph(outer.opset, outer.dtype, outer)
    kind = helper.np_dtype_to_tensor_dtype(g.dtype)
    with g.scope("step"):
        sizes = cell.state_sizes
        states = [g.name("state") for _ in sizes]
        p, mask = g.name("p"), g.name("mask")
        inputs = [
            helper.make_tensor_value_info(name, kind, [None, size])
            for name, size in zip([*states, p], [*sizes, p_width(cell)], strict=True)
        ]
        if masked:
            inputs.append(helper.make_tensor_value_info(mask, TensorProto.BOOL, [None, 1]))
        new = step(g, cell, p, states, mask if masked else None)
        new.append(g.add("Identity", new[0]))
        outputs = [
            helper.make_tensor_value_info(name, kind, [None, size])
            for name, size in zip(new, [*sizes, sizes[0]], strict=True)
        ]
        return helper.make_graph(g.nodes, g.name("body"), inputs, outputs)


def step(g, cell, p, states, mask):
    """The states after one step."""
    new = _STEPS[cell.step](g, cell, p, *states)
    if cell.keep_share:
        kept = g.add("Mul", states[0], g.numbers(cell.keep_share))
        rest = g.add("Mul", new[0], g.numbers(1 - cell.keep_share))
        new[0] = g.add("Add", kept, rest)
    if mask is not None:
        new = [g.add("Where", mask, one, old) for one, old in zip(new, states, strict=True)]
    return new


def _split(g, x, count, size):
    return g.add("Split", x, g.ints(*[size] * count), outputs=count, axis=1)


def _simple(g, cell, p, h):
    U = g.weight("recurrent_kernel", cell.parameters["recurrent_kernel"])
    return [g.activate(cell.activation, g.add("Add", p, g.add("MatMul", h, U)))]


def _lstm(g, cell, p, h, c):
    act, rec = cell.activation, cell.recurrent_activation
    U = g.weight("recurrent_kernel", cell.parameters["recurrent_kernel"])
    a = _split(g, g.add("Add", p, g.add("MatMul", h, U)), 4, cell.units)
    i, f, candidate, o = (
        g.activate(kind, part) for kind, part in zip((rec, rec, act, rec), a, strict=True)
    )
    after = g.add("Add", g.add("Mul", f, c), g.add("Mul", i, candidate))
    return [g.add("Mul", o, g.activate(act, after)), after]


def _gru(g, cell, p, h):
    H, act, rec = cell.units, cell.activation, cell.recurrent_activation
    U = cell.parameters["recurrent_kernel"]
    p_z, p_r, p_g = _split(g, p, 3, H)
    if cell.reset_after:
        q = g.add("MatMul", h, g.weight("recurrent_kernel", U))
        if cell.use_bias:
            q = g.add("Add", q, g.weight("recurrent_bias", cell.parameters["bias"][1]))
        q_z, q_r, q_g = _split(g, q, 3, H)
    else:
        gates = g.weight("recurrent_kernel_gates", U[:, : 2 * H])
        q_z, q_r = _split(g, g.add("MatMul", h, gates), 2, H)
    z = g.activate(rec, g.add("Add", p_z, q_z))
    r = g.activate(rec, g.add("Add", p_r, q_r))
    if cell.reset_after:
        inner = g.add("Mul", r, q_g)
    else:
        candidate = g.weight("recurrent_kernel_candidate", U[:, 2 * H :])
        inner = g.add("MatMul", g.add("Mul", r, h), candidate)
    new = g.activate(act, g.add("Add", p_g, inner))
    new = g.add("Mul", g.add("Sub", g.numbers(1), z), new)
    return [g.add("Add", g.add("Mul", z, h), new)]


_STEPS = {SimpleStep: _simple, LSTMStep: _lstm, GRUStep: _gru}
