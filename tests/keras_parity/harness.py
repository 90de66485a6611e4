"""Runs a case with Keras or its likeness and compares what two runs gave."""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# design.md, "Numbers that define parity"; absolute. `rounding.py` shows that float32 rounding
# takes less than half of them in every case, so no case has a tolerance of its own.
PREDICTIONS, WEIGHTS, LOSSES = 1e-6, 1e-5, 1e-5

GOLDEN = Path(__file__).parent / "golden"


def module_under_test():
    """Return fastgru; PARITY_MODULE=keras tests the tests themselves."""
    return importlib.import_module(os.environ.get("PARITY_MODULE", "fastgru"))


@dataclass
class Outcome:
    """What a case gave: before training, then after 20 optimiser steps."""

    predictions: np.ndarray
    evaluate: np.ndarray  # 0-d where evaluate returned a number, 1-d where a list
    history: dict[str, list[float]]
    trained: list[np.ndarray]


def run(case, keras, weights, data):
    """Run `case` from the given weights on the given data."""
    model = case.build(keras)
    model.set_weights(weights)
    predictions, losses = before_training(case, model, data)
    history = fit(case, keras, model, data)
    return Outcome(predictions, losses, history, model.get_weights())


def before_training(case, model, data):
    size = {"batch_size": case.batch_size, "verbose": 0}
    predictions = model.predict(data["x"], **size)
    weights = data.get("w")
    values = model.evaluate(data["x"], data["y"], sample_weight=weights, **size)
    return predictions, np.asarray(values)


def fit(case, keras, model, data):
    """Train as the case says, without shuffling, and return History's dictionary."""
    own_rows = {"validation_data": (data["x_val"], data["y_val"])} if case.n_val else {}
    history = model.fit(
        data["x"],
        data["y"],
        batch_size=case.batch_size,
        epochs=case.epochs,
        shuffle=False,
        verbose=0,
        validation_split=case.validation_split,
        sample_weight=data.get("w"),
        class_weight=case.class_weight,
        callbacks=case.make_callbacks(keras),
        **own_rows,
    )
    return {key: [float(value) for value in row] for key, row in history.history.items()}


def assert_predictions(actual, expected):
    assert actual.dtype == expected.dtype
    assert_close(actual, expected, PREDICTIONS)


def assert_evaluate(actual, expected):
    assert_close(actual, expected, LOSSES)


def assert_history(actual, expected):
    assert list(actual) == list(expected)
    for key, row in expected.items():
        assert_close(actual[key], row, LOSSES, key)


def assert_weights(actual, expected):
    for index, (ours, theirs) in enumerate(zip(actual, expected, strict=True)):
        assert_close(ours, theirs, WEIGHTS, f"weight {index}")


def assert_close(actual, expected, tolerance, label=""):
    assert np.shape(actual) == np.shape(expected), label
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance, err_msg=label)
