"""Gradients of the layers around a GRU, by differences of their own outputs, in float64.

What the outputs should be is in test_companions_values.py and in tests/keras_parity.
"""

import numpy as np
import pytest
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import layers as L

SEQUENCE, VECTOR, NESTED = (T, B, 4), (B, 4), (T, B, 5, 4)
#: A layer, and the shape of its input below the door.
MAKERS = {
    "conv valid": (lambda **k: L.Conv1D(3, 2, **k), SEQUENCE),
    "conv same": (lambda **k: L.Conv1D(3, 3, 2, "same", activation="gelu", **k), SEQUENCE),
    "conv causal": (lambda **k: L.Conv1D(3, 2, 1, "causal", None, 3, **k), SEQUENCE),
    "conv groups": (
        lambda **k: L.Conv1D(4, 3, 1, "same", groups=2, activation="tanh", **k), SEQUENCE,
    ),
    "conv no bias": (lambda **k: L.Conv1D(4, 1, groups=4, use_bias=False, **k), SEQUENCE),
    "conv channels first": (
        lambda **k: L.Conv1D(2, 3, 1, "same", "channels_first", activation="gelu", **k),
        SEQUENCE,
    ),
    "max": (lambda **k: L.MaxPooling1D(3, 2, "same", **k), SEQUENCE),
    "max gaps": (lambda **k: L.MaxPooling1D(1, 2, **k), SEQUENCE),
    "max channels first": (
        lambda **k: L.MaxPooling1D(2, data_format="channels_first", **k), SEQUENCE,
    ),
    "mean": (lambda **k: L.AveragePooling1D(2, **k), SEQUENCE),
    "mean same": (lambda **k: L.AveragePooling1D(4, 3, "same", **k), SEQUENCE),
    "global max": (lambda **k: L.GlobalMaxPooling1D(**k), SEQUENCE),
    "global mean": (lambda **k: L.GlobalAveragePooling1D(**k), SEQUENCE),
    "global kept": (
        lambda **k: L.GlobalAveragePooling1D("channels_first", keepdims=True, **k), SEQUENCE,
    ),
    "layer norm": (lambda **k: L.LayerNormalization(**k), SEQUENCE),
    "layer norm of vectors": (lambda **k: L.LayerNormalization(center=False, **k), VECTOR),
    "layer norm of steps": (lambda **k: L.LayerNormalization(1, scale=False, **k), SEQUENCE),
    "layer norm without a mean": (
        lambda **k: L.LayerNormalization([-1, 1], rms_scaling=True, **k), SEQUENCE,
    ),
    "layer norm of both": (lambda **k: L.LayerNormalization([-1, 1], **k), SEQUENCE),
    "layer norm of one in three": (lambda **k: L.LayerNormalization([1, 3], **k), NESTED),
    "batch norm": (lambda **k: L.BatchNormalization(**k), SEQUENCE),
    "batch norm of vectors": (lambda **k: L.BatchNormalization(scale=False, **k), VECTOR),
    "batch norm of steps": (lambda **k: L.BatchNormalization(1, center=False, **k), SEQUENCE),
    "batch norm nested": (lambda **k: L.BatchNormalization(2, **k), NESTED),
    "repeat": (lambda **k: L.RepeatVector(3, **k), VECTOR),
    "reshape": (lambda **k: L.Reshape((4, -1, 2), **k), SEQUENCE),
    "reshape flat": (lambda **k: L.Reshape((-1,), **k), SEQUENCE),
    "permute": (lambda **k: L.Permute((2, 1), **k), SEQUENCE),
    "permute three": (lambda **k: L.Permute((3, 1, 2), **k), NESTED),
    "pad": (lambda **k: L.ZeroPadding1D((2, 1), **k), SEQUENCE),
    "pad channels first": (
        lambda **k: L.ZeroPadding1D(1, data_format="channels_first", **k), SEQUENCE,
    ),
    "crop": (lambda **k: L.Cropping1D((1, 2), **k), SEQUENCE),
    "upsample": (lambda **k: L.UpSampling1D(3, **k), SEQUENCE),
    "rescale": (lambda **k: L.Rescaling([1, -2, 3, 0.5], [1, 2, 3, 4], **k), SEQUENCE),
    "relu": (lambda **k: L.ReLU(1.0, 0.3, 0.2, **k), SEQUENCE),
    "leaky": (lambda **k: L.LeakyReLU(0.4, **k), VECTOR),
    "elu": (lambda **k: L.ELU(0.4, **k), SEQUENCE),
    "prelu": (lambda **k: L.PReLU(**k), SEQUENCE),
    "prelu shared": (lambda **k: L.PReLU(shared_axes=[1], **k), NESTED),
    "prelu of vectors": (lambda **k: L.PReLU(shared_axes=1, **k), VECTOR),
    "softmax": (lambda **k: L.Softmax(**k), SEQUENCE),
    "softmax of steps": (lambda **k: L.Softmax(1, **k), SEQUENCE),
    "softmax of both": (lambda **k: L.Softmax([1, 2], **k), SEQUENCE),
    "time dense": (lambda **k: L.TimeDistributed(L.Dense(3, "tanh", **k)), SEQUENCE),
    "time conv": (lambda **k: L.TimeDistributed(L.Conv1D(3, 2, **k)), NESTED),
    "time gru": (lambda **k: L.TimeDistributed(L.GRU(3, **k)), NESTED),
    "time grus": (lambda **k: L.TimeDistributed(L.GRU(3, return_sequences=True, **k)), NESTED),
    "time flatten": (lambda **k: L.TimeDistributed(L.Flatten(**k)), NESTED),
    "time batch norm": (lambda **k: L.TimeDistributed(L.BatchNormalization(**k)), SEQUENCE),
    "time nested norm": (lambda **k: L.TimeDistributed(L.BatchNormalization(**k)), NESTED),
}  # fmt: skip
makers = pytest.mark.parametrize(("make", "shape"), MAKERS.values(), ids=MAKERS)
#: Those that look at the mask.
MASKED = {
    "batch norm": False, "batch norm of steps": False, "global mean": True,
    "softmax of steps": False, "softmax of both": False, "time batch norm": False,
}  # fmt: skip


