"""A learning rate that is constant between some steps."""

from bisect import bisect_left

from fastgru._check import check_name, fail, short
from fastgru.optimizers.schedules.base import Decay


class PiecewiseConstantDecay(Decay):
    """values[0] up to and at step boundaries[0], then values[1], and so on.

    Parameters
    ----------
    boundaries : list of int
        Each above the one before.
    values : list of float
        One more than boundaries.
    name : str, default "PiecewiseConstant"
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        where = type(self).__name__
        self.name = check_name(where, name)
        self.boundaries = [
            self._number("every boundary", item) for item in _listed("boundaries", boundaries)
        ]
        self.values = [
            self._number("every value", item, 0) for item in _listed("values", values)
        ]
        if len(self.values) != len(self.boundaries) + 1:
            fail(where, "values", f"be {len(self.boundaries) + 1}, one more than boundaries",
                 f"{len(self.values)}")  # fmt: skip
        if sorted(set(self.boundaries)) != self.boundaries:
            fail(where, "boundaries", "each be above the one before", short(self.boundaries))

    def __call__(self, step):
        return self.values[bisect_left(self.boundaries, self._step(step))]

    def get_config(self):
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


def _listed(what, given):
    if not isinstance(given, (list, tuple)):
        fail(
            "PiecewiseConstantDecay", what, "be a list of numbers", short(given), kind=TypeError
        )
    return given
