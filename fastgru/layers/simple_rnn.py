"""The plain recurrent layer, to compare a GRU with and to open models that have one."""

from fastgru.layers.recurrent.base import Recurrent
from fastgru.layers.recurrent.unit import SimpleUnit


class SimpleRNN(SimpleUnit, Recurrent):
    """h' = act(x W + h U + b) over a sequence, step by step.

    Parameters
    ----------
    units : int
        Width of state and output.
    activation : default "tanh"
    use_bias : bool, default True
    kernel_initializer, recurrent_initializer, bias_initializer
        "glorot_uniform", "orthogonal" and "zeros" by default.
    kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer
    kernel_constraint, recurrent_constraint, bias_constraint
        As in `GRU`.
    dropout, recurrent_dropout : float, default 0.0
        In training, drop this share of the input's and of the state's units, the same ones
        at every step of a batch; the others are scaled by 1 / (1 - rate).
    return_sequences, return_state, go_backwards, stateful, zero_output_for_mask
        See `recurrent.base.Recurrent`.
    unroll
        Accepted for scripts that have it; it changes nothing.
    seed : int, optional
        Draw masks from a generator of this seed instead of the model's.
    **layer
        See `Layer`.

    Input (batch, time, width). Weights: kernel (width, units), recurrent_kernel (units,
    units), bias (units).
    """

    keras_path = "cell/vars"

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **layer,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer, return_sequences=return_sequences,
            return_state=return_state, go_backwards=go_backwards, stateful=stateful, **layer,
        )  # fmt: skip
        self._set_unit(
            units, activation, None, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip

    def configure(self, input_shape):
        shape = self._shape(input_shape, self.units)
        self.specs = self._own_specs(input_shape[2])
        return shape

    def get_config(self):
        return {**super().get_config(), **self._unit_config()}
