"""Where other writers put what Keras 3 has at `layers/gru/cell/vars/0`.

- Keras 2.12: `_layer_checkpoint_dependencies/gru/cell/vars/0`
- Keras 2 on Windows: `layers\\gru\\cell/vars/0`
"""

from collections import Counter
from typing import NamedTuple

from fastgru._names import snake_case
from fastgru.layers.nest import counted

TOPS = ("layers", "_layer_checkpoint_dependencies")


class Layout(NamedTuple):
    """The group that holds the layers, the slash, and {name as in Keras 3: name here}."""

    top: str
    slash: str
    names: dict

    def place(self, path):
        """Where the file has what Keras 3 has at `path`."""
        first, *rest = path.split("/")
        if first != "layers" or not rest:
            return path
        path = "/".join([self.top, self.names[rest[0]], *rest[1:]])
        groups, vars, number = path.partition("/vars")
        return groups.replace("/", self.slash) + vars + number


def layout_of(names, inside, layers):
    """The layout of a file.

    Parameters
    ----------
    names : set of str
        What lies at its top.
    inside : callable
        Gives the names in a group at its top.
    layers : list of Layer
        Their `specs` are known.
    """
    top, slash, found = TOPS[0], "/", None
    for each in TOPS:
        starts = [name.split("\\")[1] for name in names if name.startswith(f"{each}\\")]
        if starts or each in names:
            top, slash, found = each, "\\" if starts else "/", starts or None
            break
    modern = {name: name for name, _ in counted(layers)}
    if top == TOPS[1]:
        twice = _counted_twice(layers)
        needed = {twice[name] for name, layer in counted(layers) if layer.specs}
        if needed <= set(found or inside(top)):
            return Layout(top, slash, twice)
    return Layout(top, slash, modern)


def _counted_twice(layers):
    """Names where a layer with weights counts as two, so that the second GRU is gru_2."""
    found, count = {}, Counter()
    for name, layer in counted(layers):
        kind = snake_case(type(layer).__name__)
        found[name] = f"{kind}_{count[kind]}" if count[kind] else kind
        count[kind] += 2 if layer.specs else 1
    return found
