"""Lists and tables for all outputs and inputs, and factors of the loss, of models of one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import binary, data, says

from fastgru import Sequential
from fastgru.layers import Dense, Input
from fastgru.models import clone_model, load_model
from fastgru.optimizers import SGD

X, Y = data()


def trained(model):
    """The history and the weights behind three epochs."""
    history = model.fit(X, Y, epochs=3, batch_size=4, shuffle=False, verbose=0).history
    return history, model.get_weights()


def assert_same(found, expected):
    assert found[0] == expected[0]
    for ours, theirs in zip(found[1], expected[1], strict=True):
        assert_array_equal(ours, theirs)


def start(**options):
    model = binary(**options)
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize(
    "options",
    [
        {"loss": ["mse"], "metrics": [["mae", "accuracy"]]},
        {"loss": {"dense": "mse"}, "metrics": {"dense": ["mae", "accuracy"]}},
        {"loss": "mse", "metrics": ("mae", "accuracy"), "loss_weights": [1]},
        {"loss": "mse", "metrics": ["mae", "accuracy"], "loss_weights": {"dense": 1.0}},
    ],
)
def test_what_is_in_a_list_or_a_table_counts_as_it_is(options):
    expected = trained(start(loss="mse", metrics=["mae", "accuracy"]))
    assert_same(trained(start(**options)), expected)


def test_one_metric_in_a_table_needs_no_list():
    made = start(metrics={"dense": "mae"}, weighted_metrics={"dense": "mse"})
    assert made.metrics_names == ["loss", "mae", "mse"]


def test_a_factor_of_the_loss_is_one_of_the_gradient_and_not_of_penalties():
    def make(rate, **options):
        model = Sequential([Input((3,)), Dense(2, kernel_regularizer="l2")])
        model.set_weights([np.full((3, 2), 0.5), np.zeros(2)])
        model.compile(SGD(rate), "mse", **options)
        return model

    x, y = np.random.default_rng(0).normal(size=(2, 8, 3))
    plain, weighted = make(0.1), make(0.1, loss_weights=0.25)
    penalty = 0.01 * 6 * 0.25
    before = plain.evaluate(x, y[:, :2], verbose=0) - penalty
    assert_allclose(
        weighted.evaluate(x, y[:, :2], verbose=0), 0.25 * before + penalty, rtol=1e-6
    )
    for model in (plain, weighted):
        model.fit(x, y[:, :2], batch_size=8, verbose=0)
    # One step moves the bias, which has no penalty, by the factor.
    assert_allclose(weighted.get_weights()[1], 0.25 * plain.get_weights()[1], rtol=1e-6)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_the_factor_is_in_files_and_copies(ending, tmp_path):
    model = start(loss_weights=0.5)
    model.save(tmp_path / f"model.{ending}")
    opened, expected = load_model(tmp_path / f"model.{ending}"), model.evaluate(X, Y, verbose=0)
    copy = clone_model(model)
    copy.set_weights(model.get_weights())
    for other in (opened, copy):
        assert other.loss_weight == 0.5
        assert other.evaluate(X, Y, verbose=0) == expected


def test_a_table_of_the_one_input():
    model = Sequential([Input((3,), name="given"), Dense(1)])
    x = np.random.default_rng(1).normal(size=(4, 3))
    assert_array_equal(model.predict({"given": x}, verbose=0), model.predict(x, verbose=0))
    for wrong in ({"other": x}, {"given": x, "other": x}):
        names = ", ".join(map(repr, wrong))
        with says(
            ValueError, f"predict: a dict for x must have one entry, 'given'; got {names}."
        ):
            model.predict(wrong, verbose=0)
