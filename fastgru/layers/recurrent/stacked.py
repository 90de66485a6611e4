"""Cells one upon the other, as one cell."""

from fastgru._check import fail, short
from fastgru.layers.nest import Nest, counted, describe, revived
from fastgru.layers.recurrent.cell import BaseCell
from fastgru.layers.recurrent.cells import CELLS
from fastgru.layers.recurrent.own import check_sizes_of


class StackedRNNCells(Nest, BaseCell):
    """Cells one upon the other, as one cell.

    Parameters
    ----------
    cells : list of GRUCell, LSTMCell, SimpleRNNCell and cells of your own
        From input to output.
    **layer
        See `Layer`. An `activity_regularizer` is a penalty on the output and on all new
        states of every step, beside those that the cells may have. Of these Keras counts the
        first step twice, because it runs it once more for its dropout masks.
    """

    def __init__(self, cells, **layer):
        self._cells = ()
        if not isinstance(cells, (list, tuple)) or not cells:
            fail("StackedRNNCells", "cells", "be a list of cells", short(cells), kind=TypeError)
        for cell in cells:
            if not isinstance(cell, BaseCell) or isinstance(cell, StackedRNNCells):
                fail("StackedRNNCells", "cells", f"be of {', '.join(CELLS)} or Cell",
                     short(cell), kind=TypeError)  # fmt: skip
            check_sizes_of(cell)
        if layer.get("dtype") is None:
            layer["dtype"] = cells[0].dtype
        super().__init__(**layer)
        self._cells = tuple(cells)
        for cell in cells:
            if cell.dtype != self.dtype:
                got = f"{cell.dtype!r} for {cell.name}"
                fail("StackedRNNCells", "the cells", f"have dtype {self.dtype!r}", got)
        if len({id(cell) for cell in cells}) < len(cells):
            fail("StackedRNNCells", "the cells", "differ", "one of them twice")

    @property
    def cells(self):
        return self._cells

    @property
    def output_size(self):
        """Width of the last cell's output."""
        return self.cells[-1].output_size

    @property
    def state_sizes(self):
        """Widths of all states."""
        return tuple(size for cell in self.cells for size in cell.state_sizes)

    @property
    def state_size(self):
        """What each cell says."""
        return [cell.state_size for cell in self.cells]

    def children(self):
        # Keras' file counts them by class.
        return [(f"cells/{path}", cell) for path, cell in counted(self.cells)]

    def nested(self):
        return {"cells": list(self.cells)}

    def configure(self, input_shape):
        for cell in self.cells:
            cell.prepare(input_shape)
            input_shape = (input_shape[0], cell.output_size)
        self._gather()
        return input_shape

    def get_config(self):
        cells = [describe(cell) for cell in self.cells]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config):
        cells = [revived(cell, CELLS, "StackedRNNCells", "cells") for cell in config["cells"]]
        return cls(**{**config, "cells": cells})
