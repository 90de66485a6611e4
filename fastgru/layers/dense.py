"""The fully connected layer."""

import math

import numpy as np

from fastgru import activations
from fastgru._check import axes, check_default, check_int, fail
from fastgru._workspace import aligned
from fastgru.kernels.dense import dense_backward, dense_forward, packed_size, uses_blas
from fastgru.kernels.stage import DenseStage
from fastgru.layers.affine import Affine, run
from fastgru.layers.layout import rows


class Dense(Affine):
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
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights, see `fastgru.regularizers`.
    activity_regularizer : str or Regularizer, optional
        Penalty on the output.
    kernel_constraint, bias_constraint : str or Constraint, optional
        What the weights are held to, see `fastgru.constraints`.
    lora_rank, lora_alpha, quantization_config
        Only None.
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
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **layer,
    ):
        check_default(
            "Dense", lora_rank=(lora_rank, None), lora_alpha=(lora_alpha, None),
            quantization_config=(quantization_config, None),
        )  # fmt: skip
        super().__init__(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
            bias_regularizer, kernel_constraint, bias_constraint,
            activity_regularizer=activity_regularizer, **layer,
        )  # fmt: skip
        self.units = check_int("Dense", "units", units, 1)

    def configure(self, input_shape):
        if len(input_shape) < 2 or input_shape[-1] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        self.specs = self.weights_of((input_shape[-1], self.units), self.units)
        return (*input_shape[:-1], self.units)

    def _product(self, x, out):
        W, b = self.parameters["kernel"], self.parameters.get("bias")
        run(dense_forward, rows(x), W, b, rows(out))
        return out

    def _affine(self, x):
        return self._product(x, self.scratch.take("y", x.dtype, *x.shape[:-1], self.units))

    def _scores(self, x):
        turn = self.work.begin()
        y = self._product(x, self.work.take("scores", x.dtype, *x.shape[:-1], self.units))
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

    def enlist(self, program):
        p = self.parameters
        elementwise = self.activation not in activations.ROWS
        kind = activations.KINDS[self.activation] if elementwise else 0
        program.dense(p["kernel"], p.get("bias"), kind)
        if not elementwise:
            return activations.enlist(self.activation, program)
        return True

    def get_config(self):
        return {**super().get_config(), "units": self.units}
