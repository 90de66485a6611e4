"""What predict, evaluate and fit compute: rows on their own, NaN and infinity, equal paths."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import (
    F,
    T,
    binary,
    bits,
    classes,
    data,
    fit,
    ids,
    predict,
    set_by_formula,
    waves,
)

from fastgru import Sequential, losses
from fastgru.activations import NAMES
from fastgru.layers import (
    GRU,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    InputLayer,
    Masking,
)
from fastgru.utils import set_random_seed

#: Rows of a batch: one, and around the widths of vectors and of tiles.
ROWS = [1, 2, 7, 8, 9, 16, 17, 33]
STACKS = {
    "GRU": lambda: [GRU(6)],
    "GRU, reset before": lambda: [GRU(6, reset_after=False)],
    "GRU, wide": lambda: [GRU(37)],
    "GRU, no bias, backwards": lambda: [GRU(6, use_bias=False, go_backwards=True)],
    "GRU of sequences": lambda: [GRU(6, return_sequences=True), GRU(5)],
    "Masking": lambda: [Masking(), GRU(6, return_sequences=True), GRU(5)],
    "Masking, reset before": lambda: [Masking(), GRU(6, reset_after=False)],
    "Dense over time": lambda: [Dense(7, "tanh"), GRU(5), Dense(2, "softmax")],
    "Dense alone": lambda: [Dense(7), Dense(2, "sigmoid")],
    "Dropout": lambda: [Dropout(0.5), GRU(6)],
    "Flatten": lambda: [GRU(6, return_sequences=True), Flatten(), Dense(2)],
    "Activation": lambda: [Activation("softmax"), GRU(6), Activation("log_softmax")],
}
stacks = pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)


def model_of(layers, dtype="float32", steps=T):
    layers = [type(la).from_config({**la.get_config(), "dtype": dtype}) for la in layers]
    return set_by_formula(Sequential([InputLayer((steps, F)), *layers]))


@stacks
def test_a_row_does_not_depend_on_its_neighbours(stack):
    model, x = model_of(stack()), waves(max(ROWS), T, F)
    x[3, 2] = x[5] = 0
    alone = np.concatenate([predict(model, x[i : i + 1]) for i in range(len(x))])
    for rows in ROWS:
        assert_allclose(predict(model, x[:rows], batch_size=rows), alone[:rows], atol=1e-6)
        assert_allclose(model(x[-rows:]), alone[-rows:], atol=1e-6)


@stacks
@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_nan_in_one_row_stays_in_that_row(stack, nothing):
    model, x = model_of(stack()), waves(max(ROWS), T, F)
    for rows in ROWS:
        clean = predict(model, x[:rows], batch_size=rows)
        assert np.isfinite(clean).all()
        for row, step in {(0, 0), (rows - 1, T - 1), (rows // 2, 1)}:
            dirty = x[:rows].copy()
            dirty[row, step] = nothing
            out = predict(model, dirty, batch_size=rows)
            assert np.isnan(nothing) <= np.isnan(out[row]).any()
            others = np.arange(rows) != row
            assert_allclose(out[others], clean[others], atol=1e-6)


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_activation_swallows_a_nan(dtype, reset_after):
    x = waves(5, T, F)
    x[2, 1, 0] = np.nan
    made = [GRU(4, act, reset_after=reset_after) for act in NAMES]
    made += [GRU(4, "tanh", act, reset_after=reset_after) for act in NAMES]
    made += [Dense(4, act) for act in NAMES] + [Activation(act) for act in NAMES]
    for layer in made:
        found = np.isnan(predict(model_of([layer], dtype), x)).reshape(5, -1)
        assert found[2].any() and not found[[0, 1, 3, 4]].any(), layer.get_config()


@pytest.mark.parametrize("reset_after", [True, False])
def test_infinity_saturates_the_gates_as_large_numbers_do(reset_after):
    model = model_of([GRU(6, reset_after=reset_after)])
    x = waves(8, T, F)
    # Feature 0 has a weight of zero, and zero times infinity is NaN.
    x[::2, 1, 1], x[1::2, 1, 1] = np.inf, -np.inf
    large = np.clip(x, -1e30, 1e30)
    out = predict(model, x)
    assert np.isfinite(out).all()
    assert_array_equal(out, predict(model, large))


def test_a_nan_in_training_is_reported_as_the_loss_it_makes():
    x, y = data()
    x = x.copy()
    x[9, 0, 0] = np.nan
    model = binary()
    assert np.isnan(fit(model, x, y, batch_size=10)["loss"]).all()
    assert np.isnan(model.get_weights()[0]).any()
    still = binary(optimizer="sgd")
    still.optimizer.learning_rate = 0.0
    finite = [still.evaluate(x[:9], y[:9], verbose=0), still.evaluate(x, y, verbose=0)]
    assert np.isfinite(finite[0]) and np.isnan(finite[1])


@pytest.mark.parametrize("mask_zero", [True, False])
def test_ids_of_a_row_do_not_depend_on_its_neighbours(mask_zero):
    table = Embedding(10, 4, mask_zero=mask_zero)
    model = set_by_formula(Sequential([InputLayer((None,)), table, GRU(6), Dense(1)]))
    x = ids(33)
    x[4] = 0
    x[7, :3] = x[8, 2:] = 0
    alone = np.concatenate([predict(model, x[i : i + 1]) for i in range(len(x))])
    for rows in ROWS:
        assert_allclose(predict(model, x[:rows], batch_size=rows), alone[:rows], atol=1e-6)


LOSSES = {
    "binary_crossentropy": lambda: binary(),
    "mse": lambda: binary(loss="mse"),
    "mae": lambda: binary(loss="mae"),
    "sparse_categorical_crossentropy": lambda: classes(),
    "categorical_crossentropy": lambda: classes(loss="categorical_crossentropy"),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("batch_size", [3, 10])
def test_evaluate_is_the_loss_of_what_predict_gives(name, batch_size):
    model, (x, y) = LOSSES[name](), data()
    if "categorical" in name:
        y = np.arange(10) % 4
        y = np.eye(4)[y] if name.startswith("cat") else y
    expected = getattr(losses, name)(y, predict(model, x)).mean(dtype=np.float64)
    found = model.evaluate(x, y, batch_size=batch_size, verbose=0)
    assert_allclose(found, expected, rtol=1e-6)
    assert_allclose(model.test_on_batch(x, y), expected, rtol=1e-6)


@stacks
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predict_is_a_call(stack, dtype):
    for rows, steps in itertools.product((1, 5), (1, T)):
        model, x = model_of(stack(), dtype, steps), waves(rows, steps, F, dtype=dtype)
        out = predict(model, x)
        assert_array_equal(model(x), out)
        assert_array_equal(model.predict_on_batch(x), out)


class Doubled(Dense):
    """A layer of the user's own, which predicts otherwise than what it derives from."""

    def _predict(self, x):
        return 2 * super()._predict(x)


