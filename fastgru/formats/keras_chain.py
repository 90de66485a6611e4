"""A functional model that is a chain, as the Sequential that computes the same.

Keras 3 also lists the operations that make a mask, which come by themselves in a Sequential:
see `keras_masks`.
"""

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.keras_calls import call, layer, only, refuse_output
from fastgru.formats.keras_config import refuse_strangers
from fastgru.formats.keras_masks import OPERATIONS, check_masks

_CLASSES = ("Functional", "Model")
_MODELS = (*_CLASSES, "Sequential")
#: Layers whose first state is their output of the last step.
_LAST_STATE = ("GRU", "LSTM", "SimpleRNN")
_OF_STATES = (*_LAST_STATE, "RNN", "Bidirectional")
_MOST = 1000


def straighten(found, inner=False):
    """The configuration of a Sequential, from that of a chain; any other as it is.

    With `inner` it is one inside of another, which is told: files have it by its own class.

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
    refuse_strangers(left.values(), _MODELS)
    models = {name for name, entry in left.items() if entry.get("class_name") in _MODELS}
    what = "the output of the model"
    name, number = _end(config.get("output_layers"), what, models)
    first, _ = _end(config.get("input_layers"), "the input of the model", models)
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
        chain.append((_giving(entry, number, what), arguments.get("mask")))
        what = f"the input of {shown(name)}"
        name, number = only(tensors, what, models)
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
                   "layers": layers, **({"functional": True} if inner else {})},
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


def _giving(entry, number, what):
    """The layer as it gives its output with that number alone.

    Behind the first, which a Sequential has too, come the states, if it gives them.
    """
    config = entry.get("config")
    if not isinstance(config, dict):
        return entry
    stateless = {key: _without_states(value) for key, value in config.items()}
    stateless = _without_states({**entry, "config": stateless})["config"]
    if not number:
        return {**entry, "config": stateless}
    ends = entry.get("class_name") in _LAST_STATE and config.get("return_state") is True
    if number > 1 or not ends or config.get("zero_output_for_mask"):
        refuse_output(what, number)
    # The state is what it gives of the last step.
    return {**entry, "config": {**stateless, "return_sequences": False}}


def _without_states(held):
    """A layer that may be one of another's arguments, without the states among its outputs."""
    config = held.get("config") if isinstance(held, dict) else None
    if not isinstance(config, dict) or held.get("class_name") not in _OF_STATES:
        return held
    if config.get("return_state") is not True:
        return held
    return {**held, "config": {**config, "return_state": False}}


def _end(tensors, what, models):
    """(layer, number of its output) of the one input or output."""
    if isinstance(tensors, dict):
        tensors = list(tensors.values())
    if isinstance(tensors, list) and len(tensors) == 1:
        tensors = tensors[0]
    return layer(tensors, what, models)
