"""What `export` writes in ONNX comes back: as which layers, and what is refused.

That the numbers are equal is asserted of every case of the export's own tests, see
`onnx_runs.agree`.
"""

import numpy as np
import pytest
from formats import onnx_graphs as graphs
from formats.onnx_runs import equal, exported, holes, ids, model_of, numbers

from fastgru.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Bidirectional,
    Dense,
    Embedding,
    GlobalAveragePooling1D,
    GRUCell,
    LSTMCell,
    Masking,
    Normalization,
    PReLU,
    ReLU,
    RepeatVector,
    SimpleRNN,
    Softmax,
    TimeDistributed,
)

#: Arguments that are compared where a layer has them; numbers as float32 has them.
ARGUMENTS = (
    "units", "activation", "recurrent_activation", "use_bias", "reset_after", "zoneout",
    "return_sequences", "return_state", "go_backwards", "zero_output_for_mask", "mask_zero",
    "mask_value", "input_dim", "output_dim", "axis", "negative_slope", "threshold", "max_value",
    "merge_mode",
)  # fmt: skip
X = holes(4, 5, 3)


def back(layers, x=X):
    """(model, what comes back of it)."""
    model = model_of(layers, x)
    return model, graphs.load(exported(model)[0])


def arguments(layer):
    found = {name: getattr(layer, name) for name in ARGUMENTS if hasattr(layer, name)}
    return type(layer), {
        key: float(np.float32(value)) if isinstance(value, float) else value
        for key, value in found.items()
    }


@pytest.mark.parametrize("layers", [
    [Masking(0.3), GRU(4, return_sequences=True), GRU(3, reset_after=False, go_backwards=True)],
    [Masking(), LSTM(4, "silu", return_sequences=True, go_backwards=True), Dense(2, "mish")],
    [GRU(4, "hard_tanh", "sparse_sigmoid", reset_after=False, zoneout=0.3)],
    [GRU(4, "mish", "relu6", use_bias=False), Dense(1, "hard_sigmoid_keras2")],
    [SimpleRNN(4, "squareplus", use_bias=False, return_sequences=True, return_state=True)],
    [LSTM(4, return_state=True)],
    [Masking(), GRU(4, return_sequences=True, zero_output_for_mask=True), Softmax(1)],
    [Masking(), Bidirectional(GRU(4, return_sequences=True), "mul"), GlobalAveragePooling1D()],
    [Bidirectional(GRU(4, return_sequences=True, return_state=True), None)],
    [GRU(4), PReLU(), ReLU(0.8, 0.1, 0.3), Activation("soft_shrink")],
])  # fmt: skip
def test_the_layers_are_the_same(layers):
    model, found = back(layers)
    assert [*map(arguments, found.layers)] == [*map(arguments, model.layers)]
    for one, other in zip(found.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_an_embedding_that_masks():
    layers = [Embedding(11, 3, mask_zero=True), GRU(4, return_sequences=True), LSTM(3)]
    model, found = back(layers, ids(4, 7, 11))
    assert [*map(arguments, found.layers)] == [*map(arguments, model.layers)]


def test_what_came_back_goes_out_again():
    model, found = back([Masking(), GRU(4, "mish", return_sequences=True), LSTM(3), Dense(2)])
    again = graphs.load(exported(found)[0])
    equal(again(X), model(X))


def test_a_stateful_model_begins_with_zeros():
    for first in ([], [Masking()]):
        layers = [
            *first, GRU(4, return_sequences=True, stateful=True, name="below"),
            LSTM(3, "silu", stateful=True, name="above"), Dense(2),
        ]  # fmt: skip
        model = model_of(layers, X)
        data, _ = exported(model)
        with pytest.warns(UserWarning) as told:
            found = graphs.load(data)
        assert [str(one.message) for one in told] == [
            (
                "load_model: an initial state must be zeros, or what a layer's `initial_state` gives "
                "it; got the inputs 'below/state_0', 'above/state_0', 'above/state_1', which are no "
                "arguments of the model."
            ),
            (
                "load_model: the model must give one output; got the final states "
                "'below/new_state_0', 'above/new_state_0', 'above/new_state_1' too, which it does not "
                "give. A layer gives its states if it is made with `return_state=True`."
            ),
        ]
        wanted = model(X)
        for _ in range(2):
            equal(found(X), wanted)


def test_a_stateful_gru_is_streamed():
    model = model_of([GRU(4, return_sequences=True, stateful=True), Dense(2)], X)
    with pytest.warns(UserWarning) as told:
        found = graphs.load(exported(model)[0])
    assert all("`model.stream()`" in str(one.message) for one in told)
    stream = found.stream(batch=4)
    for x in (X, numbers(4, 3, 3)):
        equal(stream.step_many(x.swapaxes(0, 1)), model(x).swapaxes(0, 1))


CHAIN = (
    "A Sequential is a chain: each value may be read by one layer only. "
    "onnx.utils.extract_model cuts a graph to one of its outputs."
)
OTHER_WIDTH = SimpleRNN(5, go_backwards=True, return_sequences=True, name="other")
REFUSED = {
    "steps as samples": (
        [TimeDistributed(RepeatVector(3, name="inner"), name="each")],
        ("node 'each/inner/Expand' (Expand) must have the batch's axis where it reads one; got "
        "axes (open, 3)."),
    ),
    "two numbers for each step": (
        [Normalization((1, 2), name="n")],
        ("node 'n/Sub' (Sub) must have a constant for each feature, or one for all; got one of "
        "shape (1, 5, 3)."),
    ),
    "a mean over steps that are the last axis": (
        [GlobalAveragePooling1D("channels_first", keepdims=True, name="m")],
        (f"node 'm/ReduceMean' (ReduceMean) must be part of a layer that fastgru knows; got "
        f"another formula. {CHAIN}"),
    ),
    "two directions of different widths": (
        [Bidirectional(GRU(4, return_sequences=True), backward_layer=OTHER_WIDTH, name="b")],
        (f"node 'b/other/RNN' (RNN) must read what the layer before it gives; got an earlier "
        f"value. {CHAIN}"),
    ),
    "two directions step by step": (
        [Bidirectional(GRU(4, "mish", name="g"), name="b")],
        (f"node 'b/backward_g/MatMul' (MatMul) must read what the layer before it gives; got an "
        f"earlier value. {CHAIN}"),
    ),
    "cells that go backwards behind a mask": (
        [Masking(), RNN([LSTMCell(4), GRUCell(3)], go_backwards=True, name="r")],
        ("node 'r/GRU' (GRU) must read zeros where a mask skips steps of two directions; got "
        "other numbers."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_come_back(name):
    layers, sentence = REFUSED[name]
    model = model_of(layers, X, (None, 5, 3))
    assert graphs.refusal(exported(model)[0]) == f"load_model: {sentence}"
