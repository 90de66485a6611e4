"""Cells of the user's own in RNN: values, gradients, training beside Keras, errors."""

import re

import numpy as np
import pytest
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru.layers import RNN, Bidirectional, Cell, Dense, GRUCell, Input, LSTMCell
from fastgru.regularizers import L1L2

I = 3
F64 = {"dtype": "float64"}


class Leaky(Cell):
    """Two states and an output that is neither: v' = v/2 + x W + n U, n' = tanh(v'), y = n' C."""

    def __init__(self, units, width=2, **layer):
        super().__init__(**layer)
        self.units, self.width = units, width
        self.state_size, self.output_size = [units, units], width
        self.trained = []

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.inner = self.add_weight((self.units,) * 2, "orthogonal", regularizer="l2")
        self.last = self.add_weight((self.units, self.width), name="last")

    def call(self, inputs, states, training=False):
        self.trained.append(training)
        v, n = states
        new_v = v / 2 + inputs @ self.kernel + n @ self.inner
        new_n = np.tanh(new_v)

        def backward(dy, dstates):
            g = self.gradients
            dn = dstates[1] + dy @ self.last.T
            dv = dstates[0] + dn * (1 - new_n * new_n)
            g["last"] += new_n.T @ dy
            g["kernel"] += inputs.T @ dv
            g["weight_1"] += n.T @ dv
            return dv @ self.kernel.T, [dv / 2, dv @ self.inner.T]

        return new_n @ self.last, [new_v, new_n], backward

    def get_config(self):
        return {**super().get_config(), "units": self.units, "width": self.width}


def value(layer, x, states, mask, sequences):
    """What an RNN of one Leaky cell gives, from its equations."""
    W, U, C = layer.weights
    (v, n), y, ys = states, np.zeros((B, C.shape[1])), []
    for t, step in enumerate(x):
        counts = np.ones((B, 1), bool) if mask is None else mask[t][:, None] > 0
        new = v / 2 + np.where(counts, step, 0) @ W + n @ U
        v, n = np.where(counts, new, v), np.where(counts, np.tanh(new), n)
        y = np.where(counts, n @ C, y)
        ys.append(y)
    return [np.stack(ys) if sequences else y, v, n]


