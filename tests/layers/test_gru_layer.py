"""What the GRU layer returns: the equations' values, in training, in predict, for users."""

import itertools

import numpy as np
import pytest
from layer_runs import MASKS, B, T, build, gru
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.layers import GRU, gru_pass

# States are of size 1 and some ten roundings of up to 4 ulp deep; pre-activations of size 5.
TOLERANCE = {"float32": 3e-6, "float64": 1e-14}

masks = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)
variants = pytest.mark.parametrize(
    ("return_sequences", "go_backwards", "reset_after"),
    [*itertools.product([True, False], repeat=3)],
)


def layer_and_data(rng, dtype, H=5, I=3, **options):
    """A built layer, x (T, B, I) and h0 (B, H)."""
    layer = build(GRU(H, dtype=dtype, **options), (None, T, I), rng)
    return layer, *(rng.standard_normal(s).astype(dtype) for s in ((T, B, I), (B, H)))


def exact(layer, x, mask=None, h0=None):
    """The reference in float64, on the layer's own float32 numbers."""
    twin = GRU(
        layer.units, dtype="float64", return_sequences=layer.return_sequences,
        go_backwards=layer.go_backwards, reset_after=layer.reset_after, use_bias=layer.use_bias,
        zero_output_for_mask=layer.zero_output_for_mask,
    )  # fmt: skip
    twin.build((None, *x.shape[::2]))
    twin.set_weights(layer.get_weights())
    return gru(twin, *(None if a is None else a.astype(np.float64) for a in (x, mask, h0)))


@dtypes
@masks
@variants
@pytest.mark.parametrize("given_state", [True, False])
def test_values_are_those_of_the_equations(
    given_state, return_sequences, go_backwards, reset_after, mask, dtype
):
    layer, x, h0 = layer_and_data(
        np.random.default_rng(0), dtype, return_sequences=return_sequences,
        go_backwards=go_backwards, reset_after=reset_after,
    )  # fmt: skip
    state = {"initial_state": h0} if given_state else {}
    expected = exact(layer, x, mask, h0 if given_state else None)
    trained = layer.forward(x, mask, **state)[0].copy()
    predicted, behind = layer.predict(x, mask, **state)
    assert trained.dtype == dtype
    assert_allclose(trained, expected, rtol=0, atol=TOLERANCE[dtype])
    # The same products in the same shapes: one chunk holds the whole batch.
    assert_array_equal(predicted, trained)
    assert behind is (mask if return_sequences else None)


@dtypes
@masks
@variants
def test_predict_in_small_chunks_is_predict_in_one(
    return_sequences, go_backwards, reset_after, mask, dtype, monkeypatch
):
    layer, x, h0 = layer_and_data(
        np.random.default_rng(1), dtype, return_sequences=return_sequences,
        go_backwards=go_backwards, reset_after=reset_after,
    )  # fmt: skip
    whole = layer.predict(x, mask, initial_state=h0)[0].copy()
    monkeypatch.setattr(gru_pass, "CHUNK", 1)
    chunked = layer.predict(x, mask, initial_state=h0)[0]
    # BLAS may add up x W in another order for another number of rows.
    assert_allclose(chunked, whole, rtol=0, atol=TOLERANCE[dtype])


@dtypes
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("return_sequences", [True, False])
def test_a_batch_of_many_chunks_has_the_values_of_the_equations(
    return_sequences, masked, dtype
):
    rng = np.random.default_rng(2)
    layer = GRU(64, return_sequences=return_sequences, dtype=dtype)
    layer.build((None, 40, 8))
    # Small enough for the recurrence not to be chaotic over 40 steps.
    layer.set_weights([0.1 * rng.standard_normal(w.shape) for w in layer.weights])
    x = rng.standard_normal((40, 210, 8)).astype(dtype)
    assert 40 * 210 > 8 * gru_pass.CHUNK // (16 * 64)
    mask = (rng.random((40, 210)) < 0.9).astype(np.uint8) if masked else None
    expected = exact(layer, x, mask)
    trained = layer.forward(x, mask)[0].copy()
    for y in (trained, layer.predict(x, mask)[0]):
        assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])


@dtypes
@masks
@pytest.mark.parametrize("go_backwards", [True, False])
def test_zero_output_for_mask_zeroes_sequences_and_no_final_state(go_backwards, mask, dtype):
    for return_sequences in (True, False):
        layer, x, h0 = layer_and_data(
            np.random.default_rng(3), dtype, return_sequences=return_sequences,
            go_backwards=go_backwards, zero_output_for_mask=True,
        )  # fmt: skip
        expected = exact(layer, x, mask, h0)
        trained = layer.forward(x, mask, initial_state=h0)[0].copy()
        assert_allclose(trained, expected, rtol=0, atol=TOLERANCE[dtype])
        assert_array_equal(layer.predict(x, mask, initial_state=h0)[0], trained)


@pytest.mark.parametrize("reset_after", [True, False])
def test_without_bias_the_values_are_those_of_zero_biases(reset_after):
    layer, x, _ = layer_and_data(
        np.random.default_rng(4), "float64", reset_after=reset_after, use_bias=False
    )
    assert [w.shape for w in layer.weights] == [(3, 15), (5, 15)]
    assert_allclose(layer.predict(x)[0], exact(layer, x), rtol=0, atol=TOLERANCE["float64"])


def test_x_mask_and_initial_state_are_not_changed():
    for mask in MASKS.values():
        for go_backwards in (True, False):
            layer, x, h0 = layer_and_data(
                np.random.default_rng(5), "float32", go_backwards=go_backwards
            )
            given = [a for a in (x, h0, mask) if a is not None]
            before = [a.copy() for a in given]
            _, _, backward = layer.forward(x, mask, initial_state=h0)
            dy = np.ones((B, 5), np.float32)
            backward(dy)
            layer.predict(x, mask, initial_state=h0)
            assert (dy == 1).all()
            for array, copy in zip(given, before, strict=True):
                assert_array_equal(array, copy)


@dtypes
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("return_sequences", [True, False])
def test_the_call_takes_and_gives_batch_first(return_sequences, training, dtype):
    layer, x, h0 = layer_and_data(
        np.random.default_rng(6), dtype, return_sequences=return_sequences
    )
    users = np.ascontiguousarray(x.swapaxes(0, 1))
    for mask in MASKS.values():
        theirs = None if mask is None else mask.T > 0
        y = layer(users, mask=theirs, initial_state=h0, training=training)
        expected = exact(layer, x, mask, h0)
        expected = expected.swapaxes(0, 1) if return_sequences else expected
        assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])


def test_the_call_takes_lists_integers_and_a_state_in_a_list():
    layer, _, h0 = layer_and_data(np.random.default_rng(7), "float64", H=2, I=1)
    x, mask = [[[1], [2], [3]], [[4], [5], [6]]], [[1, 0, 1], [0, 1, 1]]
    y = layer(x, mask=mask, initial_state=[h0[:2]])
    turned = np.array(x, np.float64).swapaxes(0, 1)
    assert_allclose(y, exact(layer, turned, np.array(mask, np.uint8).T, h0[:2]), atol=1e-14)


def test_the_result_of_a_call_is_the_callers_own():
    layer, x, _ = layer_and_data(np.random.default_rng(8), "float32", return_sequences=True)
    first = layer(x)
    kept = first.copy()
    layer(2 * x)
    assert_array_equal(first, kept)


@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 0, 3), (0, 0, 3)])
def test_a_batch_without_rows_or_steps_gives_what_there_is(shape, return_sequences):
    layer, _, h0 = layer_and_data(
        np.random.default_rng(9), "float32", return_sequences=return_sequences
    )
    y = layer(np.zeros(shape), initial_state=h0[: shape[0]])
    if return_sequences:
        assert y.shape == (*shape[:2], 5)
    else:
        assert_array_equal(y, h0[: shape[0]])
