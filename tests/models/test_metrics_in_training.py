"""Metrics inside fit and evaluate: weighted ones, masks, names, and those of the user's own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from fastgru import Metric, Sequential, losses, metrics
from fastgru.layers import GRU, Dense, Masking
from fastgru.models import load_model


def model(sequences=False, **compiled):
    rng = np.random.default_rng(0)
    made = Sequential([
        Masking(input_shape=(5, 3)), GRU(4, return_sequences=sequences),
        Dense(1, "sigmoid"),
    ])  # fmt: skip
    made.set_weights([rng.normal(0, 0.6, w.shape) for w in made.get_weights()])
    made.compile("sgd", "bce", **compiled)
    return made


def samples(sequences=False):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5, 3)).astype("float32")
    x[::3, 3:] = 0
    return x, rng.integers(0, 2, (12, 5, 1) if sequences else (12, 1)).astype("float32")


def steps_of(made, x, y, weights=None):
    """What one test step leaves as results, with sample weights, batch first."""
    options = {"batch_size": len(x), "verbose": 0, "return_dict": True}
    return made.evaluate(x, y, sample_weight=weights, **options)


@pytest.mark.parametrize("sequences", [False, True])
def test_only_weighted_metrics_and_the_loss_see_sample_weights(sequences):
    x, y = samples(sequences)
    names = ["accuracy", "mae", "AUC"]
    made = model(sequences, metrics=names, weighted_metrics=names)
    weights = np.random.default_rng(2).uniform(0, 2, y.shape[:-1]).astype("float32")
    p = made.predict(x, verbose=0)
    found = steps_of(made, x, y, weights)
    assert list(found) == made.metrics_names == [
        "loss", "accuracy", "mae", "AUC",
        "weighted_accuracy", "weighted_mae", "weighted_AUC",
    ]  # fmt: skip
    mask = (x != 0).any(axis=-1) if sequences else np.ones(len(x), bool)
    for kind, w in (("", np.ones_like(weights)), ("weighted_", weights)):
        seen = mask * w
        hits = ((p > 0.5) == y)[..., 0]
        assert_allclose(found[f"{kind}accuracy"], np.average(hits, weights=seen), 1e-6)
        errors = np.abs(p - y)[..., 0]
        assert_allclose(found[f"{kind}mae"], np.average(errors, weights=seen), 1e-6)
        area = metrics.AUC()
        # As in Keras it does not see the mask.
        area.update_state(y, p, w)
        assert_allclose(found[f"{kind}AUC"], area.result(), 1e-6)
    each = losses.binary_crossentropy(y, p)
    expected = (each * weights * mask).sum() / mask.sum()
    assert_allclose(found["loss"], expected, 1e-5)


def test_without_sample_weights_weighted_metrics_are_like_the_others():
    x, y = samples()
    made = model(metrics=["mae"], weighted_metrics=["mae", "mse"])
    found = made.evaluate(x, y, verbose=0, return_dict=True)
    assert found["mae"] == found["weighted_mae"]
    history = made.fit(x, y, verbose=0, validation_split=0.5).history
    assert set(history) == {f"{v}{n}" for v in ("", "val_") for n in made.metrics_names}


def test_names_differ_as_keras_makes_them():
    assert metrics.result_names(["mae", "mae", "mse"], ["mse", "mse", "acc"]) == [
        "mae", "mae_1", "mse", "weighted_mse", "weighted_mse_1", "acc",
    ]  # fmt: skip


class Positives(Metric):
    """Written after the example in Keras' documentation."""

    def __init__(self, name="positives", **options):
        super().__init__(name=name, **options)
        self.found = self.add_weight(shape=(), initializer="zeros", name="found")

    def update_state(self, y_true, y_pred, sample_weight=None):
        found = np.logical_and(y_true == 1, y_pred > 0.5)[..., 0].astype(self.found.dtype)
        if sample_weight is not None:
            found = found * sample_weight
        self.found.assign(self.found + found.sum())

    def result(self):
        return self.found


