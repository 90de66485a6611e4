"""ONNX: a chain of layers out of a graph, and back."""

from fastgru._check import axes
from fastgru._errors import shown
from fastgru.formats.contents import Contents, Row
from fastgru.formats.onnx_import import proto


def dump(model):
    """The bytes of the file of a built model."""
    from fastgru.formats import onnx_export

    return onnx_export.dump(model)


def load(read, compile):
    """The model in the bytes that `read()` returns; it has no compile state."""
    from fastgru.formats.onnx_import import walk

    return walk.read(read())


def inspect(data):
    """What is in a file: its nodes and the shapes of the constants that each reads."""
    model = proto.parse(data)
    graph = model.graph
    shapes = {tensor.name: proto.header(tensor) for tensor in graph.initializer}
    rows = [
        Row(node.name, node.op_type,
            [(name, *shapes[name]) for name in node.input if name in shapes])
        for node in graph.node
    ]  # fmt: skip
    versions = {"ir": f"{model.ir_version}", "opset": f"{proto.opset(model)}"}
    if model.producer_name:
        versions[model.producer_name] = model.producer_version
    notes = [
        f"{kind} {shown(info.name)}: {_sizes(info)}"
        for kind, infos in (("input", graph.input), ("output", graph.output))
        for info in infos
        if info.name not in shapes
    ]
    return Contents("ONNX", versions, rows, notes)


def _sizes(info):
    """The shape of an input or output, as notes have it."""
    sizes = proto.dims(info)
    return "any shape" if sizes is None else axes(["any" if n is None else n for n in sizes])
