"""Layer normalization."""

import numpy as np

from fastgru._check import axes, check_flag, check_number, fail
from fastgru.kernels.normalize import layer_norm_backward, layer_norm_forward
from fastgru.layers.axes import as_columns, check_axes, inner, places
from fastgru.layers.layer import Layer


class LayerNormalization(Layer):
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta, for each sample by itself.

    Parameters
    ----------
    axis : int or list of int, default -1
        Axes over which mean and variance are taken, counted with the batch's as 0.
    epsilon : float, default 1e-3
    center, scale : bool, default True
        Whether there is a beta, and a gamma; of the shape of these axes.
    beta_initializer, gamma_initializer : default "zeros", "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
    beta_constraint, gamma_constraint : str or Constraint, optional
    rms_scaling : bool, default False
        y = gamma x / sqrt(variance + epsilon), with a gamma and no beta whatever the others say.
    **layer
        See `Layer`.

    Source: Ba et al., arXiv:1607.06450.
    """

    def __init__(
        self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
        gamma_initializer="ones", beta_regularizer=None, gamma_regularizer=None,
        beta_constraint=None, gamma_constraint=None, rms_scaling=False, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        where = "LayerNormalization"
        self.axis = check_axes(where, axis)
        self.epsilon = check_number(where, "epsilon", epsilon, 0)
        self.center = check_flag(where, "center", center)
        self.scale = check_flag(where, "scale", scale)
        self.rms_scaling = check_flag(where, "rms_scaling", rms_scaling)
        self.rules("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.rules("beta", beta_initializer, beta_regularizer, beta_constraint)

    def configure(self, input_shape):
        found = places(self.name, self.axis, input_shape)
        shape = [input_shape[axis] for axis in found]
        if None in shape:
            fail(self.name, "its input", "have known axes to normalize", axes(input_shape))
        self.specs = (
            *[self.spec("gamma", shape)] * (self.scale or self.rms_scaling),
            *[self.spec("beta", shape)] * (self.center and not self.rms_scaling),
        )
        return input_shape

    def _run(self, x, work):
        """(x as a matrix, y as one, n and inverse of the kernel, the way back)."""
        own = places(self.name, self.axis, x.shape)
        X, back = as_columns(x, inner(own, x.ndim))
        gamma, beta = (self._flat(self.parameters, name) for name in ("gamma", "beta"))
        n, y = (work.take(name, x.dtype, *X.shape) for name in "ny")
        inverse = work.take("inverse", x.dtype, len(X))
        layer_norm_forward(X, gamma, beta, self.epsilon, y, n, inverse)
        return y, n, inverse, back

    @staticmethod
    def _flat(arrays, name):
        found = arrays.get(name)
        return None if found is None else found.reshape(-1)

    def _scaled(self, x):
        """y with `rms_scaling`, and the way back."""
        own = places(self.name, self.axis, x.shape)
        X, back = as_columns(x, inner(own, x.ndim))
        centred = X - X.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        inverse = 1 / np.sqrt(variance + X.dtype.type(self.epsilon))
        gamma = self._flat(self.parameters, "gamma")

        def backward(dy, want_dx=True):
            DY, _ = as_columns(dy, inner(own, dy.ndim))
            d = self._flat(self.gradients, "gamma")
            d += (DY * X * inverse).sum(axis=0)
            dn = DY * gamma
            along = (dn * X).mean(axis=1, keepdims=True) * inverse**3
            return back(dn * inverse - along * centred)

        return back(X * inverse * gamma), backward

    def _forward(self, x):
        if self.rms_scaling:
            return self._scaled(x)
        turn = self.work.begin()
        y, n, inverse, back = self._run(x, self.work)

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            own = places(self.name, self.axis, x.shape)
            DY, _ = as_columns(dy, inner(own, dy.ndim))
            dx = self.work.take("dx", x.dtype, *DY.shape)
            gamma = self._flat(self.parameters, "gamma")
            dgamma, dbeta = (self._flat(self.gradients, name) for name in ("gamma", "beta"))
            layer_norm_backward(n, inverse, gamma, np.ascontiguousarray(DY), dx, dgamma, dbeta)
            return back(dx)

        return back(y), backward

    def _predict(self, x):
        if self.rms_scaling:
            return self._scaled(x)[0]
        y, _, _, back = self._run(x, self.scratch)
        return back(y)

    def get_config(self):
        return {
            **super().get_config(),
            "axis": list(self.axis),
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            # tf.keras does not know it.
            **({"rms_scaling": True} if self.rms_scaling else {}),
        }
