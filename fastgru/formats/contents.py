"""What `inspect` tells of a file, whatever its format."""

from typing import NamedTuple


class Row(NamedTuple):
    """A layer: its name, its kind, and (name, shape, dtype) of each of its variables."""

    name: str
    kind: str
    shapes: list[tuple[str, tuple, str]]


class Contents(NamedTuple):
    """What is in a file: its format, who wrote it, its layers, and what else there is to say."""

    format: str
    versions: dict[str, str]
    layers: list[Row]
    notes: list[str]
