"""Cells over a sequence, as a layer."""

from fastgru._check import fail, short
from fastgru.layers.nest import Nest, describe, revived
from fastgru.layers.recurrent.base import Recurrent
from fastgru.layers.recurrent.cell import BaseCell
from fastgru.layers.recurrent.cells import CELLS
from fastgru.layers.recurrent.own import check_sizes_of
from fastgru.layers.recurrent.stacked import StackedRNNCells


class RNN(Nest, Recurrent):
    """A cell over a sequence, step by step.

    Parameters
    ----------
    cell : GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells, Cell, or list of cells
        A list is stacked; `Cell` is the base of cells of your own.
    return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask
        See `recurrent.base.Recurrent`. Of stacked cells, the states are a list for each.
    **layer
        See `Layer`.

    Input (batch, time, width).
    """

    def __init__(
        self, cell, return_sequences=False, return_state=False, go_backwards=False,
        stateful=False, unroll=False, zero_output_for_mask=False, **layer,
    ):  # fmt: skip
        self.cell = None
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not isinstance(cell, BaseCell):
            names = ", ".join([*CELLS, "StackedRNNCells", "Cell"])
            fail("RNN", "cell", f"be of {names}, or a list of cells", short(cell),
                 kind=TypeError)  # fmt: skip
        check_sizes_of(cell)
        if layer.get("dtype") is None:
            layer["dtype"] = cell.dtype
        super().__init__(
            return_sequences=return_sequences, return_state=return_state,
            go_backwards=go_backwards, stateful=stateful, unroll=unroll,
            zero_output_for_mask=zero_output_for_mask, **layer,
        )  # fmt: skip
        if cell.dtype != self.dtype:
            fail("RNN", "dtype", f"be that of its cell, {cell.dtype!r}", f"{self.dtype!r}")
        self.cell = cell

    @property
    def cells(self):
        return self.cell.cells

    @property
    def penalised_stack(self):
        stacked = type(self.cell) is StackedRNNCells and self.cell.step_rule is not None
        return self.cell if stacked else None

    def children(self):
        return [("cell", self.cell)] if self.cell is not None else []

    def nested(self):
        return {"cell": self.cell}

    def __call__(self, x, mask=None, training=False, initial_state=None):
        """As `Recurrent.__call__`; of stacked cells, the states are a list for each cell, or
        an array where the initial one was an array."""
        found = super().__call__(x, mask, training, initial_state)
        if not self.return_state or type(self.cell) is not StackedRNNCells:
            return found
        y, *states = found
        parts = [[states.pop(0) for _ in cell.state_sizes] for cell in self.cells]
        given = initial_state if isinstance(initial_state, (list, tuple)) else [initial_state]
        if len(given) == len(parts):
            for place, (start, part) in enumerate(zip(given, parts, strict=True)):
                if len(part) == 1 and getattr(start, "ndim", 0) > 1:
                    (parts[place],) = part
        return (y, *parts)

    def configure(self, input_shape):
        shape = self._shape(input_shape, self.cell.output_size)
        self.cell.prepare((input_shape[0], input_shape[2]))
        self._gather()
        return shape

    @property
    def state_size(self):
        """What the cell says."""
        return self.cell.state_size

    def get_config(self):
        return {**super().get_config(), "cell": describe(self.cell)}

    @classmethod
    def from_config(cls, config):
        table = {**CELLS, "StackedRNNCells": StackedRNNCells}
        return cls(**{**config, "cell": revived(config["cell"], table, "RNN", "cell")})
