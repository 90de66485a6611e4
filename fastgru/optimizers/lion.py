"""Lion."""

from fastgru._check import check_number, fail
from fastgru.kernels import optimizer_rules as kernel
from fastgru.optimizers.base import Optimizer


class Lion(Optimizer):
    """p -= lr sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g.

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1 : float, default 0.9
        Above 0.
    beta_2 : float, default 0.99
    **options
        Of `Optimizer`.

    Source: Chen and others, arXiv:2302.06675.
    """

    slots = ("momentum",)

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **options):
        super().__init__(learning_rate, **options)
        self.beta_1 = check_number("Lion", "beta_1", beta_1, 0, 1)
        self.beta_2 = check_number("Lion", "beta_2", beta_2, 0, 1)
        if self.beta_1 == 0:
            # Nothing but the sign of the gradient would be left.
            fail("Lion", "beta_1", "be above 0", f"{self.beta_1}")

    def _update(self, p, g, m, used):
        kernel.lion(p, g, m, used, self._learning_rate, self.beta_1, self.beta_2, self._around)

    def get_config(self):
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
