"""Nadam."""

import numpy as np

from fastgru._check import check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.adam import check_beta
from fastgru.optimizers.base import Optimizer

#: Products of 1 - 0.96^i / 2 up to i = t; the factors behind the last one are 1.
_DAMPING = np.cumprod([1, *(1 - 0.5 * 0.96 ** np.arange(1, 1000))])


class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    With u(t) = beta_1 (1 - 0.96^t / 2) and U(t) = u(1) u(2) ... u(t):

        n = u(t+1) m / (1 - U(t+1)) + (1 - u(t)) g / (1 - U(t))
        p -= lr n / (sqrt(v / (1 - beta_2^t)) + eps)

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9, 0.999
    epsilon : float, default 1e-7
    **options
        Of `Optimizer`.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    slots = ("momentum", "velocity")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.beta_1 = check_beta("Nadam", "beta_1", beta_1)
        self.beta_2 = check_beta("Nadam", "beta_2", beta_2)
        self.epsilon = check_number("Nadam", "epsilon", epsilon, 0)

    def _u(self, t):
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def _product(self, t):
        """U(t)."""
        return self.beta_1**t * float(_DAMPING[min(t, len(_DAMPING) - 1)])

    def _start(self, t):
        product = self._product(t)
        ahead = self._u(t + 1)
        self._factors = (
            self._learning_rate * ahead / (1 - product * ahead),
            self._learning_rate * (1 - self._u(t)) / (1 - product),
            1 / (1 - self.beta_2**t),
        )

    def _update(self, p, g, m, v, used):
        kernel.nadam(
            p, g, m, v, used, *self._factors, self.beta_1, self.beta_2, self.epsilon,
            self._around,
        )  # fmt: skip

    def scalars(self):
        return (self._product(self.iterations),)

    def get_config(self):
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }  # fmt: skip
