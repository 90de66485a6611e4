"""fastgru gives what real Keras gave: golden/*.npz, made by make_golden.py. Needs no Keras."""

from functools import cache

import numpy as np
import pytest
from keras_parity import golden, harness
from keras_parity.cases import CASES

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@cache
def ran(name):
    """Run a case once for all tests that look at it."""
    weights, data, _ = golden.read(name)
    return harness.run(CASES[name], harness.module_under_test(), weights, data)


def stored(name):
    return golden.read(name)[2]


@every_case
def test_predictions_equal_keras(case):
    harness.assert_predictions(ran(case.name).predictions, stored(case.name).predictions)


@every_case
def test_evaluate_equals_keras(case):
    harness.assert_evaluate(ran(case.name).evaluate, stored(case.name).evaluate)


@every_case
def test_history_of_fit_equals_keras(case):
    harness.assert_history(ran(case.name).history, stored(case.name).history)


@every_case
def test_weights_after_twenty_steps_equal_keras(case):
    harness.assert_weights(ran(case.name).trained, stored(case.name).trained)


def test_golden_files_are_those_of_the_cases():
    assert {file.stem for file in harness.GOLDEN.iterdir()} == set(CASES)


@every_case
def test_golden_training_moves_every_weight_but_the_still_ones(case):
    weights, _, outcome = golden.read(case.name)
    still = [np.abs(a - b).max() < 1e-5 for a, b in zip(weights, outcome.trained, strict=True)]
    assert tuple(np.flatnonzero(still)) == case.still
