"""The metric classes: running means, weights, names and sentences."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from fastgru import metrics
from fastgru.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
)

NAMES = {
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
}
SHORT = {"mse": MeanSquaredError, "mae": MeanAbsoluteError}

Y = [[1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]
P = [[0.6, 0.5, 0.5], [0.1, 0.7, 0.2], [0.4, 0.4, 0.2], [0.2, 0.9, 0.9]]
# By hand, a number for each row; of equal outputs, the first is the largest.
ROWS = {
    "binary_accuracy": [1, 1 / 3, 2 / 3, 2 / 3],
    "categorical_accuracy": [1, 0, 1, 1],
    "sparse_categorical_accuracy": [1, 0, 1, 1],
    "mean_squared_error": [0.22, 1.14 / 3, 0.56 / 3, 0.86 / 3],
    "mean_absolute_error": [1.4 / 3, 1.6 / 3, 1.2 / 3, 1.2 / 3],
}
names = pytest.mark.parametrize("name", NAMES)


def data(name):
    return np.argmax(Y, axis=1) if name.startswith("sparse") else np.array(Y), np.array(P)


@names
def test_the_result_is_the_mean_over_all_rows_of_all_batches(name):
    y, p = data(name)
    metric = NAMES[name]()
    assert metric.result() == 0
    metric.update_state(y[:1], p[:1])
    metric.update_state(y[1:], p[1:])
    assert isinstance(metric.result(), float)
    assert_allclose(metric.result(), np.mean(ROWS[name]), rtol=1e-14)
    metric.reset_state()
    assert metric.result() == 0
    assert_allclose(metric(y[:2], p[:2]), np.mean(ROWS[name][:2]), rtol=1e-14)
    metric.reset_states()
    assert metric.result() == 0


@names
def test_weights_are_in_the_sum_and_in_the_count(name):
    y, p = data(name)
    weights = np.array([0.5, 0, 2, 1])
    metric = NAMES[name]()
    metric.update_state(y[:2], p[:2], sample_weight=weights[:2].tolist())
    metric.update_state(y[2:], p[2:], sample_weight=weights[2:])
    assert_allclose(metric.result(), np.average(ROWS[name], weights=weights), rtol=1e-14)


@names
def test_weights_of_zero_alone_give_zero(name):
    y, p = data(name)
    assert NAMES[name]()(y, p, sample_weight=np.zeros(4)) == 0


@names
def test_sequences_count_every_step(name):
    y, p = data(name)
    steps = NAMES[name]()(y.reshape(2, 2, *y.shape[1:]), p.reshape(2, 2, 3))
    assert_allclose(steps, np.mean(ROWS[name]), rtol=1e-14)
    weights = np.array([[1, 0], [0, 3]])
    steps = NAMES[name]()(y.reshape(2, 2, *y.shape[1:]), p.reshape(2, 2, 3), weights)
    assert_allclose(steps, np.average(ROWS[name], weights=weights.ravel()), rtol=1e-14)


def test_an_output_counts_as_one_only_above_the_threshold():
    y, p = [[1], [0], [1], [0]], [[0.5], [0.5], [0.7], [0.6]]
    assert BinaryAccuracy()(y, p) == 0.5
    assert BinaryAccuracy(threshold=0.65)(y, p) == 0.75
    assert BinaryAccuracy()([1, 0, 1, 0], p) == 0.5


def test_class_numbers_may_have_an_axis_of_one():
    y, p = data("sparse_categorical_accuracy")
    assert SparseCategoricalAccuracy()(y[:, None], p) == 0.75


def test_unsigned_integers_do_not_wrap_around():
    y, p = np.array([[2], [1]], np.uint8), np.array([[1], [1]], np.uint8)
    assert MeanAbsoluteError()(y, p) == 0.5
    assert MeanSquaredError()(10 * y, p) == (19**2 + 9**2) / 2


def test_outputs_of_one_axis_are_one_row_as_in_keras():
    assert_allclose(MeanSquaredError()([1, 2], [1.0, 4.0]), 2)
    assert_allclose(BinaryAccuracy()([1, 0, 1, 1], [0.9, 0.1, 0.2, 0.8]), 0.75)


def test_a_long_mean_of_float32_is_summed_in_double():
    p = np.full((1000, 1), 0.1, np.float32)
    metric = MeanAbsoluteError()
    for _ in range(1000):
        metric.update_state(np.zeros((1000, 1)), p)
    assert_allclose(metric.result(), np.float32(0.1), rtol=1e-12)


@pytest.mark.parametrize(("name", "cls"), [*NAMES.items(), *SHORT.items()])
def test_get_finds_names_and_instances(name, cls):
    assert type(metrics.get(name)) is type(metrics.get(cls.__name__)) is cls
    assert metrics.get(name).name == name
    mine = cls()
    assert metrics.get(mine) is mine


@names
def test_a_configuration_makes_the_metric_again(name):
    cls = NAMES[name]
    assert cls().name == name
    config = cls(name="mine").get_config()
    assert config["name"] == "mine"
    twin = cls.from_config(config)
    assert type(twin) is cls and twin.get_config() == config
    assert BinaryAccuracy.from_config({"name": "b", "threshold": 0.2}).threshold == 0.2


@pytest.mark.parametrize("word", ["accuracy", "acc"])
@pytest.mark.parametrize(
    ("targets", "output_shape", "cls"),
    [
        ((4, 1), (None, 1), BinaryAccuracy),
        ((4, 5, 1), (None, 5, 1), BinaryAccuracy),
        ((4, 3), (None, 3), CategoricalAccuracy),
        ((4,), (None, 3), SparseCategoricalAccuracy),
        ((4, 5), (None, 5, 3), SparseCategoricalAccuracy),
    ],
)
def test_accuracy_is_chosen_by_the_shapes(targets, output_shape, cls, word):
    metric = metrics.resolve(word, np.zeros(targets), output_shape)
    assert type(metric) is cls and metric.name == word


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: metrics.get("auk"), ValueError,
         "metrics.get: metrics must be names of metrics; got 'auk'. Did you mean 'auc'?"),
        (lambda: metrics.get(3), TypeError,
         ("metrics.get: metrics must be names of metrics, objects of fastgru.metrics or "
          "functions; got 3.")),
        (lambda: metrics.check("zzz"), ValueError,
         "compile: metrics must be names of metrics; got 'zzz'."),
        (lambda: BinaryAccuracy(threshold="a"), TypeError,
         "BinaryAccuracy: threshold must be a number; got 'a'."),
        (lambda: metrics.resolve("sparse_categorical_accuracy", np.ones((4, 3)), (None, 3)),
         ValueError, ("compile: metrics must take targets of the loss's form; "
          "got sparse_categorical_accuracy for targets of shape (batch, 3).")),
        (lambda: metrics.resolve(MeanSquaredError(), np.ones(4), (None, 3)),
         ValueError, ("compile: metrics must take targets of the loss's form; "
          "got mean_squared_error for targets of shape (batch,).")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@pytest.mark.parametrize(
    ("make", "start"),
    [
        (lambda: MeanSquaredError()(Y, P, sample_weight=[1, 2, 3]),
         "mean_squared_error: sample_weight must"),
        (lambda: SparseCategoricalAccuracy()([1], P), "sparse_categorical_accuracy: y"),
        (lambda: SparseCategoricalAccuracy()([0, 1, 2], P), "sparse_categorical_accuracy: y"),
    ],
)  # fmt: skip
def test_another_number_of_rows_is_refused_in_our_form(make, start):
    with pytest.raises(ValueError, match=rf"^{start}[^;]+; got [^;]+\.( .*)?$"):
        make()
