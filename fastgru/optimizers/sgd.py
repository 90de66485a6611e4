"""Gradient descent, with momentum or without."""

from fastgru._check import check_flag, check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.base import Optimizer


class SGD(Optimizer):
    """Gradient descent: p -= lr g; with momentum m = momentum m - lr g, p += m.

    Parameters
    ----------
    learning_rate : float, default 0.01
    momentum : float, default 0.0
    nesterov : bool, default False
        p += momentum m - lr g instead.
    **options
        Of `Optimizer`.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)
        self.momentum = check_number("SGD", "momentum", momentum, 0, 1)
        self.nesterov = check_flag("SGD", "nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def _update(self, p, g, *rest):
        m = rest[0] if self.momentum else None
        kernel.sgd(
            p, g, m, rest[-1], self._learning_rate, self.momentum, self.nesterov, self._around
        )

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
