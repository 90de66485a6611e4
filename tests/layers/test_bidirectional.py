"""Bidirectional: values, gradients, masks, states, weights, errors."""

import re

import numpy as np
import pytest
import reference_rnn
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru.layers import GRU, LSTM, RNN, Bidirectional, Dense, GRUCell, Input, SimpleRNN

I, H = 3, 4
F64 = {"dtype": "float64"}
SOME = ("no_mask", "padding_before", "holes_and_an_empty_row", "all_padding")
masks = pytest.mark.parametrize("mask", [MASKS[name] for name in SOME], ids=SOME)
modes = pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])

INNER = {
    "gru": lambda **o: GRU(H, **o, **F64),
    "lstm": lambda **o: LSTM(H, **o, **F64),
    "cell": lambda **o: RNN(GRUCell(H, reset_after=False, **F64), **o),
}


def merged(mode, y, other):
    if mode == "concat":
        return [np.concatenate([y, other], axis=-1)]
    if mode is None:
        return [y, other]
    return [{"sum": y + other, "mul": y * other, "ave": (y + other) / 2}[mode]]


def value(layer, x, states, mask=None):
    """All outputs, by the reference; `states` is changed by nobody."""
    half = len(layer.forward_layer.state_sizes)
    y, first = reference_rnn.layer_value(layer.forward_layer, x, states[:half], mask)
    other, last = reference_rnn.layer_value(layer.backward_layer, x, states[half:], mask)
    found = merged(layer.merge_mode, y, other[::-1] if layer.return_sequences else other)
    return [*found, *first, *last] if layer.return_state else found


def as_list(found):
    return list(found) if isinstance(found, tuple) else [found]


def gradients(layer, extra):
    return [*extra, *((layer.parameters[name], grad) for name, grad in layer.gradients.items())]