def made(make, shape, rng, **more):
    layer = make(dtype="float64", **more)
    outer = shape if len(shape) < 3 else (shape[1], shape[0], *shape[2:])
    return build(layer, (None, *outer[1:]), rng)


def assert_gradients(layer, x, rng, mask=None):
    def output():
        return layer.forward(x, mask)[0]

    y, _, backward = layer.forward(x, mask)
    assert y.flags.c_contiguous
    dy = rng.standard_normal(y.shape)
    layer.zero_gradients()
    kept = dy.copy()
    dx = backward(dy).copy()
    assert_array_equal(dy, kept)
    assert (dx.shape, dx.flags.c_contiguous) == (x.shape, True)
    pairs = [(x, dx)]
    for spec in layer.specs:
        gradient = layer.gradients[spec.name]
        if spec.trainable:
            pairs.append((layer.parameters[spec.name], gradient.copy()))
        else:
            assert not gradient.any()
    for array, grad in pairs:
        assert_gradient(lambda: (output() * dy).sum(), [array], [grad], rng)


@makers
def test_gradients_of_input_and_weights(make, shape):
    rng = np.random.default_rng(0)
    assert_gradients(made(make, shape, rng), rng.standard_normal(shape), rng)


@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize("mask", list(MASKS)[1:])
def test_gradients_with_a_mask(mask, name):
    rng = np.random.default_rng(1)
    make, shape = MAKERS[name]
    mask = MASKS[mask]
    if MASKED[name] and not mask.any(axis=0).all():
        pytest.skip("a mean over no steps is NaN, as in Keras")
    assert_gradients(made(make, shape, rng), rng.standard_normal(shape), rng, mask)


@makers
def test_gradients_of_weights_do_not_need_that_of_the_input(make, shape):
    rng = np.random.default_rng(2)
    layer = made(make, shape, rng)
    x = rng.standard_normal(shape)
    found = []
    for want_dx in (True, False):
        y, _, backward = layer.forward(x)
        layer.zero_gradients()
        backward(np.cos(y), want_dx)
        found.append([gradient.copy() for gradient in layer.gradients.values()])
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-12)


@makers
def test_prediction_is_what_training_gives_where_nothing_is_random(make, shape):
    rng = np.random.default_rng(3)
    layer = made(make, shape, rng)
    inner = getattr(layer, "layer", layer)
    if inner.mixes_samples:
        inner.trainable = False
        inner.parameters["moving_variance"][...] **= 2
    x = rng.standard_normal(shape)
    y = layer.forward(x)[0].copy()
    assert_array_equal(layer.predict(x)[0], y)


def test_a_batch_norm_that_is_not_trained_has_the_gradient_of_an_affine_map():
    rng = np.random.default_rng(4)
    layer = made(MAKERS["batch norm"][0], SEQUENCE, rng, trainable=False)
    layer.parameters["moving_variance"][...] **= 2
    x = rng.standard_normal(SEQUENCE)
    y, _, backward = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    dx = backward(dy)
    assert_gradient(lambda: (layer.forward(x)[0] * dy).sum(), [x], [dx], rng)
    assert not any(gradient.any() for gradient in layer.gradients.values())


def test_equal_steps_share_the_gradient_of_a_global_maximum_and_the_first_gets_a_window():
    x = np.array([1.0, 3, 3, 2, 3]).reshape(5, 1, 1)
    layer = L.GlobalMaxPooling1D(dtype="float64")
    backward = layer.forward(x)[2]
    assert_allclose(backward(np.full((1, 1), 6.0)).ravel(), [0, 2, 2, 0, 2])
    layer = L.MaxPooling1D(5, dtype="float64")
    layer.build((None, 5, 1))
    backward = layer.forward(x)[2]
    assert_allclose(backward(np.full((1, 1, 1), 6.0)).ravel(), [0, 6, 0, 0, 0])
