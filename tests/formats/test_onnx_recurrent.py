"""GRU, LSTM and RNN operators against ONNX Runtime, and ONNX' own cases."""

import sys

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs onnx")

from formats import onnx_graphs as graphs
from onnx import TensorProto, helper, numpy_helper

X = (
    np.random.default_rng(3).standard_normal((6, 5, 3)).astype(np.float32)
)  # (time, batch, width)


def as_ours(y):
    """(batch, ..., directions, units) with directions and units as one axis."""
    return y.reshape(*y.shape[:-2], -1)


def assert_like_runtime(data, x=X, lengths=None):
    """Our output is ONNX Runtime's, with the batch first and directions as features."""
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    feeds = {"x": x} if lengths is None else {"x": x, "lengths": lengths}
    (wanted,) = graphs.runtime(data, **feeds)
    got = graphs.load(data).predict(x.swapaxes(0, 1), verbose=0, lengths=lengths)
    wanted = as_ours(np.moveaxis(wanted, -2, 0))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("output", ["Y", "Y_h"])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("op", ["GRU", "LSTM", "RNN"])
def test_directions(op, direction, output):
    count = 2 if direction == "bidirectional" else 1
    outputs = ["Y"] if output == "Y" else ["", "Y_h"]
    for after in (0, 1) if op == "GRU" else (None,):
        attrs = {} if after is None else {"linear_before_reset": after}
        node, constants = graphs.recurrent(
            op, directions=count, direction=direction, outputs=outputs, **attrs
        )
        assert_like_runtime(graphs.file([node], constants, ["t", "b", 3], [output]))


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_lengths(direction):
    count = 2 if direction == "bidirectional" else 1
    node, constants = graphs.recurrent(
        "GRU", directions=count, direction=direction, inputs=["lengths"], linear_before_reset=1
    )
    more = [helper.make_tensor_value_info("lengths", TensorProto.INT32, ["b"])]
    data = graphs.file([node], constants, ["t", "b", 3], ["Y"], more_inputs=more)
    assert_like_runtime(data, lengths=np.array([6, 2, 4, 1, 3], np.int32))


@pytest.mark.parametrize("op, names, alpha, beta", [
    ("GRU", ["HardSigmoid", "Tanh"], [0.3], [0.4]),
    ("GRU", ["HardSigmoid", "Affine"], [0.15, 0.7], [0.45, 0.1]),
    ("GRU", ["Sigmoid", "HardSigmoid"], [], []),
    ("GRU", ["Sigmoid", "LeakyRelu"], [0.2], []),
    ("GRU", ["Sigmoid", "ScaledTanh"], [1.0], [0.8]),
    ("GRU", ["Sigmoid", "Elu"], [1.0], []),
    ("LSTM", ["HardSigmoid", "Relu", "Relu"], [0.2], [0.5]),
    ("LSTM", ["Sigmoid", "Softsign", "Softsign"], [], []),
    ("RNN", ["Affine"], [0.5], [-0.25]),
    ("RNN", ["Relu"], [], []),
])  # fmt: skip
def test_activations(op, names, alpha, beta):
    attrs = {"activation_alpha": alpha, "activation_beta": beta}
    attrs = {key: value for key, value in attrs.items() if value}
    if op == "GRU":
        attrs["linear_before_reset"] = 1
    node, constants = graphs.recurrent(op, activations=names, **attrs)
    assert_like_runtime(graphs.file([node], constants, ["t", "b", 3], ["Y"]))


def test_a_layer_that_gives_its_steps_as_it_reads_them():
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    node, constants = graphs.recurrent("GRU", direction="reverse", linear_before_reset=1)
    turn = helper.make_node("Slice", ["Y", "m", "e", "z", "m"], ["y"])
    constants |= {"m": np.array([-1]), "e": np.array([-(1 << 62)]), "z": np.array([0])}
    data = graphs.file([node, turn], constants, ["t", "b", 3])
    assert_like_runtime(data)
    assert [type(layer).__name__ for layer in graphs.load(data).layers] == ["GRU"]


