"""Learning-rate schedules: values by hand and by Keras', configurations, sentences."""

import json
import math
import os
import re

import numpy as np
import pytest

from fastgru.optimizers import SGD, Adam, schedules
from fastgru.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

os.environ.setdefault("KERAS_BACKEND", "jax")

#: (schedule, {step: learning rate}), by hand.
BY_HAND = [
    (ExponentialDecay(0.5, 4, 0.25), {0: 0.5, 2: 0.25, 4: 0.125, 8: 0.03125}),
    (ExponentialDecay(0.5, 4, 0.25, staircase=True), {0: 0.5, 3: 0.5, 4: 0.125, 7: 0.125}),
    (InverseTimeDecay(1.0, 2, 0.5), {0: 1.0, 2: 1 / 1.5, 3: 1 / 1.75}),
    (InverseTimeDecay(1.0, 2, 0.5, staircase=True), {1: 1.0, 2: 1 / 1.5, 3: 1 / 1.5}),
    (PolynomialDecay(1.0, 10, 0.2), {0: 1.0, 5: 0.6, 10: 0.2, 11: 0.2, 99: 0.2}),
    (PolynomialDecay(1.0, 10, 0.0, power=2.0), {5: 0.25, 10: 0.0}),
    (PolynomialDecay(1.0, 10, 0.0, cycle=True), {0: 1.0, 10: 0.0, 15: 0.25, 20: 0.0, 24: 0.2}),
    (PiecewiseConstantDecay([3, 6], [1.0, 0.5, 0.1]), {0: 1.0, 3: 1.0, 4: 0.5, 6: 0.5, 7: 0.1}),
    (CosineDecay(2.0, 10, alpha=0.1), {0: 2.0, 5: 1.1, 10: 0.2, 50: 0.2}),
    (CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4),
     {0: 0.0, 1: 0.25, 4: 1.0, 9: 0.5, 14: 0.0, 15: 0.0}),
    (CosineDecay(0.5, 10, warmup_target=1.0), {0: 1.0, 5: 0.5}),
    (CosineDecayRestarts(1.0, 4), {0: 1.0, 2: 0.5, 4: 1.0, 8: 0.5, 12: 1.0, 28: 1.0}),
    (CosineDecayRestarts(1.0, 4, t_mul=1.0, m_mul=0.5, alpha=0.2),
     {0: 1.0, 2: 0.6, 4: 0.6, 6: 0.4, 8: 0.4}),
    # 121 first periods of 1 + 3 + 9 + 27 + 81: log 243 / log 3 is rounded to less than 5.
    (CosineDecayRestarts(1.0, 1, t_mul=3.0), {121: 1.0, 364: 1.0}),
    (CosineDecayRestarts(1.0, 4, t_mul=0.5), {0: 1.0, 2: 0.5, 4: 1.0, 5: 0.5, 6: 1.0}),
]  # fmt: skip
SCHEDULES = [schedule for schedule, _ in BY_HAND]
every = pytest.mark.parametrize("schedule", SCHEDULES)


@pytest.mark.parametrize(("schedule", "values"), BY_HAND)
def test_values_are_those_by_hand(schedule, values):
    for step, value in values.items():
        for given in (step, float(step), np.int32(step), np.array(step)):
            assert schedule(given) == pytest.approx(value, rel=1e-12, abs=1e-15), step
            assert type(schedule(given)) is float


@every
def test_a_hundred_steps_equal_keras(schedule):
    keras = pytest.importorskip("keras")
    theirs = getattr(keras.optimizers.schedules, type(schedule).__name__)
    theirs = theirs.from_config(schedule.get_config())
    # A function of JAX would be compiled anew for every step.
    steps = range(3, 100, 40) if keras.backend.backend() == "jax" else range(100)
    for step in steps:
        if getattr(schedule, "t_mul", 1) < 1 and step >= 8:
            break
        expected = float(keras.ops.convert_to_numpy(theirs(step)))
        assert schedule(step) == pytest.approx(expected, rel=2e-6, abs=1e-7), step


@every
def test_a_configuration_is_keras_and_makes_the_schedule_again(schedule):
    form = json.loads(json.dumps(schedules.serialize(schedule)))
    twin = schedules.deserialize(form)
    assert type(twin) is type(schedule) and twin.get_config() == schedule.get_config()
    assert form["module"] == "keras.optimizers.schedules" and form["registered_name"] is None
    keras = pytest.importorskip("keras")
    assert (
        keras.optimizers.schedules.serialize(
            keras.optimizers.schedules.deserialize(json.loads(json.dumps(form)))
        )
        == form
    )


@every
def test_an_optimiser_brings_its_schedule_along(schedule):
    config = Adam(schedule, clipnorm=1.0).get_config()
    twin = Adam.from_config(json.loads(json.dumps(config)))
    assert twin.get_config() == config
    assert twin.learning_rate == schedule(0)


class Halved(LearningRateSchedule):
    def __init__(self, first=0.5):
        self.first = first

    def __call__(self, step):
        return self.first * 0.5**step

    def get_config(self):
        return {"first": self.first}


