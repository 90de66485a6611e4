"""Optimisers, by Keras' names and with Keras' defaults and update rules."""

import math

import numpy as np

from fastgru._check import (
    check_choice,
    check_default,
    check_flag,
    check_name,
    check_number,
    fail,
    refuse_keywords,
    short,
)
from fastgru._names import snake_case
from fastgru.kernels import optimizers as kernel


class Optimizer:
    """Base of the optimisers.

    Parameters
    ----------
    learning_rate : float
        Can be read and set at any time.
    name : str, optional
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ...
        Accepted at their defaults only.
    """

    #: Names of the arrays kept beside the parameters, in Keras' order.
    slots = ()

    def __init__(
        self, learning_rate, name=None, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
        loss_scale_factor=None, gradient_accumulation_steps=None, **unknown,
    ):  # fmt: skip
        where = type(self).__name__
        refuse_keywords(where, unknown, Optimizer, type(self))
        check_default(
            where, weight_decay=(weight_decay, None), clipnorm=(clipnorm, None),
            clipvalue=(clipvalue, None), global_clipnorm=(global_clipnorm, None),
            use_ema=(use_ema, False), loss_scale_factor=(loss_scale_factor, None),
            gradient_accumulation_steps=(gradient_accumulation_steps, None),
        )  # fmt: skip
        self.name = check_name(where, name) or snake_case(where)
        self.learning_rate = learning_rate
        self.iterations = 0
        self.store = None
        self.state = {}

    @property
    def learning_rate(self):
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        self._learning_rate = check_number(type(self).__name__, "learning_rate", value, 0)

    lr = learning_rate

    def build(self, store):
        """Make the slots for a store's parameters, and the stretches to walk over."""
        if store is not self.store:
            if self.store is not None and len(self.store.values) == len(store.values):
                self.state = {k: v.astype(store.dtype) for k, v in self.state.items()}
            else:
                self.state = {name: np.zeros_like(store.values) for name in self.slots}
            self.store = store
        store.clear_gradients()

        def cut(flat, start, end, rows):
            return flat[start:end].reshape(rows, -1)

        self._stretches = [
            (
                cut(store.values, start, end, rows),
                cut(store.gradients, start, end, rows),
                *(cut(self.state[name], start, end, rows) for name in self.slots),
                used,
            )
            for start, end, rows, used in store.stretches()
        ]

    def step(self):
        """Change the parameters by their gradients, and set those to zero."""
        self.iterations += 1
        self.store.version += 1
        for stretch in self._stretches:
            self._update(*stretch)

    def _update(self, p, g, *rest):
        """Change p by its gradient g; rest are the slots, and the rows used or None."""
        raise NotImplementedError(f"{self.name}: an optimiser must have an _update; got none.")

    def get_config(self):
        """Keyword arguments that make this optimiser again, without its state."""
        return {"name": self.name, "learning_rate": self.learning_rate}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class SGD(Optimizer):
    """Gradient descent: p -= lr g; with momentum m = momentum m - lr g, p += m.

    Parameters
    ----------
    learning_rate : float, default 0.01
    momentum : float, default 0.0
    nesterov : bool, default False
        p += momentum m - lr g instead.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)
        self.momentum = check_number("SGD", "momentum", momentum, 0, 1)
        self.nesterov = check_flag("SGD", "nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def _update(self, p, g, *rest):
        m = rest[0] if self.momentum else None
        kernel.sgd(p, g, m, rest[-1], self._learning_rate, self.momentum, self.nesterov)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


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

    def _update(self, p, g, v, *rest):
        m = rest[0] if self.momentum else None
        a = rest[-2] if self.centered else None
        kernel.rmsprop(
            p, g, v, a, m, rest[-1], self._learning_rate, self.rho, self.momentum, self.epsilon
        )

    def get_config(self):
        return {
            **super().get_config(), "rho": self.rho, "momentum": self.momentum,
            "epsilon": self.epsilon, "centered": self.centered,
        }  # fmt: skip


class Adam(Optimizer):
    """Adam, in Keras' form: epsilon stands beside sqrt(v) before its bias correction.

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9, 0.999
    epsilon : float, default 1e-7
    amsgrad : bool, default False

    Source: Kingma and Ba, arXiv:1412.6980, section 2, last paragraph.
    """

    slots = ("momentum", "velocity")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
        **options,
    ):  # fmt: skip
        super().__init__(learning_rate, **options)
        self.beta_1 = check_number("Adam", "beta_1", beta_1, 0, 1)
        self.beta_2 = check_number("Adam", "beta_2", beta_2, 0, 1)
        for what, beta in (("beta_1", self.beta_1), ("beta_2", self.beta_2)):
            if beta == 1:
                # The correction of its bias would divide by zero.
                fail("Adam", what, "be below 1", f"{beta}")
        self.epsilon = check_number("Adam", "epsilon", epsilon, 0)
        check_default("Adam", amsgrad=(amsgrad, False))

    def step(self):
        t = self.iterations + 1
        correction = math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        self._alpha = self._learning_rate * correction
        super().step()

    def _update(self, p, g, m, v, used):
        kernel.adam(p, g, m, v, used, self._alpha, self.beta_1, self.beta_2, self.epsilon)

    def get_config(self):
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon, "amsgrad": False,
        }  # fmt: skip


CLASSES = {cls.__name__: cls for cls in (SGD, RMSprop, Adam)}
_BY_NAME = {name.lower(): cls for name, cls in CLASSES.items()}


def get(identifier, where="optimizers.get"):
    """An optimiser from its name, its class or its instance."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()
    if isinstance(identifier, str):
        cls = _BY_NAME.get(identifier.lower())
        if cls is None:
            check_choice(where, "optimizer", identifier, tuple(_BY_NAME))
        return cls()
    fail(where, "optimizer", "be the name of an optimiser or one of fastgru.optimizers",
         short(identifier), kind=TypeError)  # fmt: skip
