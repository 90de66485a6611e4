"""Layers that are no recurrent ones, as graphs written by hand, against ONNX Runtime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs onnx")
pytest.importorskip("onnxruntime", reason="needs onnxruntime")

from formats import onnx_graphs as graphs
from onnx import helper

make = helper.make_node
FLAT = np.random.default_rng(5).standard_normal((4, 6)).astype(np.float32)
STEPS = np.random.default_rng(6).standard_normal((4, 9, 6)).astype(np.float32)


def chain(*ops, constants=None, x=FLAT, opset=17):
    """A file of operators one behind the other: (op, further inputs, attributes)."""
    nodes, value = [], "x"
    for number, (op, more, attrs) in enumerate(ops):
        found = "y" if number == len(ops) - 1 else f"v{number}"
        nodes.append(make(op, [value, *more], [found], name=f"n{number}", **attrs))
        value = found
    return graphs.file(nodes, constants or {}, ["b", *x.shape[1:]], opset=opset)


def assert_same(data, x, classes=None):
    (wanted,) = graphs.runtime(data, x=x)
    model = graphs.load(data)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=0, atol=1e-6)
    if classes is not None:
        assert [type(layer).__name__ for layer in model.layers] == classes


@pytest.mark.parametrize("op, attrs", [
    ("Relu", {}), ("Sigmoid", {}), ("Tanh", {}), ("Softplus", {}), ("Softsign", {}),
    ("Exp", {}), ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}),
    ("Selu", {}), ("LeakyRelu", {}), ("LeakyRelu", {"alpha": 0.2}), ("Elu", {"alpha": 0.7}),
    ("ThresholdedRelu", {"alpha": 0.4}), ("Softmax", {}), ("LogSoftmax", {}), ("Neg", {}),
])  # fmt: skip
def test_activations(op, attrs):
    assert_same(chain((op, [], attrs)), FLAT)


def test_a_dense_layer_takes_bias_and_activation():
    W, b = graphs.weights(1, (6, 5), (5,))
    ops = [("MatMul", ["W"], {}), ("Add", ["b"], {}), ("Relu", [], {})]
    assert_same(chain(*ops, constants={"W": W, "b": b}), FLAT, ["Dense"])


def test_gemm_with_its_factors():
    W, b = graphs.weights(2, (5, 6), (1, 5))
    op = ("Gemm", ["W", "b"], {"transB": 1, "alpha": 0.7, "beta": 1.3})
    assert_same(chain(op, constants={"W": W, "b": b}), FLAT, ["Dense"])


def test_numbers_before_and_behind():
    scale, shift = graphs.weights(3, (6,), (6,))
    ops = [("Sub", ["m"], {}), ("Div", ["s"], {}), ("Tanh", [], {}), ("Mul", ["two"], {})]
    constants = {"m": shift, "s": np.abs(scale) + 0.5, "two": np.float32(2)}
    assert_same(chain(*ops, constants=constants), FLAT)


def test_numbers_in_front_of_a_minus():
    data = graphs.file([make("Sub", ["one", "x"], ["y"])], {"one": np.float32(1)}, ["b", 6])
    assert_same(data, FLAT)


def test_a_scaler_in_front_of_layers_as_scikit_learn_is_written():
    W, b, mean = graphs.weights(4, (6, 3), (3,), (6,))
    nodes = [
        make("Cast", ["x"], ["c"], to=1), make("Sub", ["c", "mean"], ["d"]),
        make("Div", ["d", "std"], ["e"]), make("MatMul", ["e", "W"], ["f"]),
        make("Add", ["f", "b"], ["g"]), make("Tanh", ["g"], ["h"]),
        make("MatMul", ["h", "V"], ["i"]), make("Softmax", ["i"], ["y"], axis=1),
    ]  # fmt: skip
    (V,) = graphs.weights(9, (3, 2))
    constants = {"W": W, "b": b, "mean": mean, "std": np.abs(mean) + 1, "V": V}
    assert_same(
        graphs.file(nodes, constants, ["b", 6]),
        FLAT,
        ["Rescaling", "Rescaling", "Dense", "Dense"],
    )


@pytest.mark.parametrize("attrs", [
    {}, {"pads": [1, 1]}, {"pads": [2, 0]}, {"strides": [2]}, {"dilations": [2]},
    {"auto_pad": "SAME_UPPER", "strides": [2]}, {"group": 2},
])  # fmt: skip
def test_convolutions(attrs):
    W, b = graphs.weights(5, (4, 6 // attrs.get("group", 1), 3), (4,))
    ops = [("Transpose", [], {"perm": [0, 2, 1]}), ("Conv", ["W", "b"], attrs),
           ("Transpose", [], {"perm": [0, 2, 1]})]  # fmt: skip
    assert_same(chain(*ops, constants={"W": W, "b": b}, x=STEPS), STEPS)


def test_channels_first_stay_as_the_file_has_them():
    (W,) = graphs.weights(6, (4, 9, 3))
    data = chain(("Conv", ["W"], {}), constants={"W": W}, x=STEPS)
    assert_same(data, STEPS, ["Permute", "Conv1D", "Permute"])


@pytest.mark.parametrize("op, attrs", [
    ("MaxPool", {"kernel_shape": [2], "strides": [2]}),
    ("MaxPool", {"kernel_shape": [3], "strides": [1], "pads": [1, 1]}),
    ("AveragePool", {"kernel_shape": [3], "strides": [2]}),
    ("AveragePool", {"kernel_shape": [3], "auto_pad": "SAME_UPPER", "strides": [2]}),
    ("GlobalAveragePool", {}), ("GlobalMaxPool", {}),
    ("ReduceMean", {"axes": [2], "keepdims": 0}), ("ReduceMax", {"axes": [2], "keepdims": 0}),
])  # fmt: skip
def test_pooling(op, attrs):
    ops = [("Transpose", [], {"perm": [0, 2, 1]}), (op, [], attrs)]
    assert_same(chain(*ops, x=STEPS), STEPS)


def test_batch_normalization_of_steps():
    gamma, beta, mean, variance = graphs.weights(7, (6,), (6,), (6,), (6,))
    constants = {"g": gamma, "b": beta, "m": mean, "v": np.abs(variance) + 0.1}
    ops = [("Transpose", [], {"perm": [0, 2, 1]}),
           ("BatchNormalization", ["g", "b", "m", "v"], {"epsilon": 0.01}),
           ("Transpose", [], {"perm": [0, 2, 1]})]  # fmt: skip
    assert_same(chain(*ops, constants=constants, x=STEPS), STEPS, ["BatchNormalization"])


def test_layer_normalization():
    gamma, beta = graphs.weights(8, (6,), (6,))
    op = ("LayerNormalization", ["g", "b"], {"epsilon": 0.01})
    data = chain(op, constants={"g": gamma, "b": beta}, x=STEPS)
    assert_same(data, STEPS, ["LayerNormalization"])


def test_embedding_and_glue():
    (table,) = graphs.weights(10, (11, 6))
    ids = np.random.default_rng(1).integers(0, 11, (4, 9))
    node, constants = graphs.recurrent("GRU", 6, linear_before_reset=1)
    node.input[0], node.output[0] = "t", "Y"
    nodes = [
        make("Gather", ["table", "x"], ["e"]), make("Transpose", ["e"], ["t"], perm=[1, 0, 2]),
        node, make("Squeeze", ["Y", "one"], ["s"]), make("Transpose", ["s"], ["y"], perm=[1, 0, 2]),
    ]  # fmt: skip
    constants |= {"table": table, "one": np.array([1])}
    data = graphs.file(nodes, constants, ["b", "t"], ids=True)
    assert_same(data, ids, ["Embedding", "GRU"])


def test_features_in_parts_and_flat():
    W, b = graphs.weights(11, (54, 3), (3,))
    nodes = [
        make("Shape", ["x"], ["shape"]), make("Gather", ["shape", "zero"], ["n"], axis=0),
        make("Unsqueeze", ["n", "axis"], ["n1"]), make("Concat", ["n1", "rest"], ["to"], axis=0),
        make("Reshape", ["x", "to"], ["flat"]), make("Gemm", ["flat", "W", "b"], ["y"]),
    ]  # fmt: skip
    constants = {
        "zero": np.array(0),
        "axis": np.array([0]),
        "rest": np.array([-1]),
        "W": W,
        "b": b,
    }
    assert_same(graphs.file(nodes, constants, ["b", 9, 6]), STEPS, ["Flatten", "Dense"])


def test_steps_cut_off_and_padded():
    ops = [("Slice", ["two", "end", "axis"], {}), ("Pad", ["pads"], {})]
    constants = {"two": np.array([2]), "end": np.array([-1]), "axis": np.array([1]),
                 "pads": np.array([0, 1, 0, 0, 2, 0])}  # fmt: skip
    assert_same(
        chain(*ops, constants=constants, x=STEPS), STEPS, ["Cropping1D", "ZeroPadding1D"]
    )


def test_the_first_and_the_last_step_of_any_layer():
    for place in (0, -1):
        ops = [("Tanh", [], {}), ("Gather", ["place"], {"axis": 1})]
        data = chain(*ops, constants={"place": np.array(place)}, x=STEPS)
        assert_same(data, STEPS, ["Activation", "SimpleRNN"])


def test_steps_in_the_other_order():
    constants = {"m": np.array([-1]), "e": np.array([-(1 << 62)]), "one": np.array([1])}
    turned = ("Slice", ["m", "e", "one", "m"], {})
    data = chain(("Tanh", [], {}), turned, constants=constants, x=STEPS)
    assert_same(data, STEPS, ["Activation", "SimpleRNN"])


def test_a_vector_as_steps():
    nodes = [make("Unsqueeze", ["x", "one"], ["u"]), make("Expand", ["u", "to"], ["y"])]
    data = graphs.file(nodes, {"one": np.array([1]), "to": np.array([1, 5, 1])}, ["b", 6])
    assert_same(data, FLAT, ["RepeatVector"])


@pytest.mark.parametrize("bits", [False, True])
def test_weights_of_float16_behind_casts(bits):
    W, b = (one.astype(np.float16) for one in graphs.weights(12, (6, 5), (5,)))
    nodes = [make("Cast", ["W"], ["V"], to=1), make("Cast", ["b"], ["c"], to=1),
             make("Gemm", ["x", "V", "c"], ["y"])]  # fmt: skip
    data = graphs.file(nodes, {"W": W, "b": b}, ["b", 6])
    if bits:
        # As converters write them: the bits as integers, not the bytes.
        model = onnx.load_from_string(data)
        for tensor, array in zip(model.graph.initializer, (W, b), strict=True):
            tensor.ClearField("raw_data")
            tensor.int32_data[:] = array.reshape(-1).view(np.uint16).tolist()
        data = model.SerializeToString()
    assert_same(data, FLAT, ["Dense"])
    np.testing.assert_array_equal(graphs.load(data).get_weights()[0], W.astype(np.float32))


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("op", ["ReduceMax", "ReduceMean"])
def test_pooling_over_an_axis_and_one_of_a_single_place(op, keep):
    ops = [
        ("Transpose", [], {"perm": [0, 2, 1]}), ("Unsqueeze", ["two"], {}),
        (op, [], {"axes": [-2, -1], "keepdims": keep}), ("Flatten", [], {}),
    ]  # fmt: skip
    assert_same(chain(*ops, constants={"two": np.array([2])}, x=STEPS), STEPS)


def test_axes_of_one_place_may_go_or_come():
    pool = ("MaxPool", [], {"kernel_shape": [9]})
    turned = ("Transpose", [], {"perm": [0, 2, 1]})
    last = ("Squeeze", ["last"], {})
    constants = {"last": np.array([-1])}
    assert_same(chain(turned, pool, last, constants=constants, x=STEPS), STEPS)
    more = ("Unsqueeze", ["one"], {})
    constants["one"] = np.array([1])
    assert_same(
        chain(turned, pool, turned, ("Softmax", [], {}), constants=constants, x=STEPS), STEPS
    )
    assert_same(chain(turned, pool, last, more, constants=constants, x=STEPS), STEPS)


def test_an_output_of_samples_alone_keeps_an_axis():
    W = graphs.weights(8, (6, 1))[0]
    data = chain(("MatMul", ["W"], {}), ("Squeeze", ["last"], {}),
                 constants={"W": W, "last": np.array([1])})  # fmt: skip
    with pytest.warns(UserWarning) as found:
        model = graphs.load(data)
    assert [str(one.message) for one in found] == [
        (
            "load_model: the output must have an axis beside the samples'; got none. The model gives "
            "an array of shape (samples, 1)."
        )
    ]
    assert found[0].filename == __file__
    (wanted,) = graphs.runtime(data, x=FLAT)
    np.testing.assert_allclose(model.predict(FLAT, verbose=0)[:, 0], wanted, rtol=0, atol=1e-6)
