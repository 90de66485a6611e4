"""Setting weights all or nothing; what backward adds, sets, and refuses."""

import re

import numpy as np
import pytest
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.layers import GRU, Activation, Dense, Embedding

F64 = {"dtype": "float64"}
WITH_WEIGHTS = {
    "GRU": lambda: GRU(4, **F64),
    "GRU_before": lambda: GRU(4, reset_after=False, return_sequences=True, **F64),
    "GRU_without_bias": lambda: GRU(4, use_bias=False, **F64),
    "Dense": lambda: Dense(4, "tanh", **F64),
    "Dense_without_bias": lambda: Dense(4, use_bias=False, **F64),
    "Embedding": lambda: Embedding(5, 4, **F64),
}
RAGGED = "rows of different lengths. fastgru.utils.pad_sequences makes them equal."
makers = pytest.mark.parametrize("make", WITH_WEIGHTS.values(), ids=WITH_WEIGHTS)


def built(make, rng):
    """A layer, and a function of nothing that makes an input for it."""
    layer = make()
    build(layer, (None, T) if layer.takes_ids else (None, T, 3), rng)
    if layer.takes_ids:
        return layer, lambda: rng.integers(0, 5, (B, T))
    return layer, lambda: rng.standard_normal((T, B, 3))


def run(layer, x, mask, dy_of, **how):
    """dx (a copy) of one pass with an upstream gradient dy_of(shape)."""
    y, _, backward = layer.forward(x, mask)
    dx = backward(dy_of(y.shape), **how)
    return None if dx is None else dx.copy()


@makers
def test_set_weights_takes_what_get_weights_gives(make):
    rng = np.random.default_rng(0)
    layer, _ = built(make, rng)
    wanted = [rng.standard_normal(w.shape) for w in layer.weights]
    views = layer.weights
    layer.set_weights([w.tolist() for w in wanted])
    for ours, view, theirs in zip(layer.get_weights(), views, wanted, strict=True):
        assert_array_equal(ours, theirs)
        # The model's memory, not a new array.
        assert_array_equal(view, theirs)
        ours[...] = 0
    assert layer.weights[0].any()


