"""Every activation of Keras', beside Keras: values, gradients, arguments; rows inside a GRU."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastgru
from fastgru import activations

keras = pytest.importorskip("keras", reason="needs Keras")
jax = pytest.importorskip("jax", reason="needs JAX")

OURS_ALONE = {"hard_sigmoid_keras2"}


def sparsemax(x, axis=-1):
    """As the paper has it. Keras' own is wrong up to 3.15 where several entries of a row stay
    positive (its issue 23425), and mended behind it."""
    x = keras.ops.convert_to_tensor(x)
    a = -keras.ops.sort(-x, axis=axis)
    ranks = keras.ops.cumsum(keras.ops.ones_like(a), axis=axis)
    inside = ranks * a > keras.ops.cumsum(a, axis=axis) - 1
    total, count = (
        keras.ops.sum(keras.ops.where(inside, part, 0.0), axis=axis, keepdims=True)
        for part in (a, ranks * 0 + 1)
    )
    return keras.ops.relu(x - (total - 1) / count)


THEIRS = {"sparsemax": sparsemax}


def of_keras(name):
    return THEIRS.get(name) or keras.activations.get(name)


#: They take more than one array, or halve it: functions, and no layer's.
NO_LAYERS = {"threshold", "glu"}


def test_the_names_are_those_of_keras():
    from keras.src.activations import ALL_OBJECTS

    theirs = {function.__name__ for function in ALL_OBJECTS}
    assert set(activations.FUNCTIONS) - OURS_ALONE == theirs
    assert set(activations.NAMES) - OURS_ALONE == theirs - NO_LAYERS
    for name in ("swish", "hard_swish"):
        assert activations.get(name).__name__ == keras.activations.get(name).__name__


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="takes gradients with JAX")
@pytest.mark.parametrize("name", sorted(set(activations.NAMES) - OURS_ALONE))
def test_values_and_gradients(name):
    # No kink is at these numbers.
    a = np.linspace(-8.9937, 8.9811, 999).astype(np.float32)[None]
    if name == "sparsemax":
        # Rows with several entries that stay positive.
        a = np.random.default_rng(1).normal(0, 0.4, (50, 9)).astype(np.float32)
    dy = np.random.default_rng(0).standard_normal(a.shape).astype(np.float32)
    theirs, pull = jax.vjp(of_keras(name), a)
    ours = activations.apply(name, a)
    # mish: JAX itself is 1.8e-6 off what float64 gives, its derivative 3.3e-6, ours 1e-6.
    off = 4 if name == "mish" else 1
    assert_allclose(ours, theirs, rtol=2e-6, atol=off * 1e-6)
    # From y alone 1 - y^2 is known to a few roundings of 1, here times a dy of up to 3.5.
    da = activations.backward(name, a, ours, dy)
    assert_allclose(da, pull(dy)[0], rtol=2e-6, atol=off * 3e-6)


@pytest.mark.parametrize("name", sorted(set(activations.FUNCTIONS) - OURS_ALONE))
def test_a_function_has_the_arguments_of_keras(name):
    signatures = [
        inspect.signature(module.get(name)) for module in (activations, keras.activations)
    ]
    assert signatures[0] == signatures[1]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("relu", {}), ("relu", {"negative_slope": 0.3}), ("relu", {"max_value": 1.5}),
        ("relu", {"negative_slope": 0.3, "max_value": 1.5, "threshold": 0.7}),
        ("relu", {"max_value": 2, "threshold": -0.4}), ("leaky_relu", {}),
        ("leaky_relu", {"negative_slope": 0.7}), ("elu", {}), ("elu", {"alpha": 0.3}),
        ("celu", {}), ("celu", {"alpha": 2.5}), ("gelu", {"approximate": True}),
        ("hard_shrink", {}), ("hard_shrink", {"threshold": 1.2}), ("soft_shrink", {}),
        ("soft_shrink", {"threshold": 1.2}), ("squareplus", {}), ("squareplus", {"b": 0.5}),
        ("softmax", {"axis": 0}), ("log_softmax", {"axis": -2}), ("sparsemax", {"axis": 1}),
        ("glu", {}), ("glu", {"axis": 1}), ("threshold", {"threshold": 0.3, "default_value": -7}),
    ],
    ids=str,
)  # fmt: skip
def test_arguments_of_functions_mean_what_they_mean_in_keras(name, options):
    x = np.random.default_rng(2).normal(0, 2, (3, 4, 6)).astype(np.float32)
    ours = activations.get(name)(x, **options)
    assert ours.dtype == np.float32
    theirs = of_keras(name)(x, **options)
    assert_allclose(ours, theirs, rtol=2e-6, atol=1e-6)


def test_keras_sparsemax_is_ours_where_one_entry_stays():
    x = np.array([[1, 3, 2], [0.2, -5, -3]], np.float32)
    assert_allclose(activations.sparsemax(x), keras.activations.sparsemax(x), atol=1e-6)


def both(make):
    """Our model and Keras', with the same weights."""
    models = [make(fastgru, str), make(keras, of_keras)]
    for model in models:
        model.compile("sgd", "mse")
    rng = np.random.default_rng(3)
    # Small ones: where gates are no shares, states grow with every step.
    weights = [rng.normal(0, 0.2, w.shape).astype("float32") for w in models[0].get_weights()]
    for model in models:
        model.set_weights(weights)
    return models


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("GRU", {"activation": "softmax", "recurrent_activation": "sparsemax"}),
        ("GRU", {"activation": "log_softmax", "recurrent_activation": "softmax", "reset_after": False}),
        ("LSTM", {"activation": "sparsemax", "recurrent_activation": "softmax"}),
        ("SimpleRNN", {"activation": "log_softmax"}),
    ],
    ids=str,
)  # fmt: skip
def test_activations_of_rows_inside_recurrent_layers(kind, options):
    def make(module, of):
        L, how = module.layers, {k: of(v) if "act" in k else v for k, v in options.items()}
        return module.Sequential([
            L.Input((5, 3)), L.Masking(), getattr(L, kind)(4, return_sequences=True, **how),
            getattr(L, kind)(3, go_backwards=True, **how),
            L.Dense(2, activation=of("sparsemax")),
        ])  # fmt: skip

    ours, theirs = both(make)
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((8, 5, 3)).astype("float32"), rng.random((8, 2), "float32")
    x[::3, 1:3] = x[5] = 0
    assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-6)
    for model in (ours, theirs):
        for _ in range(3):
            model.train_on_batch(x, y)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(mine, other, rtol=0, atol=1e-5)
