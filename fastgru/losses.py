"""Losses, by Keras' names: the value, and inside the training loop its gradient too."""

import numpy as np

from fastgru._check import (
    as_array,
    axes,
    check_choice,
    check_flag,
    check_name,
    check_number,
    fail,
    fits,
    short,
)
from fastgru._names import snake_case
from fastgru.kernels import losses as kernel
from fastgru.kernels.losses import Link


class Loss:
    """Base of the losses.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "sum"}
        The mean over all rows, by default, or their sum.
    name : str, optional
    """

    #: The activation whose logits the loss can take instead of its output.
    link = None
    from_logits = False

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        self.name = check_name(type(self).__name__, name) or snake_case(type(self).__name__)
        choices = ("sum_over_batch_size", "sum")
        self.reduction = check_choice(type(self).__name__, "reduction", reduction, choices)

    def prepare(self, where, y, shape, dtype):
        """Targets as the kernel takes them, for outputs of `shape` (batch first)."""
        y = fit_targets(where, as_array(where, "y", y), shape).astype(dtype, copy=False)
        self.check(where, y)
        return y

    def check(self, where, y):
        """Refuse prepared targets with values that the loss is not defined for."""

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        """Weighted sum of the rows' losses, and `scale` times its gradient.

        scores (R, C); targets as prepared, rows in the same order; weights (R) or None;
        gradient (R, C), set, or None.
        """
        raise NotImplementedError(f"{self.name}: a loss must have a total; got none.")

    def scale(self, count):
        """What the gradient is multiplied with when `count` rows count."""
        return 1.0 if self.reduction == "sum" else 1.0 / count

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of predictions, as a float.

        Parameters
        ----------
        y_true, y_pred : array-like
            Targets and outputs, (batch, ..., width).
        sample_weight : array-like (batch, ...), optional
        """
        y_true, scores = judged(self.name, y_true, y_pred)
        targets = self.prepare(self.name, y_true, scores.shape, scores.dtype)
        scores = scores.reshape(-1, scores.shape[-1])
        targets = np.ascontiguousarray(targets).reshape(scores.shape[: targets_axes(self)])
        weights = row_weights(self.name, sample_weight, len(scores), scores.dtype)
        return self.total(scores, targets, weights, 1.0, None) * self.scale(len(scores))

    def get_config(self):
        """Keyword arguments that make this loss again."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


def targets_axes(loss):
    """1 where targets are class numbers, 2 where they are rows like the scores."""
    return 1 if isinstance(loss, SparseCategoricalCrossentropy) else 2


def judged(where, y_true, y_pred):
    """Targets, and outputs in float32 or float64; those of one axis are one row."""
    y_pred = as_array(where, "y_pred", y_pred)
    if not y_pred.size:
        fail(where, "y_pred", "not be empty", f"shape {axes(y_pred.shape)}")
    y_true = as_array(where, "y", y_true)
    if y_pred.ndim < 2:
        y_true = y_true.reshape((1,) * (2 - y_pred.ndim) + y_true.shape)
    dtype = np.float64 if y_pred.dtype == np.float64 else np.float32
    return y_true, np.array(y_pred, dtype, order="C", ndmin=2)


def row_weights(where, sample_weight, rows, dtype):
    """A weight for each row, or None."""
    if sample_weight is None:
        return None
    weights = np.array(as_array(where, "sample_weight", sample_weight), dtype).reshape(-1)
    if weights.size != rows:
        fail(where, "sample_weight", f"have one number for each of {rows} rows",
             f"{weights.size}")  # fmt: skip
    return weights


def fit_targets(where, y, shape):
    """y with the axes of the outputs: a last axis of 1 may be left out, or be too many."""
    given = y.shape
    if y.ndim == len(shape) - 1 and shape[-1] == 1:
        y = y[..., None]
    elif y.ndim == len(shape) + 1 and y.shape[-1] == 1:
        y = y[..., 0]
    fits = y.ndim == len(shape) and all(
        size is None or size == have for have, size in zip(y.shape, shape, strict=True)
    )
    if not fits:
        fail(where, "y", f"have the shape of the model's output, {_batch(shape)}", axes(given),
             _hint(given, shape))  # fmt: skip
    return y


def _hint(given, shape):
    """What was probably meant by targets of a shape that does not fit."""
    if len(given) < len(shape) and len(shape) > 2 and given[1:2] != shape[1:2]:
        return "return_sequences=False in the last GRU gives one output for each sequence."
    if len(given) > len(shape) == 2:
        return "return_sequences=True in the last GRU gives an output for each step."
    if len(given) < len(shape) or given[-1] == 1:
        return "Class numbers need a sparse loss, or one-hot rows from to_categorical."
    return ""


def _batch(shape):
    return axes(["batch" if i == 0 else s for i, s in enumerate(shape)])


class _Probabilities(Loss):
    """A loss on probabilities, or on logits of the activation `link`."""

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
        name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(reduction, name)
        where = type(self).__name__
        self.from_logits = check_flag(where, "from_logits", from_logits)
        self.label_smoothing = check_number(where, "label_smoothing", label_smoothing, 0, 1)
        if axis != -1:
            fail(where, "axis", "be -1", f"{axis!r}")

    def _link(self, linked):
        return Link.LOGIT if self.from_logits else Link.LINKED if linked else Link.PROBABILITY

    def _smooth(self, targets, classes):
        # Here and not in `prepare`: metrics see the targets as they were given.
        if not self.label_smoothing:
            return targets
        real = targets.dtype.type
        return targets * real(1 - self.label_smoothing) + real(self.label_smoothing / classes)

    def get_config(self):
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": -1,
        }