@masks
@modes
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize(
    ("sequences", "returned"), [(True, False), (False, True), (True, True)]
)
def test_values_and_gradients(sequences, returned, inner, mode, mask):
    rng = np.random.default_rng(0)
    one = INNER[inner](return_sequences=sequences, return_state=returned)
    layer = build(Bidirectional(one, merge_mode=mode), (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    states = [
        rng.standard_normal((B, size)) for child in layer.pair for size in child.state_sizes
    ]
    y, behind, backward = layer.forward(x, mask, initial_state=states)
    found = as_list(y)
    assert behind is (mask if sequences else None)
    assert len(found) == layer.outputs
    wanted = value(layer, x, states, mask)
    predicted = as_list(layer.predict(x, mask, initial_state=states)[0])
    for ours, again, theirs in zip(found, predicted, wanted, strict=True):
        assert_allclose(ours, theirs, rtol=0, atol=1e-12)
        assert_allclose(again, theirs, rtol=0, atol=1e-12)
    outer = [rng.standard_normal(part.shape) for part in found]
    dx, *dstates = backward(tuple(outer) if len(outer) > 1 else outer[0])

    def loss():
        found = value(layer, x, states, mask)
        return sum((f * d).sum() for f, d in zip(found, outer, strict=True))

    pairs = gradients(layer, [(x, dx), *zip(states, dstates, strict=True)])
    assert_gradient(loss, *zip(*pairs, strict=True), rng)


@modes
@pytest.mark.parametrize("sequences", [True, False])
def test_the_usual_pass_begins_with_zeros(sequences, mode):
    rng = np.random.default_rng(1)
    layer = build(
        Bidirectional(GRU(H, return_sequences=sequences, **F64), mode), (None, T, I), rng
    )
    x, states = rng.standard_normal((T, B, I)), [np.zeros((B, H))] * 2
    found = as_list((run := layer.forward(x))[0])
    outer = [rng.standard_normal(part.shape) for part in found]
    for ours, theirs in zip(found, value(layer, x, states), strict=True):
        assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    dx = run[2](tuple(outer) if len(outer) > 1 else outer[0])

    def loss():
        return sum((f * d).sum() for f, d in zip(value(layer, x, states), outer, strict=True))

    assert_gradient(loss, *zip(*gradients(layer, [(x, dx)]), strict=True), rng)
    assert (
        layer.forward(x)[2](tuple(outer) if len(outer) > 1 else outer[0], want_dx=False) is None
    )


def test_only_some_outputs_may_have_a_gradient():
    rng = np.random.default_rng(2)
    one = GRU(H, return_sequences=True, return_state=True, **F64)
    layer = build(Bidirectional(one), (None, T, I), rng)
    x, states = rng.standard_normal((T, B, I)), [np.zeros((B, H))] * 2
    dlast = rng.standard_normal((B, H))
    dx = layer.forward(x)[2]((None, None, dlast))
    pairs = gradients(layer, [(x, dx)])
    loss = lambda: (value(layer, x, states)[2] * dlast).sum()
    assert_gradient(loss, *zip(*pairs, strict=True), rng)


def test_a_backward_layer_of_its_own_may_be_another_kind_and_size():
    rng = np.random.default_rng(3)
    other = SimpleRNN(2, go_backwards=True, **F64)
    layer = build(Bidirectional(GRU(H, **F64), backward_layer=other), (None, T, I), rng)
    assert layer.output_shape == (None, H + 2)
    x = rng.standard_normal((T, B, I))
    wanted = value(layer, x, [np.zeros((B, H)), np.zeros((B, 2))])[0]
    assert_allclose(layer(x.swapaxes(0, 1)), wanted, rtol=0, atol=1e-12)


def test_states_are_carried_reset_and_given_in_halves():
    rng = np.random.default_rng(4)
    one = LSTM(H, stateful=True, return_state=True, **F64)
    layer = build(Bidirectional(one), (None, T, I), rng)
    x, states = rng.standard_normal((T, B, I)), [np.zeros((B, H))] * 4
    assert layer.states is None
    assert_array_equal(layer.get_initial_state(B), states)
    for _ in range(2):
        wanted, *states = value(layer, x, states)
        found = layer(x.swapaxes(0, 1))
        for ours, theirs in zip(found, [wanted, *states], strict=True):
            assert_allclose(ours, theirs, rtol=0, atol=1e-12)
        assert_allclose(layer.states, states, rtol=0, atol=1e-12)
    layer.reset_states([1])
    assert all((state[1] == 0).all() and state[0].any() for state in layer.states)
    again = layer(x.swapaxes(0, 1), initial_state=states)[0]
    assert_allclose(again, value(layer, x, states)[0], rtol=0, atol=1e-12)
    layer.reset_state()
    assert layer.states is None


def test_names_weights_and_trainable_are_keras():
    layer = Bidirectional(GRU(H, name="g"), name="b")
    assert [child.name for child in layer.pair] == ["forward_g", "backward_g"]
    model = fastgru.Sequential([Input((T, I)), layer, Dense(1)])
    shapes = [(I, 3 * H), (H, 3 * H), (2, 3 * H)] * 2
    assert [w.shape for w in layer.weights] == shapes
    assert layer.count_params() == sum(np.prod(shape) for shape in shapes)
    assert_array_equal(layer.backward_layer.weights[0], layer.weights[3])
    model.compile("sgd", "mse")
    x, y = np.ones((4, T, I)), np.ones((4, 1))
    for frozen in (layer, layer.forward_layer):
        layer.trainable = True
        frozen.trainable = False
        model.compile("sgd", "mse")
        before = layer.get_weights()
        model.fit(x, y, verbose=0)
        moved = [(a != b).any() for a, b in zip(before, layer.get_weights(), strict=True)]
        assert moved == [False] * 3 + [frozen is not layer] * 3
    frozen = Bidirectional(GRU(H), trainable=False)
    model = fastgru.Sequential([Input((T, I)), frozen, Dense(1)])
    model.compile("sgd", "mse")
    before = frozen.get_weights()
    model.fit(x, y, verbose=0)
    assert_array_equal(before[0], frozen.get_weights()[0])
    weights = [np.full(shape, 0.1, np.float32) for shape in shapes]
    given = Bidirectional(GRU(H), weights=weights, input_shape=(T, I))
    given.build((None, T, I))
    for ours, theirs in zip(given.get_weights(), weights, strict=True):
        assert_array_equal(ours, theirs)


def test_a_model_may_end_with_outputs_apart():
    last = Bidirectional(GRU(H, return_sequences=True), merge_mode=None)
    model = fastgru.Sequential([Input((T, I)), last])
    x = np.random.default_rng(5).standard_normal((7, T, I))
    y, other = model.predict(x, batch_size=3, verbose=0)
    assert y.shape == other.shape == (7, T, H)
    assert_array_equal(y, last.forward_layer(x))
    assert_array_equal(other, last.backward_layer(x)[:, ::-1])


def test_a_shape_that_is_refused_leaves_nothing_behind():
    layer = Bidirectional(GRU(H))
    model = fastgru.Sequential([layer, GRU(2)])
    with pytest.raises(ValueError, match="must have shape"):
        model.build((None, T, 9))
    model.pop()
    model.build((None, T, I))
    assert model.predict(np.ones((2, T, I)), verbose=0).shape == (2, 2 * H)


def sums(**other):
    layer = Bidirectional(GRU(3), "sum", backward_layer=GRU(2, go_backwards=True), name="b")
    layer.build((None, T, I))


REFUSED = [
    (lambda: Bidirectional(Dense(3, name="d")), TypeError,
     "Bidirectional: layer must be a recurrent layer; got <Dense name=d, built=False>."),
    (lambda: Bidirectional(3), TypeError,
     "Bidirectional: layer must be a recurrent layer; got 3."),
    (lambda: Bidirectional(GRU(3), backward_layer=3), TypeError,
     "Bidirectional: backward_layer must be a recurrent layer; got 3."),
    (lambda: Bidirectional(GRU(3), merge_mode="max"), ValueError,
     "Bidirectional: merge_mode must be one of 'concat', 'sum', 'mul', 'ave'; got 'max'."),
    (lambda: Bidirectional(GRU(3), backward_layer=GRU(3)), ValueError,
     "Bidirectional: the two layers must differ in go_backwards; got False for both."),
    (lambda: Bidirectional(GRU(3), backward_layer=GRU(3, go_backwards=True, stateful=True)),
     ValueError,
     "Bidirectional: the two layers must have one stateful; got False and True."),
    (lambda: Bidirectional(GRU(3), dtype="float64"), ValueError,
     "Bidirectional: dtype must be that of its layers, 'float32'; got 'float64'."),
    (sums, ValueError, "b: the two layers must have one number of units; got 3 and 2."),
    (lambda: Bidirectional(GRU(3), weights=[np.ones(2)], name="b").build((None, T, I)),
     ValueError,
     "b: weights must have shapes (3, 9), (3, 9), (2, 9), (3, 9), (3, 9), (2, 9); got (2,)."),
    (lambda: Bidirectional(GRU(3), name="b")(np.ones((2, T, I)), initial_state=[1]),
     ValueError, "b: initial_state must be a list of 2 arrays; got 1."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()
