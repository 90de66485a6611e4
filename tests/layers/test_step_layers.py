"""SimpleRNN, LSTM and RNN of cells: values and gradients, states, dropout, errors."""

import re

import numpy as np
import pytest
import reference_rnn
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru.layers import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    Input,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from fastgru.layers.recurrent.loop import Noise

I, H = 3, 4
F64 = {"dtype": "float64"}
SOME = ("no_mask", "padding_before", "holes_and_an_empty_row", "all_padding")
masks = pytest.mark.parametrize("mask", [MASKS[name] for name in SOME], ids=SOME)

MAKE = {
    "simple": lambda **o: SimpleRNN(H, **o, **F64),
    "simple_no_bias": lambda **o: SimpleRNN(H, activation="gelu", use_bias=False, **o, **F64),
    "lstm": lambda **o: LSTM(H, **o, **F64),
    "lstm_no_bias": lambda **o: LSTM(
        H, activation="silu", recurrent_activation="softsign", use_bias=False, **o, **F64
    ),
    "gru_cell": lambda **o: RNN(GRUCell(H, **F64), **o),
    "gru_rows": lambda **o: GRU(H, "softmax", "sparsemax", **o, **F64),
    "gru_rows_before": lambda **o: GRU(
        H, "softmax", "softmax", reset_after=False, use_bias=False, **o, **F64
    ),
    "stack_of_rows": lambda **o: RNN(
        [
            SimpleRNNCell(5, "log_softmax", **F64), LSTMCell(3, "sparsemax", "softmax", **F64),
            GRUCell(H, "sparsemax", "softmax", reset_after=False, **F64),
        ],
        **o,
    ),
    "gru_cell_before": lambda **o: RNN(GRUCell(H, reset_after=False, **F64), **o),
    "stack": lambda **o: RNN(
        [GRUCell(2, **F64), LSTMCell(5, **F64), SimpleRNNCell(3, **F64), LSTMCell(H, **F64)],
        **o,
    ),
}  # fmt: skip
kinds = pytest.mark.parametrize("kind", MAKE)


