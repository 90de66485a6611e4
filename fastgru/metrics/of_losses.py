"""Means of what the losses compute: the same kernels, without a gradient."""

import numpy as np

from fastgru import losses
from fastgru._check import as_array, check_shape
from fastgru.losses.targets import judged
from fastgru.metrics.base import MeanOfRows


class LossMean(MeanOfRows):
    """Base of the means of a loss over rows."""

    loss_class = None
    sign = 1.0

    def __init__(self, name=None, dtype=None, **options):
        super().__init__(name)
        self.loss = self.loss_class(**options, reduction="sum")
        # Along another axis than the last one, it sees arrays and not rows.
        self.by_rows = not self.loss.whole

    @property
    def sparse(self):
        return self.loss_class.sparse

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.by_rows:
            super().update_state(y_true, y_pred, sample_weight)
            return
        y_true, y_pred = judged(self.name, y_true, y_pred)
        y = self.loss.prepare(self.name, y_true, y_pred.shape, y_pred.dtype)
        values = self.sign * self.loss.values(np.ascontiguousarray(y), y_pred)
        weights = np.ones(len(values)) if sample_weight is None else sample_weight
        weights = np.asarray(as_array(self.name, "sample_weight", weights), np.float64)
        values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
        check_shape(self.name, "sample_weight", weights.shape, values.shape)
        share = weights.size // len(weights)
        self.total += float((values * weights).sum()) / share
        self.count += float(weights.sum()) / share

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        y = self.loss.prepare(self.name, y_true, y_pred.shape, y_pred.dtype)
        y = np.ascontiguousarray(y)
        counted = self.loss.counted(y)
        seen = weights
        if counted is not None:
            seen = counted.astype(y_pred.dtype)
            if weights is not None:
                # So Keras has it: without weights, what is ignored counts as zero.
                weights = seen = weights * seen
        if seen is not None:
            seen = seen.astype(y_pred.dtype, copy=False)
        self.total += self.sign * self.loss.total(y_pred, y, seen, 1.0, None) / steps
        weight = len(y_pred) if weights is None else float(weights.sum(dtype=np.float64))
        self.count += weight / steps


def _metric(loss_class, name, class_name=None, sign=1.0, doc=None):
    def __init__(self, name=name, dtype=None):
        LossMean.__init__(self, name)

    class_name = class_name or loss_class.__name__
    members = {
        "__init__": __init__, "__module__": __name__, "loss_class": loss_class, "sign": sign,
        "__doc__": doc or f"Mean of the loss of that name: see `losses.{loss_class.__name__}`.",
    }  # fmt: skip
    return type(class_name, (LossMean,), members)


MeanSquaredError = _metric(losses.MeanSquaredError, "mean_squared_error")
MeanAbsoluteError = _metric(losses.MeanAbsoluteError, "mean_absolute_error")
MeanAbsolutePercentageError = _metric(
    losses.MeanAbsolutePercentageError, "mean_absolute_percentage_error"
)
MeanSquaredLogarithmicError = _metric(
    losses.MeanSquaredLogarithmicError, "mean_squared_logarithmic_error"
)
LogCoshError = _metric(losses.LogCosh, "logcosh", "LogCoshError")
KLDivergence = _metric(losses.KLDivergence, "kl_divergence")
Poisson = _metric(losses.Poisson, "poisson")
Hinge = _metric(losses.Hinge, "hinge")
SquaredHinge = _metric(losses.SquaredHinge, "squared_hinge")
CategoricalHinge = _metric(losses.CategoricalHinge, "categorical_hinge")


class CosineSimilarity(LossMean):
    """Mean of the cosine between output and target: 1 where they point the same way.

    Parameters
    ----------
    name : str, default "cosine_similarity"
    axis : int, default -1
        See the loss.
    """

    loss_class = losses.CosineSimilarity
    sign = -1.0

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(name, axis=axis)

    def get_config(self):
        axis = self.loss.axis
        return {**super().get_config(), **({} if axis == -1 else {"axis": axis})}


class BinaryCrossentropy(LossMean):
    """Mean of `losses.BinaryCrossentropy`.

    Parameters
    ----------
    name : str, default "binary_crossentropy"
    from_logits : bool, default False
    label_smoothing : float, default 0
    """

    loss_class = losses.BinaryCrossentropy

    def __init__(
        self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0
    ):
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)

    def get_config(self):
        return {
            **super().get_config(),
            "from_logits": self.loss.from_logits,
            "label_smoothing": self.loss.label_smoothing,
        }


class CategoricalCrossentropy(LossMean):
    """Mean of `losses.CategoricalCrossentropy`.

    Parameters
    ----------
    name : str, default "categorical_crossentropy"
    from_logits : bool, default False
    label_smoothing : float, default 0
    axis : int, default -1
        See the loss.
    """

    loss_class = losses.CategoricalCrossentropy

    def __init__(
        self, name="categorical_crossentropy", dtype=None, from_logits=False,
        label_smoothing=0, axis=-1,
    ):  # fmt: skip
        super().__init__(
            name, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis
        )

    def get_config(self):
        return {
            **super().get_config(),
            "from_logits": self.loss.from_logits,
            "label_smoothing": self.loss.label_smoothing,
            "axis": self.loss.axis,
        }


class SparseCategoricalCrossentropy(LossMean):
    """Mean of `losses.SparseCategoricalCrossentropy`.

    Parameters
    ----------
    name : str, default "sparse_categorical_crossentropy"
    from_logits : bool, default False
    ignore_class : int, optional
        Rows with this target are zero; where there are weights or a mask, they are not
        counted either, as in Keras.
    axis : int, default -1
        See the loss.
    """

    loss_class = losses.SparseCategoricalCrossentropy

    def __init__(
        self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False,
        ignore_class=None, axis=-1,
    ):  # fmt: skip
        super().__init__(name, from_logits=from_logits, ignore_class=ignore_class, axis=axis)

    def get_config(self):
        return {
            **super().get_config(),
            "from_logits": self.loss.from_logits,
            "ignore_class": self.loss.ignore_class,
            "axis": self.loss.axis,
        }
