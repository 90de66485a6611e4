"""The base of the losses: reductions and weights, and a loss of the user's own."""

import math

import numpy as np

from fastgru._check import axes, check_choice, check_name, fail, short
from fastgru._names import snake_case
from fastgru.losses.targets import judged, row_weights

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none")


class Loss:
    """Base of the losses, and of a loss of your own, which has a `call`.

    Parameters
    ----------
    name : str, optional
    reduction : {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None}
        What becomes of the values: their sum divided by how many there are, by default;
        "mean" is the same; divided by the sum of their weights; their sum; the values
        themselves, for calls only. Values under a mask are not counted.

    Examples
    --------
    >>> class HalfSquare(Loss):
    ...     def call(self, y_true, y_pred):
    ...         d = y_pred - y_true
    ...         return (d * d / 2).sum(-1), d
    """

    #: The activation whose logits the loss can take instead of its output.
    link = None
    from_logits = False
    #: The loss is one of whole samples: it sees arrays and not rows.
    whole = True
    #: Targets are class numbers, (R), where outputs are rows, (R, C).
    sparse = False
    #: Which loss it is, `resolve` will tell; until then its name is the word for it.
    by_shapes = False

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = check_name(type(self).__name__, name) or snake_case(type(self).__name__)
        reduction = "none" if reduction is None else reduction
        self.reduction = check_choice(type(self).__name__, "reduction", reduction, REDUCTIONS)

    def call(self, y_true, y_pred):
        """Values and gradient.

        Parameters
        ----------
        y_true : numpy.ndarray
            Targets, batch first, of the model's dtype. A last axis of 1 is added or left
            out where they then have the shape of the outputs.
        y_pred : numpy.ndarray (batch, ..., width)
            Outputs of the model.

        Returns
        -------
        values : float or numpy.ndarray (batch,) or (batch, time)
        gradient : numpy.ndarray
            Of the shape of `y_pred`: the derivative of the sum of all values.
        """
        raise NotImplementedError(f"{self.name}: a loss must have a call; got none.")

    def resolve(self, y, shape):
        """The loss for targets y and outputs of `shape`: itself, unless it is open."""
        return self

    def prepare(self, where, y, shape, dtype):
        """Targets as `batch` takes them, for outputs of `shape` (batch first)."""
        given = y.shape
        if len(given) == len(shape) - 1 and shape[-1] == 1:
            y = y[..., None]
        elif len(given) == len(shape) + 1 and given[-1] == 1:
            y = y[..., 0]
        return y.astype(dtype, copy=False)

    def check(self, where, y):
        """Refuse prepared targets with values that the loss is not defined for."""

    def weigh(self, shape, mask, sample_weight, dtype):
        """Weights of values of `shape`, or None, and by what their sum is divided."""
        if mask is None and sample_weight is None:
            return None, math.prod(shape)
        if mask is None:
            weights, count = sample_weight.astype(dtype, copy=False), math.prod(shape)
        else:
            weights, count = mask.astype(dtype), np.count_nonzero(mask)
            if sample_weight is not None:
                weights *= sample_weight
        if self.reduction == "mean_with_sample_weight":
            count = weights.sum(dtype=np.float64)
        return weights, float(count)

    def scale(self, count):
        """What the sum of the values is multiplied with, when it is divided by `count`."""
        return 1.0 if self.reduction == "sum" else 1.0 / count if count else 0.0

    def batch(self, scores, y, mask=None, sample_weight=None, gradient=None, linked=False):
        """The loss of a batch in the layers' layout; `gradient` is set, where it is given.

        Parameters
        ----------
        scores : numpy.ndarray (B, C) or (T, B, C)
        y : numpy.ndarray
            Prepared targets: time-major as the scores, or batch-major where `whole`.
        mask : numpy.ndarray (T, B) of bool, optional
        sample_weight : numpy.ndarray, (B) or (T, B), optional
        gradient : numpy.ndarray, as the scores, optional
        linked : bool, default False
            Scores are the logits of the activation `link`.
        """
        turned = scores.ndim > 2
        values, slopes = self._called(y, scores.swapaxes(0, 1) if turned else scores)
        if mask is not None:
            mask = mask.T
        if sample_weight is not None and sample_weight.ndim > 1:
            sample_weight = sample_weight.T
        mask, sample_weight = _alike(self.name, values, mask, sample_weight)
        weights, count = self.weigh(values.shape, mask, sample_weight, np.float64)
        scale = self.scale(count)
        if gradient is not None:
            slopes = slopes * scale
            if weights is not None:
                slopes *= weights.reshape(weights.shape + (1,) * (slopes.ndim - weights.ndim))
            gradient[...] = slopes.swapaxes(0, 1) if turned else slopes
        return float((values if weights is None else values * weights).sum()) * scale

    def _called(self, y_true, y_pred):
        """(values, gradient) of `call`, in double, after a look at their shapes."""
        rule = "return (values, gradient)"
        found = self.call(y_true, y_pred)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            got = f"{len(found)} items" if isinstance(found, (tuple, list)) else _kind(found)
            fail(self.name, "the loss", rule, got,
                 "Without the gradient nothing can be learnt.", kind=TypeError)  # fmt: skip
        try:
            values, slopes = (np.asarray(part, np.float64) for part in found)
        except (TypeError, ValueError):
            fail(self.name, "the loss", f"{rule} as numbers", " and ".join(map(_kind, found)),
                 kind=TypeError)  # fmt: skip
        if slopes.shape != y_pred.shape:
            fail(self.name, "the loss's gradient", f"have the shape of y_pred, "
                 f"{axes(y_pred.shape)}", axes(slopes.shape))  # fmt: skip
        shapes = list(dict.fromkeys((y_pred.shape[:1], y_pred.shape[:-1])))
        if values.shape and values.shape not in shapes:
            rule = f"be one number, or have shape {' or '.join(map(axes, shapes))}"
            fail(self.name, "the loss's values", rule, axes(values.shape),
                 "The mean over the last axis makes one of a row.")  # fmt: skip
        return values, slopes

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of predictions.

        Parameters
        ----------
        y_true, y_pred : array-like
            Targets and outputs, (batch, ..., width).
        sample_weight : array-like (batch, ...), optional

        Returns
        -------
        float, or numpy.ndarray without a reduction
            Of weighted values, as the reduction says.
        """
        y, scores = judged(self.name, y_true, y_pred)
        y = self.prepare(self.name, y, scores.shape, scores.dtype)
        values = self.values(np.ascontiguousarray(y), scores)
        weights = row_weights(self.name, sample_weight, values.shape, np.float64)
        if weights is not None:
            weights = weights.reshape(values.shape)
        mask = self.counted(y)
        weights, count = self.weigh(values.shape, mask, weights, np.float64)
        values = values if weights is None else values * weights
        if self.reduction == "none":
            values = values.astype(scores.dtype)
            return values.reshape(()) if np.ndim(y_pred) == 1 else values
        return float(values.sum()) * self.scale(count)

    def values(self, y, scores):
        """A value for each row or sample of prepared targets and outputs, batch-major."""
        return self._called(y, scores)[0]

    def counted(self, y):
        """Which targets count, as bool; None where all do."""

    def get_config(self):
        """Keyword arguments that make this loss again."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class LossOfFunction(Loss):
    """A loss from a function of (y_true, y_pred) that returns what `Loss.call` returns."""

    def __init__(self, function, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name or getattr(function, "__name__", None), reduction)
        self.call = function


def _alike(where, values, mask, sample_weight):
    """Mask and weights with the axes of the values, which may be fewer than theirs."""
    if not values.ndim:
        # One number for all: the mask is not seen, and weights count by their mean.
        weight = None if sample_weight is None else np.asarray(sample_weight.mean())
        return None, weight
    if values.ndim == 1:
        # A sample counts while it has a step that does.
        mask = None if mask is None else mask.any(axis=1)
        if sample_weight is not None and sample_weight.ndim > 1:
            fail(where, "sample_weight", "have one number for each sample",
                 f"shape {axes(sample_weight.shape)}")  # fmt: skip
    elif sample_weight is not None and sample_weight.ndim == 1:
        sample_weight = np.broadcast_to(sample_weight[:, None], values.shape)
    return mask, sample_weight


def _kind(value):
    shape = getattr(value, "shape", None)
    return f"an array of shape {axes(shape)}" if shape is not None else short(value)
