"""Metrics, by Keras' names: running means over the rows of all batches since a reset."""

import numpy as np

from fastgru import losses
from fastgru._check import axes, check_choice, check_name, check_number, fail, short
from fastgru._names import snake_case


class Metric:
    """A weighted running mean of one number a row.

    Parameters
    ----------
    name : str, optional
    """

    def __init__(self, name=None, dtype=None):
        self.name = check_name(type(self).__name__, name) or snake_case(type(self).__name__)
        self.reset_state()

    def values(self, y_true, y_pred):
        """One number for each row: y_pred (R, C), y_true (R, C), or (R) class numbers."""
        raise NotImplementedError(f"{self.name}: a metric must have values; got none.")

    def reset_state(self):
        """Forget all batches."""
        self.total = self.count = 0.0

    reset_states = reset_state

    def update_rows(self, y_true, y_pred, weights=None):
        """Add rows, as the training loop has them; weights (R) or None."""
        values = self.values(y_true, y_pred)
        if weights is None:
            self.total += float(values.sum(dtype=np.float64))
            self.count += len(values)
        else:
            self.total += float(np.dot(values, weights.astype(np.float64)))
            self.count += float(weights.sum(dtype=np.float64))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch of predictions.

        Parameters
        ----------
        y_true, y_pred : array-like
            Targets and outputs, (batch, ..., width).
        sample_weight : array-like (batch, ...), optional
        """
        y_true, y_pred = losses.judged(self.name, y_true, y_pred)
        y_pred, shape = y_pred.reshape(-1, y_pred.shape[-1]), y_pred.shape
        if isinstance(self, SparseCategoricalAccuracy):
            y_true = losses.fit_targets(self.name, y_true, shape[:-1]).reshape(-1)
        else:
            y_true = losses.fit_targets(self.name, y_true, shape).reshape(y_pred.shape)
        weights = losses.row_weights(self.name, sample_weight, len(y_pred), y_pred.dtype)
        self.update_rows(y_true, y_pred, weights)

    def result(self):
        """The mean so far; 0 before the first batch."""
        return self.total / self.count if self.count else 0.0

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Add a batch and return the mean so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self):
        """Keyword arguments that make this metric again."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class BinaryAccuracy(Metric):
    """Share of entries on the right side of `threshold`, 0.5 by default."""

    def __init__(self, name=None, dtype=None, threshold=0.5):
        super().__init__(name)
        self.threshold = check_number("BinaryAccuracy", "threshold", threshold)

    def values(self, y_true, y_pred):
        hit = (y_pred > self.threshold) == y_true
        return hit[:, 0] if hit.shape[1] == 1 else hit.mean(axis=1)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class CategoricalAccuracy(Metric):
    """Share of rows whose largest output is where the one-hot target is."""

    def values(self, y_true, y_pred):
        return y_pred.argmax(axis=1) == y_true.argmax(axis=1)


class SparseCategoricalAccuracy(Metric):
    """Share of rows whose largest output is at the number that the target gives."""

    def values(self, y_true, y_pred):
        return y_pred.argmax(axis=1) == y_true.reshape(-1)


class MeanSquaredError(Metric):
    """Mean of (p - y)^2."""

    def values(self, y_true, y_pred):
        return np.square(y_pred - y_true).mean(axis=1)


class MeanAbsoluteError(Metric):
    """Mean of |p - y|."""

    def values(self, y_true, y_pred):
        return np.abs(y_pred - y_true).mean(axis=1)


CLASSES = {
    cls.__name__: cls
    for cls in (
        BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, MeanSquaredError,
        MeanAbsoluteError,
    )
}  # fmt: skip
_BY_NAME = {snake_case(name): cls for name, cls in CLASSES.items()} | {
    "mse": MeanSquaredError, "mae": MeanAbsoluteError
}  # fmt: skip
_ACCURACY = ("accuracy", "acc")


def check(identifier, where="compile"):
    """Refuse, at compile time, what `resolve` could not turn into a metric."""
    if isinstance(identifier, Metric):
        return
    if not isinstance(identifier, str):
        fail(where, "metrics", "be names of metrics or objects of fastgru.metrics",
             short(identifier), kind=TypeError)  # fmt: skip
    if identifier not in CLASSES and identifier.lower() not in _BY_NAME:
        check_choice(where, "metrics", identifier, (*_ACCURACY, *_BY_NAME))


def check_all(given, where="compile"):
    """The metrics that `compile` was given, as a list of what `resolve` takes."""
    if given is None or isinstance(given, (str, Metric, type)):
        given = [] if given is None else [given]
    if not isinstance(given, (list, tuple)):
        fail(where, "metrics", "be a list", short(given), kind=TypeError)
    is_class = [isinstance(entry, type) and issubclass(entry, Metric) for entry in given]
    given = [entry() if cls else entry for entry, cls in zip(given, is_class, strict=True)]
    names = ["loss"]
    for entry in given:
        check(entry, where)
        name = entry if isinstance(entry, str) else entry.name
        if name in names:
            fail(where, "names of metrics", "differ", f"{name!r} twice")
        names.append(name)
    return given


def _named(identifier):
    return (CLASSES.get(identifier) or _BY_NAME[identifier.lower()])(identifier)


def resolve(identifier, targets, output_shape):
    """The metric for a name; "accuracy" is chosen by shapes, as in Keras.

    `targets` are as the loss prepared them, `output_shape` is the model's.
    """
    if isinstance(identifier, Metric):
        metric = identifier
    elif identifier in _ACCURACY:
        if output_shape[-1] == 1:
            metric = BinaryAccuracy(identifier)
        elif targets.ndim < len(output_shape):
            metric = SparseCategoricalAccuracy(identifier)
        else:
            metric = CategoricalAccuracy(identifier)
    else:
        metric = _named(identifier)
    sparse = targets.ndim < len(output_shape)
    if sparse != isinstance(metric, SparseCategoricalAccuracy):
        rule = "take targets of the loss's form"
        got = f"{metric.name} for targets of shape {axes(('batch', *targets.shape[1:]))}"
        fail("compile", "metrics", rule, got)
    return metric


def get(identifier):
    """A metric from its name; "accuracy" is BinaryAccuracy here, for want of shapes."""
    check(identifier, "metrics.get")
    if isinstance(identifier, Metric):
        return identifier
    return BinaryAccuracy(identifier) if identifier in _ACCURACY else _named(identifier)
