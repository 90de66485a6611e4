"""Where other writers put what Keras 3 has at `layers/gru/cell/vars/0`.

- Keras 2.12 to 2.14: `_layer_checkpoint_dependencies/gru/cell/vars/0`
- Keras 2 on Windows: `layers\\gru\\cell/vars/0`
"""

from collections import Counter
from typing import NamedTuple

from fastgru._names import snake_case
from fastgru.layers.nest import Nest, counted
from fastgru.layers.stack import Sequential

TOPS = ("layers", "_layer_checkpoint_dependencies")


class Layout(NamedTuple):
    """The group that holds the layers, the slash, and {group of a layer as in Keras 3: group
    here}, those inside of other layers among them."""

    top: str
    slash: str
    groups: dict

    def place(self, path):
        """Where the file has what Keras 3 has at `path`."""
        known, behind = path, ""
        while known not in self.groups:
            known, _, last = known.rpartition("/")
            if not known:
                return path
            behind = f"/{last}{behind}"
        groups, vars, number = f"{self.groups[known]}{behind}".partition("/vars")
        return groups.replace("/", self.slash) + vars + number


def layout_of(names, has, layers):
    """The layout of a file.

    Parameters
    ----------
    names : set of str
        What lies at its top.
    has : callable
        Tells whether there is a group at a path.
    layers : list of Layer
        Their `specs` are known.
    """
    top, slash = TOPS[0], "/"
    for each in TOPS:
        turned = [name.replace("\\", "/") for name in names if name.startswith(f"{each}\\")]
        if turned or each in names:
            top, slash = each, "\\" if turned else "/"
            break
    if slash != "/":

        def has(path):
            return any(f"{name}/".startswith(f"{path}/") for name in turned)

    if top == TOPS[1]:
        twice = list(_groups(layers, top, _counted_twice))
        if all(has(here) for _, here, layer in twice if layer.specs):
            return _layout(top, slash, twice)
    return _layout(top, slash, _groups(layers, top, counted))


def _layout(top, slash, groups):
    return Layout(top, slash, {modern: here for modern, here, _ in groups})


def _groups(layers, top, count, around="", here=""):
    """(group as in Keras 3, group here, layer) of a stack of layers, and of those inside."""
    names = [name for name, _ in counted(layers)]
    for name, (other, layer) in zip(names, count(layers), strict=True):
        pair = f"{around}{TOPS[0]}/{name}", f"{here}{top}/{other}"
        yield *pair, layer
        yield from _inside(layer, top, count, *pair)


def _inside(layer, top, count, around, here):
    """The same of what a layer is made of."""
    if isinstance(layer, Sequential):
        yield from _groups(layer.layers, top, count, f"{around}/", f"{here}/")
    elif isinstance(layer, Nest):
        for path, child in layer.children():
            pair = f"{around}/{path}", f"{here}/{path}"
            yield *pair, child
            yield from _inside(child, top, count, *pair)


def _counted_twice(layers):
    """As `counted`, but a layer with weights counts as two, so that the second GRU is gru_2."""
    count = Counter()
    for layer in layers:
        kind = snake_case(type(layer).__name__)
        yield f"{kind}_{count[kind]}" if count[kind] else kind, layer
        count[kind] += 2 if layer.specs else 1