class Negative(Activation):
    def predict(self, x, mask=None):
        return -x, mask


@pytest.mark.parametrize("head", [lambda: Doubled(3), lambda: Negative("relu")])
def test_what_a_derived_class_predicts_counts(head):
    model, x = model_of([GRU(6), head()]), waves(4, T, F)
    expected = model.layers[1](model.layers[0](x))
    for _ in range(2):
        assert_allclose(predict(model, x), expected, atol=1e-6)
        assert_allclose(model(x), expected, atol=1e-6)


def test_a_model_may_have_any_number_of_layers():
    for count in (10, 40):
        layers = [GRU(4, return_sequences=True)] + [Dense(4, "softmax") for _ in range(count)]
        model, x = model_of(layers), waves(3, T, F)
        expected = x
        for layer in model.layers:
            expected = layer(expected)
        for _ in range(2):
            assert_allclose(predict(model, x), expected, atol=1e-6)


@stacks
def test_outputs_are_in_memory_of_their_own(stack):
    x = waves(1, T, F)
    for layers in (stack(), [Dropout(0.5)], [Flatten()]):
        model = model_of(layers)
        for call in (model, model.predict_on_batch, lambda x, m=model: predict(m, x)):
            first, second = call(x), call(x)
            kept = second.copy()
            assert not np.shares_memory(first, x) and not np.shares_memory(first, second)
            first[...] = 7
            assert_array_equal(second, kept)
            assert_array_equal(x, waves(1, T, F))


def test_the_same_seed_gives_the_same_bits():
    x, y = data()
    found = []
    for seed in (5, 5, 6):
        set_random_seed(seed)
        model = Sequential([GRU(6, input_shape=(T, F)), Dropout(0.3), Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        losses_of = fit(model, x, y, epochs=3, shuffle=True)["loss"]
        found.append((losses_of, bits(model), predict(model, x).tobytes()))
    assert found[0] == found[1]
    assert all(one != two for one, two in zip(found[0], found[2], strict=True))
