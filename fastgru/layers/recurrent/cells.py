"""The cells of fastgru's own layers."""

from fastgru._check import axes, check_flag, check_shape, fail
from fastgru.layers.recurrent.cell import BaseCell
from fastgru.layers.recurrent.unit import GRUUnit, LSTMUnit, SimpleUnit


class UnitCell(BaseCell):
    """Base of the cells that have a `Step`."""

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", "features"))
        if input_shape[1] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        self.specs = self._own_specs(input_shape[1])
        return (input_shape[0], self.units)


class GRUCell(GRUUnit, UnitCell):
    """One step of a GRU; see `GRU` for the equations and the arguments."""

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        seed=None,
        implementation=2,
        **layer,
    ):
        super().__init__(**layer)
        self.reset_after = check_flag("GRUCell", "reset_after", reset_after)
        self._set_unit(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            implementation, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip

    def get_config(self):
        return {**super().get_config(), **self._unit_config()}


class LSTMCell(LSTMUnit, UnitCell):
    """One step of an LSTM; see `LSTM` for the equations and the arguments."""

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        implementation=2,
        **layer,
    ):
        super().__init__(**layer)
        self.unit_forget_bias = check_flag("LSTMCell", "unit_forget_bias", unit_forget_bias)
        self._set_unit(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            implementation, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip

    def get_config(self):
        return {**super().get_config(), **self._unit_config()}


class SimpleRNNCell(SimpleUnit, UnitCell):
    """One step of a SimpleRNN; see `SimpleRNN` for the equation and the arguments."""

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **layer,
    ):
        super().__init__(**layer)
        self._set_unit(
            units, activation, None, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip

    def get_config(self):
        return {**super().get_config(), **self._unit_config()}


#: The cells that are no stack.
CELLS = {cls.__name__: cls for cls in (GRUCell, LSTMCell, SimpleRNNCell)}