def test_a_constant_initial_state_is_a_learnt_one():
    node, constants = graphs.recurrent("GRU", inputs=["", "h"], linear_before_reset=1)
    (row,) = graphs.weights(8, (4,))
    constants["h"] = np.tile(row, (1, 5, 1))
    data = graphs.file([node], constants, ["t", "b", 3], ["Y"])
    assert_like_runtime(data)
    np.testing.assert_array_equal(graphs.load(data).get_weights()[-1], row)


def test_zeros_as_initial_state_are_none():
    node, constants = graphs.recurrent("LSTM", inputs=["", "h", "h"])
    constants["h"] = np.zeros((1, 5, 4), np.float32)
    data = graphs.file([node], constants, ["t", "b", 3], ["Y"])
    assert_like_runtime(data)


def test_states_beside_the_sequence():
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    node, constants = graphs.recurrent("LSTM", outputs=["Y", "Y_h", "Y_c"])
    data = graphs.file([node], constants, ["t", "b", 3], ["Y", "Y_h", "Y_c"])
    wanted = graphs.runtime(data, x=X)
    found = graphs.load(data).predict(X.swapaxes(0, 1), verbose=0)
    np.testing.assert_allclose(found[0], wanted[0][:, 0].swapaxes(0, 1), rtol=0, atol=1e-6)
    for got, want in zip(found[1:], wanted[1:], strict=True):
        np.testing.assert_allclose(got, want[0], rtol=0, atol=1e-6)


def test_double_weights_make_a_model_of_float64():
    node, constants = graphs.recurrent("GRU", linear_before_reset=1)
    constants = {key: value.astype(np.float64) for key, value in constants.items()}
    model = onnx.load_from_string(graphs.file([node], constants, ["t", "b", 3], ["Y"]))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    found = graphs.load(model.SerializeToString())
    assert found.layers[0].dtype == "float64"
    np.testing.assert_array_equal(found.get_weights()[2][0], constants["B"][0, :12])


def own_cases():
    """ONNX' own cases of the three operators: (name, model, inputs, outputs)."""
    import importlib

    from onnx.backend.test.case import node as package

    # Importing a module makes its cases; the others' take seconds.
    for op in graphs.BLOCKS:
        name = f"{package.__name__}.{op.lower()}"
        if name in sys.modules and not any(
            op.lower() in c.name for c in package._NodeTestCases
        ):
            del sys.modules[name]
        importlib.import_module(name)
    cases = {c.name: c for c in package._NodeTestCases}
    return [
        (name, case.model, *case.data_sets[0])
        for name, case in cases.items()
        if case.model.graph.node[0].op_type in graphs.BLOCKS
    ]


def test_the_cases_of_onnx():
    """Each output of each case; peepholes, and the states c alone, are refused."""
    seen, refused = 0, []
    for name, model, inputs, outputs in own_cases():
        names = [info.name for info in model.graph.input]
        feeds = dict(zip(names, inputs, strict=True))
        for output, wanted in zip(model.graph.output, outputs, strict=True):
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
            del changed.graph.output[:]
            changed.graph.output.append(output)
            for key, value in feeds.items():
                if key not in ("X", "sequence_lens"):
                    changed.graph.initializer.append(numpy_helper.from_array(value, key))
            data = changed.SerializeToString()
            try:
                found = graphs.load(data)
            except ValueError as error:
                refused.append((name, output.name, str(error)))
                continue
            node = model.graph.node[0]
            batch_first = any(a.name == "layout" and a.i for a in node.attribute)
            x = feeds["X"] if batch_first else feeds["X"].swapaxes(0, 1)
            got = found.predict(x, verbose=0, lengths=feeds.get("sequence_lens"))
            wanted = wanted if batch_first else np.moveaxis(wanted, -2, 0)
            np.testing.assert_allclose(got, as_ours(wanted), rtol=0, atol=1e-6, err_msg=name)
            seen += 1
    assert seen >= 15
    assert all("peepholes" in name or output == "Y_c" for name, output, _ in refused)
