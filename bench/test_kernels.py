"""Our own kernels by themselves, to compare two states of the package.

    pytest bench --benchmark-only [--benchmark-save=NAME] [--benchmark-compare]

Each is compared once with tests/reference.py; tests proper are in tests/. The GRU is timed
through its layer: the kernel's arguments are an agreement between the two of them.
"""

from itertools import cycle

import numpy as np
import pytest
import reference

from fastgru import Sequential
from fastgru._blas_threads import one_blas_thread
from fastgru.kernels import activations, dense, embedding, optimizers
from fastgru.layers import GRU, Dense, Input

SHAPES = [(1, 10, 64, 32), (32, 10, 64, 32), (32, 100, 128, 128), (64, 50, 256, 256)]
WIDE = (100_000,)


def named(shape):
    return ",".join(map(str, shape))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def blas():
    with one_blas_thread():
        yield


def normal(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def agree(found, wanted, tolerance=1e-4):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)


def gru(shape):
    _, T, I, H = shape
    layer = GRU(H)
    layer.build((None, T, I))
    return layer


@pytest.mark.parametrize("shape", SHAPES, ids=named)
@pytest.mark.parametrize("way", ["predict", "forward"])
def test_gru_forward(benchmark, rng, shape, way):
    B, T, I, H = shape
    layer, x = gru(shape), normal(rng, T, B, I)
    W, U, b = layer.get_weights()
    y = benchmark(getattr(layer, way), x)[0]
    agree(y, reference.gru(x, np.zeros((B, H)), W, U, b[0], b[1]))


@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_gru_forward_and_backward(benchmark, rng, shape):
    B, T, I, H = shape
    layer, x, dy = gru(shape), normal(rng, T, B, I), normal(rng, B, H)

    def there_and_back():
        y, _, backward = layer.forward(x)
        backward(dy, True)
        return y

    y = benchmark(there_and_back)
    W, U, b = layer.get_weights()
    agree(y, reference.gru(x, np.zeros((B, H)), W, U, b[0], b[1]))


@pytest.mark.parametrize("size", [(32, 32, 1), (3200, 128, 128)], ids=named)
def test_dense_forward(benchmark, rng, size):
    R, I, O = size
    x, W, b, y = normal(rng, R, I), normal(rng, I, O), normal(rng, O), normal(rng, R, O)
    benchmark(dense.dense_forward, x, W, b, y)
    agree(y, x.astype(float) @ W + b)


@pytest.mark.parametrize("size", [(32, 32, 1), (3200, 128, 128)], ids=named)
def test_dense_backward(benchmark, rng, size):
    R, I, O = size
    x, W, dy, dx = normal(rng, R, I), normal(rng, I, O), normal(rng, R, O), normal(rng, R, I)
    dW, db = np.zeros((I, O), np.float32), np.zeros(O, np.float32)
    benchmark(dense.dense_backward, x, W, dy, dx, dW, db)
    agree(dx, dy.astype(float) @ W.T)


V, WIDTH, IDS = 20_000, 128, 3_200


def test_embedding_forward(benchmark, rng):
    ids, E = rng.integers(0, V, IDS, dtype=np.int32), normal(rng, V, WIDTH)
    y = np.empty((IDS, WIDTH), np.float32)
    benchmark(embedding.embedding_forward, ids, E, y)
    agree(y, E[ids], 0)


def test_embedding_backward(benchmark, rng):
    ids, dy = rng.integers(0, V, IDS, dtype=np.int32), normal(rng, IDS, WIDTH)
    dE, used = np.zeros((V, WIDTH), np.float32), np.zeros(V, np.uint8)
    benchmark(embedding.embedding_backward, ids, dy, dE, used)
    assert set(np.flatnonzero(used)) == set(ids)


@pytest.mark.parametrize("size", [9_000, 600_000])
def test_adam(benchmark, rng, size):
    p, g = normal(rng, 1, size), normal(rng, 1, size)
    m, v = np.zeros_like(p), np.zeros_like(p)
    wanted, *_ = reference.adam_step(p.astype(float), g, 0, 0, 1)
    alpha = 0.001 * (1 - 0.999) ** 0.5 / (1 - 0.9)

    def arguments():
        # The kernel leaves g at zero, and from zeros alone m and v would fade into numbers
        # too small for full speed.
        return (p, g.copy(), m, v, None, alpha, 0.9, 0.999, 1e-7), {}

    optimizers.adam(*arguments()[0])
    agree(p, wanted)
    benchmark.pedantic(optimizers.adam, setup=arguments, rounds=300, warmup_rounds=5)


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu", "gelu"])
def test_activation_forward(benchmark, rng, kind):
    a, y = normal(rng, *WIDE), normal(rng, *WIDE)
    benchmark(activations.activation_forward, activations.KINDS[kind], a, y)
    agree(y, reference.ACTIVATIONS[kind](a.astype(float)))


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu", "gelu"])
def test_activation_backward(benchmark, rng, kind):
    number, a = activations.KINDS[kind], normal(rng, *WIDE)
    y, dy, da = np.empty_like(a), normal(rng, *WIDE), np.empty_like(a)
    activations.activation_forward(number, a, y)
    benchmark(activations.activation_backward, number, a, y, dy, da)
    f, e = reference.ACTIVATIONS[kind], 1e-4
    smooth = np.abs(a) > 2 * e  # relu has no slope at 0
    slope = (f(a.astype(float) + e) - f(a.astype(float) - e)) / (2 * e)
    agree(da[smooth], (dy * slope)[smooth])


def model(shape):
    _, T, I, H = shape
    made = Sequential([Input((T, I)), GRU(H), Dense(1, activation="sigmoid")])
    made.compile(optimizer="adam", loss="binary_crossentropy")
    return made


def predicted(made, x):
    W, U, b, V, c = made.get_weights()
    h = reference.gru(x.swapaxes(0, 1), np.zeros((len(x), len(U))), W, U, b[0], b[1])
    return reference.dense(h, V, c, "sigmoid")


@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_training_step(benchmark, rng, shape):
    B, T, I, _ = shape
    made, x = model(shape), normal(rng, B, T, I)
    y = rng.integers(0, 2, (B, 1)).astype(np.float32)
    p = predicted(made, x)
    loss = reference.binary_crossentropy(y, p).mean()
    agree(made.train_on_batch(x, y), loss, 1e-5)
    # In turn, so that gradients do not vanish.
    targets = cycle([1 - y, y])
    benchmark(lambda: made.train_on_batch(x, next(targets)))


@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_predict(benchmark, rng, shape):
    B, T, I, _ = shape
    made, x = model(shape), normal(rng, B, T, I)
    p = benchmark(made.predict, x, batch_size=B, verbose=0)
    agree(p, predicted(made, x))
