"""A learning rate as scripts for Keras handle it: a number that can be assigned to."""

import numpy as np


class Rate(float):
    """The rate of an optimiser, when it was asked for.

    `assign` sets the optimiser's; this number stays what it is.
    """

    def __new__(cls, value, optimizer):
        self = super().__new__(cls, value)
        self._optimizer = optimizer
        return self

    def assign(self, value):
        """As `optimizer.learning_rate = value`."""
        self._optimizer.learning_rate = value

    def numpy(self):
        """The number as an array without axes."""
        return np.array(float(self))

    def __reduce__(self):
        # Copies are numbers, and do not take the optimiser along.
        return float, (float(self),)