@pytest.mark.parametrize(
    ("weights", "kind", "sentence"),
    [
        ([], ValueError, "d.set_weights: weights must have shapes (4, 3), (3,); got none."),
        ([np.ones((4, 3))], ValueError,
         "d.set_weights: weights must have shapes (4, 3), (3,); got (4, 3)."),
        ([np.ones((4, 3)), np.ones(4)], ValueError,
         "d.set_weights: weights must have shapes (4, 3), (3,); got (4, 3), (4,)."),
        ([np.ones((4, 3)), "a"], TypeError,
         "d.set_weights: weights must hold numbers; got str."),
        ([np.ones((4, 3)), [1, [2]]], ValueError,
         f"d.set_weights: weights must be one array of numbers; got {RAGGED}"),
        (3, TypeError, "d.set_weights: weights must be a list of arrays; got 3."),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused_and_nothing_is_changed(weights, kind, sentence):
    layer = build(Dense(3, name="d"), (None, 4), np.random.default_rng(1))
    before = layer.get_weights()
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        layer.set_weights(weights)
    for ours, theirs in zip(layer.get_weights(), before, strict=True):
        assert_array_equal(ours, theirs)


def test_weights_cannot_be_set_before_the_layer_is_built():
    sentence = "d: the layer must be built before set_weights; got no input shape."
    with pytest.raises(RuntimeError, match=f"^{re.escape(sentence)}$"):
        Dense(3, name="d").set_weights([])


@makers
@pytest.mark.parametrize("mask", ["no_mask", "holes_and_an_empty_row", "all_padding"])
def test_gradients_are_added_until_they_are_set_to_zero(mask, make):
    rng = np.random.default_rng(2)
    layer, inputs = built(make, rng)
    first, second = inputs(), inputs()
    parts = []
    for x in (first, second):
        layer.zero_gradients()
        assert not any(g.any() for g in layer.gradients.values())
        run(layer, x, MASKS[mask], np.ones)
        parts.append({name: g.copy() for name, g in layer.gradients.items()})
    layer.zero_gradients()
    for x in (first, second, second):
        run(layer, x, MASKS[mask], np.ones)
    for name, total in layer.gradients.items():
        # Sums of at most 90 products, in another order.
        expected = parts[0][name] + 2 * parts[1][name]
        assert_allclose(total, expected, rtol=1e-12, atol=1e-12, err_msg=name)


@makers
@pytest.mark.parametrize("mask", ["no_mask", "holes_and_an_empty_row"])
def test_without_dx_the_gradients_of_the_parameters_are_the_same(mask, make):
    rng = np.random.default_rng(3)
    layer, inputs = built(make, rng)
    x = inputs()
    run(layer, x, MASKS[mask], np.ones)
    expected = {name: g.copy() for name, g in layer.gradients.items()}
    layer.zero_gradients()
    assert run(layer, x, MASKS[mask], np.ones, want_dx=False) is None
    for name, grad in layer.gradients.items():
        assert_array_equal(grad, expected[name], err_msg=name)


@pytest.mark.parametrize(
    "make",
    [*WITH_WEIGHTS.values(), lambda: Activation("tanh"), lambda: Dense(3, "silu", **F64)],
    ids=[*WITH_WEIGHTS, "Activation", "Dense_silu"],
)
def test_backward_refuses_arrays_that_a_later_forward_has_overwritten(make):
    layer, inputs = built(make, np.random.default_rng(4))
    y, _, backward = layer.forward(inputs())
    dy = np.ones_like(y)
    layer.forward(inputs())
    sentence = (
        f"{layer.name}: backward must run before the layer's next forward; "
        "got a pass whose arrays have been reused."
    )
    with pytest.raises(RuntimeError, match=f"^{re.escape(sentence)}$"):
        backward(dy)


@pytest.mark.parametrize(
    "make",
    [
        *WITH_WEIGHTS.values(),
        lambda: Activation("tanh", **F64),
        lambda: Dense(3, "silu", **F64),
    ],
    ids=[*WITH_WEIGHTS, "Activation", "Dense_silu"],
)
def test_a_predict_in_between_never_gives_a_wrong_gradient(make):
    layer, inputs = built(make, np.random.default_rng(5))
    x = inputs()
    expected = run(layer, x, None, np.ones)
    y, _, backward = layer.forward(x)
    dy = np.ones_like(y)
    layer.predict(inputs())
    try:
        dx = backward(dy)
    except RuntimeError:
        return  # a refusal is as good
    assert_array_equal(dx, expected)


@pytest.mark.parametrize("batch", [7, 2])
def test_a_smaller_or_larger_batch_reuses_memory_without_a_trace(batch):
    rng = np.random.default_rng(6)
    layer = build(GRU(4, return_sequences=True, **F64), (None, None, 3), rng)
    fresh = GRU(4, return_sequences=True, **F64)
    fresh.build((None, None, 3))
    fresh.set_weights(layer.get_weights())
    run(layer, rng.standard_normal((T, B, 3)), MASKS["holes"], np.ones)
    layer.zero_gradients()
    x = rng.standard_normal((4, batch, 3))
    for mask in (None, (rng.random((4, batch)) < 0.5).astype(np.uint8)):
        dx, expected = (run(one, x, mask, np.ones) for one in (layer, fresh))
        assert_array_equal(dx, expected)
    for name, grad in layer.gradients.items():
        assert_array_equal(grad, fresh.gradients[name], err_msg=name)


def test_a_layers_gradients_of_nothing_are_zero_where_every_step_is_padding():
    rng = np.random.default_rng(7)
    layer = build(GRU(4, return_sequences=True, **F64), (None, T, 3), rng)
    dx = run(layer, rng.standard_normal((T, B, 3)), MASKS["all_padding"], np.ones)
    assert not dx.any()
    assert not any(grad.any() for grad in layer.gradients.values())


@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("steps_rows", [(4, 0), (0, 4), (0, 0)])
@pytest.mark.parametrize("masked", [True, False])
def test_backward_over_no_rows_or_steps_hands_on_what_it_got(
    masked, steps_rows, return_sequences
):
    rng = np.random.default_rng(8)
    layer = build(GRU(4, return_sequences=return_sequences, **F64), (None, None, 3), rng)
    rows = steps_rows[1]
    mask = np.ones(steps_rows, np.uint8) if masked else None
    y, _, backward = layer.forward(
        np.zeros((*steps_rows, 3)), mask, initial_state=np.ones((rows, 4))
    )
    dx, dh0 = backward(np.ones(y.shape))
    assert dx.shape == (*steps_rows, 3)
    assert_array_equal(dh0, np.zeros((rows, 4)) if return_sequences else np.ones((rows, 4)))
    assert not any(grad.any() for grad in layer.gradients.values())
