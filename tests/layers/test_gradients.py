"""What backward returns and adds is the gradient of the layer, as the reference has it."""

import itertools

import numpy as np
import pytest
import reference
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build, forward, gru
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import activations
from fastgru.layers import GRU, Activation, Dense, Dropout, Embedding, Flatten, Masking

masks = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
F64 = {"dtype": "float64"}


def assert_backward(layers, expected, x, rng, mask=None, free=None):
    """`expected()` is the stack's output by the reference, read from `x` and the weights.

    free: arrays to move instead of x, with dx as their gradient.
    """
    y, _, backward = forward(layers, x, mask)
    assert_allclose(y, expected(), rtol=1e-12, atol=1e-12)
    dy = rng.standard_normal(y.shape)
    dx = backward(dy)
    free = [x] if free is None else free
    pairs = list(zip(free, [dx] * len(free), strict=True))
    for layer in layers:
        pairs += [(layer.parameters[name], grad) for name, grad in layer.gradients.items()]
    for array, grad in pairs:
        assert_gradient(lambda: (expected() * dy).sum(), [array], [grad], rng)
    return dx


@masks
@pytest.mark.parametrize(
    ("return_sequences", "go_backwards", "reset_after", "use_bias"),
    [*itertools.product([True, False], [True, False], [True, False], [True])]
    + [(True, False, True, False), (False, False, False, False)],
)
def test_gru(mask, return_sequences, go_backwards, reset_after, use_bias):
    rng = np.random.default_rng(0)
    options = {
        "return_sequences": return_sequences,
        "go_backwards": go_backwards,
        "reset_after": reset_after,
        "use_bias": use_bias,
    }
    layer = build(GRU(4, **options, **F64), (None, T, 3), rng)
    x, h0 = rng.standard_normal((T, B, 3)), rng.standard_normal((B, 4))
    y, behind, backward = layer.forward(x, mask, initial_state=h0)
    assert behind is (mask if return_sequences else None)
    dy = rng.standard_normal(y.shape)
    dx, dh0 = backward(dy)
    for array, grad in [(x, dx), (h0, dh0)] + [
        (layer.parameters[name], grad) for name, grad in layer.gradients.items()
    ]:
        assert_gradient(lambda: (gru(layer, x, mask, h0) * dy).sum(), [array], [grad], rng)
    if mask is not None and not mask.any():
        assert_array_equal(dh0, dy.sum(axis=0) if return_sequences else dy)


@masks
@pytest.mark.parametrize("go_backwards", [True, False])
def test_gru_that_zeroes_the_output_of_masked_steps(mask, go_backwards):
    rng = np.random.default_rng(1)
    layer = GRU(
        3, return_sequences=True, zero_output_for_mask=True, go_backwards=go_backwards, **F64
    )
    build(layer, (None, T, 2), rng)
    x = rng.standard_normal((T, B, 2))
    assert_backward([layer], lambda: gru(layer, x, mask), x, rng, mask)


@pytest.mark.parametrize("pair", [("gelu", "sigmoid"), ("tanh", "silu"), ("elu", "softsign")])
@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_with_other_activations(reset_after, pair):
    rng = np.random.default_rng(2)
    layer = build(GRU(3, *pair, reset_after=reset_after, **F64), (None, T, 2), rng)
    x, mask = rng.standard_normal((T, B, 2)), MASKS["holes"]
    assert_backward([layer], lambda: gru(layer, x, mask), x, rng, mask)


@pytest.mark.parametrize("activation", activations.NAMES)
@pytest.mark.parametrize("shape", [(5, 3), (T, B, 3)])
@pytest.mark.parametrize("use_bias", [True, False])
def test_dense(use_bias, shape, activation):
    rng = np.random.default_rng(3)
    layer = Dense(4, activation, use_bias=use_bias, **F64)
    build(layer, (None, *shape[1:]), rng)
    x = rng.standard_normal(shape)
    assert_backward(
        [layer],
        lambda: reference.dense(x, *layer.parameters.values(), activation=activation),
        x,
        rng,
    )


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_the_scores_of_dense_are_its_affine_part(activation):
    rng = np.random.default_rng(4)
    layer = build(Dense(4, activation, **F64), (None, 3), rng)
    x, dy = rng.standard_normal((5, 3)), rng.standard_normal((5, 4))
    y, _, backward = layer.forward_scores(x)
    assert_allclose(y, reference.dense(x, *layer.parameters.values()), rtol=1e-12)
    pairs = [
        (x, backward(dy)),
        *zip(layer.parameters.values(), layer.gradients.values(), strict=True),
    ]
    for array, grad in pairs:
        assert_gradient(
            lambda: (reference.dense(x, *layer.parameters.values()) * dy).sum(),
            [array],
            [grad],
            rng,
        )


@pytest.mark.parametrize("name", activations.NAMES)
@pytest.mark.parametrize("shape", [(5, 3), (T, B, 3)])
def test_activation(shape, name):
    rng = np.random.default_rng(5)
    layer = build(Activation(name, **F64), (None, *shape[1:]), rng)
    x = rng.standard_normal(shape)
    assert_backward([layer], lambda: reference.ACTIVATIONS[name](x), x, rng)


@pytest.mark.parametrize("shape", [(5, 3), (T, B, 3), (T, B, 2, 3)])
@pytest.mark.parametrize("channels", ["last", "first"])
def test_flatten(shape, channels):
    rng = np.random.default_rng(6)
    layer = build(Flatten(f"channels_{channels}", **F64), (None, *shape[1:]), rng)
    x = rng.standard_normal(shape)

    def expected():
        seen = x if x.ndim < 3 else x.swapaxes(0, 1)
        return reference.flatten(seen if channels == "last" else np.moveaxis(seen, 1, -1))

    assert_backward([layer], expected, x, rng)


@pytest.mark.parametrize("mask_zero", [True, False])
def test_embedding(mask_zero):
    rng = np.random.default_rng(7)
    layer = build(Embedding(6, 4, mask_zero=mask_zero, **F64), (None, T), rng)
    ids = rng.integers(0, 4, (B, T))
    y, mask, backward = layer.forward(ids)
    dy = rng.standard_normal(y.shape)
    assert backward(dy) is None
    assert_array_equal(mask, ids.T != 0 if mask_zero else None)
    E, dE = layer.parameters["embeddings"], layer.gradients["embeddings"]
    assert_gradient(lambda: (reference.embedding(ids.T, E) * dy).sum(), [E], [dE], rng)
    assert_array_equal(layer.store.used[layer], np.isin(np.arange(6), ids))


def test_masking():
    rng = np.random.default_rng(8)
    layer = build(Masking(mask_value=-1.5, **F64), (None, T, 3), rng)
    kept = MASKS["holes_and_an_empty_row"][..., None]
    # Only steps that are kept can be moved: a step that is near the value is not masked.
    free = rng.standard_normal((T, B, 3))
    x = np.where(kept, free, -1.5)
    x[kept[..., 0] > 0, 0] = free[kept[..., 0] > 0, 0] = -1.5
    dx = assert_backward([layer], lambda: free * kept, x, rng, free=[free])
    assert not dx[kept[..., 0] == 0].any()


@pytest.mark.parametrize("own_seed", [True, False])
@pytest.mark.parametrize(
    ("shape", "noise_shape", "inner"),
    [
        ((5, 3), None, (5, 3)),
        ((5, 3), (None, 1), (5, 1)),
        ((T, B, 3), None, (T, B, 3)),
        ((T, B, 3), (None, 1, None), (1, B, 3)),
        ((T, B, 3), (B, None, 1), (T, B, 1)),
    ],
)
def test_dropout(shape, noise_shape, inner, own_seed):
    rng = np.random.default_rng(9)
    layer = Dropout(0.4, noise_shape, seed=11 if own_seed else None, **F64)
    build(layer, (None, *shape[1:]), rng)
    layer.store.rng = np.random.default_rng(12)
    noise = np.random.default_rng(11 if own_seed else 12)
    kept = noise.random(inner, np.float32) >= 0.4
    assert 0 < kept.mean() < 1
    x = rng.standard_normal(shape)
    assert_backward([layer], lambda: reference.dropout(x, kept, 0.4), x, rng)


@pytest.mark.parametrize("rate", [0, 1])
def test_dropout_at_its_ends_passes_all_or_nothing(rate):
    rng = np.random.default_rng(10)
    layer = build(Dropout(rate, **F64), (None, 3), rng)
    x = rng.standard_normal((5, 3))
    assert_backward([layer], lambda: x * (1 - rate), x, rng)


@pytest.mark.parametrize("padding", [True, False])
def test_stack_over_token_ids(padding):
    rng = np.random.default_rng(11)
    e = build(Embedding(5, 3, mask_zero=padding, **F64), (None, T), rng)
    a = build(GRU(4, return_sequences=True, **F64), (None, T, 3), rng)
    b = build(GRU(3, go_backwards=True, reset_after=False, **F64), (None, T, 4), rng)
    d = build(Dense(2, "sigmoid", **F64), (None, 3), rng)
    ids = rng.integers(0, 5, (B, T))
    ids[2], ids[3, :4] = 0, 0
    mask = (ids.T != 0).astype(np.uint8) if padding else None

    def expected():
        states = gru(a, reference.embedding(ids.T, e.weights[0]), mask)
        return reference.dense(gru(b, states, mask), *d.weights, "sigmoid")

    assert_backward([e, a, b, d], expected, ids, rng, free=[])


def test_stack_over_masked_series():
    rng = np.random.default_rng(12)
    m = build(Masking(**F64), (None, T, 3), rng)
    a = build(GRU(4, return_sequences=True, go_backwards=True, **F64), (None, T, 3), rng)
    o = build(Dropout(0.3, seed=5, **F64), (None, T, 4), rng)
    b = build(GRU(3, return_sequences=True, reset_after=False, **F64), (None, T, 4), rng)
    d = build(Dense(2, "softmax", **F64), (None, T, 3), rng)
    mask = MASKS["holes_and_an_empty_row"]
    free = rng.standard_normal((T, B, 3))
    x = free * mask[..., None]
    kept = np.random.default_rng(5).random((T, B, 4), np.float32) >= 0.3

    def expected():
        # As in Keras, a mask is not reversed behind a layer that goes backwards.
        states = reference.dropout(gru(a, free, mask), kept, 0.3)
        return reference.dense(gru(b, states, mask), *d.weights, "softmax")

    assert_backward([m, a, o, b, d], expected, x, rng, free=[free])


def test_stack_that_is_flattened():
    rng = np.random.default_rng(13)
    a = build(GRU(3, return_sequences=True, **F64), (None, T, 2), rng)
    s = build(Activation("softsign", **F64), (None, T, 3), rng)
    f = build(Flatten(**F64), (None, T, 3), rng)
    d = build(Dense(2, "gelu", **F64), (None, T * 3), rng)
    x = rng.standard_normal((T, B, 2))

    def expected():
        states = reference.ACTIVATIONS["softsign"](gru(a, x))
        return reference.dense(reference.flatten(states.swapaxes(0, 1)), *d.weights, "gelu")

    assert_backward([a, s, f, d], expected, x, rng)
