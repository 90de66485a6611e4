"""Where other writers put what Keras 3 has at `layers/gru/cell/vars/0`.

- Keras 2.12 to 2.14: `_layer_checkpoint_dependencies/gru/cell/vars/0`
- Keras 2 on Windows: `layers\\gru\\cell/vars/0`
- functional models inside of others: `layers/functional/...`, where ours is a Sequential
"""

from collections import Counter
from functools import partial
from typing import NamedTuple

from fastgru._names import parents, snake_case
from fastgru.layers.nest import Nest, counted
from fastgru.layers.stack import Sequential

TOPS = ("layers", "_layer_checkpoint_dependencies")
_FUNCTIONAL = "functional"


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
        has = {parent for name in turned for parent in (*parents(name), name)}.__contains__
    first = None
    for kind in (_kind, _kind_told, _kind_functional):
        for step in (1, 2) if top == TOPS[1] else (1,):
            found = list(_groups(layers, top, partial(_counted, kind=kind, step=step)))
            first = first or found
            if all(has(here) for _, here, layer in found if layer.specs):
                return _layout(top, slash, found)
    return _layout(top, slash, first)


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


def _counted(layers, kind, step):
    """As `counted`, by another name of a class; with a step of 2 a layer with weights counts as
    two, so that the second GRU is gru_2."""
    count = Counter()
    for layer in layers:
        name = kind(layer)
        yield f"{name}_{count[name]}" if count[name] else name, layer
        count[name] += step if layer.specs else 1


def _kind(layer):
    return snake_case(type(layer).__name__)


def _kind_told(layer):
    """By the class that the configuration has."""
    return _FUNCTIONAL if getattr(layer, "functional", False) else _kind(layer)


def _kind_functional(layer):
    """As if it had every model for a functional one, where there is no configuration."""
    return _FUNCTIONAL if isinstance(layer, Sequential) else _kind(layer)
