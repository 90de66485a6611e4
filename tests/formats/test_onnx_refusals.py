"""Graphs that are no chain of layers we have: each is refused with its node, and a cure."""

import builtins
import io

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs onnx")

from formats import onnx_graphs as graphs
from onnx import TensorProto, helper

from fastgru.formats import onnx_file

make = helper.make_node
W = np.ones((3, 3), np.float32)
CHAIN = (
    "A Sequential is a chain: each value may be read by one layer only. "
    "onnx.utils.extract_model cuts a graph to one of its outputs."
)
ONE = np.array([1])


def file(*nodes, **more):
    constants = {"W": W, "one": ONE, "zero": np.array(0), **more.pop("constants", {})}
    return graphs.file(list(nodes), constants, more.pop("shape", ["b", 3]), **more)


def of_gru(**attrs):
    node, constants = graphs.recurrent(attrs.pop("op", "GRU"), **attrs)
    return graphs.file([node], constants, ["t", "b", 3], ["Y"])


def gru_from(name, value, **attrs):
    node, constants = graphs.recurrent(attrs.pop("op", "GRU"), inputs=["", name])
    return graphs.file([node], {**constants, name: value}, ["t", "b", 3], ["Y"])


def two_inputs():
    more = [helper.make_tensor_value_info("h", TensorProto.FLOAT, ["b", 3])]
    return file(make("Relu", ["x"], ["a"]), make("Add", ["a", "h"], ["y"]), more_inputs=more)


def with_lengths(*then):
    """A GRU that reads lengths, and what reads its steps."""
    more = [helper.make_tensor_value_info("lengths", TensorProto.INT32, ["b"])]
    node, constants = graphs.recurrent("GRU", inputs=["lengths"])
    nodes = [node, make("Squeeze", ["Y", "one"], ["s"]), *then]
    return graphs.file(
        nodes,
        {**constants, "one": ONE, "last": np.array(-1), "zero": np.array([0])},
        ["t", "b", 3],
        more_inputs=more,
    )


def lengths_for_one():
    _, constants = graphs.recurrent("GRU", 4, seed=2)
    names = {"W": "W2", "R": "R2", "B": "B2"}
    second = make("GRU", ["s", *names.values()], ["y"], name="r2", hidden_size=4)
    data = with_lengths(second)
    model = graphs.onnx.load_from_string(data)
    for key, name in names.items():
        model.graph.initializer.append(
            graphs.onnx.numpy_helper.from_array(constants[key], name)
        )
    return model.SerializeToString()


BEHIND = (
    "must read single steps where sequences have lengths; got several. The last state of each "
    "is the layer's Y_h."
)


def peepholes():
    node, constants = graphs.recurrent("LSTM", inputs=["", "", "", "P"])
    constants["P"] = np.ones((1, 12), np.float32)
    return graphs.file([node], constants, ["t", "b", 3], ["Y"])


