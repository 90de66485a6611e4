"""Recurrent layers: what they begin with, their cells one upon the other, what they leave."""

from fastgru.formats.onnx_export import native, scan


def recurrent(g, layer, x, mask):
    """(outputs, mask behind) of GRU, LSTM, SimpleRNN and RNN."""
    y, finals = _run(g, layer, x, mask)
    if layer.return_sequences and layer.go_backwards:
        y = g.turned(y, 1)
    return _left(layer, (y,), finals, mask)


def bidirectional(g, layer, x, mask):
    """(outputs, mask behind) of the two layers, both step for step."""
    ys, finals = [], []
    for child in layer.pair:
        with g.scope(child.name):
            y, states = _run(g, child, x, mask)
        ys.append(y)
        finals += states
    return _left(layer, _merged(g, layer.merge_mode, ys), finals, mask)


def _left(layer, ys, finals, mask):
    found = (*ys, *finals) if layer.return_state else ys
    y = found if len(found) > 1 else found[0]
    return y, mask if layer.return_sequences else None


def _merged(g, mode, ys):
    if mode is None:
        return tuple(ys)
    if mode == "concat":
        return (g.add("Concat", *ys, axis=-1),)
    y = g.add("Mul" if mode == "mul" else "Add", *ys)
    return (g.add("Div", y, g.numbers(2)) if mode == "ave" else y,)


def _run(g, layer, x, mask):
    """(outputs in the order of the steps, or the last one; the states after the last step)."""
    states, finals = _first(g, layer, x), []
    for cell in layer.cells:
        count = len(cell.state_sizes)
        mine = None if states is None else states[len(finals) : len(finals) + count]
        upper = cell is not layer.cells[-1]
        way = native if native.fits(g, cell) else scan
        x, last = way.run(
            g, cell, x, mask, mine, layer.go_backwards, upper or layer.return_sequences
        )
        finals += last
    if layer.stateful:
        g.states_out += [
            (g.named(final, g.name(f"new_state_{i}")), size)
            for i, (final, size) in enumerate(zip(finals, layer.state_sizes, strict=True))
        ]
    if not layer.return_sequences:
        return last[0], finals
    if mask is not None and layer.zero_output_for_mask:
        x = g.add("Mul", x, g.as_numbers(g.unsqueeze(mask, 2)))
    return x, finals


def _first(g, layer, x):
    """Names of the states to begin with, or None for zeros."""
    if layer.stateful:
        found = [(g.name(f"state_{i}"), size) for i, size in enumerate(layer.state_sizes)]
        g.states_in += found
        return [name for name, _ in found]
    if "initial_state" not in layer.parameters:
        return None
    row = g.weight("initial_state", layer.parameters["initial_state"])
    return [g.add("Add", scan.zeros(g, x, layer.units), row)]
