"""What is in a file of a model, told without its weights."""

import math
from typing import NamedTuple

_WIDEST = 48


class Row(NamedTuple):
    """One layer of a file.

    Attributes
    ----------
    name : str
    kind : str
        Its class, or its operation in ONNX.
    shapes : list of (str, tuple, str)
        Name, shape and dtype of each variable.
    """

    name: str
    kind: str
    shapes: list


class Contents(NamedTuple):
    """What `inspect` found; `str()` of it is a table.

    Attributes
    ----------
    format : str
        Name of the format, as "Keras 3".
    versions : dict of str to str
        What wrote the file, as {"keras_version": "3.15.1"}.
    layers : list of Row
        In the file's order.
    notes : list of str
        What else is to be known: size, compile state, why the file would be refused.
    """

    format: str
    versions: dict
    layers: list
    notes: list

    def __str__(self):
        lines = [f"{self.format} file"]
        lines += [f"  {name}: {version}" for name, version in self.versions.items()]
        if self.layers:
            counts = f"{self.count():,} numbers in {len(self.layers)} layers"
            lines += ["", *_table(self._rows()), "", counts]
        return "\n".join(printable(line) for line in [*lines, *self.notes])

    def _rows(self):
        yield "layer", "class", "variable", "shape", "dtype"
        for layer in self.layers:
            first = (layer.name, layer.kind)
            for name, shape, dtype in layer.shapes or [("", "", "")]:
                yield *first, name, str(shape), dtype
                first = ("", "")

    def count(self):
        """How many numbers the variables of the layers have."""
        return sum(math.prod(shape) for row in self.layers for _, shape, _ in row.shapes)


def _table(rows):
    cells = [[printable(cell, _WIDEST) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for row in cells:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def printable(text, most=None):
    """A text out of a file that a terminal may show: no control characters, not too long."""
    start = str(text) if most is None else str(text)[: most + 1]
    found = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in start)
    return found if most is None or len(found) <= most else f"{found[: most - 3]}..."
