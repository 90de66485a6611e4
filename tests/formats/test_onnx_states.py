"""Graphs that are given their states and give them back: streams, initial states, sentences."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs onnx")

from formats import onnx_graphs as graphs
from onnx import TensorProto, helper

import fastgru
from fastgru.layers import Bidirectional

FOLDER = Path(__file__).parent / "onnx_state_files"
FILES = sorted(FOLDER.glob("*.onnx"))
STREAMED = ("deep", "gru", "last")
STREAM = "`model.stream()` carries the states from step to step."
MADE = "A layer gives its states if it is made with `return_state=True`."
make = helper.make_node


def opened(read):
    """(model, the sentences of its warnings)."""
    with pytest.warns(UserWarning) as found:
        model = read()
    assert all(one.filename == __file__ for one in found)
    return model, [str(one.message) for one in found]


def given(which, ways):
    return (
        f"load_model: an initial state must be zeros, or what {ways} gives it; got the {which} "
        "of the model."
    )


def values(path):
    """x, y from zeros, and x2, y2 from the states behind them."""
    with np.load(FOLDER / "values.npz") as found:
        return [found[f"{path.stem}/{name}"] for name in ("x", "y", "x2", "y2")]


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


def streamed(model, x, y, x2, y2):
    """Step by step, the stream goes on where the first sequences ended."""
    stream = model.stream(batch=len(x))
    for inputs, wanted in ((x, y), (x2, y2)):
        steps = np.stack([stream.step(step) for step in inputs.swapaxes(0, 1)], 1)
        close(steps if wanted.ndim == 3 else steps[:, -1], wanted)


def with_state(layer):
    """A layer of the same arguments that gives its states."""
    if isinstance(layer, Bidirectional):
        return Bidirectional(with_state(layer.forward_layer))
    return type(layer).from_config({**layer.get_config(), "return_state": True})


def carried(model, x, y, x2, y2):
    """Layers that take `initial_state` go on where the first sequences ended."""
    for layer in model.layers[:-1]:
        again = with_state(layer)
        again(x)
        again.set_weights(layer.get_weights())
        x, *states = again(x)
        x2, *_ = again(x2, initial_state=states)
    close(model.layers[-1](x), y)
    close(model.layers[-1](x2), y2)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_an_exporter(path):
    model, told = opened(lambda: fastgru.saving.load_model(path))
    streams = path.stem.split("_")[1] in STREAMED
    several = "lstm" in path.stem
    which = "inputs 'h0', 'c0', which are no arguments" if several else (
        "input 'h0', which is no argument")  # fmt: skip
    ways = "a layer's `initial_state`" + " or `model.stream()`" * streams
    names = [repr(info.name) for info in onnx.load(path).graph.output[1:]]
    assert told == [
        given(which, ways),
        (
            f"load_model: the model must give one output; got the final state{'s' * several} "
            f"{', '.join(names)} too, which it does not give. {STREAM if streams else MADE}"
        ),
    ]
    x, y, x2, y2 = values(path)
    close(model.predict(x, verbose=0), y)
    (streamed if streams else carried)(model, x, y, x2, y2)


def test_there_are_files_of_both_exporters():
    assert {path.stem.split("_")[0] for path in FILES} == {"old", "new"}


def state(name, sizes=(1, "b", 4)):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)


def of_states(op, outputs=("Y", "Y_h"), *, sizes=(1, "b", 4), then=(), layout=0, inputs=None):
    """The bytes of one operator that is given its states, and of what follows."""
    names = ["h", "c"][: 1 + (op == "LSTM")]
    attrs = {"layout": 1} if layout else {}
    node, constants = graphs.recurrent(
        op, outputs=outputs, inputs=["", *(inputs or names)], **attrs
    )
    more = [state(name, sizes) for name in names]
    wanted = [name for name in outputs if name]
    wanted = [one for node in then for one in node.output] or wanted
    nodes = [node, *then]
    return graphs.file(nodes, constants, ["t", "b", 3], wanted, more_inputs=more)


def test_a_whole_lstm_gives_its_states():
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    data = of_states("LSTM", ("Y", "Y_h", "Y_c"))
    model, told = opened(lambda: graphs.load(data))
    which = "inputs 'h', 'c', which are no arguments"
    assert told == [given(which, "a layer's `initial_state`")]
    x = np.random.default_rng(1).standard_normal((6, 2, 3)).astype(np.float32)
    states = [np.zeros((1, 2, 4), np.float32)] * 2
    mine = [one[0] for one in states]
    for _ in range(2):
        _, *states = graphs.runtime(data, x=x, h=states[0], c=states[1])
        _, *mine = model.layers[0](x.swapaxes(0, 1), initial_state=mine)
        for one, other in zip(mine, states, strict=True):
            close(one, other[0])


def test_a_state_that_comes_through_other_operators():
    nodes = [make("Unsqueeze", ["h", "a"], ["u"]), make("Split", ["u"], ["v", "w"], axis=0),
             make("Transpose", ["v"], ["s"], perm=[0, 1, 2])]  # fmt: skip
    node, constants = graphs.recurrent("GRU", inputs=["", "s"], linear_before_reset=1)
    data = graphs.file([*nodes, node], {**constants, "a": np.array([1])}, ["t", "b", 3], ["Y"],
                       more_inputs=[state("h", [2, 4])])  # fmt: skip
    model, told = opened(lambda: graphs.load(data))
    ways = "a layer's `initial_state` or `model.stream()`"
    assert told == [given("input 'h', which is no argument", ways)]
    assert model.layers[0].get_config()["name"].startswith("gru")


def test_final_states_alone_are_the_output():
    model, told = opened(lambda: graphs.load(of_states("GRU", ("", "Y_h"))))
    assert len(told) == 1 and model.output_shape == (None, 4)


def test_a_last_step_and_the_state():
    last = make("Gather", ["Y", "i"], ["y"], axis=0)
    node, constants = graphs.recurrent("GRU", outputs=["Y", "Y_h"], linear_before_reset=1)
    data = graphs.file([node, last], {**constants, "i": np.array(-1)}, ["t", "b", 3],
                       ["y", "Y_h"])  # fmt: skip
    one, other = graphs.load(data)(np.ones((2, 6, 3), np.float32))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("data, sentence", [
    (of_states("GRU", sizes=(1, "b", 5)),
     "the input 'h' must have shape (1, batch, 4), as an initial state; got (1, batch, 5)."),
    (of_states("GRU", sizes=(1 << 40, 1 << 40, 4)),
     ("the input 'h' must have shape (1, batch, 4), as an initial state; "
     f"got ({1 << 40}, {1 << 40}, 4).")),
    (of_states("LSTM", sizes=("b", 1, 5), layout=1),
     "the input 'h' must have shape (batch, 1, 4), as an initial state; got (batch, 1, 5)."),
    (of_states("GRU", sizes=()),
     "the input 'h' must have shape (1, batch, 4), as an initial state; got ()."),
    (of_states("GRU", then=[make("Add", ["Y", "h"], ["y"])]),
     "the graph must have one input beside lengths and initial states; got 'x', 'h'."),
    (of_states("GRU", inputs=["i"]),
     "node 'r' (GRU) must stand behind the nodes that it reads; got 'i' before it."),
    (of_states("GRU", then=[make("Relu", ["Y"], ["y"]), make("Tanh", ["y"], ["z"]),
                            make("Identity", ["Y_h"], ["w"])]),
     ("the output must be one, or those of the last recurrent layer; got 3. A Sequential is a "
     "chain: each value may be read by one layer only. onnx.utils.extract_model cuts a graph to "
     "one of its outputs.")),
])  # fmt: skip
def test_refusals(data, sentence):
    assert graphs.refusal(data) == f"load_model: {sentence}"


def test_a_warning_names_some_of_many():
    names = [f"h{number}" for number in range(8)]
    node, constants = graphs.recurrent("GRU", inputs=["", "all"])
    data = graphs.file([make("Concat", names, ["all"], axis=1), node], constants,
                       ["t", "b", 3], ["Y"], more_inputs=[state(name) for name in names])  # fmt: skip
    _, told = opened(lambda: graphs.load(data))
    which = "inputs 'h0', 'h1', 'h2', 'h3', 'h4', 'h5' and 2 more, which are no arguments"
    assert told == [given(which, "a layer's `initial_state` or `model.stream()`")]


def with_axes(*nodes, outputs, directions=1, **constants):
    """(file, x) of a GRU and what makes other axes of its outputs."""
    attrs = {"directions": 2, "direction": "bidirectional"} if directions == 2 else {}
    node, weights = graphs.recurrent("GRU", outputs=["Y", "Yh"], **attrs)
    constants = {name: np.array(value) for name, value in constants.items()}
    data = graphs.file([node, *nodes], weights | constants, ["t", "b", 3], outputs)
    return data, np.random.default_rng(3).standard_normal((5, 2, 3)).astype(np.float32)


SQUEEZED = make("Squeeze", ["Y", "one"], ["s"])


@pytest.mark.parametrize("nodes, outputs", [
    ([make("Transpose", ["Yh"], ["v"], perm=[1, 0, 2])], ["s", "v"]),
    ([make("Squeeze", ["Yh", "zero"], ["q"]), make("Transpose", ["q"], ["v"], perm=[1, 0])],
     ["s", "v"]),
])  # fmt: skip
def test_states_with_the_batch_elsewhere_are_given(nodes, outputs):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    data, x = with_axes(SQUEEZED, *nodes, outputs=outputs, one=[1], zero=[0])
    y, state = graphs.load(data).predict(x.swapaxes(0, 1), verbose=0)
    wanted, last = graphs.runtime(data, x=x)
    close(y.swapaxes(0, 1), wanted)
    last = last.T if last.ndim == 2 else last[:, 0]
    close(state, last)


@pytest.mark.parametrize("nodes, outputs, state, axes", [
    ([make("Transpose", ["s"], ["u"], perm=[1, 2, 0])], ["u", "Yh"], "Yh", (0, 1, 2)),
    ([make("Reshape", ["Yh", "flat"], ["v"])], ["s", "v"], "v", (1, 0, 2)),
])  # fmt: skip
def test_states_are_left_out_where_axes_are_not_the_layer_s(nodes, outputs, state, axes):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    data, x = with_axes(SQUEEZED, *nodes, outputs=outputs, one=[1], flat=[-1])
    with pytest.warns(UserWarning) as found:
        model = graphs.load(data)
    assert str(found[0].message).startswith(
        f"load_model: the model must give one output; got the final state {state!r} too"
    )
    y = model.predict(x.swapaxes(0, 1), verbose=0)
    close(y, graphs.runtime(data, x=x)[0].transpose(axes))


def test_features_of_two_directions_that_alternate_are_refused():
    nodes = [
        make("Transpose", ["Y"], ["u"], perm=[0, 2, 3, 1]),
        make("Reshape", ["u", "s"], ["v"]),
    ]
    data, _ = with_axes(*nodes, outputs=["v", "Yh"], directions=2, s=[0, 0, -1])
    assert graphs.refusal(data) == (
        "load_model: the output must leave the axes of its input whole; got axes (open, open, 8)."
    )
