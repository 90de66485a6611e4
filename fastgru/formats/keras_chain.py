"""A functional model that is a chain, as the Sequential that computes the same.

Keras 3 also lists the operations that make a mask, which come by themselves in a Sequential:
see `keras_masks`.
"""

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.keras_calls import call, layer, only
from fastgru.formats.keras_masks import OPERATIONS, check_masks

_CLASSES = ("Functional", "Model")
_MOST = 1000


def straighten(found):
    """The configuration of a Sequential, from that of a chain; any other as it is.

    Raises
    ------
    ModelFormatError
        If a functional model is no chain from one input to one output.
    """
    if found.get("class_name") not in _CLASSES or not isinstance(found.get("config"), dict):
        return found
    config = found["config"]
    entries = _by_name(config.get("layers"))
    masks = {
        name: entry for name, entry in entries.items() if entry.get("class_name") in OPERATIONS
    }
    left = {name: entry for name, entry in entries.items() if name not in masks}
    name = _end(config.get("output_layers"), "output")
    first = _end(config.get("input_layers"), "input")
    chain = []  # (entry, the mask it was called with), from the output on
    while True:
        entry = left.pop(name, None)
        if entry is None:
            refuse(WHERE, "the model", "be a chain of layers, each called once",
                   f"{shown(name)} in another place")  # fmt: skip
        if name == first:
            chain.append((entry, None))
            break
        tensors, arguments = call(entry, name)
        chain.append((entry, arguments.get("mask")))
        name = only(tensors, f"the input of {shown(name)}")
    if left:
        refuse(
            WHERE, "the model", "be a chain of layers", f"{shown(next(iter(left)))} beside it"
        )
    chain.reverse()
    check_masks(chain, masks)
    layers = [
        {key: entry[key] for key in entry if key not in ("name", "inbound_nodes")}
        for entry, _ in chain
    ]
    straight = {
        "module": "keras", "class_name": "Sequential", "registered_name": None,
        "config": {"name": config.get("name"), "trainable": config.get("trainable", True),
                   "layers": layers},
    }  # fmt: skip
    if "compile_config" in found:
        straight["compile_config"] = found["compile_config"]
    return straight


def _by_name(layers):
    """{name: entry} of the layers."""
    if not isinstance(layers, list) or not 1 <= len(layers) <= _MOST:
        got = len(layers) if isinstance(layers, list) else shown(layers)
        refuse(WHERE, "the model", f"have 1 to {_MOST} layers", got)
    found = {}
    for place, entry in enumerate(layers):
        config = entry.get("config") if isinstance(entry, dict) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        if name is None and isinstance(config, dict):
            name = config.get("name")
        if not isinstance(name, str) or name in found:
            refuse(WHERE, f"layer {place}", "have a name of its own", shown(name))
        found[name] = entry
    return found


def _end(tensors, what):
    """The layer of the one input or output."""
    if isinstance(tensors, dict):
        tensors = list(tensors.values())
    if isinstance(tensors, list) and len(tensors) == 1:
        tensors = tensors[0]
    return layer(tensors, f"the {what} of the model")
