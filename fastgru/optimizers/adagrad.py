"""Adagrad."""

import numpy as np

from fastgru._check import check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.base import Optimizer


class Adagrad(Optimizer):
    """p -= lr g / sqrt(a + eps) with a the sum of g^2 over all updates.

    Parameters
    ----------
    learning_rate : float, default 0.001
    initial_accumulator_value : float, default 0.1
        Where a starts.
    epsilon : float, default 1e-7
    **options
        Of `Optimizer`.

    Source: Duchi, Hazan and Singer, JMLR 12, 2011.
    """

    slots = ("accumulator",)

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **options
    ):
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = check_number(
            "Adagrad", "initial_accumulator_value", initial_accumulator_value, 0
        )
        self.epsilon = check_number("Adagrad", "epsilon", epsilon, 0)

    def fresh(self, slot, store):
        if slot == "accumulator":
            return np.full_like(store.values, self.initial_accumulator_value)
        return super().fresh(slot, store)

    def _update(self, p, g, a, used):
        kernel.adagrad(p, g, a, used, self._learning_rate, self.epsilon, self._around)

    def get_config(self):
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
