"""RMSprop."""

from fastgru._check import check_flag, check_number
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.base import Optimizer


class RMSprop(Optimizer):
    """p -= lr g / sqrt(v + eps) with v a running mean of g^2.

    Parameters
    ----------
    learning_rate : float, default 0.001
    rho : float, default 0.9
    momentum : float, default 0.0
    epsilon : float, default 1e-7
    centered : bool, default False
        Divide by the running variance of g instead.
    **options
        Of `Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        **options,
    ):
        super().__init__(learning_rate, **options)
        self.rho = check_number("RMSprop", "rho", rho, 0, 1)
        self.momentum = check_number("RMSprop", "momentum", momentum, 0, 1)
        self.epsilon = check_number("RMSprop", "epsilon", epsilon, 0)
        self.centered = check_flag("RMSprop", "centered", centered)
        self.slots = (
            "velocity", *["momentum"] * bool(self.momentum), *["average_gradient"] * self.centered
        )  # fmt: skip

    @property
    def slot_groups(self):
        return [[name] for name in (*self._option_slots(), *self.slots)]

    def _update(self, p, g, v, *rest):
        m = rest[0] if self.momentum else None
        a = rest[-2] if self.centered else None
        kernel.rmsprop(
            p, g, v, a, m, rest[-1], self._learning_rate, self.rho, self.momentum, self.epsilon,
            self._around,
        )  # fmt: skip

    def get_config(self):
        return {
            **super().get_config(), "rho": self.rho, "momentum": self.momentum,
            "epsilon": self.epsilon, "centered": self.centered,
        }  # fmt: skip
