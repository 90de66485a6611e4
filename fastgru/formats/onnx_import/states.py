"""States that a graph is given and gives back: which inputs and outputs of it are such.

It follows from the graph's lines alone. An initial state that is an input is zeros here, as
in ONNX where it is left out; a final state beside the main output is not given.
"""

import warnings

from fastgru._check import axes
from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import import proto
from fastgru.formats.onnx_import.recurrent import CELLS
from fastgru.formats.onnx_import.unread import cls_states

#: Operators that pass on what they read, and at which places.
_PASSING = {
    **dict.fromkeys(("Identity", "Cast", "Squeeze", "Unsqueeze", "Transpose", "Reshape", "Slice",
                     "Gather", "GatherND", "Split", "Expand"), slice(1)),
    "Concat": slice(None),
    # A state that is kept where a mask skips all steps.
    "Where": slice(1, 2),
}  # fmt: skip
#: Those that make one output of those of both directions, or zeros of skipped steps.
_MERGING = ("Add", "Mul", "Div")
_MOST_NAMES = 6
_LENGTHS, _STATES = 4, slice(5, 7)  # places among the inputs of GRU, LSTM and RNN


class Flow:
    """Where inputs are read in the end, and where outputs come from.

    Parameters
    ----------
    graph : onnx.GraphProto
    """

    def __init__(self, graph):
        self.graph = graph
        self._uses, self._sources = {}, {}
        for node in reversed(graph.node):
            passed = self._passed(node)
            for place, name in enumerate(node.input):
                found = self._uses.setdefault(name, set())
                if name in passed:
                    found |= set().union(*(self._uses.get(one, ()) for one in node.output))
                else:
                    found.add(_use(node, place))
        for number, node in enumerate(graph.node):
            sources = {self._sources.get(name) for name in self._passed(node)}
            for place, name in enumerate(node.output):
                if node.op_type in CELLS:
                    self._sources[name] = ("state" if place else "steps", number)
                elif node.op_type == "Scan":
                    kind = "state" if place < _states(node) else "steps"
                    self._sources[name] = (kind, number)
                elif len(sources) == 1:
                    self._sources[name] = next(iter(sources))
                elif {source and source[0] for source in sources} == {"state"}:
                    self._sources[name] = ("state", None)
                elif node.op_type in _MERGING:
                    merged = {self._source(one)[1] for one in node.input} - {None}
                    self._sources[name] = ("merged", merged.pop()) if len(merged) == 1 else None

    def _passed(self, node):
        return set(node.input[_PASSING.get(node.op_type, slice(0))])

    def use(self, name):
        """What a value is read as and nothing else: "lengths", "state", or None."""
        found = self._uses.get(name, ())
        return next(iter(found)) if found in ({"lengths"}, {"state"}) else None

    def finals(self):
        """Names of the outputs that are final states, if there is one other."""
        names = [info.name for info in self.graph.output]
        found = [name for name in names if self._source(name)[0] == "state"]
        return found if len(found) == len(names) - 1 else []

    def kept(self, states):
        """Whether the layer that gives the main output may give the final states too.

        Not a GRU whose initial state is one of the inputs `states`: it carries its state in a
        stream, which no layer with `return_state` does.
        """
        # The main output too: what comes behind another layer is no longer the layer's own.
        found = {self._source(info.name)[1] for info in self.graph.output}
        number = found.pop() if len(found) == 1 else None
        if number is None:
            return False
        node = self.graph.node[number]
        words = {a.name: a.s for a in node.attribute}
        forward = words.get("direction", b"forward") == b"forward"
        streams = states and node.op_type == "GRU" and forward
        return not streams and len(self.finals()) >= _states(node)

    def _source(self, name):
        return self._sources.get(name) or (None, None)

    def check(self, infos):
        """Refuse inputs that are states of another shape than the nodes that read them have."""
        states = {info.name: info for info in infos}
        shapes = {tensor.name: tuple(tensor.dims) for tensor in self.graph.initializer}
        for node in self.graph.node:
            if node.op_type in CELLS:
                for name in node.input[_STATES]:
                    if name in states:
                        _check(states[name], node, shapes.get(node.input[2], ()))


def _check(info, node, shape):
    directions, _, units = (*shape, None, None, None)[:3]
    wanted = [directions, None, units]
    if any(a.name == "layout" and a.i for a in node.attribute):
        wanted = [None, directions, units]
    sizes = proto.dims(info)
    fits = sizes is None or len(sizes) == 3 and all(
        None in pair or pair[0] == pair[1] for pair in zip(sizes, wanted, strict=True)
    )  # fmt: skip
    if not fits:
        refuse(WHERE, f"the input {shown(info.name)}",
               f"have shape {_named(wanted)}, as an initial state", _named(sizes))  # fmt: skip


def _states(node):
    """How many states a node has."""
    if node.op_type == "Scan":
        scanned = sum(a.i for a in node.attribute if a.name == "num_scan_inputs")
        return len(node.input) - scanned
    return len(cls_states(CELLS[node.op_type][0]))


def _use(node, place):
    if node.op_type == "Scan":
        return "state" if place < _states(node) else "another"
    if node.op_type in CELLS and place in range(_LENGTHS, 7):
        return "lengths" if place == _LENGTHS else "state"
    return "state" if (node.op_type, place) == ("Where", 2) else "another"


def _named(sizes):
    return axes(["batch" if size is None else size for size in sizes])


def tell(model, states, finals):
    """Warn about inputs that are states, and about outputs that are not given."""
    if not (states or finals):
        return
    try:
        model.stream()
        streams = True
    except ValueError:
        streams = False
    if states:
        ways = "a layer's `initial_state`" + (" or `model.stream()`" if streams else "")
        s = "s" * (len(states) > 1)
        which = f"the input{s} {listed(states)}, which {'are' if s else 'is'} no argument{s}"
        warnings.warn(
            f"{WHERE}: an initial state must be zeros, or what {ways} gives it; "
            f"got {which} of the model.",
            stacklevel=5,
        )
    if finals:
        way = (
            "`model.stream()` carries the states from step to step."
            if streams
            else "A layer gives its states if it is made with `return_state=True`."
        )
        s = "s" * (len(finals) > 1)
        warnings.warn(
            f"{WHERE}: the model must give one output; got the final state{s} "
            f"{listed(finals)} too, which it does not give. {way}",
            stacklevel=5,
        )


def listed(names):
    """Names as errors and warnings have them: not all, where there are many."""
    rest = len(names) - _MOST_NAMES
    return ", ".join(map(shown, names[:_MOST_NAMES])) + (
        f" and {rest} more" if rest > 0 else ""
    )
