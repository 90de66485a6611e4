"""Cells: one step of a recurrent layer, alone or inside `RNN`."""

import numpy as np

from fastgru._check import as_array, axes, check_flag, check_int, check_shape, fail
from fastgru._parameters import Parameters
from fastgru._seed import new_generator
from fastgru.layers.layer import Layer
from fastgru.layers.recurrent.loop import CellPass
from fastgru.layers.recurrent.unit import GRUUnit, LSTMUnit, SimpleUnit


class Cell(Layer):
    """Base of the cells.

    `cell(x, states)` is one step: x (batch, width) and a list of states, each (batch, size),
    give the output and the list of new states. Dropout draws new factors for each call. An
    `activity_regularizer` is a penalty on the output and on each new state of every step
    that no mask skips.
    """

    @property
    def step_rule(self):
        """The penalty on each step's output and states, or None."""
        return self.activity_regularizer

    @property
    def cells(self):
        """The cells that it is made of."""
        return (self,)

    @property
    def output_size(self):
        """Width of the output."""
        return self.cells[-1].units

    @property
    def state_size(self):
        """Width of the state, or widths of the states."""
        sizes = self.state_sizes
        return sizes[0] if len(sizes) == 1 else list(sizes)

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", "features"))
        if input_shape[1] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        self.specs = self._own_specs(input_shape[1])
        return (input_shape[0], self.units)

    def get_initial_state(self, batch_size):
        """Zeros, a list of arrays (batch_size, size)."""
        B = check_int(self.name, "batch_size", batch_size, 1)
        return [np.zeros((B, size), self.dtype) for size in self.state_sizes]

    def __call__(self, x, states, training=False):
        """One step.

        Parameters
        ----------
        x : array-like, (batch, width)
        states : array-like (batch, units), or list with an array for each state
        training : bool, default False
            Whether dropout is active.

        Returns
        -------
        tuple
            The output, and the new states as they were given: one array or a list.
        """
        training = check_flag(self.name, "training", training)
        x = as_array(self.name, "x", x)
        check_shape(self.name, "x", x.shape, ("batch", "features"))
        shape = (None, *x.shape[1:])
        if self.store is None:
            self.prepare(shape)
            Parameters([self], self.dtype, new_generator())
        else:
            self._fit(shape)
        listed = isinstance(states, (list, tuple))
        given, sizes = list(states) if listed else [states], self.state_sizes
        if len(given) != len(sizes):
            fail(self.name, "states", f"be {len(sizes)} arrays", f"{len(given)}")
        given = [np.asarray(as_array(self.name, "states", s), self.dtype) for s in given]
        for state, size in zip(given, sizes, strict=True):
            check_shape(self.name, "states", state.shape, (len(x), size))
        y, new = x.astype(self.dtype)[None], []
        for cell in self.cells:
            noise = cell.noise(1, len(x), y.shape[2], self.store, training)
            mine, given = given[: len(cell.state_sizes)], given[len(cell.state_sizes) :]
            y, after = CellPass(cell, y, None, mine, noise, False).forward()
            new += after
        return y[0], new if listed else new[0]

    def _predict(self, x):
        fail(self.name, "a cell", "be inside an RNN", "a model", f"Write RNN({self.name}).")

    def _forward(self, x):
        self._predict(x)


class GRUCell(GRUUnit, Cell):
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


class LSTMCell(LSTMUnit, Cell):
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


class SimpleRNNCell(SimpleUnit, Cell):
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
