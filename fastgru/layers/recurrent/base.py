"""What every recurrent layer has: the outputs it gives, and states from batch to batch."""

import numpy as np

from fastgru._check import (
    as_array,
    axes,
    check_default,
    check_flag,
    check_int,
    check_shape,
    fail,
)  # fmt: skip
from fastgru.layers.layer import Layer
from fastgru.layers.recurrent.loop import StepPass
from fastgru.layers.recurrent.states import initial_states, picked_rows


class Recurrent(Layer):
    """A layer over a sequence, (batch, time, width), that leaves its states behind.

    Parameters
    ----------
    return_sequences : bool, default False
        Output every state, (batch, time, units), instead of the last one, (batch, units).
    return_state : bool, default False
        Output a tuple: what the layer gives otherwise, then its states after the last step.
        In a Sequential, the last layer only.
    go_backwards : bool, default False
        Read the sequence from its end; sequences then come out in that order.
    stateful : bool, default False
        Begin each batch with the states that the last one ended with, row by row, until
        `reset_state`. Any number of rows may come after that.
    zero_output_for_mask : bool, default False
        Where sequences are returned, skipped steps give zeros instead of the carried state.
    unroll, time_major
        Accepted for scripts that have them; they change nothing, and `time_major` is False.
    **layer
        See `Layer`.
    """

    chosen_by = frozenset({
        "return_state", "go_backwards", "stateful", "activation", "recurrent_activation",
        "dropout", "recurrent_dropout", "zoneout",
    })  # fmt: skip
    # The states after the last batch, and which of its rows begin anew.
    kept = ("_carried", "_fresh")

    def __init__(
        self, *, return_sequences=False, return_state=False, go_backwards=False,
        stateful=False, unroll=False, zero_output_for_mask=False, time_major=False, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        where = type(self).__name__
        self.return_sequences = check_flag(where, "return_sequences", return_sequences)
        self.return_state = check_flag(where, "return_state", return_state)
        self.go_backwards = check_flag(where, "go_backwards", go_backwards)
        self.stateful = check_flag(where, "stateful", stateful)
        self.zero_output_for_mask = check_flag(
            where, "zero_output_for_mask", zero_output_for_mask
        )
        check_default(where, time_major=(time_major, False))
        self._carried = self._fresh = None

    # What a subclass says.

    #: A penalty on the states of each step, which only cells have.
    step_rule = None
    #: The stack that the cells are in, where it has one.
    penalised_stack = None

    @property
    def cells(self):
        """What is stepped, one upon the other; see `recurrent.cell.BaseCell`."""
        return (self,)

    @property
    def state_sizes(self):
        """Widths of the states."""
        return tuple(size for cell in self.cells for size in cell.state_sizes)

    def _pass(self, x, mask, states, keep):
        """A pass with `forward`, `finals` and `backward`; `keep` is for training.

        states: one array (batch, size) each, or None for zeros.
        """
        T, B, _ = x.shape
        dtype, width, noises = x.dtype, x.shape[2], []
        for cell in self.cells:
            noises.append(cell.noise(T, B, width, self.store, keep))
            width = cell.output_size
        if states is None:
            states = [np.zeros((B, size), dtype) for size in self.state_sizes]
        return StepPass(self, x, mask, states, noises, keep)

    # The way through.

    @property
    def outputs(self):
        return 1 + len(self.state_sizes) * self.return_state

    def every_shape(self, shape):
        sizes = self.state_sizes if self.return_state else ()
        return [shape, *((shape[0], size) for size in sizes)]

    def _shape(self, input_shape, units):
        """The output's shape, for an input (batch, time, width)."""
        hint = "" if len(input_shape) != 2 else TWO_AXES
        check_shape(self.name, "its input", input_shape, ("batch", "time", "features"), hint)
        if input_shape[2] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        return (*input_shape[: 2 if self.return_sequences else 1], units)

    def forward(self, x, mask=None, initial_state=None):
        """(y, mask behind the layer, backward) of (time, batch, width).

        With `return_state`, y is a tuple, and so is the gradient that `backward` takes, with
        None for zeros. `backward(dy, want_dx)` returns dx, or (dx, gradients of the initial
        states) where these were given.
        """
        turn = self.work.begin()
        states, learnt = self._first(x, initial_state)
        run = self._pass(x, mask, states, keep=True)
        y = self._leave(run, run.forward())

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            dy, *dfinals = dy if self.return_state else (dy,)
            sizes = self.state_sizes
            given = list(dfinals) or [None] * len(sizes)
            dfinals = [
                np.zeros((x.shape[1], size), x.dtype) if d is None else d
                for d, size in zip(given, sizes, strict=True)
            ]
            if dy is None:
                dy = np.zeros_like(y[0])
            dx, dstates = run.backward(dy, want_dx, dfinals)
            if learnt is not None:
                self.gradients["initial_state"] += dstates[0][learnt].sum(axis=0)
            return dx if initial_state is None else (dx, *dstates)

        return y, mask if self.return_sequences else None, backward

    def predict(self, x, mask=None, initial_state=None):
        states, _ = self._first(x, initial_state)
        run = self._pass(x, mask, states, keep=False)
        return self._leave(run, run.forward()), mask if self.return_sequences else None

    def _leave(self, run, y):
        """y, with the states where they are wanted, which are carried on where wanted."""
        if self.stateful:
            self._carried, self._fresh = [state.copy() for state in run.finals], None
        return (y, *run.finals) if self.return_state else y

    def _first(self, x, given):
        """The states to begin with, or None for zeros; and which rows begin with the learnt
        one, or None."""
        B, dtype = x.shape[1], x.dtype
        if given is not None:
            return (list(given) if isinstance(given, (list, tuple)) else [given]), None
        states, fresh = None, np.ones(B, bool)
        if self._carried is not None:
            states, fresh = list(self._carried), self._fresh
            if len(states[0]) != B:
                fail(self.name, "a batch", f"have {len(states[0])} rows, as the one before",
                     f"{B}", "After reset_states() it may have any number.")  # fmt: skip
        row = self.parameters.get("initial_state")
        if row is None or fresh is None:
            return states, None
        if states is None:
            states = [np.zeros((B, size), dtype) for size in self.state_sizes]
        states[0] = np.where(fresh[:, None], row, states[0])
        return states, fresh

    # What users call.

    def __call__(self, x, mask=None, training=False, initial_state=None):
        """The layer's output for one batch, (batch, time, width).

        Parameters
        ----------
        x : array-like, (batch, time, width)
        mask : array-like of bool, (batch, time), optional
            False means: skip this step.
        training : bool, default False
            Whether dropout is active.
        initial_state : array-like (batch, units), or list with an array for each state
            Zeros by default; a stateful layer goes on from where it is.

        Returns
        -------
        numpy.ndarray or tuple
            The output; with `return_state` a tuple of it and the states.
        """
        if initial_state is None:
            return self._once(x, mask, training)
        x = as_array(self.name, "x", x)
        batch = len(x) if x.ndim else 0
        states = initial_states(self.name, initial_state, batch, self.state_sizes, self.dtype)
        return self._once(x, mask, training, initial_state=states)

    def get_initial_state(self, batch_size):
        """The states that a sequence begins with, a list of arrays (batch_size, size)."""
        B = check_int(self.name, "batch_size", batch_size, 1)
        states = [np.zeros((B, size), self.dtype) for size in self.state_sizes]
        if "initial_state" in self.parameters:
            states[0] += self.parameters["initial_state"]
        return states

    @property
    def states(self):
        """Copies of the states that the next batch begins with; None before the first."""
        carried = self._carried
        return None if carried is None else [state.copy() for state in carried]

    def reset_state(self, rows=None):
        """Let the next batch of a stateful layer begin anew.

        Parameters
        ----------
        rows : list of int or array of bool, optional
            Only in these rows; the others go on.
        """
        if rows is None or self._carried is None:
            self._carried = self._fresh = None
            return
        picked = picked_rows(self.name, rows, len(self._carried[0]))
        self._fresh = picked if self._fresh is None else self._fresh | picked
        for state in self._carried:
            state[picked] = 0

    def reset_states(self, rows=None):
        """As `reset_state`."""
        self.reset_state(rows)

    def get_config(self):
        names = (
            "return_sequences", "return_state", "go_backwards", "stateful",
            "zero_output_for_mask",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


TWO_AXES = (
    "A GRU below it needs return_sequences=True, token ids need an Embedding layer or one-hot "
    "rows from fastgru.utils.to_categorical."
)
