"""A GRU with dropout, recurrent dropout and zoneout: exact with given masks, fair without."""

import itertools

import numpy as np
import pytest
import reference_rnn
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.layers import GRU
from fastgru.layers.recurrent.loop import Noise

I, H = 3, 4
F64 = {"dtype": "float64"}
SOME = ("no_mask", "padding_before", "holes_and_an_empty_row", "all_padding")
masks = pytest.mark.parametrize("mask", [MASKS[name] for name in SOME], ids=SOME)
resets = pytest.mark.parametrize("reset_after", [True, False])


def factors(rng, *shape):
    """Factors that no two gates, rows or units share."""
    return np.where(rng.random(shape) < 0.3, 0, rng.uniform(0.5, 2, shape))


KINDS = {
    "one_input_mask": lambda rng: Noise(factors(rng, 1, B, I)),
    "input_masks": lambda rng: Noise(factors(rng, 3, B, I)),
    "recurrent_masks": lambda rng: Noise(None, factors(rng, 3, B, H)),
    "both": lambda rng: Noise(factors(rng, 3, B, I), factors(rng, 3, B, H)),
    "zoneout": lambda rng: Noise(zoneout=(rng.random((T, B, H)) < 0.4) * 1.0),
    "all": lambda rng: Noise(
        factors(rng, 1, B, I), factors(rng, 3, B, H), rng.uniform(0, 1, (T, B, H))
    ),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def disturbed(monkeypatch, noise, rng, **options):
    """A layer whose passes are disturbed by this noise; it asks for some to be asked."""
    layer = build(GRU(H, dropout=0.5, return_state=True, **options, **F64), (None, T, I), rng)
    monkeypatch.setattr(layer, "noise", lambda *shape: noise)
    return layer


def expected(layer, x, h0, mask, noise):
    """(y, final state) by the reference, read from the layer's weights."""

    def picked(parts):
        return lambda k: 1.0 if parts is None else parts[min(k, len(parts) - 1)]

    every, (last,) = reference_rnn.run(
        reference_rnn.gru, x, [h0], None if mask is None else mask > 0, noise.zoneout,
        layer.go_backwards, weights=layer.weights, drop_x=picked(noise.inputs),
        drop_h=picked(noise.recurrent), reset_after=layer.reset_after,
    )  # fmt: skip
    if layer.zero_output_for_mask and mask is not None:
        every = every * (mask[::-1] if layer.go_backwards else mask)[..., None]
    return (every if layer.return_sequences else last), last


@masks
@kinds
@resets
@pytest.mark.parametrize(
    ("sequences", "backwards"), [(True, False), (False, True), (True, True)]
)
def test_values_and_gradients_with_given_masks(
    sequences, backwards, reset_after, kind, mask, monkeypatch
):
    rng = np.random.default_rng(0)
    noise = KINDS[kind](rng)
    layer = disturbed(
        monkeypatch, noise, rng, return_sequences=sequences, go_backwards=backwards,
        reset_after=reset_after, zero_output_for_mask=sequences and kind == "both",
    )  # fmt: skip
    x, h0 = rng.standard_normal((T, B, I)), rng.standard_normal((B, H))
    (y, last), _, backward = layer.forward(x, mask, initial_state=h0)
    for found, wanted in zip((y, last), expected(layer, x, h0, mask, noise), strict=True):
        assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    dy, dlast = rng.standard_normal(y.shape), rng.standard_normal(last.shape)
    dx, dh0 = backward((dy, dlast))

    def loss():
        y, last = expected(layer, x, h0, mask, noise)
        return (y * dy).sum() + (last * dlast).sum()

    pairs = [(x, dx), (h0, dh0)]
    pairs += [(layer.parameters[name], grad) for name, grad in layer.gradients.items()]
    assert_gradient(loss, *zip(*pairs, strict=True), rng)


@kinds
def test_nan_in_padding_reaches_nothing(kind, monkeypatch):
    rng = np.random.default_rng(1)
    layer = disturbed(monkeypatch, KINDS[kind](rng), rng)
    x, mask = rng.standard_normal((T, B, I)), MASKS["holes_and_an_empty_row"]
    x[mask == 0] = np.nan
    (y, _), _, backward = layer.forward(x, mask)
    dx = backward((np.ones_like(y), None))
    assert np.isfinite(y).all() and np.isfinite(dx).all()
    assert all(np.isfinite(grad).all() for grad in layer.gradients.values())
    assert (dx[mask == 0] == 0).all()


@resets
@pytest.mark.parametrize(
    "options",
    [{"dropout": 0.4}, {"recurrent_dropout": 0.4}, {"dropout": 0.3, "recurrent_dropout": 0.2}],
)
def test_prediction_is_not_disturbed_by_dropout(options, reset_after):
    rng = np.random.default_rng(2)
    layer = build(GRU(H, reset_after=reset_after, **options), (None, T, I), rng)
    plain = build(GRU(H, reset_after=reset_after), (None, T, I), rng)
    plain.set_weights(layer.get_weights())
    x = rng.standard_normal((B, T, I))
    assert_array_equal(layer(x), plain(x))
    assert (layer(x, training=True) != plain(x)).any()


@resets
@masks
def test_prediction_keeps_the_expected_share_of_the_state(mask, reset_after):
    rng = np.random.default_rng(3)
    layer = build(GRU(H, zoneout=0.3, reset_after=reset_after, **F64), (None, T, I), rng)
    x, h0 = rng.standard_normal((T, B, I)), rng.standard_normal((B, H))
    wanted, _ = expected(layer, x, h0, mask, Noise(zoneout=0.3))
    assert_allclose(layer.predict(x, mask, initial_state=h0)[0], wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("implementation", [1, 2])
def test_a_rate_of_one_drops_nothing_as_in_keras(implementation):
    layer = GRU(H, dropout=1.0, recurrent_dropout=1.0, implementation=implementation)
    x = np.random.default_rng(4).standard_normal((B, T, I))
    assert_array_equal(layer(x, training=True), layer(x))


def drawn(rows=4000, **options):
    layer = GRU(H, seed=7, dtype="float64", **options)
    layer.build((None, T, I))
    return layer.noise(T, rows, I, layer.store, True)


def assert_factors(found, rate):
    """Zeros and 1 / (1 - rate), as many as the rate says, within four deviations."""
    assert_allclose(np.unique(found), [0, 1 / (1 - rate)], rtol=1e-15)
    deviation = np.sqrt(rate * (1 - rate) / found[..., 0].size)
    shares = (found == 0).mean(axis=tuple(range(found.ndim - 1)))
    assert (np.abs(shares - rate) < 4 * deviation).all()


def test_factors_are_drawn_at_the_rate_for_every_gate():
    noise = drawn(dropout=0.2, recurrent_dropout=0.35, zoneout=0.15)
    assert noise.inputs.shape == (3, 4000, I) and noise.recurrent.shape == (3, 4000, H)
    assert_factors(noise.inputs, 0.2)
    assert_factors(noise.recurrent, 0.35)
    assert noise.zoneout.shape == (T, 4000, H)
    assert set(np.unique(noise.zoneout)) == {0, 1}
    deviation = np.sqrt(0.15 * 0.85 / noise.zoneout[..., 0].size)
    assert (np.abs(noise.zoneout.mean(axis=(0, 1)) - 0.15) < 4 * deviation).all()
    for one, other in itertools.combinations(noise.recurrent, 2):
        # Independent of each other: equal where chance has it so.
        assert abs((one == other).mean() - (0.35**2 + 0.65**2)) < 0.02


def test_without_recurrent_dropout_there_is_one_input_mask():
    assert drawn(dropout=0.2).inputs.shape == (1, 4000, I)
    assert drawn(dropout=0.2, implementation=1).inputs.shape == (3, 4000, I)
    assert drawn(dropout=0.2).recurrent is None


@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout", "zoneout"])
def test_a_seed_repeats_and_calls_differ(option):
    x = np.random.default_rng(5).standard_normal((B, T, I))
    layers = [GRU(H, seed=11, **{option: 0.5}) for _ in range(2)]
    weights = None
    found = []
    for layer in layers:
        layer(x)
        weights = weights or layer.get_weights()
        layer.set_weights(weights)
        found.append([layer(x, training=True) for _ in range(2)])
    assert_array_equal(found[0], found[1])
    assert (found[0][0] != found[0][1]).any()
