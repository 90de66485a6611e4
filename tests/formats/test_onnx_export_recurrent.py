"""Recurrent layers, exported, give in ONNX Runtime what they give here, whatever is masked."""

import itertools

import numpy as np
import pytest
from formats.onnx_runs import agree, equal, exported, holes, model_of, numbers, operators

from fastgru import activations
from fastgru.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Dense,
    GRUCell,
    LSTMCell,
    Masking,
    SimpleRNN,
    SimpleRNNCell,
)

PLAIN = numbers(3, 4, 3), numbers(2, 7, 3)
MASKED = holes(4, 5, 3), holes(5, 8, 3)
#: Without an operator of its own in ONNX' GRU, LSTM and RNN.
SCANNED = {
    *activations.ROWS,
    "celu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid_keras2",
    "hard_silu",
    "hard_tanh",
    "log_sigmoid",
    "mish",
    "relu6",
    "selu",
    "silu",
    "soft_shrink",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "tanh_shrink",
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
def test_gru(reset_after, sequences, backwards):
    options = {
        "reset_after": reset_after, "return_sequences": sequences, "go_backwards": backwards,
    }  # fmt: skip
    assert "GRU" in operators(agree([GRU(5, **options)], *PLAIN))
    found = operators(agree([Masking(), GRU(5, **options)], *MASKED))
    assert "GRU" in found and "Scan" not in found
    # Through a Scan; the state of a masked step is what sequences begin with, too.
    more = {"zoneout": 0.3, "initial_state_initializer": "ones", **options}
    assert "Scan" in operators(agree([Masking(), GRU(5, **more)], *MASKED))


@pytest.mark.parametrize("backwards", [False, True])
def test_first_states_behind_masks(backwards):
    layer = GRU(5, return_sequences=True, go_backwards=backwards, return_state=True,
                initial_state_initializer="ones")  # fmt: skip
    assert "Scan" not in operators(agree([Masking(), layer], *MASKED))
    agree([layer], *PLAIN)


@pytest.mark.parametrize("kind", [LSTM, SimpleRNN])
def test_the_other_layers(kind):
    for options in ({}, {"return_sequences": True, "go_backwards": True, "use_bias": False}):
        agree([kind(5, **options)], *PLAIN)
        agree([Masking(), kind(5, return_state=True, **options)], *MASKED)


@pytest.mark.parametrize("name", activations.NAMES)
def test_an_activation(name):
    layers = SimpleRNN(4, name), GRU(4, name, name, reset_after=False), LSTM(4, name, name)
    for layer in layers:
        # Small weights, few steps: gates above 1 let states grow with every step.
        steps = 1 if name == "exponential" else 3
        # Of whole rows in a cell, or as a formula, they are not read back.
        back = name not in activations.ROWS
        found = operators(agree([layer], numbers(3, steps, 3), size=0.2, back=back))
        assert ("Scan" in found) == (name in SCANNED)


def test_different_activations():
    agree([GRU(4, "softsign", "hard_sigmoid")], *PLAIN)
    agree([GRU(4, "elu", "sigmoid", use_bias=False)], *PLAIN)
    agree([LSTM(4, "leaky_relu", "hard_sigmoid")], *PLAIN)
    agree([LSTM(4, "silu", "sigmoid")], *PLAIN)


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional(mode):
    for sequences in (False, True):
        agree([Bidirectional(GRU(4, return_sequences=sequences), mode)], *PLAIN)
        agree([Masking(), Bidirectional(GRU(4, return_sequences=sequences), mode)], *MASKED)


def test_two_directions_are_one_operator():
    proto = agree([Masking(), Bidirectional(LSTM(4)), Dense(2)], *MASKED)
    kinds = [node.op_type for node in proto.graph.node]
    assert kinds.count("LSTM") == 1
    # Nothing is written that no output depends on.
    read = {name for node in proto.graph.node for name in node.input} | {"output"}
    assert all(read.intersection(node.output) for node in proto.graph.node)
    assert all(one.name in read for one in proto.graph.initializer)


def test_bidirectional_of_two_kinds():
    one = GRU(4, initial_state_initializer="ones")
    agree([Masking(), Bidirectional(one, backward_layer=GRU(4, go_backwards=True))], *MASKED)
    one = GRU(4, initial_state_initializer="ones", return_sequences=True)
    agree([Masking(), Bidirectional(one)], *MASKED)
    other = GRU(4, reset_after=False, go_backwards=True)
    agree([Bidirectional(GRU(4), "mul", backward_layer=other)], *PLAIN)
    back = SimpleRNN(5, go_backwards=True, return_sequences=True)
    agree(
        [Masking(), Bidirectional(LSTM(4, return_sequences=True), backward_layer=back)], *MASKED,
        back=False,
    )  # fmt: skip
    agree([Bidirectional(GRU(4, return_state=True, go_backwards=True))], *PLAIN)
    agree([Masking(), Bidirectional(LSTM(4, return_state=True))], *MASKED)
    agree([Bidirectional(GRU(4, return_state=True), "sum")], *PLAIN)


def test_cells():
    cells = [GRUCell(4), LSTMCell(3, "silu"), SimpleRNNCell(5)]
    agree([RNN(cells, return_sequences=True)], *PLAIN)
    cells = [LSTMCell(3), GRUCell(4, reset_after=False, use_bias=False)]
    agree([Masking(), RNN(cells, go_backwards=True, return_state=True)], *MASKED, back=False)


def test_zeros_for_masked_steps():
    for layer in (GRU(4, return_sequences=True), RNN(SimpleRNNCell(4), return_sequences=True)):
        layer.zero_output_for_mask = True
        agree([Masking(), layer, Dense(2)], *MASKED)


def test_nothing_but_masked_steps():
    x = np.zeros((2, 3, 3), np.float32)
    for options in itertools.product((False, True), repeat=2):
        options = dict(zip(("return_sequences", "go_backwards"), options, strict=True))
        agree([Masking(), GRU(4, initial_state_initializer="ones", **options)], x)


def test_padding_is_never_read():
    x = holes(4, 5, 3)
    agree([Masking(0.0), Masking(0.0), GRU(3)], x)
    layers = [Masking(), GRU(3, return_sequences=True)]
    model = model_of(layers, x)
    run = exported(model)[1]
    wider = np.concatenate([x, np.zeros_like(x)], axis=1)
    found = run.run(None, {"input": wider})[0]
    equal(found[:, :5], model(x))
    equal(found[:, -1], found[:, 4])


def test_states_come_in_and_go_out():
    layers = [
        GRU(4, return_sequences=True, stateful=True, name="below"),
        LSTM(3, stateful=True, name="above"), Dense(2),
    ]  # fmt: skip
    model = model_of(layers, PLAIN[0])
    run = exported(model)[1]
    names = [one.name for one in run.get_inputs()]
    assert names == ["input", "below/state_0", "above/state_0", "above/state_1"]
    outputs = [one.name for one in run.get_outputs()]
    assert outputs == [
        "output", "below/new_state_0", "above/new_state_0", "above/new_state_1",
    ]  # fmt: skip
    states = [np.zeros((3, size), np.float32) for size in (4, 3, 3)]
    for x in (PLAIN[0], numbers(3, 6, 3), numbers(3, 1, 3)):
        feed = dict(zip(names, [x, *states], strict=True))
        found, *states = run.run(None, feed)
        equal(found, model(x))


def test_states_of_both_directions():
    layer = Bidirectional(GRU(4, stateful=True, return_sequences=True, name="gru"), name="both")
    model = model_of([Masking(), layer], MASKED[0])
    run = exported(model)[1]
    names = [one.name for one in run.get_inputs()]
    assert names == ["input", "both/forward_gru/state_0", "both/backward_gru/state_0"]
    states = [np.zeros((4, 4), np.float32)] * 2
    for x in (MASKED[0], holes(4, 6, 3)):
        found, *states = run.run(None, dict(zip(names, [x, *states], strict=True)))
        equal(found, model(x))
