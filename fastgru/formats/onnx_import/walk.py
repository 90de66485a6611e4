"""A graph from its input to its output, node by node: a table from operators to handlers."""

import numpy as np

from fastgru._errors import refuse, shown
from fastgru.formats import build
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import import (
    elementwise,
    glue,
    layers,
    loops,
    masked,
    masks,
    proto,
    reshape,
    select,
    windows,
)
from fastgru.formats.onnx_import.fold import FOLDS, Atom, Filled, Room, is_constant
from fastgru.formats.onnx_import.node import Node
from fastgru.formats.onnx_import.outputs import finish, several
from fastgru.formats.onnx_import.plan import Plan
from fastgru.formats.onnx_import.recurrent import CELLS, recurrent
from fastgru.formats.onnx_import.states import Flow, listed, tell
from fastgru.formats.onnx_import.values import Lengths, Turned

HANDLERS = {
    **dict.fromkeys(elementwise.UNARY, elementwise.unary),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow", "Less"), elementwise.binary),
    **dict.fromkeys(("Greater", "LessOrEqual", "Max", "Min", "Where"), elementwise.formula),
    "PRelu": elementwise.prelu,
    **dict.fromkeys(CELLS, recurrent), "Scan": loops.scan,
    "Gemm": layers.gemm, "MatMul": layers.matmul, "Conv": windows.conv,
    "MaxPool": windows.pool, "AveragePool": windows.pool,
    "GlobalAveragePool": windows.global_pool, "GlobalMaxPool": windows.global_pool,
    "ReduceMean": windows.reduce, "ReduceMax": windows.reduce, "Pad": windows.pad,
    "LayerNormalization": layers.layer_norm, "BatchNormalization": layers.batch_norm,
    "Softmax": layers.softmax, "LogSoftmax": layers.softmax,
    "Identity": glue.identity, "Dropout": glue.identity, "Cast": glue.cast,
    "Shape": glue.shape, "Transpose": glue.transpose, "Squeeze": glue.squeeze,
    "Unsqueeze": glue.unsqueeze, "Reshape": reshape.reshape, "Flatten": reshape.reshape,
    "Concat": glue.concat, "Expand": glue.expand, "Tile": glue.expand, "Split": glue.split,
    "Gather": select.gather, "Slice": select.slice_,
}  # fmt: skip
_INTEGERS, _FLOATS = (2, 3, 6, 7), (1, 10, 11)  # of TensorProto.DataType
#: Handlers that see to constants themselves.
_GLUE = ("Identity", "Dropout", "Cast", "Shape", "Transpose", "Squeeze", "Unsqueeze", "Reshape",
         "Concat", "Expand", "Tile", "Split", "Gather", "Slice")  # fmt: skip
CURE = "fastgru has layers for recurrent, dense and convolutional models and what is between."


def read(data):
    """A built model from the bytes of a file."""
    model = proto.parse(data)
    # Numbers that overflow are for whoever predicts with them.
    with proto.sound("the graph", "be one of layers"), np.errstate(all="ignore"):
        walk = Walk(model, data, 0)
        try:
            plan = walk.plan()
        except Turned as first:
            walk = Walk(model, data, 1)
            try:
                plan = walk.plan()
            except Turned:
                raise first from None
        made = [planned.made() for planned in plan.layers]
        room = sum(np.size(w) * 4 for planned in plan.layers for w in planned.weights)
        build.prepare(made, plan.input_shape, room, "the file")
        masks.check(made, plan.layers)
        for layer, planned in zip(made, plan.layers, strict=True):
            _give(layer, planned)
        found = build.assemble(made, shape=plan.input_shape)
    tell(found, walk.states, walk.finals)
    return found


def _give(layer, planned):
    shapes = [np.shape(weight) for weight in planned.weights]
    if shapes != [spec.shape for spec in layer.specs]:
        refuse(WHERE, planned.what, f"have weights of {[spec.shape for spec in layer.specs]}",
               f"{shapes}")  # fmt: skip
    for spec, weight in zip(layer.specs, planned.weights, strict=True):
        layer.parameters[spec.name] = np.ascontiguousarray(weight, layer.dtype)


