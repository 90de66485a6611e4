"""Two recurrent layers, one for each direction of a sequence."""

import numpy as np

from fastgru._check import as_array, as_arrays, check_choice, fail, short
from fastgru.layers.nest import Nest, describe, revived
from fastgru.layers.recurrent.base import Recurrent
from fastgru.layers.recurrent.merge import MODES, merge, split
from fastgru.layers.recurrent.states import initial_states
from fastgru.layers.watched import watched


class Bidirectional(Nest):
    """A recurrent layer from the first step to the last, and one from the last to the first.

    With `return_sequences` the second one's outputs are turned, so that both stand at the
    step that they have read last.

    Parameters
    ----------
    layer : GRU, LSTM, SimpleRNN or RNN
        The forward layer is made anew from its configuration.
    merge_mode : {"concat", "sum", "mul", "ave", None}, default "concat"
        How the outputs of the two become one; None leaves them apart, as a tuple, which in a
        Sequential the last layer only can give.
    weights : list of array-like, optional
        Start from these: the forward layer's, then the backward layer's.
    backward_layer : a recurrent layer that goes the other way, optional
        Made anew too; by default a copy of `layer`.
    **layer_arguments
        See `Layer`.

    Input (batch, time, width). Skipped steps of sequences give zeros, as in Keras. Initial
    states: the forward layer's, then the backward layer's; `return_state` gives them so too.
    """

    def __init__(
        self, layer, merge_mode="concat", weights=None, backward_layer=None, **layer_arguments
    ):
        self.forward_layer = self.backward_layer = None
        for what, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Recurrent) and (given is not None or what == "layer"):
                fail("Bidirectional", what, "be a recurrent layer", short(given),
                     kind=TypeError)  # fmt: skip
        if layer_arguments.get("dtype") is None:
            layer_arguments["dtype"] = layer.dtype
        if layer.given_shape is not None and "input_shape" not in layer_arguments:
            layer_arguments.setdefault("batch_input_shape", layer.given_shape)
        super().__init__(**layer_arguments)
        if merge_mode is not None:
            check_choice("Bidirectional", "merge_mode", merge_mode, MODES)
        self.merge_mode = merge_mode
        self.forward_layer = _again(layer, "forward_")
        if backward_layer is None:
            turned = not self.forward_layer.go_backwards
            self.backward_layer = _again(layer, "backward_", go_backwards=turned)
        else:
            self.backward_layer = _again(backward_layer, "")
        self._check_pair()
        for child in self.pair:
            child.zero_output_for_mask = child.return_sequences
        self.return_sequences = self.forward_layer.return_sequences
        self.return_state = self.forward_layer.return_state
        self.stateful = self.forward_layer.stateful
        self._given = weights

    def _check_pair(self):
        one, other = self.pair
        if one.go_backwards == other.go_backwards:
            fail("Bidirectional", "the two layers", "differ in go_backwards",
                 f"{one.go_backwards} for both")  # fmt: skip
        for what in ("return_sequences", "return_state", "stateful", "dtype"):
            values = getattr(one, what), getattr(other, what)
            if values[0] != values[1]:
                got = f"{short(values[0])} and {short(values[1])}"
                fail("Bidirectional", "the two layers", f"have one {what}", got)
        if self.dtype != one.dtype:
            rule = f"be that of its layers, {one.dtype!r}"
            fail("Bidirectional", "dtype", rule, f"{self.dtype!r}")

    @property
    def pair(self):
        """The two layers."""
        return self.forward_layer, self.backward_layer

    def children(self):
        names = ("forward_layer", "backward_layer")
        return [(name, getattr(self, name)) for name in names if getattr(self, name)]

    def nested(self):
        return {"layer": self.forward_layer, "backward_layer": self.backward_layer}

    @property
    def outputs(self):
        apart = 2 if self.merge_mode is None else 1
        return apart + self.return_state * len(self._state_sizes)

    @property
    def _state_sizes(self):
        return tuple(size for child in self.pair for size in child.state_sizes)

    def every_shape(self, shape):
        found = [shape]
        if self.merge_mode is None:
            found.append((*shape[:-1], self.backward_layer.cells[-1].output_size))
        sizes = self._state_sizes if self.return_state else ()
        return [*found, *((shape[0], size) for size in sizes)]

    def configure(self, input_shape):
        shape, other = (child.prepare(input_shape) for child in self.pair)
        self._gather()
        if self.merge_mode == "concat":
            shape = (*shape[:-1], shape[-1] + other[-1])
        elif self.merge_mode is not None and shape != other:
            fail(self.name, "the two layers", "have one number of units",
                 f"{shape[-1]} and {other[-1]}")  # fmt: skip
        if self._given is not None:
            shapes = [spec.shape for spec in self.specs]
            self._given = as_arrays(self.name, "weights", self._given, shapes)
        return shape

    def bind(self, store, parameters, gradients):
        super().bind(store, parameters, gradients)
        if self._given is not None:
            for spec, array in zip(self.specs, self._given, strict=True):
                parameters[spec.name][...] = array
            self._given = None

    # The way through.

    def forward(self, x, mask=None, initial_state=None):
        """(y, mask behind the layer, backward), as `Recurrent.forward`."""
        turn = self.work.begin()
        halves = self._halves(initial_state)
        runs = [
            watched(child).forward(x, mask, initial_state=half)
            for child, half in zip(self.pair, halves, strict=True)
        ]
        (y, other), states = self._apart([run[0] for run in runs])
        merged = merge(self.merge_mode, y, other, self.work)
        several = self.outputs > 1

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            dy = list(dy) if several else [dy]
            dstates = dy[len(dy) - len(states) :] if states else []
            dys = split(self.merge_mode, dy[:2], y, other)
            pulled, begin = [], 0
            for child, run, d in zip(self.pair, runs, dys, strict=True):
                if child is self.backward_layer and self.return_sequences and d is not None:
                    d = np.ascontiguousarray(d[::-1])
                if self.return_state:
                    end = begin + len(child.state_sizes)
                    d, begin = (d, *dstates[begin:end]), end
                elif d is None:
                    d = np.zeros_like(run[0])
                pulled.append(run[2](d, want_dx))
            if initial_state is None:
                return np.add(*pulled) if want_dx else None
            dx = np.add(pulled[0][0], pulled[1][0]) if want_dx else None
            return dx, *pulled[0][1:], *pulled[1][1:]

        return self._leave(merged, states), mask if self.return_sequences else None, backward

    def predict(self, x, mask=None, initial_state=None):
        halves = self._halves(initial_state)
        found = [
            watched(child).predict(x, mask, initial_state=half)[0]
            for child, half in zip(self.pair, halves, strict=True)
        ]
        (y, other), states = self._apart(found)
        merged = merge(self.merge_mode, y, other, self.scratch)
        return self._leave(merged, states), mask if self.return_sequences else None

    def _halves(self, states):
        if states is None:
            return None, None
        half = len(self.forward_layer.state_sizes)
        return list(states[:half]), list(states[half:])

    def _apart(self, found):
        """The two outputs, step for step, and the states."""
        states = ()
        if self.return_state:
            states = (*found[0][1:], *found[1][1:])
            found = [part[0] for part in found]
        y, other = found
        return (y, other[::-1] if self.return_sequences else other), states

    def _leave(self, merged, states):
        found = (*merged, *states)
        return found if self.outputs > 1 else found[0]

    # What users call.

    def __call__(self, x, mask=None, training=False, initial_state=None):
        """As `Recurrent.__call__`; `initial_state` is a list, forward first."""
        if initial_state is None:
            return self._once(x, mask, training)
        x = as_array(self.name, "x", x)
        batch = len(x) if x.ndim else 0
        states = initial_states(self.name, initial_state, batch, self._state_sizes, self.dtype)
        return self._once(x, mask, training, initial_state=states)

    @property
    def states(self):
        """Copies of both layers' states; None before the first batch."""
        one, other = (child.states for child in self.pair)
        return None if one is None or other is None else [*one, *other]

    def get_initial_state(self, batch_size):
        """The states that a sequence begins with, forward first."""
        return [s for child in self.pair for s in child.get_initial_state(batch_size)]

    def reset_state(self, rows=None):
        """As `Recurrent.reset_state`, for both layers."""
        for child in self.pair:
            child.reset_state(rows)

    def reset_states(self, rows=None):
        """As `reset_state`."""
        self.reset_state(rows)

    def get_config(self):
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": describe(self.forward_layer),
            "backward_layer": describe(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config):
        from fastgru.layers import CLASSES

        layers = {
            key: revived(config[key], CLASSES, "Bidirectional", key)
            for key in ("layer", "backward_layer")
            if config.get(key) is not None
        }
        return cls(**{**config, **layers})


def _again(layer, prefix, **changed):
    """A new layer of the same configuration, with Keras' name for it."""
    name = prefix + layer.name.removeprefix(prefix) if prefix else layer.name
    return layer.again(name=name, batch_input_shape=None, **changed)
