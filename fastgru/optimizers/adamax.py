"""Adamax."""

from fastgru._check import check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.adam import check_beta
from fastgru.optimizers.base import Optimizer


class Adamax(Optimizer):
    """Adam with the largest gradient of late in place of v's root.

    u = max(beta_2 u, |g|);  p -= lr / (1 - beta_1^t) m / (u + eps)

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9, 0.999
    epsilon : float, default 1e-7
    **options
        Of `Optimizer`.

    Source: Kingma and Ba, arXiv:1412.6980, section 7.1.
    """

    slots = ("momentum", "norm")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.beta_1 = check_beta("Adamax", "beta_1", beta_1)
        self.beta_2 = check_number("Adamax", "beta_2", beta_2, 0, 1)
        self.epsilon = check_number("Adamax", "epsilon", epsilon, 0)

    def _start(self, t):
        self._alpha = self._learning_rate / (1 - self.beta_1**t)

    def _update(self, p, g, m, u, used):
        kernel.adamax(
            p, g, m, u, used, self._alpha, self.beta_1, self.beta_2, self.epsilon, self._around
        )

    def get_config(self):
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }  # fmt: skip
