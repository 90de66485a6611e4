"""The model as an ONNX graph, for the two peers that run those."""

import numpy as np
from cases import make


def export(case, stream=False):
    """Bytes of a graph: x (B, T, I) -> p (B, 1); with `stream` x (B, I), h -> p, h_next.

    Sizes are fixed, which lets a runtime plan its memory. ONNX' gates stand as in Keras.
    """
    from onnx import TensorProto, helper, numpy_helper

    B, T, I, H = case.shape

    def constant(name, array):
        return numpy_helper.from_array(np.ascontiguousarray(array), name)

    def tensor(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    w = case.weights
    constants = [
        constant("W", w["W"].T[None]),
        constant("U", w["U"].T[None]),
        constant("b", w["b"].reshape(1, -1)),
        constant("V", w["V"]),
        constant("c", w["c"]),
        constant("first", np.array([0])),
    ]
    gru = {"hidden_size": H, "linear_before_reset": 1}
    if stream:
        inputs, outputs = (
            [tensor("x", B, I), tensor("h", 1, B, H)],
            [tensor("p", B, 1), tensor("h_next", 1, B, H)],
        )
        nodes = [
            helper.make_node("Unsqueeze", ["x", "first"], ["x_t"]),
            helper.make_node("GRU", ["x_t", "W", "U", "b", "", "h"], ["", "h_next"], **gru),
        ]
    else:
        inputs, outputs = [tensor("x", B, T, I)], [tensor("p", B, 1)]
        # ONNX Runtime knows the time-major layout only.
        nodes = [
            helper.make_node("Transpose", ["x"], ["x_t"], perm=[1, 0, 2]),
            helper.make_node("GRU", ["x_t", "W", "U", "b"], ["", "h_next"], **gru),
        ]
    nodes += [
        helper.make_node("Squeeze", ["h_next", "first"], ["last"]),
        helper.make_node("Gemm", ["last", "V", "c"], ["a"]),
        helper.make_node("Sigmoid", ["a"], ["p"]),
    ]
    graph = helper.make_graph(nodes, "gru", inputs, outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def tutorial():
    """The tutorial's model for one sequence: what `cold_predict` loads."""
    from cases import TUTORIAL

    return export(make((1, *TUTORIAL["shape"][1:])))
