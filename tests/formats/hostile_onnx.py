"""ONNX files made to harm, each with the sentence that refuses it, or its beginning."""

import itertools

import numpy as np
from formats import hostile_recurrent
from formats import onnx_graphs as graphs
from onnx import AttributeProto, ModelProto, TensorProto, helper

make = helper.make_node
W = np.ones((3, 2), np.float32)
CURE = "fastgru has layers for recurrent, dense and convolutional models and what is between."


def good():
    """A small file that opens."""
    node, constants = graphs.recurrent("GRU", 2, 2, linear_before_reset=1)
    (kernel,) = graphs.weights(2, (2, 1))
    nodes = [node, make("Squeeze", ["Y", "one"], ["s"]), make("MatMul", ["s", "V"], ["y"])]
    constants |= {"V": kernel, "one": np.array([1])}
    return graphs.file(nodes, constants, ["t", "b", 2])


def changed(change, data=None):
    """A file after `change(ModelProto)`."""
    model = ModelProto.FromString(data or dense())
    change(model)
    return model.SerializeToString()


def dense(*nodes, constants=None, **more):
    """x W, and other nodes."""
    nodes = nodes or (make("MatMul", ["x", "W"], ["y"], name="m"),)
    return graphs.file(list(nodes), {"W": W, **(constants or {})}, ["b", 3], **more)


