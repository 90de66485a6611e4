"""An ONNX file as its parts: what is checked before anything is computed from it."""

import contextlib
import math

import numpy as np

from fastgru._check import fail
from fastgru._errors import ModelFormatError, refuse, shown
from fastgru.formats.build import WHERE

MOST_NODES = 20_000
MOST_AXES = 8
#: Versions of the operators that the handlers know.
OPSETS = range(7, 29)
DOMAINS = ("", "ai.onnx")
#: TensorProto.DataType: the dtype, and the field of numbers that are not raw bytes.
KINDS = {
    1: (np.dtype("<f4"), "float_data"),
    2: (np.dtype("u1"), "int32_data"),
    3: (np.dtype("i1"), "int32_data"),
    6: (np.dtype("<i4"), "int32_data"),
    7: (np.dtype("<i8"), "int64_data"),
    9: (np.dtype("?"), "int32_data"),
    10: (np.dtype("<f2"), "int32_data"),
    11: (np.dtype("<f8"), "double_data"),
}
_STUMBLES = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
_SUBGRAPHS = (5, 10)  # AttributeProto.GRAPH and GRAPHS
_PLAIN = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints", 8: "strings"}


def parse(data):
    """The checked ModelProto in `data`."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        fail(WHERE, "filepath", "give bytes", type(data).__name__, kind=TypeError)
    onnx = package(WHERE)
    from google.protobuf.message import Error

    model = onnx.ModelProto()
    try:
        model.ParseFromString(bytes(data))
    except (Error, ValueError, RuntimeError) as error:
        refuse(WHERE, "the file", "be an ONNX model", shown(str(error)))
    if not model.HasField("graph") or not model.graph.node:
        refuse(WHERE, "the file", "be an ONNX model with a graph", f"{len(data)} other bytes")
    check_versions(model)
    if len(model.graph.node) > MOST_NODES:
        refuse(
            WHERE, "the graph", f"have at most {MOST_NODES} nodes", f"{len(model.graph.node)}"
        )
    if model.graph.sparse_initializer:
        refuse(
            WHERE, "initialisers", "be dense", f"{len(model.graph.sparse_initializer)} sparse"
        )
    return model


@contextlib.contextmanager
def sound(what, rule):
    """Whatever the block stumbles over is a ModelFormatError about `what`."""
    try:
        yield
    except ModelFormatError:
        raise
    except _STUMBLES as error:
        refuse(WHERE, what, rule, shown(str(error)))


def package(where):
    """The onnx package, which is no part of fastgru."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            f"{where}: onnx must be installed for .onnx files; got none. "
            "`pip install 'fastgru[onnx]'` installs it."
        ) from error
    return onnx


def check_versions(model):
    """Refuse operators of other versions than the handlers know."""
    found = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
    if len(found) != 1:
        refuse(WHERE, "the model", "say the version of its operators once", f"{len(found)}")
    if found[0] not in OPSETS:
        rule = f"be of version {OPSETS[0]} to {OPSETS[-1]}"
        refuse(WHERE, "the operators", rule, f"{found[0]}",
               "onnx.version_converter changes it.")  # fmt: skip


def opset(model):
    """The version of the standard operators."""
    return next(entry.version for entry in model.opset_import if entry.domain in DOMAINS)


def array(tensor, what):
    """A TensorProto as an array of the dtype and shape it says, if it has such bytes; float16
    as float32."""
    if tensor.data_location or tensor.external_data:
        refuse(WHERE, what, "lie in the file itself", "external data",
               "onnx.save writes all into one file unless save_as_external_data=True, and "
               "torch.onnx.export does with external_data=False.")  # fmt: skip
    dims = tuple(tensor.dims)
    if tensor.data_type not in KINDS:
        refuse(
            WHERE, what, "be float16, float32, float64 or integers", f"type {tensor.data_type}"
        )
    if len(dims) > MOST_AXES or min(dims, default=0) < 0 or tensor.HasField("segment"):
        refuse(WHERE, what, f"have at most {MOST_AXES} axes of a size", f"{list(dims[:9])}")
    dtype, field = KINDS[tensor.data_type]
    count = math.prod(dims)
    if tensor.HasField("raw_data"):
        if len(tensor.raw_data) != count * dtype.itemsize:
            _refuse_size(what, count * dtype.itemsize, f"{len(tensor.raw_data)} bytes")
        found = np.frombuffer(tensor.raw_data, dtype)
    else:
        if len(getattr(tensor, field)) != count:
            _refuse_size(what, count, f"{len(getattr(tensor, field))} numbers")
        found = np.array(getattr(tensor, field))
        # Numbers of float16 stand there as their bits.
        found = found.astype("<u2").view(dtype) if dtype == "<f2" else found.astype(dtype)
    return found.astype(np.float32 if dtype == "<f2" else dtype, copy=False).reshape(dims)


def _refuse_size(what, count, got):
    refuse(WHERE, what, f"have as much data as its shape says, {count}", got)


def check_no_graph(node, what):
    """Refuse If, Loop and Scan, which hold graphs."""
    for attribute in node.attribute:
        if attribute.type in _SUBGRAPHS:
            refuse(WHERE, what, "be an operator without a graph inside",
                   f"one in {shown(attribute.name)}",
                   "Loops and conditions are no layers: export the recurrent layer as one GRU, "
                   "LSTM or RNN operator, or a Keras model as a .keras file.")  # fmt: skip


def attributes(node, what, without=()):
    """{name: value} of a node's attributes."""
    found = {}
    for attribute in node.attribute:
        if attribute.name in without:
            continue
        name = shown(attribute.name)
        if attribute.name in found:
            refuse(WHERE, f"attributes of {what}", "differ", f"{name} twice")
        if attribute.type not in _PLAIN or attribute.ref_attr_name:
            refuse(WHERE, f"{name} of {what}", "be a number, a word, a tensor or a list of such",
                   f"type {attribute.type}")  # fmt: skip
        value = getattr(attribute, _PLAIN[attribute.type])
        if attribute.type == 4:
            value = array(value, f"{name} of {what}")
        elif attribute.type == 3:
            value = value.decode()
        elif attribute.type == 8:
            value = [word.decode() for word in value]
        found[attribute.name] = list(value) if attribute.type in (6, 7) else value
    return found


def dims(value):
    """The shape of a ValueInfoProto, None for a size that is open; None without a shape."""
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.HasField("shape"):
        return None
    sizes = [d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim]
    return [None if size is not None and size < 1 else size for size in sizes]


def header(tensor):
    """(shape, dtype) that a TensorProto says it has."""
    dtype = KINDS[tensor.data_type][0].name if tensor.data_type in KINDS else "unknown"
    return tuple(tensor.dims), dtype
