"""Adadelta."""

from fastgru._check import check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.base import Optimizer


class Adadelta(Optimizer):
    """p -= lr d with d = g sqrt(x + eps) / sqrt(v + eps); v, x: running means of g^2, d^2.

    Parameters
    ----------
    learning_rate : float, default 0.001
        1.0 is the form of the paper.
    rho : float, default 0.95
        What the running means keep.
    epsilon : float, default 1e-7
    **options
        Of `Optimizer`.

    Source: Zeiler, arXiv:1212.5701.
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.rho = check_number("Adadelta", "rho", rho, 0, 1)
        self.epsilon = check_number("Adadelta", "epsilon", epsilon, 0)

    def _update(self, p, g, v, x, used):
        kernel.adadelta(
            p, g, v, x, used, self._learning_rate, self.rho, self.epsilon, self._around
        )

    def get_config(self):
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
