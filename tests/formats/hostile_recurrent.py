"""ONNX files made to harm: states that come in, masks, loops; as in `hostile_onnx`."""

import itertools

import numpy as np
import onnx
from formats import onnx_graphs as graphs
from onnx import TensorProto, helper

from fastgru import Sequential
from fastgru.formats import onnx_file
from fastgru.layers import GRU, Input, Masking

make = helper.make_node


def changed(layers, change):
    """The file of layers, after a change of its nodes {name: NodeProto}."""
    model = Sequential([Input((None, 3)), *layers])
    proto = onnx.load_from_string(onnx_file.dump(model))
    change({node.name: node for node in proto.graph.node}, proto.graph)
    return proto.SerializeToString()


def _without_mask(nodes, graph):
    nodes["g/GRU"].input[4] = ""


def _raw(nodes, graph):
    nodes["g/GRU"].input[0] = "m/Mul_transposed"
    nodes["g/GRU"].input[4] = ""
    node = onnx.helper.make_node("Transpose", ["m/Mul"], ["m/Mul_transposed"], perm=[1, 0, 2])
    place = [node.name for node in graph.node].index("g/GRU")
    graph.node.insert(place, node)


def _body(nodes):
    return next(a.g for a in nodes["g/Scan"].attribute if a.name == "body")


def _cycle(nodes, graph):
    body = _body(nodes)
    body.node[0].input[0] = body.node[-1].output[0]


def _inner_loop(nodes, graph):
    inner = _body(nodes).node[0].attribute.add()
    inner.name, inner.type = "body", onnx.AttributeProto.GRAPH
    inner.g.name = "inner"


def _outside(nodes, graph):
    _body(nodes).node[1].input[1] = "input"


def _other_step(nodes, graph):
    _body(nodes).node[-2].op_type = "Sub"


def _other_kernel(nodes, graph):
    kernel = next(t for t in graph.initializer if t.name == "g/step/recurrent_kernel")
    kernel.CopyFrom(onnx.numpy_helper.from_array(np.ones((4, 13), np.float32), kernel.name))


def _backwards_out(nodes, graph):
    for attribute in nodes["g/Scan"].attribute:
        if attribute.name == "scan_output_directions":
            attribute.ints[:] = [1]


def _huge(nodes, graph):
    for attribute in nodes["g/Scan"].attribute:
        if attribute.name == "num_scan_inputs":
            attribute.i = 1 << 62


def _fewer(nodes, graph):
    del _body(nodes).input[-1]


LOOPS = (
    "Loops are layers only if they are steps of a GRU, LSTM or RNN as fastgru writes them: export "
    "the recurrent layer as one such operator, or a Keras model as a .keras file."
)


def of_state(sizes, *nodes, reads="h", more=()):
    """A GRU whose initial state is an input, and other nodes before it."""
    node, constants = graphs.recurrent("GRU", inputs=["", reads], outputs=["Y", "Y_h"])
    inputs = [helper.make_tensor_value_info("h", TensorProto.FLOAT, sizes)]
    constants |= {"one": np.array([1]), "zero": np.int64(0)}
    return graphs.file([*nodes, node, *more], constants, ["t", "b", 3], ["Y"],
                       more_inputs=inputs)  # fmt: skip


def _deep_mask():
    names = ["e", *(f"n{n}" for n in range(15_000))]
    nodes = [make("Equal", ["x", "zero"], ["e"])]
    nodes += [make("Not", [a], [b]) for a, b in itertools.pairwise(names)]
    nodes.append(make("Mul", ["x", names[-1]], ["y"]))
    return graphs.file(nodes, {"zero": np.float32(0)}, ["b", "t", 3])


BEHIND = "node 'r' (GRU) must stand behind the nodes that it reads; got"


def cases():
    """{name: (bytes, sentence)}."""
    masked, looped = [Masking(name="m"), GRU(4, name="g")], [GRU(4, "mish", name="g")]
    made = {
    "packed steps without their lengths": (
        masked, _without_mask,
        ("node 'g/GRU' (GRU) must have as its sequence_lens what its input is packed by; got "
        "others."),
    ),
    "a mask that is not read": (
        masked, _raw,
        ("node 'g/GRU' (GRU) must read the mask that the layers before it pass on; got one that "
        "does not."),
    ),
    "a body that reads itself": (
        looped, _cycle,
        ("node 'g/Scan' (Scan) must stand behind the nodes that it reads; got 'g/step/Identity' "
        "before it."),
    ),
    "a loop in the body": (
        looped, _inner_loop,
        ("node 'g/Scan' (Scan) must be an operator without a graph inside; got one in 'body'. "
        "Loops and conditions are no layers: export the recurrent layer as one GRU, LSTM or RNN "
        "operator, or a Keras model as a .keras file."),
    ),
    "a body that reads the input": (
        looped, _outside,
        ("node 'g/Scan' (Scan) must read constants in its body; got what is computed outside of "
        f"it. {LOOPS}"),
    ),
    "a body of another formula": (
        looped, _other_step,
        ("node 'g/Scan' (Scan) must have a body that is a step of a layer of fastgru; got "
        f"another. {LOOPS}"),
    ),
    "a kernel of another shape": (
        looped, _other_kernel,
        "node 'g/Scan' (Scan) must have a recurrent kernel of shape (4, 12); got (4, 13).",
    ),
    "steps that come out the other way": (
        looped, _backwards_out,
        ("node 'g/Scan' (Scan) must go over the steps of one sequence; got other axes or "
        f"directions. {LOOPS}"),
    ),
    "more scanned inputs than there are": (
        looped, _huge,
        ("node 'g/Scan' (Scan) must go over the steps of one sequence; got other axes or "
        f"directions. {LOOPS}"),
    ),
    "a body of fewer inputs": (
        looped, _fewer,
        ("node 'g/Scan' (Scan) must have a body of as many inputs and outputs; got one of 1 "
        "inputs."),
    ),
    }  # fmt: skip
    found = {
        name: (changed(layers, change), f"load_model: {sentence}")
        for name, (layers, change, sentence) in made.items()
    }
    shape = "the input 'h' must have shape (1, batch, 4), as an initial state; got"
    plain = {
        "a state of another width": (of_state([1, "b", 5]), f"{shape} (1, batch, 5)."),
        "a huge state": (of_state([1 << 40, "b", 1 << 40]),
                         f"{shape} ({1 << 40}, batch, {1 << 40})."),
        "a state of no axes": (of_state([]), f"{shape} ()."),
        "a state that is missing": (of_state([1, "b", 4], reads="i"), f"{BEHIND} 'i' before it."),
        "a state that comes of itself": (
            of_state([1, "b", 4], make("Identity", ["Y_h"], ["s"]), reads="s"),
            "node 0 (Identity) must stand behind the nodes that it reads; got 'Y_h' before it.",
        ),
        "a state that is added": (
            of_state([1, "b", 4], make("Add", ["x", "h"], ["a"]),
                     more=[make("Add", ["Y", "a"], ["z"])], reads="h"),
            "the graph must have one input beside lengths and initial states; got 'x', 'h'.",
        ),
        "a deep mask": (_deep_mask(), "the output must read what the layer before it gives"),
    }  # fmt: skip
    return found | {name: (data, f"load_model: {text}") for name, (data, text) in plain.items()}