REFUSED = {
    "a residual": (
        file(make("MatMul", ["x", "W"], ["a"], name="m"), make("Add", ["a", "x"], ["y"], name="s")),
        f"node 's' (Add) must read two forms of one value; got two others. {CHAIN}",
    ),
    "a fork": (
        file(make("MatMul", ["x", "W"], ["a"], name="m"), make("MatMul", ["x", "W"], ["b"], name="n"),
             make("Concat", ["a", "b"], ["y"], axis=1)),
        "node 'n' (MatMul) must read what the layer before it gives; got an earlier value. "
        + CHAIN,
    ),
    "two outputs": (
        file(make("Relu", ["x"], ["y"]), make("Tanh", ["y"], ["z"]), outputs=("y", "z")),
        f"the output must be one, or those of the last recurrent layer; got 2. {CHAIN}",
    ),
    "a formula": (
        file(make("Sigmoid", ["x"], ["a"]), make("Tanh", ["x"], ["b"]),
             make("Mul", ["a", "b"], ["y"], name="p")),
        "node 'p' (Mul) must be part of a layer that fastgru knows; got another formula. "
        + CHAIN,
    ),
    "weights that are computed": (
        file(make("Relu", ["x"], ["a"]), make("MatMul", ["x", "a"], ["y"], name="m")),
        ("node 'm' (MatMul) must have a constant as its input 1; got what is computed from the "
        "input."),
    ),
    "a convolution of images": (
        file(make("Conv", ["x", "K"], ["y"], name="c"), constants={"K": np.ones((2, 3, 3, 3), "f")},
             shape=["b", 3, 8, 8]),
        "node 'c' (Conv) must go over one axis; got two.",
    ),
    "an attribute that would be lost": (
        file(make("Relu", ["x"], ["y"], name="r", strange=1)),
        "node 'r' (Relu) must have attributes that fastgru knows; got 'strange'.",
    ),
    "an input of whatever else": (
        two_inputs(),
        "the graph must have one input beside lengths and initial states; got 'x', 'h'.",
    ),
    "clip": (
        of_gru(clip=3.0),
        ("node 'r' (GRU) must have no clip; got one. fastgru does not cut off what activations "
        "read."),
    ),
    "the last place of sequences with lengths": (
        with_lengths(make("Gather", ["s", "last"], ["y"], name="g", axis=0)),
        f"node 'g' (Gather) {BEHIND}",
    ),
    "a mean over sequences with lengths": (
        with_lengths(make("ReduceMean", ["s"], ["y"], name="g", axes=[0], keepdims=0)),
        f"node 'g' (ReduceMean) {BEHIND}",
    ),
    "lengths for one layer of two": (
        lengths_for_one(),
        (
            "node 'r2' (GRU) must read the lengths of the sequences, if another recurrent node "
            "does; got lengths for some."
        ),
    ),
    "an activation": (
        of_gru(activations=["Sigmoid", "LeakyRelu"]),
        ("node 'r' (GRU) must have activations that fastgru has; got 'LeakyRelu' with alpha 0.01 "
        "and beta None."),
    ),
    "input_forget": (
        of_gru(op="LSTM", input_forget=1),
        ("node 'r' (LSTM) must have gates of their own for input and forgetting; got "
        "input_forget=1."),
    ),
    "peepholes": (
        peepholes(),
        "node 'r' (LSTM) must have no peepholes; got some. fastgru's LSTM has none.",
    ),
    "different initial states": (
        gru_from("h", np.arange(20, dtype="f").reshape(1, 5, 4)),
        "node 'r' (GRU) must have one initial state for all samples; got several.",
    ),
    "an initial state of an LSTM": (
        gru_from("h", np.ones((1, 5, 4), "f"), op="LSTM"),
        ("node 'r' (LSTM) must begin with a state of zeros; got another. Of fastgru's layers, GRU "
        "alone may begin with another."),
    ),
    "training": (
        file(make("Dropout", ["x", "", "on"], ["y"], name="d"), constants={"on": np.array(True)}),
        "node 'd' (Dropout) must be exported for prediction; got training_mode.",
    ),
    "a clip that begins elsewhere": (
        file(make("Clip", ["x", "low"], ["y"], name="c"), constants={"low": np.float32(-1)}),
        ("node 'c' (Clip) must begin at 0; got -1.0 to None. fastgru has no layer that clips "
        "below."),
    ),
    "too few features": (
        file(make("MatMul", ["x", "W"], ["y"], name="m"), shape=["b", 4]),
        "node 'm' (MatMul) must read 3 features, as its weights have; got 4.",
    ),
    "open steps as features": (
        file(
            make("Flatten", ["x"], ["f"]),
            make("MatMul", ["f", "W"], ["y"], name="m"),
            shape=["b", "t", 1],
        ),
        (
            "node 'm' (MatMul) must read 3 features, as its weights have; got an open number. "
            "Export it with a fixed number of steps, or set it by onnx.tools.update_model_dims."
        ),
    ),
    "samples and steps in one axis": (
        file(make("Relu", ["x"], ["a"]), make("Reshape", ["a", "s"], ["y"]),
             constants={"s": np.array([-1, 3])}, shape=["b", 5, 3]),
        ("the output must have an axis of samples; got none. A reshape that joins samples and steps "
        "at the end can be left out."),
    ),
    "gates of a cell": (
        file(make("MatMul", ["x", "G"], ["a"]), make("Split", ["a"], ["b", "c"], name="s", axis=1),
             make("Mul", ["b", "c"], ["y"]), constants={"G": np.ones((3, 4), "f")}),
        ("node 's' (Split) must cut apart the directions of a layer; got another axis. An nn.GRUCell "
        "that is called in a loop opens as an nn.GRU."),
    ),
    "ids alone": (
        file(make("Identity", ["x"], ["y"]), ids=True),
        "the output must depend on a layer; got the input itself.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_graph_is_refused_with_its_node(name):
    data, sentence = REFUSED[name]
    assert graphs.refusal(data) == f"load_model: {sentence}"


def test_without_onnx_the_sentence_names_the_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "onnx":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError) as error:
        onnx_file.load(io.BytesIO(b"").read, True)
    assert str(error.value) == (
        "load_model: onnx must be installed for .onnx files; got none. "
        "`pip install 'fastgru[onnx]'` installs it."
    )
