"""States that are returned, carried from batch to batch, reset row by row, and learnt."""

import re

import numpy as np
import pytest
import reference_rnn
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru.layers import GRU, Dense, Input
from fastgru.models import compiled

I, H = 3, 4
F64 = {"dtype": "float64"}
SOME = ("no_mask", "padding_before", "holes_and_an_empty_row", "all_padding")
masks = pytest.mark.parametrize("mask", [MASKS[name] for name in SOME], ids=SOME)
sequences = pytest.mark.parametrize("return_sequences", [True, False])


def expected(layer, x, h0, mask=None):
    """(y, final state), time-major."""
    every, (last,) = reference_rnn.run(
        reference_rnn.gru, x, [h0], None if mask is None else mask > 0, None,
        layer.go_backwards, weights=layer.weights[:3], reset_after=layer.reset_after,
    )  # fmt: skip
    return (every if layer.return_sequences else last), last


def made(rng, **options):
    return build(GRU(H, **options, **F64), (None, T, I), rng), rng.standard_normal((T, B, I))


@masks
@sequences
@pytest.mark.parametrize("go_backwards", [True, False])
@pytest.mark.parametrize("given", [True, False])
def test_the_state_is_returned_and_has_a_gradient(given, go_backwards, return_sequences, mask):
    rng = np.random.default_rng(0)
    layer, x = made(
        rng, return_state=True, return_sequences=return_sequences, go_backwards=go_backwards
    )
    h0 = rng.standard_normal((B, H)) if given else np.zeros((B, H))
    start = {"initial_state": h0} if given else {}
    wanted = expected(layer, x, h0, mask)
    (y, last), behind, backward = layer.forward(x, mask, **start)
    y, last = y.copy(), last.copy()
    assert behind is (mask if return_sequences else None)
    predicted, _ = layer.predict(x, mask, **start)
    for found in ((y, last), predicted):
        for ours, theirs in zip(found, wanted, strict=True):
            assert_allclose(ours, theirs, rtol=0, atol=1e-13)
    dy, dlast = rng.standard_normal(y.shape), rng.standard_normal(last.shape)
    for outer in ((dy, dlast), (None, dlast), (dy, None)):
        layer.zero_gradients()
        _, _, backward = layer.forward(x, mask, **start)
        pulled = backward(outer)
        dx, *dh0 = pulled if given else (pulled,)
        pairs = [(x, dx), *([(h0, *dh0)] if given else [])]
        pairs += [(layer.parameters[name], grad) for name, grad in layer.gradients.items()]

        def loss(outer=outer):
            found = expected(layer, x, h0, mask)
            return sum(
                (f * d).sum() for f, d in zip(found, outer, strict=True) if d is not None
            )

        assert_gradient(loss, *zip(*pairs, strict=True), rng)


