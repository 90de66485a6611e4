"""What a layer of a functional model was called on.

Keras 3 has an object for each tensor, older ones [[layer, node, tensor, arguments]].
"""

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE


def layer(tensor, what, models=()):
    """(layer, number of its output) that a [layer, node, tensor] of its first call names.

    That call may have number 1 where the layer is one of the `models`, which Keras has called
    once before, on their own input.
    """
    if not (isinstance(tensor, list) and len(tensor) == 3 and isinstance(tensor[0], str)):
        refuse(WHERE, what, "be one output of one layer", shown(tensor))
    name, call, number = tensor
    once = call in (0, 1) if name in models else call == 0
    if not once or type(number) is not int or number < 0:
        refuse_output(what, number, call)
    return name, number


def refuse_output(what, number, call=0):
    """Refuse a tensor that no layer of a chain gives."""
    refuse(WHERE, what, "be the only output of a layer that is called once",
           f"number {shown(number)} of call {shown(call)}")  # fmt: skip


def only(tensors, what, models):
    """The same of the only tensor."""
    if len(tensors) != 1:
        refuse(WHERE, what, "be one tensor", f"{len(tensors)}")
    return layer(history(tensors[0]), what, models)


def history(value):
    """[layer, node, tensor] of a tensor in either form; other values as they are."""
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        return value["config"].get("keras_history", value)
    return value


def call(entry, name):
    """(tensors, {"mask": tensor}) of the one call of a layer."""
    nodes = entry.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) != 1:
        got = f"{len(nodes)} calls" if isinstance(nodes, list) else shown(nodes)
        refuse(WHERE, f"the input of {shown(name)}", "come from one call", got)
    node = nodes[0]
    if isinstance(node, dict):
        tensors, arguments = _flat(node.get("args")), node.get("kwargs")
    else:
        entries = _flat(node)
        tensors = [entry[:3] if isinstance(entry, list) else entry for entry in entries]
        first = entries[0] if entries else None
        arguments = first[3] if isinstance(first, list) and len(first) == 4 else None
    arguments = arguments if isinstance(arguments, dict) else {}
    for key, value in arguments.items():
        off = value is None or (key == "training" and value is False)
        if not off and key != "mask":
            refuse(WHERE, f"{shown(key)} in the call of {shown(name)}", "be None", shown(value))
    return tensors, arguments


def _flat(value):
    """What a list holds, or a list that is all that it holds; a tensor itself, in a list."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        return _flat(value[0])
    is_tensor = not isinstance(value, list) or (value and isinstance(value[0], str))
    return [value] if is_tensor else value
