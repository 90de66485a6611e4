"""Values of the layers around a GRU, by plain loops over batch-major arrays, and shapes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import layers as L

B, T, C = 3, 7, 4
F64 = {"dtype": "float64"}


def data(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape or (B, T, C))


def with_weights(layer, x):
    """The layer with random weights, and these."""
    layer.build(x.shape)
    rng = np.random.default_rng(7)
    layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.weights])
    return layer, layer.get_weights()


def windows(steps, size, stride, padding, dilation=1):
    """For each output step, the input steps of its window; those below 0 and so on are outside."""
    span = (size - 1) * dilation + 1
    before = 0
    count = (steps - span) // stride + 1
    if padding == "causal":
        before, count = span - 1, (steps - 1) // stride + 1
    if padding == "same":
        count = -(-steps // stride)
        before = max((count - 1) * stride + span - steps, 0) // 2
    first = [p * stride - before for p in range(count)]
    return [[t + j * dilation for j in range(size)] for t in first]


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(
    ("size", "stride", "dilation", "groups"),
    [(3, 1, 1, 1), (2, 3, 1, 1), (3, 2, 1, 2), (2, 1, 3, 4), (1, 2, 1, 1), (4, 4, 1, 1)],
)
def test_convolution(size, stride, dilation, groups, padding):
    x, filters = data(), 8
    layer, (W, b) = with_weights(
        L.Conv1D(filters, size, stride, padding, None, dilation, groups, **F64), x
    )
    part, out = C // groups, filters // groups
    places = windows(T, size, stride, padding, dilation)
    y = np.zeros((B, len(places), filters)) + b
    for p, steps in enumerate(places):
        for j, t in enumerate(steps):
            for f in range(filters if 0 <= t < T else 0):
                g = f // out
                y[:, p, f] += x[:, t, g * part : (g + 1) * part] @ W[j, :, f]
    assert_allclose(layer(x), y, rtol=1e-12, atol=1e-12)
    assert layer.compute_output_shape(x.shape) == y.shape
    turned = L.Conv1D(filters, size, stride, padding, "channels_first", dilation, groups, **F64)
    turned.build((None, C, T))
    turned.set_weights([W, b])
    assert_allclose(turned(x.swapaxes(1, 2)), y.swapaxes(1, 2), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "stride"), [(2, None), (3, 1), (3, 2), (2, 3), (1, 1), (7, 7)]
)
def test_pooling(size, stride, padding):
    x = data()
    places = [
        [t for t in steps if 0 <= t < T] for steps in windows(T, size, stride or size, padding)
    ]
    for cls, of in ((L.MaxPooling1D, np.max), (L.AveragePooling1D, np.mean)):
        y = np.stack([of(x[:, steps], axis=1) for steps in places], axis=1)
        assert_allclose(cls(size, stride, padding, **F64)(x), y, rtol=1e-12)
        turned = cls(size, stride, padding, "channels_first", **F64)
        assert_allclose(turned(x.swapaxes(1, 2)), y.swapaxes(1, 2), rtol=1e-12, atol=1e-12)


def test_a_window_with_nan_gives_nan():
    x = np.array([1.0, np.nan, 3, 4]).reshape(1, 4, 1)
    assert_array_equal(L.MaxPooling1D(2, **F64)(x).ravel(), [np.nan, 4])


@pytest.mark.parametrize("keepdims", [True, False])
def test_global_pooling(keepdims):
    x, mask = data(), np.arange(T) < np.array([[2], [7], [3]])
    mean = np.stack([row[keep].mean(axis=0) for row, keep in zip(x, mask, strict=True)])
    expected = {L.GlobalMaxPooling1D: x.max(axis=1), L.GlobalAveragePooling1D: mean}
    for cls, y in expected.items():
        y = y[:, None] if keepdims else y
        assert_allclose(cls(keepdims=keepdims, **F64)(x, mask=mask), y, rtol=1e-12)
        first = cls("channels_first", keepdims, **F64)(x.swapaxes(1, 2))
        whole = x.max(axis=1) if cls is L.GlobalMaxPooling1D else x.mean(axis=1)
        assert_allclose(first, whole[..., None] if keepdims else whole, rtol=1e-12)


def test_a_mean_over_no_steps_is_nan_and_says_nothing():
    y = L.GlobalAveragePooling1D(**F64)(data(), mask=np.arange(T) < [[0], [7], [3]])
    assert_array_equal(np.isnan(y).all(axis=1), [True, False, False])


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], [-1, 1], [2]])
def test_layer_normalization(axis):
    x = data()
    layer, (gamma, beta) = with_weights(L.LayerNormalization(axis, 0.01, **F64), x)
    over = tuple(sorted(a % 3 for a in (axis if isinstance(axis, list) else [axis])))
    shape = [n if a in over else 1 for a, n in enumerate(x.shape)]
    y = (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + 0.01)
    assert_allclose(layer(x), y * gamma.reshape(shape) + beta.reshape(shape), rtol=1e-12)


def test_layer_normalization_without_a_mean():
    x, rule = data(), {"center": True, "scale": False, "rms_scaling": True}
    layer, (gamma,) = with_weights(L.LayerNormalization(1, 0.01, **rule, **F64), x)
    y = x / np.sqrt(x.var(1, keepdims=True) + 0.01)
    assert_allclose(layer(x), y * gamma[:, None], rtol=1e-12)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 17])
def test_layer_normalization_of_every_width(width):
    x = data(5, width)
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
    layer = L.LayerNormalization(center=False, scale=False, **F64)
    assert_allclose(layer(x), y, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("axis", [-1, 1])
def test_batch_normalization(axis, masked):
    x = data()
    mask = np.arange(T) < np.array([[2], [7], [6]]) if masked else np.ones((B, T), bool)
    layer, (gamma, beta, mean, variance) = with_weights(
        L.BatchNormalization(axis, 0.7, 0.01, **F64), x
    )

    def normal(mean, variance):
        shape = (1, 1, C) if axis == -1 else (1, T, 1)
        g, b, m, v = (one.reshape(shape) for one in (gamma, beta, mean, variance))
        return (x - m) / np.sqrt(v + 0.01) * g + b

    assert_allclose(layer(x, mask=mask), normal(mean, variance), rtol=1e-12)
    features = [x[..., c][mask] for c in range(C)]
    if axis == 1:
        features = [x[mask[:, t], t].ravel() for t in range(T)]
    batch_mean = np.array([one.mean() for one in features])
    batch_variance = np.array([one.var() for one in features])
    y = layer(x, mask=mask if masked else None, training=True)
    # Keras adds 1e-7 to the number of steps that a mask leaves.
    assert_allclose(y, normal(batch_mean, batch_variance), rtol=1e-5 if masked else 1e-12)
    moved = layer.get_weights()[2:]
    assert_allclose(moved[0], 0.7 * mean + 0.3 * batch_mean, rtol=1e-6)
    assert_allclose(moved[1], 0.7 * variance + 0.3 * batch_variance, rtol=1e-6)
    layer.trainable = False
    assert_allclose(layer(x, training=True), normal(*moved), rtol=1e-12)
    assert_array_equal(layer.get_weights()[2], moved[0])


def test_weights_that_are_not_trained():
    layer = L.BatchNormalization()
    layer.build((None, 3))
    names = [spec.name for spec in layer.specs]
    assert names == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [2, 2]
    assert_array_equal(layer.non_trainable_weights[1], np.ones(3))
    layer.trainable = False
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [0, 4]


def test_shapes_and_steps():
    x = data()
    pairs = [
        (L.Reshape((2, -1, 7), **F64), x.reshape(B, 2, 2, 7)),
        (L.Permute((2, 1), **F64), x.swapaxes(1, 2)),
        (L.ZeroPadding1D((2, 1), **F64), np.pad(x, ((0, 0), (2, 1), (0, 0)))),
        (L.ZeroPadding1D(2, **F64), np.pad(x, ((0, 0), (2, 2), (0, 0)))),
        (
            L.ZeroPadding1D((2, 1), "channels_first", **F64),
            np.pad(x, ((0, 0), (0, 0), (2, 1))),
        ),
        (L.Cropping1D((2, 1), **F64), x[:, 2:-1]),
        (L.Cropping1D((1, 0), **F64), x[:, 1:]),
        (L.UpSampling1D(3, **F64), x.repeat(3, axis=1)),
        (L.Rescaling([1, 2, 3, 4], 0.5, **F64), x * [1, 2, 3, 4] + 0.5),
    ]
    for layer, expected in pairs:
        assert_array_equal(layer(x), expected)
        assert layer.compute_output_shape(x.shape) == expected.shape
    assert_array_equal(L.RepeatVector(3, **F64)(x[:, 0]), x[:, :1].repeat(3, axis=1))
    four = data(2, 3, 4, 5)
    assert_array_equal(L.Permute((3, 1, 2), **F64)(four), four.transpose(0, 3, 1, 2))


def test_open_sizes_stay_open():
    def shape(layer, *given):
        return layer.compute_output_shape((None, *given))

    assert shape(L.Conv1D(5, 3), None, 4) == (None, None, 5)
    assert shape(L.Conv1D(5, 3, padding="causal"), 6, 4) == (None, 6, 5)
    assert shape(L.MaxPooling1D(), None, 4) == (None, None, 4)
    assert shape(L.Cropping1D(), None, 4) == (None, None, 4)
    assert shape(L.UpSampling1D(), None, None) == (None, None, None)
    assert shape(L.Reshape((-1, 2)), None, 4) == (None, None, 2)
    assert shape(L.GlobalMaxPooling1D(), None, 4) == (None, 4)
    assert shape(L.TimeDistributed(L.Dense(2)), None, 4) == (None, None, 2)


def test_kinks():
    x = np.array([[-2.0, -0.3, 0.0, 0.1, 0.3, 2.0]])
    slope = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    assert_array_equal(L.ReLU(**F64)(x), np.maximum(x, 0))
    assert_allclose(L.ReLU(1.0, 0.5, 0.2, **F64)(x), [[-1.1, -0.25, -0.1, -0.05, 0.3, 1]])
    assert_allclose(L.LeakyReLU(0.2, **F64)(x), np.where(x > 0, x, 0.2 * x))
    assert L.LeakyReLU(alpha=0.1).negative_slope == 0.1
    assert_allclose(L.ELU(2, **F64)(x), np.where(x > 0, x, 2 * (np.exp(x) - 1)), rtol=1e-12)
    layer = L.PReLU(**F64)
    layer.build(x.shape)
    layer.set_weights([slope[0]])
    assert_allclose(layer(x), np.where(x > 0, x, slope * x))


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], [2]])
def test_softmax(axis):
    x = data()
    over = tuple(axis) if isinstance(axis, list) else axis
    e = np.exp(x)
    assert_allclose(L.Softmax(axis, **F64)(x), e / e.sum(axis=over, keepdims=True), rtol=1e-12)


def test_softmax_over_time_leaves_masked_steps_out():
    x, mask = data(), np.arange(T) < np.array([[2], [0], [6]])
    e = np.exp(x) * mask[..., None]
    y = e / np.maximum(e.sum(axis=1, keepdims=True), 1e-300)
    assert_allclose(L.Softmax(1, **F64)(x, mask=mask), y, rtol=1e-12)
    e = np.exp(x)
    y = L.Softmax(**F64)(x, mask=mask)
    assert_allclose(y, e / e.sum(axis=-1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize(("shape", "axis"), [((5, 4), -1), ((5, 4, 3), 1), ((5, 4, 3), [1, 2])])
def test_softmax_leaves_single_numbers_out(shape, axis):
    rng = np.random.default_rng(2)
    x, mask = rng.standard_normal(shape), rng.random((*shape[:-1], 1)) < 0.6
    mask = mask & (rng.random(shape) < 0.8) if axis != 1 else mask
    mask[:, 0] = True
    e = np.exp(x) * mask
    y = e / e.sum(axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=True)
    for given in (mask, mask.astype(np.float32)):
        assert_allclose(L.Softmax(axis, **F64)(x, mask=given), y, rtol=1e-12)
    with pytest.raises(ValueError, match=r"^s: mask must have shape \(5, .*; got \(2, .*\.$"):
        L.Softmax(axis, name="s")(x, mask=mask[:2])


def test_time_distributed_does_to_each_step_what_the_layer_does():
    x = data(2, 3, 6, 4)
    for make in (
        lambda: L.Conv1D(3, 2, **F64),
        lambda: L.GRU(3, **F64),
        lambda: L.GRU(3, return_sequences=True, **F64),
        lambda: L.Flatten(**F64),
        lambda: L.Dense(2, "softmax", **F64),
        lambda: L.LayerNormalization([1, 2], **F64),
        lambda: L.MaxPooling1D(**F64),
        lambda: L.TimeDistributed(L.Dense(3, **F64)),
    ):
        layer, weights = with_weights(L.TimeDistributed(make()), x)
        one = make()
        one.build((None, *x.shape[2:]))
        one.set_weights(weights)
        expected = np.stack([one(x[:, t]) for t in range(x.shape[1])], axis=1)
        assert_allclose(layer(x), expected, rtol=1e-12)
        assert layer.compute_output_shape(x.shape) == expected.shape


def test_time_distributed_batch_normalization_takes_one_step_after_another():
    x, inner = data(5, 3, 4), L.BatchNormalization(momentum=0.5, **F64)
    layer = L.TimeDistributed(inner)
    y = layer(x, training=True)
    mean = np.zeros(4)
    for t in range(3):
        step = x[:, t]
        assert_allclose(y[:, t], (step - step.mean(0)) / np.sqrt(step.var(0) + 1e-3))
        mean = (mean + step.mean(0)) / 2
    assert_allclose(inner.get_weights()[2], mean)


def test_time_distributed_ids():
    table, ids = data(6, 2), np.random.default_rng(0).integers(0, 6, (2, 3, 4))
    layer = L.TimeDistributed(L.Embedding(6, 2, weights=table, **F64))
    assert_array_equal(layer(ids), table[ids])
    y, _, backward = layer.forward(ids)
    dy = np.random.default_rng(1).normal(size=y.shape)
    backward(dy)
    expected = np.zeros_like(table)
    np.add.at(expected, ids.swapaxes(0, 1), dy)
    assert_allclose(layer.gradients["layer/embeddings"], expected)


def test_random_layers_draw_in_training_only():
    x = data(50, 40, 30)
    noise = L.GaussianNoise(0.5, seed=1, **F64)
    assert_array_equal(noise(x), x)
    found = noise(x, training=True) - x
    assert abs(found.std() - 0.5) < 0.01 and abs(found.mean()) < 0.01
    drop = L.SpatialDropout1D(0.25, seed=1, **F64)
    assert_array_equal(drop(x), x)
    factor = drop(x, training=True) / x
    assert_allclose(factor, np.broadcast_to(factor[:, :1], x.shape))
    assert_allclose(np.unique(factor.round(9)), [0, 4 / 3])
    assert abs((factor == 0).mean() - 0.25) < 0.05
    twin = L.GaussianNoise(0.5, seed=1, **F64)
    assert_array_equal(twin(x, training=True) - x, found)


@pytest.mark.parametrize(
    ("make", "passes"),
    [
        (lambda: L.BatchNormalization(), True), (lambda: L.LayerNormalization(), True),
        (lambda: L.GaussianNoise(0.1), True), (lambda: L.SpatialDropout1D(0.1), True),
        (lambda: L.Rescaling(2), True), (lambda: L.ReLU(), True), (lambda: L.ELU(), True),
        (lambda: L.LeakyReLU(), True), (lambda: L.PReLU(), True), (lambda: L.Softmax(), True),
        (lambda: L.TimeDistributed(L.Dense(2)), True), (lambda: L.Conv1D(2, 1), False),
        (lambda: L.MaxPooling1D(), False), (lambda: L.AveragePooling1D(), False),
        (lambda: L.GlobalMaxPooling1D(), False), (lambda: L.GlobalAveragePooling1D(), False),
        (lambda: L.ZeroPadding1D(), False), (lambda: L.Cropping1D(), False),
        (lambda: L.UpSampling1D(), False), (lambda: L.Permute((2, 1)), False),
        (lambda: L.Reshape((-1, 2)), False),
    ],
)  # fmt: skip
def test_a_mask_passes_or_ends(make, passes):
    layer = make()
    layer.build((None, T, C))
    x = np.random.default_rng(0).normal(size=(T, B, C)).astype(np.float32)
    mask = np.ones((T, B), np.uint8)
    assert layer.predict(x, mask)[1] is (mask if passes else None)
    assert layer.forward(x, mask)[1] is (mask if passes else None)