def _external(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../../../../etc/passwd"), ("length", "100")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def _huge(model):
    model.graph.initializer[0].dims[:] = [1 << 40, 1 << 40]


def _negative(model):
    model.graph.initializer[0].dims[:] = [-3, -2]


def _few_floats(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.float_data[:] = [1.0]


def _twice(model):
    model.graph.initializer.append(model.graph.initializer[0])


def _sparse(model):
    model.graph.sparse_initializer.add()


def _strings(model):
    model.graph.initializer[0].data_type = TensorProto.STRING


def _as(kind):
    def change(model):
        model.graph.initializer[0].data_type = kind

    return change


def _half_bits(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_type, tensor.int32_data[:] = TensorProto.FLOAT16, [-1, 1 << 30]


def _no_text(model):
    model.graph.node[0].domain = "com.stranger"


def _opset(version):
    def change(model):
        model.opset_import[0].version = version

    return change


def _graph_inside(model):
    attribute = model.graph.node[0].attribute.add()
    attribute.name, attribute.type = "body", AttributeProto.GRAPH
    attribute.g.CopyFrom(ModelProto.FromString(dense()).graph)


def _doubling():
    nodes = [make("Concat", ["W", "W"], ["c0"], axis=0)]
    nodes += [make("Concat", [f"c{n}"] * 2, [f"c{n + 1}"], axis=0) for n in range(60)]
    return dense(*nodes, make("MatMul", ["x", "c60"], ["y"]))


def _shared():
    big = np.ones((3000, 3000), np.float32)
    names = ["x", *(f"v{n}" for n in range(300)), "y"]
    nodes = [make("MatMul", [a, "B"], [b]) for a, b in itertools.pairwise(names)]
    return graphs.file(nodes, {"B": big}, ["b", 3000])


def _deep():
    names = ["x", *(f"v{n}" for n in range(5000)), "y"]
    pairs = itertools.pairwise(names)
    return dense(*(make("Relu", [a], [b]) for a, b in pairs))


def _wide():
    """A last step of so many features that only to copy it takes a square of them."""
    table = np.ones((1, 200_000), np.float32)
    nodes = [make("MatMul", ["x", "B"], ["a"]), make("Gather", ["a", "p"], ["y"], axis=1)]
    return graphs.file(nodes, {"B": table, "p": np.array(-1)}, ["b", "t", 1])


def _many():
    return dense(*(make("Relu", ["x"], [f"v{n}"]) for n in range(30_000)))


def _inputs(model):
    names = [f"i{n}" for n in range(5000)]
    for name in names:
        model.graph.input.add().name = name
        model.graph.node.append(make("Relu", [name], [f"o{name}"]))


def cases():
    """{name: (bytes, sentence)}."""
    node, found = "load_model: node 'm' (MatMul) must ", {}
    data = {
        "external data": (changed(_external), ("load_model: the initialiser 'W' must lie in the "
                          "file itself; got external data.")),
        "huge axes": (changed(_huge), ("load_model: the initialiser 'W' must have as much data as "
                      f"its shape says, {1 << 82}; got 24 bytes.")),
        "negative axes": (changed(_negative), ("load_model: the initialiser 'W' must have at most "
                          "8 axes of a size; got [-3, -2].")),
        "too few numbers": (changed(_few_floats), ("load_model: the initialiser 'W' must have as "
                            "much data as its shape says, 6; got 1 numbers.")),
        "a name twice": (changed(_twice), ("load_model: the names of values must differ; got 'W' "
                         "twice.")),
        "sparse": (changed(_sparse), "load_model: initialisers must be dense; got 1 sparse."),
        "strings": (changed(_strings), ("load_model: the initialiser 'W' must be float16, "
                    "float32, float64 or integers; got type 8.")),
        "bfloat16": (changed(_as(TensorProto.BFLOAT16)), ("load_model: the initialiser 'W' must "
                     "be float16, float32, float64 or integers; got type 16.")),
        "float16 of as many bytes as float32": (
            changed(_as(TensorProto.FLOAT16)),
            ("load_model: the initialiser 'W' must have as much data as its shape says, 12; got "
            "24 bytes."),
        ),
        "too few bits of float16": (
            changed(_half_bits),
            ("load_model: the initialiser 'W' must have as much data as its shape says, 6; got "
            "2 numbers."),
        ),
        "another domain": (changed(_no_text), node + "be one of ONNX' own operators; got the "
                           "domain 'com.stranger'."),
        "too old": (changed(_opset(6)), ("load_model: the operators must be of version 7 to 28; "
                    "got 6.")),
        "too new": (changed(_opset(1 << 40)), ("load_model: the operators must be of version 7 to "
                    f"28; got {1 << 40}.")),
        "a graph inside": (changed(_graph_inside), node + "be an operator without a graph "
                           "inside; got one in 'body'."),
        "a cycle": (dense(make("Relu", ["y"], ["z"], name="m"), make("Relu", ["z"], ["y"])),
                    "load_model: the graph must have one input"),
        "unsorted": (dense(make("Add", ["a", "x"], ["y"], name="m"), make("Relu", ["x"], ["a"])),
                     ("load_model: node 'm' (Add) must stand behind the nodes that it reads; got "
                     "'a' before it.")),
        "an output twice": (dense(make("Relu", ["x"], ["y"]), make("Tanh", ["x"], ["y"])),
                            "load_model: the names of values must differ; got 'y' twice."),
        "a doubling constant": (_doubling(), ("load_model: node 13 (Concat) must give no more "
                                "than the file justifies")),
        "weights read again and again": (_shared(), ("load_model: node 4 (MatMul) must give no "
                                         "more than the file justifies")),
        "a deep formula": (_deep(), ("load_model: node 50 (Relu) must be one of at most 50 "
                           "elementwise operators on a value; got more.")),
        "a wide step": (_wide(), ("load_model: node 1 (Gather) must give no more than the file "
                        "justifies")),
        "many inputs": (
            changed(_inputs),
            ("load_model: the graph must have one input beside lengths and initial states; "
            "got 'x', 'i0', 'i1', 'i2', 'i3', 'i4' and 4995 more."),
        ),
        "many nodes": (_many(), "load_model: the graph must have at most 20000 nodes; got 30000."),
        "millions of empty nodes": (b"\x3a\x80\x80\x40" + b"\x0a\x00" * (1 << 19),
                                    "load_model: the "),
        "nested messages": (b"\x3a\x7f" * 500, "load_model: the file must be an ONNX model"),
        "nothing": (b"", ("load_model: the file must be an ONNX model with a graph; got 0 other "
                    "bytes.")),
        "zeros": (bytes(1000), "load_model: the file must be an ONNX model; got "),
        "an unknown operator": (dense(make("Einsum", ["x"], ["y"], name="m", equation="i->i")),
                                ("load_model: node 'm' (Einsum) must be of an operator that "
                                f"fastgru can open; got Einsum. {CURE}")),
    }  # fmt: skip
    return found | data | hostile_recurrent.cases()