class Extremes(Metric):
    """A dictionary of numbers."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.low, self.high = float(y_pred.min()), float(y_pred.max())

    def result(self):
        return {"low": self.low, "high": self.high}


def spread(y_true, y_pred):
    """A number for each sample: a function of whole sequences."""
    return y_pred[..., 0].max(axis=1) - y_pred[..., 0].min(axis=1)


def test_metrics_of_ones_own_see_whole_arrays():
    x, y = samples(True)
    made = model(True, metrics=[Positives(), spread, Extremes()])
    p = made.predict(x, verbose=0)
    made.evaluate(x, y, verbose=0)
    found = made.evaluate(x, y, verbose=0, batch_size=12, return_dict=True)
    assert list(found) == ["loss", "positives", "spread", "low", "high"]
    assert found["positives"] == ((p > 0.5) & (y == 1)).sum()
    assert type(found["positives"]) is float
    assert (found["low"], found["high"]) == (p.min(), p.max())
    mask = (x != 0).any(axis=-1).mean(axis=1)
    assert_allclose(found["spread"], np.average(spread(y, p), weights=mask), 1e-6)


def test_results_that_are_arrays_stay_arrays():
    x, y = samples()
    made = model(metrics=[metrics.Precision(thresholds=[0.3, 0.6], name="p")])
    history = made.fit(x, y, verbose=2, epochs=2).history
    assert [np.shape(value) for value in history["p"]] == [(2,), (2,)]


@pytest.mark.parametrize("word", ["crossentropy", "ce"])
def test_the_cross_entropy_by_shapes_is_that_of_the_shapes(word):
    x, y = samples()
    made = model()
    made.compile("sgd", word, metrics=[word])
    found = made.evaluate(x, y, verbose=0, return_dict=True)
    assert type(made.loss) is losses.BinaryCrossentropy
    assert_allclose(found["loss"], found[word], 1e-6)
    assert_allclose(found["loss"], losses.bce(y, made.predict(x, verbose=0)).mean(), 1e-6)


def test_a_file_keeps_losses_and_both_kinds_of_metrics(tmp_path):
    x, y = samples()
    made = model(
        metrics=["accuracy", metrics.AUC(num_thresholds=20, name="area")],
        weighted_metrics=["mae"],
    )  # fmt: skip
    for loss in (losses.BinaryFocalCrossentropy(gamma=1.0), losses.Huber(0.3), "crossentropy"):
        made.compile(
            "sgd", loss, metrics=made.metrics_given, weighted_metrics=["mae"]
        )  # fmt: skip
        made.save(tmp_path / "m.keras")
        twin = load_model(tmp_path / "m.keras")
        assert twin.loss.get_config() == made.loss.get_config()
        assert twin.metrics_names == ["loss", "accuracy", "area", "mae"]
        assert twin.evaluate(x, y, verbose=0) == made.evaluate(x, y, verbose=0)


@pytest.mark.parametrize(
    "given",
    [
        {"metrics": {"last": ["mae", "mse"]}, "weighted_metrics": {"last": "mae"}},
        {"metrics": [["mae", "mse"]], "weighted_metrics": [("mae",)]},
        {"loss": ["bce"], "metrics": ["mae", "mse"], "weighted_metrics": ["mae"]},
    ],
)
def test_keras_forms_for_several_outputs_are_taken_for_the_one(given):
    made = model()
    made.layers[-1].name = "last"
    x, y = samples()
    made.compile("sgd", "bce", metrics=["mae", "mse"], weighted_metrics=["mae"])
    expected = made.evaluate(x, y, verbose=0, return_dict=True)
    made.compile("sgd", **{"loss": "bce", **given})
    assert made.evaluate(x, y, verbose=0, return_dict=True) == expected
    assert list(expected) == ["loss", "mae", "mse", "weighted_mae"]