@masks
@sequences
@pytest.mark.parametrize("training", [True, False])
def test_a_stateful_layer_goes_on_where_it_was(training, return_sequences, mask):
    rng = np.random.default_rng(1)
    layer, x = made(rng, stateful=True, return_sequences=return_sequences)
    assert layer.states is None
    h = np.zeros((B, H))
    for _ in range(3):
        wanted, h = expected(layer, x, h, mask)
        theirs = None if mask is None else mask.T
        found = layer(x.swapaxes(0, 1), mask=theirs, training=training)
        found = found.swapaxes(0, 1) if return_sequences else found
        assert_allclose(found, wanted, rtol=0, atol=1e-13)
        assert_allclose(layer.states[0], h, rtol=0, atol=1e-13)
        x = rng.standard_normal(x.shape)
    given = rng.standard_normal((B, H))
    layer(x.swapaxes(0, 1), initial_state=given)
    assert_allclose(layer.states[0], expected(layer, x, given)[1], rtol=0, atol=1e-13)
    layer.reset_state()
    assert layer.states is None
    fewer = x[:, :2]
    found = layer(fewer.swapaxes(0, 1))
    found = found.swapaxes(0, 1) if return_sequences else found
    wanted = expected(layer, fewer, np.zeros((2, H)))[0]
    assert_allclose(found, wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("rows", [[1, 3], [-2], [], np.arange(B) % 2 == 1, np.array([4])])
def test_rows_are_reset_one_by_one(rows):
    rng = np.random.default_rng(2)
    layer, x = made(rng, stateful=True)
    layer(x.swapaxes(0, 1))
    (h,) = layer.states
    picked = np.zeros(B, bool)
    picked[np.asarray(rows, bool if len(rows) == B else int)] = True
    layer.reset_states(rows=rows)
    h[picked] = 0
    assert_allclose(layer(x.swapaxes(0, 1)), expected(layer, x, h)[0], rtol=0, atol=1e-13)


def test_resetting_rows_before_the_first_batch_or_without_states_does_nothing():
    for layer in (GRU(H), GRU(H, stateful=True)):
        layer.reset_state([5])
        layer(np.ones((2, T, I)))


REFUSED = [
    ([5], ValueError, "s: rows must lie in [-5, 5); got 5 to 5."),
    ([0.5], ValueError, "s: rows must be a list of integers; got [0.5]."),
    (3, ValueError, "s: rows must be a list of integers; got 3."),
    ([True, False], ValueError, "s: rows must have shape (5,); got (2,)."),
    ("a", TypeError, "s: rows must hold numbers; got str."),
]


@pytest.mark.parametrize(("rows", "kind", "sentence"), REFUSED)
def test_rows_that_are_none_are_refused(rows, kind, sentence):
    layer = GRU(H, stateful=True, name="s")
    layer(np.ones((B, T, I)))
    before = layer.states
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        layer.reset_states(rows)
    assert_array_equal(layer.states, before)


def test_another_number_of_rows_needs_a_reset():
    model = fastgru.Sequential([Input((T, I)), GRU(H, stateful=True, name="s"), Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((10, T, I)), np.ones((10, 1))
    sentence = (
        "s: a batch must have 8 rows, as the one before; got 2. "
        "After reset_states() it may have any number."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        model.fit(x, y, batch_size=8, verbose=0)
    model.reset_states()
    model.fit(x, y, batch_size=5, verbose=0)
    model.reset_states()
    model.predict(x[:2], verbose=0)


def test_a_stateful_model_predicts_a_long_sequence_in_pieces():
    rng = np.random.default_rng(3)
    layers = [GRU(H, stateful=True, return_sequences=True), GRU(H, stateful=True), Dense(2)]
    model = fastgru.Sequential([Input((None, I)), *layers])
    x = rng.standard_normal((B, 3 * T, I)).astype(np.float32)
    whole = model.predict(x, verbose=0)
    model.reset_states()
    for piece in np.split(x, 3, axis=1):
        last = model.predict(np.ascontiguousarray(piece), verbose=0)
    assert_allclose(last, whole, rtol=0, atol=1e-6)
    model.reset_states([0])
    again = model.predict_on_batch(x[:, :1])
    model.reset_states()
    begun = model.predict_on_batch(x[:, :1])
    assert_allclose(again[0], begun[0], rtol=0, atol=1e-6)
    assert (np.abs(again[1:] - begun[1:]).max(axis=1) > 1e-4).all()


@masks
@sequences
@pytest.mark.parametrize("chance", [{}, {"recurrent_dropout": 0.3}])
@pytest.mark.parametrize("rows", [None, [1, 2], [0, 1, 2, 3, 4]])
def test_the_initial_state_is_learnt_by_the_rows_that_begin_with_it(
    rows, chance, return_sequences, mask, monkeypatch
):
    rng = np.random.default_rng(4)
    layer, x = made(
        rng, initial_state_initializer="zeros", return_sequences=return_sequences,
        stateful=rows is not None, **chance,
    )  # fmt: skip
    noise = layer.noise(T, B, I, layer.store, False)
    monkeypatch.setattr(layer, "noise", lambda *shape: noise)
    row = layer.parameters["initial_state"]
    assert [w.shape for w in layer.weights] == [(I, 3 * H), (H, 3 * H), (2, 3 * H), (H,)]
    fresh, carried = np.ones(B, bool), np.zeros((B, H))
    if rows is not None:
        layer.forward(x, mask)
        carried = layer.states[0]
        layer.reset_states(rows)
        fresh = np.isin(np.arange(B), rows)
    y, _, backward = layer.forward(x, mask)
    dy = rng.standard_normal(y.shape)

    def value():
        return expected(layer, x, np.where(fresh[:, None], row, carried), mask)[0]

    assert_allclose(y, value(), rtol=0, atol=1e-13)
    dx = backward(dy)
    pairs = [(x, dx), *((layer.parameters[k], grad) for k, grad in layer.gradients.items())]
    assert_gradient(lambda: (value() * dy).sum(), *zip(*pairs, strict=True), rng)
    assert_gradient(
        lambda: (value() * dy).sum(), [row], [layer.gradients["initial_state"]], rng
    )


def test_the_learnt_state_is_where_sequences_begin():
    layer = GRU(H, initial_state_initializer="ones", dtype="float64")
    layer.build((None, T, I))
    assert_array_equal(layer.get_initial_state(2)[0], np.ones((2, H)))
    assert_array_equal(GRU(H).get_initial_state(3), np.zeros((1, 3, H)))
    x = np.random.default_rng(5).standard_normal((T, B, I))
    wanted = expected(layer, x, np.ones((B, H)))[0]
    assert_allclose(layer(x.swapaxes(0, 1)), wanted, rtol=0, atol=1e-13)
    model = fastgru.Sequential([Input((T, I)), GRU(H, initial_state_initializer="ones")])
    model.compile("sgd", "mse")
    before = model.get_weights()[3]
    model.fit(x.swapaxes(0, 1), np.zeros((B, H)), verbose=0)
    assert (model.get_weights()[3] != before).all()


def test_a_model_gives_the_state_as_its_second_output():
    rng = np.random.default_rng(6)
    last = GRU(H, return_state=True, return_sequences=True, name="last")
    model = fastgru.Sequential([Input((T, I)), GRU(5, return_sequences=True), last])
    x = rng.standard_normal((7, T, I)).astype(np.float32)
    y, h = model.predict(x, batch_size=3, verbose=0)
    assert (type(y), y.shape, h.shape) == (np.ndarray, (7, T, H), (7, H))
    assert_array_equal(y[:, -1], h)
    for found in (model(x), model(x, training=True), model.predict_on_batch(x)):
        assert isinstance(found, tuple)
        assert_allclose(found[0], y, rtol=0, atol=1e-6)
    model.compile("sgd", "mse")
    sentence = "fit: the model's output must be one array; got 2 of last."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        model.fit(x, x, verbose=0)
    sentence = "Sequential.build: a layer that gives several arrays must come last; got last."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        model.add(Dense(1))


def test_initial_states_that_do_not_fit_are_refused():
    layer = GRU(H, name="s")
    for given, got in ((np.ones((3, H)), "(3, 4)"), ([np.ones((B, H))] * 2, "(2, 5, 4)")):
        sentence = f"s: initial_state must have shape (5, 4); got {got}."
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            layer(np.ones((B, T, I)), initial_state=given)
    sentence = "s: batch_size must be at least 1; got 0."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        layer.get_initial_state(0)


OPTIONS = {
    "dropout": {"dropout": 0.2},
    "recurrent_dropout": {"recurrent_dropout": 0.2},
    "zoneout": {"zoneout": 0.2},
    "stateful": {"stateful": True},
    "learnt": {"initial_state_initializer": "ones"},
    "return_state": {"return_state": True},
    "go_backwards": {"go_backwards": True},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_a_stage_or_a_program_does_not_know_goes_through_the_layer(name):
    def stage_of(**options):
        layer = GRU(3, **options)
        layer.build((None, 5, 4))
        return layer.stage((5, 2, 4))

    assert stage_of() is not None
    assert stage_of(**OPTIONS[name]) is None
    model = fastgru.Sequential([Input((5, 4)), GRU(3, **OPTIONS[name])])
    program = compiled.build(model, 2, 5)
    # Dropout is nothing to a prediction.
    assert (program is not None) == (name in ("dropout", "recurrent_dropout"))


def test_a_model_that_ends_with_states_takes_sequences_of_different_lengths():
    model = fastgru.Sequential(
        [Input((5, 4)), GRU(3, return_sequences=True, return_state=True)]
    )
    rng = np.random.default_rng(8)
    x, lengths = rng.standard_normal((9, 5, 4)), rng.integers(1, 6, 9)
    y, last = model.predict(x, batch_size=2, lengths=lengths, verbose=0)
    assert y.shape == (9, 5, 3)
    assert_array_equal(y[np.arange(9), lengths - 1], last)
    for row, length in zip(y, lengths, strict=True):
        assert not row[length:].any()
