"""The LSTM layer, to compare a GRU with and to open models that have one."""

from fastgru._check import check_flag
from fastgru.layers.recurrent.base import Recurrent
from fastgru.layers.recurrent.unit import LSTMUnit


class LSTM(LSTMUnit, Recurrent):
    """Long short-term memory over a sequence, step by step.

    i, f, o = rec(x W + h U + b), c' = f c + i act(x W_c + h U_c + b_c), h' = o act(c').

    Parameters
    ----------
    units : int
        Width of output and states.
    activation, recurrent_activation : default "tanh" and "sigmoid"
    use_bias : bool, default True
    kernel_initializer, recurrent_initializer, bias_initializer
        "glorot_uniform", "orthogonal" and "zeros" by default.
    kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer
    kernel_constraint, recurrent_constraint, bias_constraint
        As in `GRU`.
    unit_forget_bias : bool, default True
        Begin with 1 in the forget gate's bias.
    dropout, recurrent_dropout : float, default 0.0
        As in `GRU`.
    seed : int, optional
        Draw masks from a generator of this seed instead of the model's.
    return_sequences, return_state, go_backwards, stateful, zero_output_for_mask
        See `recurrent.base.Recurrent`; the states are h and c.
    unroll, use_cudnn
        Accepted for scripts that have them; they change nothing.
    implementation : {0, 1, 2}, default 2
        1 gives each gate an input mask of its own in `dropout`, and changes nothing else.
    **layer
        See `Layer`.

    Input (batch, time, width). Weights, as in Keras: kernel (width, 4 units),
    recurrent_kernel (units, 4 units), bias (4 units), blocks in the order i, f, c, o.
    """

    keras_path = "cell/vars"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        implementation=2,
        **layer,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer, return_sequences=return_sequences,
            return_state=return_state, go_backwards=go_backwards, stateful=stateful, **layer,
        )  # fmt: skip
        self.unit_forget_bias = check_flag("LSTM", "unit_forget_bias", unit_forget_bias)
        self._set_unit(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            implementation, kernel_regularizer=kernel_regularizer,
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
