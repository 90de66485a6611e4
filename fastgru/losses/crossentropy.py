"""Cross-entropies: of probabilities, or of logits."""

import numpy as np

from fastgru._check import check_flag, check_int, check_number, fail
from fastgru.kernels import losses as kernel
from fastgru.kernels.losses import Link
from fastgru.losses.across import AxisLoss
from fastgru.losses.base import Loss
from fastgru.losses.targets import check_range, fit_classes


class Probabilities(AxisLoss):
    """A loss on probabilities, or on logits of the activation `link`."""

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
        name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(reduction, name)
        where = type(self).__name__
        self.from_logits = check_flag(where, "from_logits", from_logits)
        self.label_smoothing = check_number(where, "label_smoothing", label_smoothing, 0, 1)
        self.set_axis(axis)

    def _link(self, linked):
        return Link.LOGIT if self.from_logits else Link.LINKED if linked else Link.PROBABILITY

    def _classes(self, targets):
        return targets.shape[-1]

    def ready(self, targets):
        if not self.label_smoothing:
            return targets
        real = targets.dtype.type
        share = real(self.label_smoothing / self._classes(targets))
        return targets * real(1 - self.label_smoothing) + share

    def get_config(self):
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
        }


class Binary(Probabilities):
    """A loss on probabilities of yes and no."""

    link = "sigmoid"

    def _classes(self, targets):
        return 2

    def check(self, where, y):
        if not kernel.in_unit_interval(np.ascontiguousarray(y).reshape(-1)):
            low, high = y.min(), y.max()
            got = "NaN" if np.isnan(low) else f"values from {low:g} to {high:g}"
            fail(where, "y", f"lie in [0, 1] for {self.rule}", got)


class BinaryCrossentropy(Binary):
    """Mean over the row of -y log p - (1 - y) log(1 - p).

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits s, p = 1 / (1 + exp(-s)). Otherwise p is clipped to
        [1e-7, 1 - 1e-7], with no gradient beyond, as Keras does it.
    label_smoothing : float, default 0.0
        Targets become y (1 - s) + s / 2.
    axis : int, default -1
        Over which the mean is taken.
    reduction, name
        See `Loss`.
    """

    rule = "binary_crossentropy"

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        link = self._link(linked)
        return kernel.binary_crossentropy(scores, targets, weights, scale, gradient, link)


class CategoricalCrossentropy(Probabilities):
    """-sum y log p over one-hot rows y; p is normalised and clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits, p = softmax(s).
    label_smoothing : float, default 0.0
        Targets become y (1 - s) + s / classes.
    axis : int, default -1
        Along which the classes lie.
    reduction, name
        See `Loss`.
    """

    link = "softmax"

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        link = self._link(linked)
        return kernel.categorical_crossentropy(scores, targets, weights, scale, gradient, link)


class SparseCategoricalCrossentropy(Probabilities):
    """-log p of the class whose number is the target.

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits, p = softmax(s).
    ignore_class : int, optional
        Rows with this target, which may lie outside of the classes, do not count.
    reduction, name
        See `Loss`.
    axis : int, default -1
        Along which the classes lie.
    """

    link = "softmax"
    sparse = True

    def __init__(
        self, from_logits=False, ignore_class=None, reduction="sum_over_batch_size", axis=-1,
        name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(from_logits, 0.0, axis, reduction, name)
        if ignore_class is not None:
            where = "SparseCategoricalCrossentropy"
            ignore_class = check_int(where, "ignore_class", ignore_class)
        self.ignore_class = ignore_class

    def prepare(self, where, y, shape, dtype):
        place = self.place(len(shape))
        if y.ndim == len(shape) and y.shape[place] == 1:
            y = y.reshape(y.shape[:place] + y.shape[place + 1 :])
        shape = self.shape_of_rows(shape)
        y = fit_classes(where, y, shape)
        counted = y if self.ignore_class is None else y[y != self.ignore_class]
        check_range(where, counted, shape[-1])
        return y.astype(np.int32)

    def ready(self, targets):
        if self.ignore_class is None:
            return targets
        return np.where(targets == self.ignore_class, np.int32(0), targets)

    def counted(self, y):
        return None if self.ignore_class is None else y != self.ignore_class

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.sparse_categorical_crossentropy(
            scores, targets, weights, scale, gradient, self._link(linked)
        )

    def values(self, y, scores):
        values = super().values(y, scores)
        return values if self.ignore_class is None else values * self.counted(y)

    def get_config(self):
        config = super().get_config()
        del config["label_smoothing"]
        if self.axis == -1:
            del config["axis"]
        return {**config, "ignore_class": self.ignore_class}


class ByShapes(Loss):
    """The cross-entropy that the shapes of targets and outputs ask for."""

    by_shapes = True

    def __init__(self, name):
        super().__init__(name)

    def resolve(self, y, shape):
        if shape[-1] == 1:
            return BinaryCrossentropy(name=self.name)
        sparse = y.ndim < len(shape) or y.shape[-1] == 1
        cls = SparseCategoricalCrossentropy if sparse else CategoricalCrossentropy
        return cls(name=self.name)
