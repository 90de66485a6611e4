"""A graph of ONNX that is written node by node, with names that can be read."""

import contextlib
from collections import Counter

import numpy as np
from onnx import helper, numpy_helper

from fastgru.formats.onnx_export.activations import activate


class Graph:
    """Nodes and weights, named by the layer that they belong to: `gru/W`, `dense/MatMul`.

    Parameters
    ----------
    opset : int
        The version of the operators.
    dtype : numpy.dtype
        Of all numbers that are no ids, masks or shapes.
    outer : Graph, optional
        The graph around this one, whose names it sees: it is the body of a Scan.
    """

    def __init__(self, opset, dtype, outer=None):
        self.opset, self.dtype, self.outer = opset, dtype, outer
        self.nodes = []
        root = self if outer is None else outer
        self.initializers = [] if outer is None else root.initializers
        self.path = [] if outer is None else root.path
        self._names = Counter() if outer is None else root._names
        #: (name, width) of the states that come in and go out, see `recurrent`.
        self.states_in, self.states_out = [], []
        #: See `packing`.
        self.packings = {}

    @contextlib.contextmanager
    def scope(self, name):
        """Names of the block begin with this one."""
        self.path.append(name)
        try:
            yield
        finally:
            self.path.pop()

    def name(self, what):
        """A new name in this scope."""
        wanted = "/".join([*self.path, what])
        count = self._names[wanted]
        self._names[wanted] += 1
        return f"{wanted}_{count}" if count else wanted

    def add(self, op, *inputs, outputs=1, **attributes):
        """The output of a new node; a list where there are several. None is an input left out."""
        name = self.name(op)
        made = [name] if outputs == 1 else [f"{name}.{number}" for number in range(outputs)]
        inputs = ["" if one is None else one for one in inputs]
        while not inputs[-1]:
            inputs.pop()
        self.nodes.append(helper.make_node(op, inputs, made, name, **attributes))
        return name if outputs == 1 else made

    def named(self, x, name):
        """x under another name."""
        self.nodes.append(helper.make_node("Identity", [x], [name], name))
        return name

    def weight(self, what, array):
        """A named array."""
        name = self.name(what)
        array = np.ascontiguousarray(array)
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def numbers(self, value):
        """An array, or one number, of the graph's dtype."""
        return self.weight("constant", np.asarray(value, self.dtype))

    def ints(self, *values):
        """A list of int64, as axes and shapes are given."""
        return self.weight("ints", np.array(values, np.int64))

    def cast(self, x, dtype):
        """x as another dtype."""
        return self.add("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def as_numbers(self, mask):
        """A mask as 0 and 1 of the graph's dtype."""
        return self.cast(mask, self.dtype)

    def activate(self, name, x):
        """act(x), for an activation of `fastgru.activations`."""
        return activate(self, name, x)

    def transpose(self, x, *axes):
        """x with its axes in this order."""
        return self.add("Transpose", x, perm=list(axes))

    def unsqueeze(self, x, *axes):
        """x with new axes of size 1."""
        return self.add("Unsqueeze", x, self.ints(*axes))

    def squeeze(self, x, *axes):
        """x without these axes of size 1."""
        return self.add("Squeeze", x, self.ints(*axes))

    def cut(self, x, axis, start=0, end=2**63 - 1, step=1):
        """x[start:end:step] along one axis."""
        bounds = (self.ints(number) for number in (start, end, axis, step))
        return self.add("Slice", x, *bounds)

    def turned(self, x, axis):
        """x from its last place to its first along one axis."""
        return self.cut(x, axis, -1, -(2**63) + 1, -1)

    def reduce(self, kind, x, *axes, keepdims=True):
        """ReduceMax, ReduceMean or ReduceSum of x over axes."""
        # ReduceSum takes its axes as an input since operator set 13, the others since 18.
        if kind == "ReduceSum" or self.opset >= 18:
            return self.add(kind, x, self.ints(*axes), keepdims=int(keepdims))
        return self.add(kind, x, axes=list(axes), keepdims=int(keepdims))

    def read(self, outputs):
        """(nodes, initializers) that these outputs depend on, in their order."""
        wanted, nodes = set(outputs), []
        for node in reversed(self.nodes):
            if wanted.isdisjoint(node.output):
                continue
            nodes.append(node)
            wanted.update(node.input)
            for attribute in node.attribute:
                # The body of a Scan sees the names outside of it.
                wanted.update(name for inner in attribute.g.node for name in inner.input)
        return nodes[::-1], [one for one in self.initializers if one.name in wanted]
