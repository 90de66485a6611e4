"""A trained model, one step at a time."""

import numpy as np

from fastgru._check import as_array, as_arrays, axes, check_int, fail, short
from fastgru.models.compiled import build


class Stream:
    """Steps of a model on live sequences; `Sequential.stream` makes it.

    The state of every GRU is carried from step to step. The stream keeps the weights that
    the model had when it was made, and belongs to one thread.

    Parameters
    ----------
    model : Sequential
        Built, of layers that work step by step: GRU, Dense, Embedding without mask,
        Activation, Dropout.
    batch : int, optional
        Number of independent streams; none means one, without a batch axis.
    """

    def __init__(self, model, batch=None):
        n = 1 if batch is None else check_int("stream", "batch", batch, 1)
        if not model.built:
            raise RuntimeError(
                "stream: the model must be built before; got no input shape. "
                "Give the first layer an input_shape, or call build."
            )
        if not model.store.owns(model.layers):
            model.build()
        lead, width = () if batch is None else (n,), model.output_shape[-1]
        exact = lead if model.layers[0].takes_ids else (*lead, model.input_shape[-1])
        self._program = build(model, n, 1, True, (*lead, width), exact)
        if self._program is None:
            names = ", ".join(type(layer).__name__ for layer in model.layers)
            fail("stream", "the model", "be a stack of layers that work step by step", names)
        self._run = self._program.run
        self._as_ids = model.layers[0].as_ids if self._program.ids else None
        self._shape = exact
        real = model.store.dtype
        self._dtype, self._out_dtype = (np.dtype(np.int32) if self._program.ids else real), real

    def step(self, x, out=None):
        """The outputs of one step.

        Parameters
        ----------
        x : array-like, (width,) or (batch, width)
            One step of each stream; fastest as a packed array of the model's dtype. Ids,
            () or (batch,), where the model begins with an Embedding.
        out : numpy.ndarray, optional
            Write to this array instead of a new one.

        Returns
        -------
        numpy.ndarray
            (units,) or (batch, units).
        """
        y = self._run(x, out)
        return y if y is not None else self._convert(x, out)

    def _convert(self, x, out):
        x = self._checked(x, self._shape)
        y = self._run(x, out)
        if y is None:
            raise IndexError(
                "stream.step: ids must lie inside the Embedding's vocabulary; got one outside."
            )
        return y

    def _checked(self, x, shape):
        x = as_array("stream", "x", x)
        if x.shape != shape:
            fail("stream", "x", f"have shape {axes(shape)}", axes(x.shape))
        x = self._as_ids(x) if self._program.ids else x
        # ascontiguousarray makes an axis of none.
        return np.ascontiguousarray(x, self._dtype).reshape(shape)

    def step_many(self, x):
        """The outputs of many steps, (steps, ...) in and out; the state goes on from there."""
        x = as_array("stream", "x", x)
        wanted = self._shape
        if x.ndim != len(wanted) + 1 or x.shape[1:] != wanted:
            fail(
                "stream.step_many", "x", f"have shape {axes(('steps', *wanted))}", axes(x.shape)
            )
        x = np.ascontiguousarray(self._as_ids(x) if self._program.ids else x, self._dtype)
        out = np.empty((len(x), *self._program.shape_out), self._out_dtype)
        before = self.state
        if len(x) and not self._program.run_many(_bytes(x), _bytes(out)):
            self.state = before
            raise IndexError(
                "stream.step_many: ids must lie inside the Embedding's vocabulary; "
                "got one outside."
            )
        return out

    @property
    def state(self):
        """Copies of the GRUs' states, one array (batch, units) each; can be set likewise."""
        return self.get_state()

    @state.setter
    def state(self, values):
        self.set_state(values)

    def get_state(self, rows=None):
        """Copies of the GRUs' states, of all streams or of those numbered in `rows`.

        Parameters
        ----------
        rows : int or array-like of int or bool, optional

        Returns
        -------
        list of numpy.ndarray
            (batch, units) for each GRU, or (len(rows), units).
        """
        rows = self._rows("get_state", rows)
        return [state[rows].copy() for state in self._program.states]

    def set_state(self, values, rows=None):
        """Set the GRUs' states, as `get_state` gives them; nothing is changed if one is wrong."""
        rows = self._rows("set_state", rows)
        mine = self._program.states
        shapes = [state[rows].shape for state in mine]
        arrays = as_arrays("stream.set_state", "values", values, shapes)
        for state, array in zip(mine, arrays, strict=True):
            state[rows] = array

    def reset(self, rows=None):
        """Set the states to zero, of all streams or of those numbered in `rows`."""
        rows = self._rows("reset", rows)
        for state in self._program.states:
            state[rows] = 0

    def _rows(self, where, rows):
        """What picks the streams numbered in `rows`."""
        if rows is None:
            return slice(None)
        n = len(self._program.states[0]) if self._program.states else self._program.B
        given = as_array(f"stream.{where}", "rows", rows)
        found = np.atleast_1d(given)
        if given.dtype == bool and found.shape == (n,):
            return found
        if found.ndim != 1 or found.dtype.kind not in "iu":
            rule = f"be numbers of streams, or {n} flags"
            fail(f"stream.{where}", "rows", rule, short(rows), kind=TypeError)
        if found.size and not (-n <= found.min() and found.max() < n):
            fail(f"stream.{where}", "rows", f"lie in [0, {n})", short(rows), kind=IndexError)
        return found

    def __reduce__(self):
        raise TypeError(
            "stream: a stream must be made by its model; got a copy or pickle. "
            "Use model.stream() and set_state(stream.get_state())."
        )


def _bytes(array):
    return array.reshape(-1).view(np.uint8)
