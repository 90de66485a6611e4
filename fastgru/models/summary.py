"""The table that `Sequential.summary` prints, in Keras' form."""

import math
import sys

from fastgru._check import axes


def show(model, line_length=None, print_fn=None, show_trainable=False):
    """Print the table, or hand it to `print_fn` as one text."""
    from rich.console import Console
    from rich.table import Column, Table

    columns = [
        Column("Layer (type)", overflow="fold"),
        Column("Output Shape", overflow="fold"),
        Column("Param #", justify="right"),
    ]
    if show_trainable:
        columns.append(Column("Trainable", justify="center"))
    table = Table(*columns, width=line_length or 80, show_lines=True)
    for layer in model.layers:
        row = [f"{layer.name} ({type(layer).__name__})", *_shape_and_count(layer)]
        table.add_row(*row, *(["Y" if layer.trainable else "N"] if show_trainable else ()))
    console = Console(
        file=sys.stdout, width=line_length or 80, highlight=False, markup=False,
        record=print_fn is not None, quiet=False, force_terminal=False, color_system=None,
    )  # fmt: skip
    with console.capture() as capture:
        console.print(f'Model: "{model.name}"')
        console.print(table)
        for line in _totals(model):
            console.print(line)
    text = capture.get()
    if print_fn is None:
        print(text, end="")
    else:
        print_fn(text)


def _shape_and_count(layer):
    if not layer.built:
        return "?", "0 (unbuilt)"
    return axes(layer.output_shape), f"{layer.count_params():,}"


def _totals(model):
    item = 8 if model.layers and model.layers[0].dtype == "float64" else 4
    trained = sum(
        math.prod(spec.shape)
        for layer in model.layers
        for spec in layer.specs
        if layer.trains(spec)
    )
    total = sum(layer.count_params() for layer in model.layers)
    yield f" Total params: {_with_size(total, item)}"
    yield f" Trainable params: {_with_size(trained, item)}"
    yield f" Non-trainable params: {_with_size(total - trained, item)}"


def _with_size(count, item):
    size = count * item
    power = min(int(math.log2(size) // 10), 4) if size else 0
    unit = ("B", "KB", "MB", "GB", "TB")[power]
    return f"{count:,} ({size / 1024**power:.2f} {unit})"