@pytest.mark.parametrize("mask", ["no_mask", "holes_and_an_empty_row", "all_padding"])
@pytest.mark.parametrize("sequences", [True, False])
def test_values_and_gradients(sequences, mask):
    rng, mask = np.random.default_rng(0), MASKS[mask]
    layer = RNN(Leaky(4, **F64), return_sequences=sequences, return_state=True)
    build(layer, (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    states = [rng.standard_normal((B, 4)) for _ in range(2)]
    found, _, backward = layer.forward(x, mask, initial_state=states)
    for y in (found, layer.predict(x, mask, initial_state=states)[0]):
        for ours, wanted in zip(y, value(layer, x, states, mask, sequences), strict=True):
            assert_allclose(ours, wanted, rtol=0, atol=1e-12)
    outer = [rng.standard_normal(part.shape) for part in found]
    dx, *dstates = backward(tuple(outer))
    pairs = [(x, dx), *zip(states, dstates, strict=True)]
    pairs += [(layer.parameters[name], g) for name, g in layer.gradients.items()]

    def loss():
        parts = value(layer, x, states, mask, sequences)
        return sum((part * d).sum() for part, d in zip(parts, outer, strict=True))

    assert_gradient(loss, *zip(*pairs, strict=True), rng)


@pytest.mark.parametrize("mask", ["no_mask", "padding_before"])
def test_among_cells_of_ours_in_both_directions_with_penalties(mask):
    rng, mask = np.random.default_rng(1), MASKS[mask]
    cells = [
        LSTMCell(2, **F64), Leaky(4, 3, activity_regularizer=L1L2(0.01, 0.2), **F64),
        GRUCell(2, **F64), Leaky(3, **F64),
    ]  # fmt: skip
    layer = build(Bidirectional(RNN(cells, return_sequences=True)), (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    y, _, backward = layer.forward(x, mask)
    assert y.shape == (T, B, 4)
    dy = rng.standard_normal(y.shape)
    dx = backward(dy)
    assert len(layer.penalised()) == 2

    def loss():
        found = (layer.predict(x, mask)[0] * dy).sum()
        return found + sum(one.penalty for one in layer.penalised())

    pairs = [(x, dx)] + [(layer.parameters[name], g) for name, g in layer.gradients.items()]
    assert_gradient(loss, *zip(*pairs, strict=True), rng)


def test_a_step_by_itself_and_what_it_is_told():
    cell = Leaky(4, name="leaky")
    x, states = np.ones((B, I)), [np.zeros((B, 4)), np.ones((B, 4))]
    y, new = cell(x, states)
    layer = RNN(cell, return_state=True)
    assert_array_equal(layer(x[:, None], initial_state=states)[0], y)
    assert_array_equal(layer(x[:, None], initial_state=states)[1], new[0])
    layer(x[:, None], training=True)
    assert cell.trained == [False, False, False, True]
    assert [w.shape for w in layer.weights] == [(I, 4), (4, 4), (4, 2)]
    assert cell.kernel is cell.parameters["kernel"]
    assert layer.cell.get_initial_state(2)[1].shape == (2, 4)
    assert layer(np.ones((B, 0, I)))[0].tolist() == np.zeros((B, 2)).tolist()


def test_weights_are_saved_and_the_class_is_not(tmp_path):
    model = fastgru.Sequential([Input((T, I)), RNN(Leaky(4, name="leaky")), Dense(1)])
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    kept = model.get_weights()
    model.set_weights([weight + 1 for weight in kept])
    model.load_weights(path)
    for ours, wanted in zip(model.get_weights(), kept, strict=True):
        assert_array_equal(ours, wanted)
    text = "save_model: every layer must be one of fastgru.layers; got Leaky for 'leaky'."
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        model.save(tmp_path / "model.keras")


def test_training_is_that_of_keras():
    keras = pytest.importorskip("keras")

    class Theirs(keras.layers.Layer):
        def __init__(self, units, width=2, **layer):
            super().__init__(**layer)
            self.units, self.width = units, width
            self.state_size, self.output_size = [units, units], width

        build = Leaky.build

        def call(self, inputs, states):
            v = states[0] / 2 + inputs @ self.kernel + states[1] @ self.inner
            n = keras.ops.tanh(v)
            return n @ self.last, [v, n]

    rng = np.random.default_rng(2)
    x = rng.standard_normal((20, T, I)).astype(np.float32)
    y = rng.standard_normal((20, 1)).astype(np.float32)

    def model(kind, cell):
        L = kind.layers
        first = L.RNN([L.GRUCell(3), cell(4)], return_sequences=True)
        found = kind.Sequential([L.Input((T, I)), first, L.RNN(cell(3)), L.Dense(1)])
        found.compile("adam", "mse")
        return found

    theirs, ours = model(keras, Theirs), model(fastgru, Leaky)
    weights = [0.5 * rng.standard_normal(w.shape) for w in theirs.get_weights()]
    histories = []
    for each in (theirs, ours):
        each.set_weights(weights)
        history = each.fit(x, y, batch_size=4, epochs=4, shuffle=False, verbose=0)
        histories.append(history.history["loss"])
    assert_allclose(histories[1], histories[0], rtol=0, atol=1e-5)
    for our, their in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(our, their, rtol=0, atol=1e-5)


def own(call=None, **more):
    """A cell of one weight that gives what `call` makes of its state."""

    class Own(Cell):
        state_size = 2

        def build(self, input_shape):
            self.add_weight((2,), "zeros")

    if call is not None:
        Own.call = lambda self, inputs, states: call(states[0])
    for name, thing in more.items():
        setattr(Own, name, thing)
    return RNN(Own(name="own"))(np.ones((B, T, I)))


def pulled(*found):
    layer = type("Pulled", (Cell,), {
        "state_size": 2, "call": lambda self, x, s: (s[0], s, lambda dy, ds: found[0]),
    })  # fmt: skip
    layer = RNN(layer(name="own"))
    layer.build((None, T, I))
    layer.forward(np.ones((T, B, I), np.float32))[2](np.ones((B, 2), np.float32))


LEARNT = " Without a backward nothing can be learnt."
RETURN = "own: call must return (output, list of states, backward); got"


@pytest.mark.parametrize(("make", "kind", "sentence"), [
    (lambda: own(), NotImplementedError, "own: a cell must have a call; got none."),
    (lambda: own(lambda h: (h, [h])), TypeError, f"{RETURN} 2 items.{LEARNT}"),
    (lambda: own(lambda h: h), TypeError, f"{RETURN} ndarray.{LEARNT}"),
    (lambda: own(lambda h: (h, [h], None)), TypeError, f"{RETURN} 3 items.{LEARNT}"),
    (lambda: own(lambda h: (h.T, [h], id)), ValueError,
     "own: its output must have shape (5, 2); got (2, 5)."),
    (lambda: own(lambda h: (h, [h, h], id)), ValueError,
     "own: the list of its new states must have 1 arrays; got 2."),
    (lambda: own(lambda h: (h, [h[:1]], id)), ValueError,
     "own: its new states must have shape (5, 2); got (1, 2)."),
    (lambda: own(state_size=0), ValueError,
     "own: state_size and output_size must be at least 1; got 0."),
    (lambda: own(state_size=[]), ValueError, "own: a cell must have a state; got none."),
    (lambda: own(build=lambda self, shape: [self.add_weight((), name="a") for _ in "12"]),
     ValueError, "own.add_weight: name must be a word without a slash, once; got 'a'."),
    (lambda: RNN(Cell(name="c")), ValueError, "c: a cell must have a state_size; got none."),
    (lambda: pulled(None), TypeError,
     "own: backward must return (gradient of inputs, list of those of states); got NoneType."),
    (lambda: pulled((np.ones((B, 1)), [np.ones((B, 2))])), ValueError,
     "own: the gradient of its inputs must have shape (5, 3); got (5, 1)."),
    (lambda: pulled((np.ones((B, I)), [])), ValueError,
     "own: the list of the gradients of its states must have 1 arrays; got 0."),
])  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()
