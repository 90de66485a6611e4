"""What all cells are: one step of a recurrent layer, alone or inside `RNN`."""

import numpy as np

from fastgru._check import as_array, check_flag, check_int, check_shape, fail
from fastgru.layers.layer import Layer


class BaseCell(Layer):
    """Base of the cells.

    A subclass has `state_sizes` and `output_size`, and what a sequence needs: `noise(T, B,
    width, store, training)`, drawn for a pass, and `over(x, mask, states, noise, keep,
    stack)`, which gives the pass.

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
        self._ready((None, *x.shape[1:]))
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
            y, after = cell.over(y, None, mine, noise, False).forward()
            new += after
        return y[0], new if listed else new[0]

    def _predict(self, x):
        fail(self.name, "a cell", "be inside an RNN", "a model", f"Write RNN({self.name}).")

    def _forward(self, x):
        self._predict(x)