def test_a_schedule_of_ones_own():
    mine = Halved(0.25)
    optimizer = SGD(mine)
    optimizer.steps = 2
    assert optimizer.learning_rate == 0.0625
    assert SGD.from_config(optimizer.get_config()).schedule is mine
    form = {"class_name": "Halved", "config": mine.get_config()}
    assert schedules.deserialize(form, {"Halved": Halved}).first == 0.25
    twin = SGD.from_config({"learning_rate": form}, custom_objects={"Halved": Halved})
    assert twin.schedule.first == 0.25
    optimizer.learning_rate = PolynomialDecay(1.0, 4, 0.0)
    assert optimizer.learning_rate == 0.5


def refuses(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: ExponentialDecay(0.1, 0, 0.5), ValueError,
         "ExponentialDecay: decay_steps must be above 0; got 0."),
        (lambda: InverseTimeDecay(0.1, -2.5, 0.5), ValueError,
         "InverseTimeDecay: decay_steps must be above 0; got -2.5."),
        (lambda: ExponentialDecay("a", 1, 0.5), TypeError,
         "ExponentialDecay: initial_learning_rate must be a number; got 'a'."),
        (lambda: ExponentialDecay(0.1, 1, 0.5, staircase=1), TypeError,
         "ExponentialDecay: staircase must be True or False; got 1."),
        (lambda: PolynomialDecay(0.1, None), TypeError,
         "PolynomialDecay: decay_steps must be a number; got None."),
        (lambda: PolynomialDecay(0.1, 5, -1), ValueError,
         "PolynomialDecay: end_learning_rate must be at least 0; got -1."),
        (lambda: CosineDecay(0.1, 5, warmup_target="x"), TypeError,
         "CosineDecay: warmup_target must be a number; got 'x'."),
        (lambda: CosineDecay(0.1, 5, name="a/b"), ValueError,
         "CosineDecay: name must be a word without a slash; got 'a/b'."),
        (lambda: CosineDecayRestarts(0.1, 0), ValueError,
         "CosineDecayRestarts: first_decay_steps must be above 0; got 0."),
        (lambda: CosineDecayRestarts(0.1, 4, t_mul=0), ValueError,
         "CosineDecayRestarts: t_mul must be above 0; got 0."),
        (lambda: CosineDecayRestarts(0.1, 4, t_mul=0.5)(8), ValueError,
         ("CosineDecayRestarts: step must lie before the end of all periods, 8.0; got 8.0. "
         "t_mul is below 1.")),
        (lambda: PiecewiseConstantDecay([1, 2], [0.1, 0.2]), ValueError,
         "PiecewiseConstantDecay: values must be 3, one more than boundaries; got 2."),
        (lambda: PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), ValueError,
         "PiecewiseConstantDecay: boundaries must each be above the one before; got [2, 1]."),
        (lambda: PiecewiseConstantDecay(3, [0.1, 0.2]), TypeError,
         "PiecewiseConstantDecay: boundaries must be a list of numbers; got 3."),
        (lambda: PiecewiseConstantDecay([1], [0.1, "b"]), TypeError,
         "PiecewiseConstantDecay: every value must be a number; got 'b'."),
        (lambda: ExponentialDecay(0.1, 1, 0.5)([1, 2]), TypeError,
         "ExponentialDecay: step must be a number; got [1, 2]."),
        (lambda: LearningRateSchedule()(0), NotImplementedError,
         "LearningRateSchedule: a schedule must have a __call__; got none."),
        (lambda: LearningRateSchedule().get_config(), NotImplementedError,
         "LearningRateSchedule: a schedule must have a get_config; got none."),
        (lambda: schedules.deserialize({"class_name": "Mine"}), ValueError,
         ("schedules.deserialize: class_name must be one of 'ExponentialDecay', "
         "'PiecewiseConstantDecay', 'PolynomialDecay', 'InverseTimeDecay', 'CosineDecay', "
         "'CosineDecayRestarts'; got 'Mine'.")),
        (lambda: setattr(Adam(Halved()), "learning_rate", 0.1), TypeError,
         ("Adam: learning_rate must not be set to a number while a schedule gives it; got 0.1. "
         "Make the optimiser with a number.")),
        (lambda: setattr(Adam(lambda: 0.1), "lr", 0.1), TypeError,
         ("Adam: learning_rate must not be set to a number while a schedule gives it; got 0.1. "
         "Make the optimiser with a number.")),
        (lambda: Adam(lambda: "a").learning_rate, TypeError,
         "Adam: learning_rate must be a number; got 'a'."),
        (lambda: Adam(lambda: -1.0).learning_rate, ValueError,
         "Adam: learning_rate must be at least 0; got -1.0."),
        (lambda: Adam(lambda: math.inf).learning_rate, ValueError,
         "Adam: learning_rate must be at least 0; got inf."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(make, kind, sentence):
    refuses(make, kind, sentence)


def test_a_rate_too_large_for_a_float_is_infinite():
    assert ExponentialDecay(1.0, 1, 10.0)(1000) == math.inf
    assert CosineDecayRestarts(1.0, 1, t_mul=1.0, m_mul=10.0)(1000.25) == math.inf