def made(kind, rng, **options):
    layer = build(MAKE[kind](**options), (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    return layer, x, [rng.standard_normal((B, size)) for size in layer.state_sizes]


def assert_alike(found, wanted):
    for ours, theirs in zip(found, wanted, strict=True):
        assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@masks
@kinds
@pytest.mark.parametrize(
    ("sequences", "backwards", "zeroed"),
    [(True, False, False), (False, True, False), (True, True, True), (False, False, False)],
)
def test_values_and_gradients(sequences, backwards, zeroed, kind, mask):
    rng = np.random.default_rng(0)
    layer, x, states = made(
        kind, rng, return_state=True, return_sequences=sequences, go_backwards=backwards,
        zero_output_for_mask=zeroed,
    )  # fmt: skip

    def value():
        y, finals = reference_rnn.layer_value(layer, x, states, mask)
        return [y, *finals]

    found, behind, backward = layer.forward(x, mask, initial_state=states)
    assert behind is (mask if sequences else None)
    assert_alike(found, value())
    assert_alike(layer.predict(x, mask, initial_state=states)[0], value())
    outer = [rng.standard_normal(part.shape) for part in found]
    dx, *dstates = backward(tuple(outer))
    pairs = [(x, dx), *zip(states, dstates, strict=True)]
    pairs += [(layer.parameters[name], grad) for name, grad in layer.gradients.items()]

    def loss():
        return sum((f * d).sum() for f, d in zip(value(), outer, strict=True))

    assert_gradient(loss, *zip(*pairs, strict=True), rng)


@kinds
def test_gradients_of_parameters_are_added_and_dx_may_be_left_out(kind):
    rng = np.random.default_rng(1)
    layer, x, _ = made(kind, rng)
    y, _, backward = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    assert backward(dy).shape == x.shape
    once = {name: grad.copy() for name, grad in layer.gradients.items()}
    assert layer.forward(x)[2](dy, want_dx=False) is None
    for name, grad in layer.gradients.items():
        assert_allclose(grad, 2 * once[name], rtol=1e-12)


@pytest.mark.parametrize(("kind", "K"), [("simple", 1), ("lstm", 4)])
@pytest.mark.parametrize("recurrent", [True, False])
def test_given_dropout_masks(recurrent, kind, K, monkeypatch):
    rng = np.random.default_rng(2)
    layer, x, states = made(kind, rng)
    K = K if recurrent else 1
    inputs = rng.uniform(0, 2, (K, B, I))
    noise = Noise(inputs, rng.uniform(0, 2, (K, B, H)) if recurrent else None)
    monkeypatch.setattr(layer, "noise", lambda *shape: noise)
    function, _ = reference_rnn.CELLS[type(layer).__name__]
    more = {} if noise.recurrent is None else {"drop_h": lambda k: noise.recurrent[k]}

    def value():
        return reference_rnn.run(
            function, x, states, weights=layer.weights, drop_x=lambda k: inputs[min(k, K - 1)],
            **more,
        )[1][0]  # fmt: skip

    y, _, backward = layer.forward(x, initial_state=states)
    assert_allclose(y, value(), rtol=0, atol=1e-12)
    dy = rng.standard_normal(y.shape)
    dx, *dstates = backward(dy)
    pairs = [(x, dx), *zip(states, dstates, strict=True)]
    pairs += [(layer.parameters[name], grad) for name, grad in layer.gradients.items()]
    assert_gradient(lambda: (value() * dy).sum(), *zip(*pairs, strict=True), rng)


def test_a_rate_of_one_drops_all_in_a_simple_cell_and_nothing_in_an_lstm():
    x = np.random.default_rng(3).standard_normal((B, T, I))
    lstm = LSTM(H, dropout=1.0, recurrent_dropout=1.0)
    assert_array_equal(lstm(x, training=True), lstm(x))
    simple = SimpleRNN(H, dropout=1.0)
    assert_array_equal(simple(x, training=True), np.zeros((B, H)))


@kinds
def test_a_stateful_layer_goes_on_where_it_was(kind):
    rng = np.random.default_rng(4)
    layer, x, states = made(kind, rng, stateful=True, return_sequences=True)
    states = [0 * state for state in states]
    for _ in range(2):
        wanted, states = reference_rnn.layer_value(layer, x, states)
        assert_allclose(layer.predict(x)[0], wanted, rtol=0, atol=1e-12)
        assert_alike(layer.states, states)
    layer.reset_states([0, 2])
    for state in states:
        state[[0, 2]] = 0
    wanted, _ = reference_rnn.layer_value(layer, x, states)
    assert_allclose(layer.forward(x)[0], wanted, rtol=0, atol=1e-12)


@kinds
@pytest.mark.parametrize("shape", [(0, B, I), (T, 0, I)])
def test_a_batch_without_rows_or_steps_gives_what_there_is(shape, kind):
    layer, _, states = made(kind, np.random.default_rng(5), return_sequences=True)
    states = [state[: shape[1]] for state in states]
    y, _, backward = layer.forward(np.zeros(shape), initial_state=states)
    assert y.shape == (*shape[:2], H)
    dx, *dstates = backward(np.zeros_like(y))
    assert dx.shape == shape and [d.shape for d in dstates] == [s.shape for s in states]


def test_rnn_of_a_gru_cell_is_the_gru_layer():
    rng = np.random.default_rng(6)
    for reset_after in (True, False):
        layer = build(GRU(H, reset_after=reset_after, **F64), (None, T, I), rng)
        cells = RNN(GRUCell(H, reset_after=reset_after, **F64))
        cells.build((None, T, I))
        cells.set_weights(layer.get_weights())
        x = rng.standard_normal((B, T, I))
        assert_allclose(cells(x), layer(x), rtol=0, atol=1e-13)


@pytest.mark.parametrize("make", [GRUCell, LSTMCell, SimpleRNNCell])
def test_a_cell_is_one_step_of_its_layer(make):
    rng = np.random.default_rng(7)
    cell = make(H, dtype="float64")
    x = rng.standard_normal((T, B, I))
    states = cell.get_initial_state(B)
    for step in x:
        y, states = cell(step, states)
    layer = RNN(cell, return_state=True)
    last, *finals = layer(x.swapaxes(0, 1))
    assert_allclose(y, last, rtol=0, atol=1e-13)
    assert_alike(states, finals)
    assert cell.output_size == H
    assert cell.state_size == ([H, H] if make is LSTMCell else H)


def test_a_stack_of_cells_is_a_cell():
    rng = np.random.default_rng(8)
    stack = StackedRNNCells([GRUCell(2, **F64), LSTMCell(5, **F64)])
    x = rng.standard_normal((T, B, I))
    states = stack.get_initial_state(B)
    assert [s.shape for s in states] == [(B, 2), (B, 5), (B, 5)]
    assert stack.state_size == [2, [5, 5]] and stack.output_size == 5
    for step in x:
        y, states = stack(step, states)
    layer = RNN(stack, return_state=True)
    last, gru, lstm = layer(x.swapaxes(0, 1))
    assert_allclose(y, last, rtol=0, atol=1e-13)
    assert_alike(states, [*gru, *lstm])
    # The states go back in as they come out, and flat.
    again = layer(x.swapaxes(0, 1), initial_state=[gru, lstm])[0]
    assert_array_equal(again, layer(x.swapaxes(0, 1), initial_state=states)[0])
    # As they went in, they come out.
    _, array, pair = layer(x.swapaxes(0, 1), initial_state=[gru[0], lstm])
    assert array.shape == (B, 2) and [s.shape for s in pair] == [(B, 5)] * 2


def test_the_forget_gate_begins_at_one():
    bias = [LSTM(2, unit_forget_bias=f, bias_initializer="zeros") for f in (True, False)]
    for layer, wanted in zip(bias, ([0, 0, 1, 1, 0, 0, 0, 0], [0] * 8), strict=True):
        layer.build((None, T, I))
        assert_array_equal(layer.get_weights()[2], wanted)
    cell = LSTMCell(2, bias_initializer="ones")
    cell.build((None, I))
    assert_array_equal(cell.get_weights()[2], np.ones(8))


REFUSED = [
    (lambda: LSTM(0), ValueError, "LSTM: units must be at least 1; got 0."),
    (lambda: SimpleRNN(2, dropout=2), ValueError,
     "SimpleRNN: dropout must lie in [0, 1]; got 2."),
    (lambda: LSTM(2, unit_forget_bias=1), TypeError,
     "LSTM: unit_forget_bias must be True or False; got 1."),
    (lambda: LSTM(2, return_sequence=True), TypeError,
     ("LSTM: keywords must be those of LSTM; got return_sequence. "
      "Did you mean return_sequences?")),
    (lambda: RNN.from_config({"cell": {"class_name": "GRU"}}), ValueError,
     ("RNN: cell must be one of 'GRUCell', 'LSTMCell', 'SimpleRNNCell', 'StackedRNNCells'; "
      "got 'GRU'.")),
    (lambda: RNN(3), TypeError,
     ("RNN: cell must be of GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells, Cell, or a "
      "list of cells; got 3.")),
    (lambda: RNN([]), TypeError, "StackedRNNCells: cells must be a list of cells; got []."),
    (lambda: RNN([3]), TypeError,
     "StackedRNNCells: cells must be of GRUCell, LSTMCell, SimpleRNNCell or Cell; got 3."),
    (lambda: RNN(GRUCell(2), dtype="float64"), ValueError,
     "RNN: dtype must be that of its cell, 'float32'; got 'float64'."),
    (lambda: RNN([GRUCell(2), GRUCell(2, dtype="float64", name="c")]), ValueError,
     "StackedRNNCells: the cells must have dtype 'float32'; got 'float64' for c."),
    (lambda: RNN([cell := GRUCell(2), cell]), ValueError,
     "StackedRNNCells: the cells must differ; got one of them twice."),
    (lambda: LSTM(2, name="l")(np.ones((5, 4, 3)), initial_state=[np.ones((5, 2))]),
     ValueError, "l: initial_state must be a list of 2 arrays; got 1."),
    (lambda: LSTM(2, name="l")(np.ones((5, 4, 3)), initial_state=[np.ones((5, 2))] * 3),
     ValueError, "l: initial_state must be a list of 2 arrays; got 3."),
    (lambda: LSTM(2, name="l")(np.ones((5, 4, 3)), initial_state=[np.ones((4, 2))] * 2),
     ValueError, "l: initial_state must have shape (5, 2); got (4, 2)."),
    (lambda: LSTMCell(2, name="c")(np.ones((5, 3)), np.ones((5, 2))), ValueError,
     "c: states must be 2 arrays; got 1."),
    (lambda: GRUCell(2, name="c")(np.ones((5, 3)), np.ones((4, 2))), ValueError,
     "c: states must have shape (5, 2); got (4, 2)."),
    (lambda: fastgru.Sequential([Input((3,)), GRUCell(2, name="c")]).predict(
        np.ones((2, 3)), verbose=0), ValueError,
     "c: a cell must be inside an RNN; got a model. Write RNN(c)."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()
