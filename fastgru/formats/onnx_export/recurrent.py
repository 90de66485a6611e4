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
    found = [None, None]
    firsts = []
    for child in layer.pair:
        with g.scope(child.name):
            firsts.append(_first(g, child, x))
    places = sorted((0, 1), key=lambda place: layer.pair[place].go_backwards)
    cells = [layer.pair[place].cells for place in places]
    one = all(len(of) == 1 for of in cells) and native.pair(g, cells[0][0], cells[1][0])
    if one and (firsts[0] is None) == (firsts[1] is None):
        states = [firsts[place] for place in places]
        cells = [of[0] for of in cells]
        parts = native.run(g, cells, x, mask, states, False, layer.return_sequences)
        for place, part in zip(places, parts, strict=True):
            found[place] = part
    for place, child in enumerate(layer.pair):
        with g.scope(child.name):
            part = found[place] or _stack(g, child, x, mask, firsts[place])
            found[place] = _given(g, child, *part, mask)
    ys = [y for y, _ in found]
    finals = [state for _, states in found for state in states]
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
    return _given(g, layer, *_stack(g, layer, x, mask, _first(g, layer, x)), mask)


def _stack(g, layer, x, mask, states):
    """(outputs of the last cell in the order of the steps or None; states of all cells)."""
    finals = []
    for cell in layer.cells:
        count = len(cell.state_sizes)
        mine = None if states is None else states[len(finals) : len(finals) + count]
        wanted = layer.return_sequences or cell is not layer.cells[-1]
        way = native if native.fits(g, cell) else scan
        ((x, last),) = way.run(g, [cell], x, mask, [mine], layer.go_backwards, wanted)
        finals += last
    return x, finals


def _given(g, layer, y, finals, mask):
    """What the layer gives, and its states, which go out where they are carried on."""
    if layer.stateful:
        g.states_out += [
            (g.named(final, g.name(f"new_state_{i}")), size)
            for i, (final, size) in enumerate(zip(finals, layer.state_sizes, strict=True))
        ]
    if not layer.return_sequences:
        return finals[-len(layer.cells[-1].state_sizes)], finals
    if mask is not None and layer.zero_output_for_mask:
        y = g.add("Mul", y, g.as_numbers(g.unsqueeze(mask, 2)))
    return y, finals


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
