"""Batch normalization."""

import math

import numpy as np

from fastgru._check import axes, check_default, check_flag, check_int, check_number, fail
from fastgru.layers.axes import inner, places
from fastgru.layers.layer import Layer

#: Keras adds it to the number of unmasked steps.
FEW = 1e-7


class BatchNormalization(Layer):
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta, for each feature by itself.

    In training mean and variance are those of the batch, without its masked steps, and
    `moving = momentum moving + (1 - momentum) batch` follows them; otherwise, and always
    where `trainable` is False, they are the moving ones.

    Parameters
    ----------
    axis : int, default -1
        The axis of the features, counted with the batch's as 0.
    momentum : float, default 0.99
    epsilon : float, default 1e-3
    center, scale : bool, default True
        Whether there is a beta, and a gamma.
    beta_initializer, gamma_initializer : default "zeros", "ones"
    moving_mean_initializer, moving_variance_initializer : default "zeros", "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
    beta_constraint, gamma_constraint : str or Constraint, optional
    **layer
        See `Layer`.

    Weights, as in Keras: gamma, beta, moving_mean, moving_variance, (features,) each.

    Source: Ioffe and Szegedy, arXiv:1502.03167.
    """

    mixes_samples = True
    changeable = frozenset({"momentum"})

    def __init__(
        self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True,
        beta_initializer="zeros", gamma_initializer="ones", moving_mean_initializer="zeros",
        moving_variance_initializer="ones", beta_regularizer=None, gamma_regularizer=None,
        beta_constraint=None, gamma_constraint=None, renorm=False, renorm_clipping=None,
        renorm_momentum=0.99, synchronized=False, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        where = "BatchNormalization"
        listed = isinstance(axis, (list, tuple)) and len(axis) == 1
        self.axis = check_int(where, "axis", axis[0] if listed else axis)
        self.momentum = check_number(where, "momentum", momentum, 0, 1)
        self.epsilon = check_number(where, "epsilon", epsilon, 0)
        self.center = check_flag(where, "center", center)
        self.scale = check_flag(where, "scale", scale)
        check_default(
            where, renorm=(renorm, False), renorm_clipping=(renorm_clipping, None),
            renorm_momentum=(renorm_momentum, 0.99), synchronized=(synchronized, False),
        )  # fmt: skip
        self.rules("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.rules("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.start("moving_mean", moving_mean_initializer)
        self.start("moving_variance", moving_variance_initializer)

    def configure(self, input_shape):
        (axis,) = places(self.name, [self.axis], input_shape)
        if input_shape[axis] is None:
            fail(self.name, "its input", "have a known axis of features", axes(input_shape))
        shape = (input_shape[axis],)
        self.specs = (
            *[self.spec("gamma", shape)] * self.scale,
            *[self.spec("beta", shape)] * self.center,
            self.spec("moving_mean", shape, trainable=False),
            self.spec("moving_variance", shape, trainable=False),
        )
        return input_shape

    def _layout(self, x):
        """(all axes but the features', the shape that brings a vector along x)."""
        (axis,) = inner(places(self.name, [self.axis], x.shape), x.ndim)
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        return tuple(one for one in range(x.ndim) if one != axis), shape

    def _normalize(self, x, mean, inverse, shape):
        """y, with mean and 1 / sqrt(variance + epsilon) as vectors."""
        gamma, beta = (self.parameters.get(name) for name in ("gamma", "beta"))
        factor = inverse if gamma is None else inverse * gamma
        shift = -mean * factor if beta is None else beta - mean * factor
        y = x * factor.astype(x.dtype).reshape(shape)
        y += shift.astype(x.dtype).reshape(shape)
        return y

    def _moving(self):
        p = self.parameters
        variance = p["moving_variance"].astype(np.float64)
        return p["moving_mean"].astype(np.float64), 1 / np.sqrt(variance + self.epsilon)

    def predict(self, x, mask=None):
        return self._normalize(x, *self._moving(), self._layout(x)[1]), mask

    def forward(self, x, mask=None):
        others, shape = self._layout(x)
        if not self.trainable:
            mean, inverse = self._moving()
            return self._normalize(x, mean, inverse, shape), mask, self._fixed(inverse, shape)
        # In double precision: a sum over all steps of a batch is long.
        wide = {"axis": others, "dtype": np.float64}
        if mask is None:
            kept = None
            count = x.size // math.prod(shape)
        else:
            kept = mask.astype(x.dtype)[..., None]
            count = np.broadcast_to(kept, x.shape).sum(**wide) + FEW

        def of_steps(array):
            return array if kept is None else array * kept

        mean = of_steps(x).sum(**wide) / count
        centred = x - mean.astype(x.dtype).reshape(shape)
        variance = of_steps(np.square(centred)).sum(**wide) / count
        inverse = 1 / np.sqrt(variance + self.epsilon)
        self._follow(mean, variance)

        def backward(dy, want_dx=True):
            self._add_gradients(dy, centred, inverse, shape, others)
            if not want_dx:
                return None
            gamma = self.parameters.get("gamma")
            factor = inverse if gamma is None else inverse * gamma
            along = -factor * np.square(inverse) * (dy * centred).sum(**wide) / count
            level = -factor * dy.sum(**wide) / count
            # The mean of what is left around the mean: 0 but for Keras' FEW.
            level -= along * of_steps(centred).sum(**wide) / count
            dx = centred * along.astype(x.dtype).reshape(shape)
            dx += level.astype(x.dtype).reshape(shape)
            dx = of_steps(dx)
            dx += dy * factor.astype(x.dtype).reshape(shape)
            return dx

        return self._normalize(x, mean, inverse, shape), mask, backward

    def _follow(self, mean, variance):
        """Let the moving ones follow those of a batch."""
        for name, value in (("moving_mean", mean), ("moving_variance", variance)):
            moving = self.parameters[name]
            moving *= moving.dtype.type(self.momentum)
            moving += (value * (1 - self.momentum)).astype(moving.dtype)
        self.store.version += 1

    def _add_gradients(self, dy, centred, inverse, shape, others):
        if self.scale:
            products = (dy * centred).sum(axis=others, dtype=np.float64)
            self.gradients["gamma"] += products * inverse
        if self.center:
            self.gradients["beta"] += dy.sum(axis=others, dtype=np.float64)

    def _fixed(self, inverse, shape):
        """backward of a layer that is not trained."""
        gamma = self.parameters.get("gamma")
        factor = inverse if gamma is None else inverse * gamma

        def backward(dy, want_dx=True):
            return dy * factor.astype(dy.dtype).reshape(shape)

        return backward

    def get_config(self):
        names = ("axis", "momentum", "epsilon", "center", "scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
