"""The table that `Sequential.summary` prints, in Keras' form."""

import math
import re
import shutil
from itertools import pairwise

from fastgru._check import fail, short

_COLUMNS = ("Layer (type)", "Output Shape", "Param #", "Trainable")
_JUSTIFY = ("left", "left", "right", "center")
_POSITIONS = (0.45, 0.8, 1.0)
_WIDTH, _WIDTH_OF_TRAINABLE, _LEAST_COLUMN = 88, 12, 4
#: Colours of a terminal, as Keras has them: numbers, None, classes, Y and N.
_NUMBER, _OPEN, _CLASS, _YES, _NO = (
    "color(34)",
    "color(45)",
    "color(33)",
    "bold color(34)",
    "bold color(9)",
)


def show(model, line_length=None, positions=None, print_fn=None, expand_nested=False,
         show_trainable=False, layer_range=None):  # fmt: skip
    """Print the table, or hand it to `print_fn` as one text."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width, widths = _widths(line_length, positions, show_trainable)
    table = Table(width=width, show_lines=True)
    for name, justify, size in zip(_COLUMNS, _JUSTIFY, widths, strict=False):
        table.add_column(name, justify=justify, width=size)
    for layer, depth in rows(model, layer_range, expand_nested):
        cells = [_name(layer, depth), _shape(layer), _count(layer)]
        if show_trainable:
            cells.append(_trained(layer))
        table.add_row(*(Text.assemble(*cell) for cell in cells))
    options = {} if print_fn is None else {"force_terminal": False, "color_system": None}
    console = Console(highlight=False, soft_wrap=False, **options)
    # A table wider than the console would lose its last column.
    console.width = max(console.width, width)
    lines = [
        Text(f'Model: "{model.name}"', "bold"),
        table,
        *(Text.assemble((f" {what}: ", "bold"), (number, _NUMBER), f" ({size})")
          for what, number, size in totals(model)),
    ]  # fmt: skip
    if print_fn is None:
        for line in lines:
            console.print(line)
        return
    with console.capture() as capture:
        for line in lines:
            console.print(line)
    print_fn(capture.get())


def _widths(line_length, positions, show_trainable):
    """Width of the table and of its columns."""
    positions = list(positions or _POSITIONS)
    if len(positions) < 3 or not all(isinstance(place, (int, float)) for place in positions):
        fail("summary", "positions", "be at least 3 numbers", short(positions))
    usual = _WIDTH
    if show_trainable:
        usual += _WIDTH_OF_TRAINABLE
        positions = [*(place * 0.9 for place in positions[:3]), 1.0]
    width = line_length or min(usual, shutil.get_terminal_size().columns - 4)
    ends = [0]
    for place in positions[: 3 + show_trainable]:
        ends.append(int(place * width))
        if ends[-1] - ends[-2] < _LEAST_COLUMN:
            fail("summary", "every column", f"have at least {_LEAST_COLUMN} characters",
                 f"{ends[-1] - ends[-2]} of {width}")  # fmt: skip
    return width, [end - start for start, end in pairwise(ends)]


def rows(model, layer_range=None, expand_nested=False):
    """(layer, depth) of each row."""
    layers = model.layers
    if layer_range is not None:
        first, last = _bounds(layers, layer_range)
        layers = layers[first : last + 1]
    for layer in layers:
        yield from _nested(layer, 0, expand_nested)


def _nested(layer, depth, expand):
    yield layer, depth
    if expand:
        for inner in getattr(layer, "layers", ()):
            yield from _nested(inner, depth + 1, expand)


def _bounds(layers, layer_range):
    """First and last place of the layers from one name, or pattern, to another."""
    good = isinstance(layer_range, (list, tuple)) and len(layer_range) == 2
    if not good or not all(isinstance(name, str) for name in layer_range):
        fail("summary", "layer_range", "be two names", short(layer_range))
    try:
        found = [
            [place for place, layer in enumerate(layers) if re.match(name, layer.name)]
            for name in layer_range
        ]
    except re.error as error:
        fail("summary", "layer_range", "be two names or patterns", f"{error}")
    if not all(found):
        names = ", ".join(layer.name for layer in layers) or "none"
        fail("summary", "layer_range", f"be names of {names}", short(layer_range))
    first, last = min(found[0]), max(found[1])
    return (first, last) if first <= last else (min(found[1]), max(found[0]))


def _name(layer, depth):
    before = f"{'   ' * depth}└ " if depth else ""
    return f"{before}{layer.name} (", (type(layer).__name__, _CLASS), ")"


def _shape(layer):
    if not layer.built:
        return ("?",)
    every = [
        ("(", *_apart((f"{size}", _OPEN if size is None else _NUMBER) for size in shape), ")")
        for shape in layer.every_shape(layer.output_shape)
    ]
    if len(every) == 1:
        return every[0]
    return "[", *(part for parts in _apart(every, (", ",)) for part in parts), "]"


def _apart(parts, between=", "):
    """The parts with something between them."""
    return [each for part in parts for each in (between, part)][1:]


def _count(layer):
    if not (layer.built or layer.starts_built):
        return ("0", _NUMBER), " (unbuilt)"
    return ((f"{layer.count_params():,}", _NUMBER),)


def _trained(layer):
    if not layer.specs:
        return (("-", "bold"),)
    return (("Y", _YES) if layer.trainable else ("N", _NO),)


def totals(model):
    """(what, number, size) of each line below the table."""
    counts = {True: 0, False: 0}
    sizes = {True: 0, False: 0}
    for layer in model.layers:
        item = 8 if layer.dtype == "float64" else 4
        for spec in layer.specs if layer.built else ():
            trained = layer.trains(spec)
            counts[trained] += math.prod(spec.shape)
            sizes[trained] += math.prod(spec.shape) * (4 if spec.stored else item)
    lines = [
        ("Trainable params", counts[True], sizes[True]),
        ("Non-trainable params", counts[False], sizes[False]),
    ]
    optimizer = model.optimizer
    if model.compiled and model.store is not None and optimizer.store is model.store:
        slots = sum(map(len, optimizer.slot_groups))
        scalars = len(optimizer.scalars())
        # The number of steps, and the learning rate if it is no schedule's.
        own = 1 + (optimizer.schedule is None)
        lines.append((
            "Optimizer params",
            slots * counts[True] + scalars + own,
            slots * sizes[True] + scalars * model.store.dtype.itemsize + 4 * own,
        ))  # fmt: skip
    total = ("Total params", sum(line[1] for line in lines), sum(line[2] for line in lines))
    return [(what, f"{count:,}", readable(size)) for what, count, size in (total, *lines)]


def readable(size):
    """A number of bytes as people read it: 36.88 KB."""
    power = min(int(math.log2(size) // 10), 5) if size else 0
    return f"{size / 1024**power:.2f} {('B', 'KB', 'MB', 'GB', 'TB', 'PB')[power]}"
