"""Adam and AdamW."""

import math

from fastgru._check import check_flag, check_number, fail
from fastgru.kernels import optimizer_rules
from fastgru.kernels import optimizers as kernel
from fastgru.optimizers.base import Optimizer


def check_beta(where, what, value):
    """The share that a running mean keeps, where its bias is corrected: division by 1 - it."""
    beta = check_number(where, what, value, 0, 1)
    if beta == 1:
        fail(where, what, "be below 1", f"{beta}")
    return beta


class Adam(Optimizer):
    """Adam, in Keras' form: epsilon stands beside sqrt(v) before its bias correction.

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9, 0.999
    epsilon : float, default 1e-7
    amsgrad : bool, default False
        Divide by the root of the largest v so far instead (Reddi, Kale and Kumar,
        arXiv:1904.09237).
    **options
        Of `Optimizer`.

    Source: Kingma and Ba, arXiv:1412.6980, section 2, last paragraph.
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
        **options,
    ):  # fmt: skip
        super().__init__(learning_rate, **options)
        where = type(self).__name__
        self.beta_1 = check_beta(where, "beta_1", beta_1)
        self.beta_2 = check_beta(where, "beta_2", beta_2)
        self.epsilon = check_number(where, "epsilon", epsilon, 0)
        self.amsgrad = check_flag(where, "amsgrad", amsgrad)
        self.slots = ("momentum", "velocity", *["velocity_hat"] * self.amsgrad)

    @property
    def slot_groups(self):
        *before, own = super().slot_groups
        return [*before, own[:2], *[own[2:]] * self.amsgrad]

    def _start(self, t):
        correction = math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        self._alpha = self._learning_rate * correction

    def _update(self, p, g, m, v, *rest):
        if self._around is None and not self.amsgrad:
            kernel.adam(
                p, g, m, v, rest[0], self._alpha, self.beta_1, self.beta_2, self.epsilon
            )
            return
        h = rest[0] if self.amsgrad else None
        optimizer_rules.adam(
            p, g, m, v, h, rest[-1], self._alpha, self.beta_1, self.beta_2, self.epsilon,
            self._around,
        )  # fmt: skip

    def get_config(self):
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon, "amsgrad": self.amsgrad,
        }  # fmt: skip


class AdamW(Adam):
    """Adam with weight decay.

    Parameters
    ----------
    learning_rate : float, default 0.001
    weight_decay : float, default 0.004
    beta_1, beta_2 : float, default 0.9, 0.999
    epsilon : float, default 1e-7
    amsgrad : bool, default False
    **options
        Of `Optimizer`.

    Source: Loshchilov and Hutter, arXiv:1711.05101.
    """

    def __init__(
        self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7,
        amsgrad=False, **options,
    ):  # fmt: skip
        if weight_decay is None:
            fail(type(self).__name__, "weight_decay", "be a number", "None", kind=TypeError)
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay=weight_decay,
            **options,
        )
