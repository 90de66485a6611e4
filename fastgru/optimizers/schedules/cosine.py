"""Decay along half a cosine, once or again and again.

Source: Loshchilov and Hutter, arXiv:1608.03983.
"""

import math

from fastgru._check import fail
from fastgru.optimizers.schedules.base import Decay, power


def _falling(share, alpha):
    """From 1 to alpha while `share` goes from 0 to 1."""
    return (1 - alpha) * 0.5 * (1 + math.cos(math.pi * share)) + alpha


class CosineDecay(Decay):
    """From initial_learning_rate to alpha times it in decay_steps, along half a cosine.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    alpha : float, default 0.0
    name : str, default "CosineDecay"
    warmup_target : float, optional
        Go in a straight line from initial_learning_rate to this in `warmup_steps` first;
        the decay starts from here.
    warmup_steps : int, default 0
    """

    def __init__(
        self, initial_learning_rate, decay_steps, alpha=0.0, name="CosineDecay",
        warmup_target=None, warmup_steps=0,
    ):  # fmt: skip
        super().__init__(name, initial_learning_rate)
        self.decay_steps = self._above_zero("decay_steps", decay_steps)
        self.alpha = self._number("alpha", alpha, 0)
        self.warmup_steps = self._number("warmup_steps", warmup_steps, 0)
        self.warmup_target = warmup_target
        if warmup_target is not None:
            self.warmup_target = self._number("warmup_target", warmup_target, 0)

    def __call__(self, step):
        step, top = self._step(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - top) * (step / self.warmup_steps) + top
            step, top = step - self.warmup_steps, self.warmup_target
        return top * _falling(min(step, self.decay_steps) / self.decay_steps, self.alpha)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(Decay):
    """`CosineDecay` that starts again from the top after each period.

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
        Steps of the first period.
    t_mul : float, default 2.0
        Each period has this many times the steps of the one before.
    m_mul : float, default 1.0
        And starts from this many times its learning rate.
    alpha : float, default 0.0
    name : str, default "SGDRDecay"
    """

    def __init__(
        self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0,
        name="SGDRDecay",
    ):  # fmt: skip
        super().__init__(name, initial_learning_rate)
        self.first_decay_steps = self._above_zero("first_decay_steps", first_decay_steps)
        self.t_mul = self._above_zero("t_mul", t_mul)
        self.m_mul = self._number("m_mul", m_mul, 0)
        self.alpha = self._number("alpha", alpha, 0)

    def _period(self, share):
        """The number of a period, and the share of it that is over."""
        t = self.t_mul
        if t == 1:
            return divmod(share, 1)
        ahead = 1 - share * (1 - t)
        if ahead <= 0:
            last = self.first_decay_steps / (1 - t)
            fail(type(self).__name__, "step", f"lie before the end of all periods, {last}",
                 f"{share * self.first_decay_steps}", "t_mul is below 1.")  # fmt: skip
        number = math.floor(math.log(ahead) / math.log(t))
        share = (share - (1 - t**number) / (1 - t)) / t**number
        # Rounding may leave the first step of a period as the last of the one before.
        return (number, share) if share < 1 else (number + 1, 0.0)

    def __call__(self, step):
        number, share = self._period(self._step(step) / self.first_decay_steps)
        height = power(self.m_mul, number)
        falling = 0.5 * height * (1 + math.cos(math.pi * share))
        return self.initial_learning_rate * ((1 - self.alpha) * falling + self.alpha)

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }
