"""The training pass of unmasked batches, whose arrays are bound once for each shape."""

import numpy as np
import pytest
from gradcheck import assert_gradient
from layer_runs import build, gru
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.layers import GRU

OPTIONS = [
    {},
    {"return_sequences": True},
    {"reset_after": False},
    {"reset_after": False, "return_sequences": True},
    {"use_bias": False, "return_sequences": True},
    {"use_bias": False, "reset_after": False},
    {"activation": "gelu", "recurrent_activation": "softsign"},
    {"activation": "silu", "reset_after": False, "recurrent_activation": "hard_sigmoid"},
]
options = pytest.mark.parametrize("option", OPTIONS)
SHAPES = [(1, 1, 1), (1, 4, 3), (5, 1, 2), (4, 3, 5), (3, 17, 4), (2, 9, 50)]


def made(rng, width, units=5, dtype="float64", **option):
    return build(GRU(units, dtype=dtype, **option), (None, None, width), rng)


def run(layer, x, dy, mask=None, want_dx=True):
    """y, dx and the layer's gradients, by name."""
    layer.zero_gradients()
    y, _, backward = layer.forward(x, mask)
    y = y.copy()
    dx = backward(dy, want_dx)
    grads = {name: grad.copy() for name, grad in layer.gradients.items()}
    return grads | {"y": y, "dx": None if dx is None else dx.copy()}


def output_gradient(rng, layer, shape):
    T, B, _ = shape
    wanted = (T, B, layer.units) if layer.return_sequences else (B, layer.units)
    return rng.standard_normal(wanted).astype(layer.dtype)


@options
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_layer_and_its_gradient(shape, option):
    rng = np.random.default_rng(0)
    layer, x = made(rng, shape[2], **option), rng.standard_normal(shape)
    dy = output_gradient(rng, layer, shape)
    found = run(layer, x, dy)
    assert_allclose(found["y"], gru(layer, x), rtol=1e-12, atol=1e-12)
    pairs = [(x, found["dx"])] + [(layer.parameters[k], found[k]) for k in layer.parameters]
    for array, grad in pairs:
        assert_gradient(lambda: (gru(layer, x) * dy).sum(), [array], [grad], rng)


@options
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_has_the_bits_of_a_batch_with_a_mask_of_ones(dtype, shape, option):
    rng = np.random.default_rng(1)
    layer = made(rng, shape[2], 17, dtype, **option)
    x = rng.standard_normal(shape).astype(dtype)
    dy = output_gradient(rng, layer, shape)
    bound, masked = run(layer, x, dy), run(layer, x, dy, np.ones(shape[:2], np.uint8))
    for name in bound:
        assert_array_equal(bound[name], masked[name], err_msg=name)


@options
def test_every_batch_of_a_shape_has_gradients_of_its_own(option):
    rng, shape = np.random.default_rng(7), (4, 3, 3)
    layer = made(rng, 3, **option)
    first, second = rng.standard_normal(shape), rng.standard_normal(shape)
    dy = output_gradient(rng, layer, shape)
    run(layer, first, dy)
    bound, masked = run(layer, second, dy), run(layer, second, dy, np.ones((4, 3), np.uint8))
    for name in bound:
        assert_array_equal(bound[name], masked[name], err_msg=name)


@options
def test_without_dx_the_other_gradients_are_the_same(option):
    rng = np.random.default_rng(2)
    layer, x = made(rng, 3, **option), rng.standard_normal((4, 3, 3))
    dy = output_gradient(rng, layer, x.shape)
    with_dx, without = run(layer, x, dy), run(layer, x, dy, want_dx=False)
    assert without.pop("dx") is None
    for name in without:
        assert_array_equal(without[name], with_dx[name], err_msg=name)


@options
def test_passes_of_several_shapes_do_not_meet(option):
    rng = np.random.default_rng(3)
    layer = made(rng, 3, **option)
    shapes = [(4, 3, 3), (4, 2, 3), (6, 2, 3), (4, 3, 3), (4, 2, 3)]
    xs = [rng.standard_normal(shape) for shape in shapes]
    dys = [output_gradient(rng, layer, shape) for shape in shapes]
    wanted = [run(layer, x, dy) for x, dy in zip(xs, dys, strict=True)]
    for x, dy, expected in zip(xs[::-1], dys[::-1], wanted[::-1], strict=True):
        found = run(layer, x, dy)
        for name in found:
            assert_array_equal(found[name], expected[name], err_msg=name)


@options
def test_gradients_are_added_and_inputs_are_not_changed(option):
    rng = np.random.default_rng(4)
    layer, x = made(rng, 3, **option), rng.standard_normal((4, 3, 3))
    dy = output_gradient(rng, layer, x.shape)
    once, before = run(layer, x, dy), (x.copy(), dy.copy(), layer.get_weights())
    _, _, backward = layer.forward(x)
    backward(dy)
    for name, grad in layer.gradients.items():
        assert_allclose(grad, 2 * once[name], rtol=1e-12, atol=1e-12)
    assert_array_equal(x, before[0])
    assert_array_equal(dy, before[1])
    for weight, copy in zip(layer.get_weights(), before[2], strict=True):
        assert_array_equal(weight, copy)


@options
def test_new_weights_are_used(option):
    rng = np.random.default_rng(5)
    layer, x = made(rng, 3, **option), rng.standard_normal((4, 3, 3))
    layer.forward(x)
    layer.set_weights([0.5 * weight for weight in layer.weights])
    assert_allclose(layer.forward(x)[0], gru(layer, x), rtol=1e-12, atol=1e-12)


@options
def test_an_input_that_nobody_else_keeps_lives_until_backward(option):
    rng = np.random.default_rng(6)
    layer, x = made(rng, 3, **option), rng.standard_normal((40, 30, 3))
    dy = output_gradient(rng, layer, x.shape)
    wanted = run(layer, x, dy)
    layer.zero_gradients()
    _, _, backward = layer.forward(x.copy())
    # What takes the place of memory that has been given back.
    others = [np.full_like(x, np.nan) for _ in range(20)]
    backward(dy)
    for name, grad in layer.gradients.items():
        assert_array_equal(grad, wanted[name], err_msg=name)
    assert len(others) == 20
