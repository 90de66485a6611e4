"""Decay that is exponential, by inverse time, or by a polynomial."""

import math

from fastgru._check import check_flag
from fastgru.optimizers.schedules.base import Decay, power


class ExponentialDecay(Decay):
    """initial_learning_rate * decay_rate ** (step / decay_steps)

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool, default False
        Round step / decay_steps down.
    name : str, default "ExponentialDecay"
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False,
        name="ExponentialDecay",
    ):  # fmt: skip
        super().__init__(name, initial_learning_rate)
        self.decay_steps = self._above_zero("decay_steps", decay_steps)
        self.decay_rate = self._number("decay_rate", decay_rate, 0)
        self.staircase = check_flag(type(self).__name__, "staircase", staircase)

    def _periods(self, step):
        share = self._step(step) / self.decay_steps
        return math.floor(share) if self.staircase else share

    def __call__(self, step):
        return self.initial_learning_rate * power(self.decay_rate, self._periods(step))

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class InverseTimeDecay(ExponentialDecay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps)

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool, default False
        Round step / decay_steps down.
    name : str, default "InverseTimeDecay"
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False,
        name="InverseTimeDecay",
    ):  # fmt: skip
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def __call__(self, step):
        return self.initial_learning_rate / (1 + self.decay_rate * self._periods(step))


class PolynomialDecay(Decay):
    """From initial_learning_rate to end_learning_rate by (1 - step / decay_steps) ** power.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    end_learning_rate : float, default 0.0001
    power : float, default 1.0
    cycle : bool, default False
        Beyond decay_steps, use the next multiple of it instead of staying at the end.
    name : str, default "PolynomialDecay"
    """

    def __init__(
        self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0,
        cycle=False, name="PolynomialDecay",
    ):  # fmt: skip
        super().__init__(name, initial_learning_rate)
        self.decay_steps = self._above_zero("decay_steps", decay_steps)
        self.end_learning_rate = self._number("end_learning_rate", end_learning_rate, 0)
        self.power = self._number("power", power, 0)
        self.cycle = check_flag(type(self).__name__, "cycle", cycle)

    def __call__(self, step):
        step, steps = self._step(step), self.decay_steps
        if self.cycle:
            steps *= math.ceil(step / steps) or 1
        left = 1 - min(step, steps) / steps
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