class BinaryCrossentropy(_Probabilities):
    """Mean over the row of -y log p - (1 - y) log(1 - p).

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits s, p = 1 / (1 + exp(-s)). Otherwise p is clipped to
        [1e-7, 1 - 1e-7], with no gradient beyond, as Keras does it.
    label_smoothing : float, default 0.0
        Targets become y (1 - s) + s / 2.
    """

    link = "sigmoid"

    def check(self, where, y):
        if not kernel.in_unit_interval(np.ascontiguousarray(y).reshape(-1)):
            fail(where, "y", "lie in [0, 1] for binary_crossentropy",
                 f"values from {y.min():g} to {y.max():g}")  # fmt: skip

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        link, targets = self._link(linked), self._smooth(targets, 2)
        return kernel.binary_crossentropy(scores, targets, weights, scale, gradient, link)


class CategoricalCrossentropy(_Probabilities):
    """-sum y log p over one-hot rows y; p is normalised and clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits, p = softmax(s).
    label_smoothing : float, default 0.0
        Targets become y (1 - s) + s / classes.
    """

    link = "softmax"

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        link, targets = self._link(linked), self._smooth(targets, targets.shape[-1])
        return kernel.categorical_crossentropy(scores, targets, weights, scale, gradient, link)


class SparseCategoricalCrossentropy(_Probabilities):
    """-log p of the class whose number is the target.

    Parameters
    ----------
    from_logits : bool, default False
        Outputs are logits, p = softmax(s).
    """

    link = "softmax"

    def __init__(
        self, from_logits=False, ignore_class=None, reduction="sum_over_batch_size", axis=-1,
        name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(from_logits, 0.0, axis, reduction, name)
        if ignore_class is not None:
            fail("SparseCategoricalCrossentropy", "ignore_class", "be None", f"{ignore_class!r}",
                 "fastgru does not have this yet.", kind=NotImplementedError)  # fmt: skip

    def prepare(self, where, y, shape, dtype):
        y = as_array(where, "y", y)
        if y.ndim == len(shape) and y.shape[-1] == 1:
            y = y[..., 0]
        if y.ndim == len(shape) and y.shape[-1] == shape[-1]:
            fail(where, "y", "hold class numbers for sparse_categorical_crossentropy",
                 f"rows of {y.shape[-1]}",
                 "One-hot rows need categorical_crossentropy.")  # fmt: skip
        if not fits(y.shape, shape[:-1]):
            one_hot = len(y.shape) == len(shape)
            hint = "One-hot rows need categorical_crossentropy." if one_hot else ""
            rule = f"hold one class number for each output, shape {_batch(shape[:-1])}"
            fail(where, "y", rule, axes(y.shape), hint or _hint(y.shape, shape[:-1]))
        if y.dtype.kind == "f" and not (y == np.floor(y)).all():
            fail(where, "y", "hold whole class numbers", "fractions or NaN")
        if y.size and not (0 <= y.min() and y.max() < shape[-1]):
            fail(
                where, "y", f"hold class numbers in [0, {shape[-1]})",
                f"values from {y.min():g} to {y.max():g}",
                "The last layer needs one unit for each class.",
            )  # fmt: skip
        return y.astype(np.int32)

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        return kernel.sparse_categorical_crossentropy(
            scores, targets, weights, scale, gradient, self._link(linked)
        )

    def get_config(self):
        config = super().get_config()
        del config["label_smoothing"], config["axis"]
        return {**config, "ignore_class": None}


class MeanSquaredError(Loss):
    """Mean over the row of (p - y)^2."""

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        return kernel.mean_squared_error(scores, targets, weights, scale, gradient)


class MeanAbsoluteError(Loss):
    """Mean over the row of |p - y|."""

    def total(self, scores, targets, weights, scale, gradient, linked=False):
        return kernel.mean_absolute_error(scores, targets, weights, scale, gradient)


CLASSES = {
    cls.__name__: cls
    for cls in (
        BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy,
        MeanSquaredError, MeanAbsoluteError,
    )
}  # fmt: skip
_BY_NAME = {snake_case(name): cls for name, cls in CLASSES.items()} | {
    "bce": BinaryCrossentropy, "mse": MeanSquaredError, "mae": MeanAbsoluteError
}  # fmt: skip


def _function(name, cls, **fixed):
    def loss(y_true, y_pred, **options):
        return cls(**fixed, **options)(y_true, y_pred)

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = f"`{cls.__name__}` of (y_true, y_pred) as a float, averaged over the batch."
    return loss


for _name, _cls in _BY_NAME.items():
    globals()[_name] = _function(_name, _cls)


def get(identifier, where="losses.get"):
    """A loss from its name, its class, its instance, or one of this module's functions."""
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if (
        callable(identifier)
        and globals().get(getattr(identifier, "__name__", "")) is identifier
    ):
        identifier = identifier.__name__
    if isinstance(identifier, str):
        # In any case, for Keras knows BCE, MSE and MAE.
        cls = CLASSES.get(identifier) or _BY_NAME.get(identifier.lower())
        if cls is None:
            check_choice(where, "loss", identifier, tuple(_BY_NAME))
        return cls()
    fail(where, "loss", "be the name of a loss or one of fastgru.losses", short(identifier),
         kind=TypeError)  # fmt: skip
