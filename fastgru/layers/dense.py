"""The fully connected layer."""

import math

import numpy as np

from fastgru import activations, initializers
from fastgru._blas_threads import one_blas_thread
from fastgru._check import axes, check_default, check_flag, check_int, fail
from fastgru._workspace import aligned
from fastgru.kernels.dense import dense_backward, dense_forward, packed_size, uses_blas
from fastgru.kernels.stage import DenseStage
from fastgru.layers.layer import Layer, Spec, rows


class Dense(Layer):
    """y = act(x W + b) over the last axis.

    Parameters
    ----------
    units : int
        Width of the output.
    activation : str or function of `fastgru.activations`, optional
        None is linear.
    use_bias : bool, default True
    kernel_initializer : default "glorot_uniform"
    bias_initializer : default "zeros"
    **layer
        See `Layer`.

    Input (batch, ..., width), output (batch, ..., units).
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **layer,
    ):
        super().__init__(**layer)
        self.units = check_int("Dense", "units", units, 1)
        self.activation = activations.resolve(activation, "Dense")
        self.use_bias = check_flag("Dense", "use_bias", use_bias)
        self.kernel_initializer = initializers.get(
            kernel_initializer, "Dense", "kernel_initializer"
        )
        self.bias_initializer = initializers.get(bias_initializer, "Dense", "bias_initializer")
        check_default(
            "Dense",
            kernel_regularizer=(kernel_regularizer, None),
            bias_regularizer=(bias_regularizer, None),
            activity_regularizer=(activity_regularizer, None),
            kernel_constraint=(kernel_constraint, None),
            bias_constraint=(bias_constraint, None),
        )

    def configure(self, input_shape):
        if len(input_shape) < 2 or input_shape[-1] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        self.specs = (Spec("kernel", (input_shape[-1], self.units), self.kernel_initializer),)
        if self.use_bias:
            self.specs += (Spec("bias", (self.units,), self.bias_initializer),)
        return (*input_shape[:-1], self.units)

    @property
    def link(self):
        return self.activation if self.activation in ("sigmoid", "softmax") else None

    def _affine(self, x, out):
        W, b = self.parameters["kernel"], self.parameters.get("bias")
        run(dense_forward, rows(x), W, b, rows(out))
        return out

    def forward_scores(self, x, mask=None):
        """`forward` without the activation, for a loss that takes it over."""
        turn = self.work.begin()
        shape = (*x.shape[:-1], self.units)
        y = self._affine(x, self.work.take("scores", x.dtype, *shape))
        W, dW, db = (
            self.parameters["kernel"],
            self.gradients["kernel"],
            self.gradients.get("bias"),
        )

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            dx = self.work.take("dx", x.dtype, *x.shape) if want_dx else None
            run(dense_backward, rows(x), W, rows(dy), rows(dx) if want_dx else None, dW, db)
            return dx

        return y, mask, backward

    def _forward(self, x):
        a, _, affine_backward = self.forward_scores(x)
        if self.activation == "linear":
            return a, affine_backward
        keep = activations.needs_input(self.activation)
        y = activations.apply(
            self.activation, a, self.work.take("y", x.dtype, *a.shape) if keep else a
        )

        def backward(dy, want_dx=True):
            da = self.work.take("da", x.dtype, *a.shape)
            activations.backward(self.activation, a, y, dy, da)
            return affine_backward(da, want_dx)

        return y, backward

    def stage(self, shape, mask=None, scores=False):
        R, I, O = math.prod(shape[:-1]), shape[-1], self.units
        activation = "linear" if scores else self.activation
        if uses_blas(R, I, O) or activation in activations.ROWS or not R:
            return None
        p, d, dtype = self.parameters, self.gradients, self.store.dtype
        single = dtype == np.float32
        arrays = {
            name: aligned(size, dtype)
            for name, size in (
                ("a", R * O), ("y", R * O), ("da", R * O), ("dx", R * I),
                ("P", packed_size(I, O, single)), ("PWt", packed_size(O, I, single)),
            )
        }  # fmt: skip
        if not activations.needs_input(activation):
            arrays["y"] = arrays["a"]
        arrays |= {"W": p["kernel"], "b": p.get("bias")}
        arrays |= {"dW": d["kernel"], "db": d.get("bias")}
        kind = activations.KINDS[activation]
        stage = DenseStage(arrays, R, I, O, kind, single)
        return stage, arrays["y"].reshape(*shape[:-1], O), mask

    def _predict(self, x):
        y = self._affine(x, self.scratch.take("y", x.dtype, *x.shape[:-1], self.units))
        return y if self.activation == "linear" else activations.apply(self.activation, y, y)

    def enlist(self, program):
        p = self.parameters
        elementwise = self.activation not in activations.ROWS
        kind = activations.KINDS[self.activation] if elementwise else 0
        program.dense(p["kernel"], p.get("bias"), kind)
        if not elementwise:
            activations.enlist(self.activation, program)
        return True

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }


def run(kernel, x, W, *rest):
    """Call a kernel, with BLAS at one thread where it is in it."""
    if not uses_blas(len(x), *W.shape):
        kernel(x, W, *rest)
        return
    with one_blas_thread():
        kernel(x, W, *rest)