class Walk:
    """One reading of a graph; `batch_axis` is where the batch is in its input."""

    def __init__(self, model, data, batch_axis):
        self.graph, self.opset = model.graph, proto.opset(model)
        self.batch_axis, self.room = batch_axis, Room(data)
        self.values = {"": None}
        #: Names of inputs that are states, and of outputs that are and are not given.
        self.flow, self.states, self.finals = Flow(model.graph), [], []
        for tensor in self.graph.initializer:
            self._define(tensor.name, tensor)

    def plan(self):
        """The plan of the whole graph."""
        plan = self._begin()
        self.finals = self.flow.finals()
        kept = bool(self.finals) and self.flow.kept(self.states)
        names = [info.name for info in self.graph.output]
        left_out = set() if kept else {*self.finals}
        self.outputs = [name for name in names if name not in left_out]
        needed = self._needed()
        for number in sorted(needed):
            # What a loop reads is no chain either, and would be refused first.
            found = self.graph.node[number]
            if found.op_type != "Scan":
                proto.check_no_graph(found, _what(found, number))
        for number, found in enumerate(self.graph.node):
            what = _what(found, number)
            if number in needed:
                self._define_all(found, what, self._run(found, what, plan))
            else:
                for name in found.output:
                    self._define(name, _Unread(what))
        node = Node("output", "the output", [], {}, self.opset)
        values = {name: node.checked(self._value(name, "the graph")) for name in self.outputs}
        if len(values) > 1 and several(plan, [*values.values()], node):
            self.finals = []
        else:
            main = [value for name, value in values.items() if name not in self.finals]
            finish(plan, main, node)
        return plan

    def _begin(self):
        """A Plan for the graph's input: of all inputs that are read and no initialisers the
        one that is neither lengths nor an initial state."""
        given = [info for info in self.graph.input if info.name not in self.values]
        read = {name for node in self.graph.node for name in node.input}
        given = [info for info in given if info.name in read]
        uses = {info.name: self.flow.use(info.name) for info in given}
        main = [info for info in given if uses[info.name] is None]
        lengths = [name for name, use in uses.items() if use == "lengths"]
        if len(main) != 1 or len(lengths) > 1:
            got = [info.name for info in main] if len(main) != 1 else lengths
            refuse(WHERE, "the graph", "have one input beside lengths and initial states",
                   listed(got) or "none")  # fmt: skip
        self.states = [name for name, use in uses.items() if use == "state"]
        self.flow.check([info for info in given if uses[info.name] == "state"])
        for name, use in uses.items():
            if use is not None:
                self._define(name, Filled(0.0, 3) if use == "state" else Lengths())
        (info,), kind = main, main[0].type.tensor_type.elem_type
        sizes = proto.dims(info)
        if sizes is None or not 2 <= len(sizes) <= 4:
            refuse(WHERE, f"the input {shown(info.name)}", "have 2 to 4 axes",
                   "none" if sizes is None else f"{len(sizes)}")  # fmt: skip
        if kind not in _FLOATS and kind not in _INTEGERS:
            refuse(WHERE, f"the input {shown(info.name)}",
                   "be float16, float32, float64 or integers", f"type {kind}")  # fmt: skip
        if self.batch_axis:
            sizes[:2] = sizes[1::-1]
        atoms = [Atom(size) for size in sizes]
        doubles = any(tensor.data_type == 11 for tensor in self.graph.initializer)
        dtype = "float64" if kind == 11 or (kind in _INTEGERS and doubles) else "float32"
        plan = Plan(atoms, dtype, self.room, kind in _INTEGERS, self.opset)
        groups = [(atom,) for atom in atoms]
        if self.batch_axis:
            groups[:2] = groups[1::-1]
        self._define(info.name, plan.here(groups))
        return plan

    def _needed(self):
        """Numbers of the nodes that the outputs depend on."""
        wanted, found = set(self.outputs), set()
        for number in reversed(range(len(self.graph.node))):
            node = self.graph.node[number]
            if wanted & set(node.output):
                found.add(number)
                wanted |= set(node.input)
        return found

    def _run(self, found, what, plan):
        if found.domain not in proto.DOMAINS:
            refuse(WHERE, what, "be one of ONNX' own operators",
                   f"the domain {shown(found.domain)}")  # fmt: skip
        attrs = proto.attributes(found, what, ("body",) if found.op_type == "Scan" else ())
        if found.op_type == "Constant":
            return _constant(what, attrs)
        inputs = [self._value(name, what) for name in found.input]
        node = Node(found.op_type, what, inputs, attrs, self.opset)
        node.outputs = len(found.output)
        node.body = next((a.g for a in found.attribute if a.name == "body"), None)
        node.outside = lambda name: self._value(name, what)
        if masked.reads(node):
            return masked.formula(node, plan)
        constant = all(is_constant(value) for value in inputs)
        fold = constant and node.op in FOLDS and node.op not in _GLUE
        if not inputs or not (
            fold or node.op in HANDLERS and (node.op in _GLUE or not constant)
        ):
            node.refuse("be of an operator that fastgru can open",
                        "a formula of constants" if node.op in HANDLERS else node.op, CURE)  # fmt: skip
        with proto.sound(what, "have the inputs and attributes of its operator"):
            if fold:
                node.inputs = [v.small() if isinstance(v, Filled) else v for v in inputs]
            result = FOLDS[node.op](node, self.room) if fold else HANDLERS[node.op](node, plan)
        node.finish()
        return result

    def _value(self, name, what):
        if name not in self.values:
            refuse(
                WHERE, what, "stand behind the nodes that it reads", f"{shown(name)} before it"
            )
        value = self.values[name]
        if isinstance(value, _Unread):
            refuse(WHERE, what, "stand behind the nodes that it reads", shown(name))
        if hasattr(value, "data_type"):
            value = self.values[name] = proto.array(value, f"the initialiser {shown(name)}")
        return value

    def _define(self, name, value):
        if name in self.values:
            refuse(WHERE, "the names of values", "differ", f"{shown(name)} twice")
        self.values[name] = value

    def _define_all(self, found, what, result):
        results = result if isinstance(result, tuple) else (result,)
        if len(found.output) > len(results):
            refuse(WHERE, what, f"give {len(results)} values", f"{len(found.output)}")
        for name, value in zip(found.output, results, strict=False):
            if name:
                self._define(name, value)


def _what(node, number):
    """What errors call a node."""
    return f"node {shown(node.name or number)} ({shown(node.op_type)[1:-1]})"


class _Unread:
    """The output of a node that no output of the graph depends on."""

    def __init__(self, what):
        self.what = what


def _constant(what, attrs):
    if len(attrs) != 1:
        refuse(WHERE, what, "have one value", f"{len(attrs)}")
    ((name, value),) = attrs.items()
    kinds = {"value": None, "value_int": np.int64, "value_ints": np.int64,
             "value_float": np.float32, "value_floats": np.float32}  # fmt: skip
    if name not in kinds:
        refuse(WHERE, what, "hold numbers", name)
    return value if name == "value" else np.array(value, kinds[name])
