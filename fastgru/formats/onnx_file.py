"""ONNX: a chain of layers out of a graph, and back.

What the model of a file takes and gives:

    input     batch first, whatever the graph has: where its first recurrent layer reads
              (time, batch, width) without a Transpose before it, the model still reads
              (batch, time, width); the other axes stay in the graph's order
    lengths   an input that is read as sequence_lens is `predict(x, lengths=...)`; outputs
              behind a sequence's end are zeros
    output    batch first; two directions side by side in the features
    states    further outputs that are the last layer's Y_h and Y_c: a tuple, as of a layer
              with return_state. Inputs that are initial states are zeros, and other outputs
              that are final states are left out; both are warned of, see onnx_import.states

Everything else that the graph computes, the layers compute, to 1e-6 of ONNX Runtime. What
`dump` writes, `load` reads: masks and loops are known by the functions that write them, see
onnx_import.terms.
"""

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
    proto.package(proto.WHERE)
    from fastgru.formats.onnx_import import walk

    return walk.read(read())


def inspect(data):
    """What is in a file: its nodes and the shapes of the constants that each reads."""
    model = proto.parse(data)
    with proto.sound("the graph", "have names that are text"):
        return _contents(model)


def _contents(model):
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
