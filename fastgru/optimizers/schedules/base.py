"""What every schedule has, a user's own too."""

import math

from fastgru._check import check_name, check_number, fail


class LearningRateSchedule:
    """Base of the schedules. One of your own needs a `__call__`:

    >>> class Halved(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5**step
    """

    def __call__(self, step):
        """The learning rate of a step, counted from 0, as a float."""
        name = type(self).__name__
        raise NotImplementedError(f"{name}: a schedule must have a __call__; got none.")

    def get_config(self):
        """Keyword arguments that make this schedule again."""
        name = type(self).__name__
        raise NotImplementedError(f"{name}: a schedule must have a get_config; got none.")

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


def power(base, exponent):
    """base ** exponent, which is infinite where it is too large."""
    try:
        return float(base) ** exponent
    except OverflowError:
        return math.inf


class Decay(LearningRateSchedule):
    """A schedule that is made from numbers, and knows their names and values."""

    def __init__(self, name, initial_learning_rate):
        where = type(self).__name__
        self.name = check_name(where, name)
        self.initial_learning_rate = self._number(
            "initial_learning_rate", initial_learning_rate, 0
        )

    def _number(self, what, value, low=None):
        # Keras' files keep an integer as what it is.
        number = check_number(type(self).__name__, what, value, low)
        return int(value) if isinstance(value, int) else number

    def _above_zero(self, what, value):
        number = self._number(what, value)
        if number <= 0:
            fail(type(self).__name__, what, "be above 0", f"{number}")
        return number

    def _step(self, step):
        if getattr(step, "ndim", None) == 0 and hasattr(step, "item"):
            step = step.item()
        return check_number(type(self).__name__, "step", step)
