"""Small ONNX files written by hand, and what ONNX Runtime makes of them."""

import io

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import fastgru

BLOCKS = {"GRU": 3, "LSTM": 4, "RNN": 1}


def weights(seed, *shapes, scale=0.5):
    """float32 arrays of asymmetric random numbers."""
    rng = np.random.default_rng(seed)
    return [(scale * rng.standard_normal(shape)).astype(np.float32) for shape in shapes]


def file(nodes, constants, shape, outputs=("y",), ids=False, opset=17, more_inputs=()):
    """The bytes of a graph that reads `x`."""
    kind = TensorProto.INT64 if ids else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", kind, shape), *more_inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def recurrent(op, width=3, units=4, directions=1, seed=1, outputs=("Y",), inputs=(), **attrs):
    """(node, its constants) of a GRU, LSTM or RNN operator that reads `x`."""
    rows = BLOCKS[op] * units
    W, R, B = weights(
        seed, (directions, rows, width), (directions, rows, units), (directions, 2 * rows)
    )
    read = ["x", "W", "R", "B", *inputs]
    node = helper.make_node(op, read, list(outputs), name="r", hidden_size=units, **attrs)
    return node, {"W": W, "R": R, "B": B}


def load(data):
    """The model in the bytes of a file."""
    from fastgru.formats import onnx_file

    return onnx_file.load(io.BytesIO(data).read, compile=True)


def runtime(data, **feeds):
    """The outputs of ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, ["CPUExecutionProvider"])
    return session.run(None, feeds)


def refusal(data):
    """The sentence with which a file is refused."""
    try:
        load(data)
    except fastgru.ModelFormatError as error:
        return str(error)
    return "none"


__all__ = ["file", "load", "onnx", "recurrent", "refusal", "runtime", "weights"]
