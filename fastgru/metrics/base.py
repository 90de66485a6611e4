"""The base of the metrics, and of those that the training loop hands rows to."""

import numpy as np

from fastgru._check import check_name, fail, short
from fastgru._names import snake_case, unique_name
from fastgru.losses.targets import fit_classes, fit_targets, judged, row_weights


class Variable(np.ndarray):
    """A metric's array, with the names by which Keras' metrics change theirs."""

    def assign(self, value):
        self[...] = value

    def assign_add(self, value):
        self[...] += value


class Metric:
    """Base of the metrics, and of a metric of your own.

    Yours has an `update_state` and a `result`; its numbers lie in variables, which
    `reset_state` sets to zero.

    Parameters
    ----------
    dtype
        Accepted for Keras' scripts; numbers are kept in float64.
    name : str, optional
        By default the class's in snake case, and counted.

    Examples
    --------
    >>> class Positives(Metric):
    ...     def __init__(self, name="positives", **options):
    ...         super().__init__(name=name, **options)
    ...         self.count = self.add_variable(shape=(), initializer="zeros", name="count")
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.count.assign_add((y_pred > 0.5).sum())
    ...
    ...     def result(self):
    ...         return self.count
    """

    #: The training loop calls `update_rows` instead of `update_state`.
    by_rows = False
    #: Masked steps do not count, as for those of Keras' metrics that are means of a function.
    sees_mask = False

    def __init__(self, dtype=None, name=None):
        cls = type(self).__name__
        self.name = check_name(cls, name) or unique_name(snake_case(cls))
        self.variables = []

    def add_variable(self, shape=(), initializer="zeros", dtype=None, name=None):
        """An array of zeros that `reset_state` clears.

        Parameters
        ----------
        shape : tuple of int
        initializer, dtype, name
            Accepted for Keras' scripts; an initialiser must be zeros.

        Returns
        -------
        Variable
            float64, with `assign` and `assign_add`.
        """
        zeros = initializer is None or "zeros" in (
            initializer, snake_case(type(initializer).__name__)
        )  # fmt: skip
        if not zeros:
            fail(type(self).__name__, "initializer", "be 'zeros'", short(initializer))
        variable = np.zeros(shape).view(Variable)
        self.variables.append(variable)
        return variable

    add_weight = add_variable

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch.

        Parameters
        ----------
        y_true, y_pred : numpy.ndarray
            Targets as the loss takes them, and outputs (batch, ..., width).
        sample_weight : numpy.ndarray (batch,) or (batch, time), optional
        """
        raise NotImplementedError(f"{self.name}: a metric must have an update_state; got none.")

    def result(self):
        """The value so far: a float, an array, or a dictionary of floats by name."""
        raise NotImplementedError(f"{self.name}: a metric must have a result; got none.")

    def reset_state(self):
        """Forget all batches."""
        for variable in self.variables:
            variable[...] = 0

    def reset_states(self):
        """`reset_state`, by its older name."""
        self.reset_state()

    def __call__(self, *args, **options):
        """Add a batch and return the value so far."""
        self.update_state(*args, **options)
        return self.result()

    def get_config(self):
        """Keyword arguments that make this metric again."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)


class RowMetric(Metric):
    """Base of the metrics that see rows: outputs (R, C), targets (R, C) or class numbers (R)."""

    by_rows = True
    #: Targets are class numbers.
    sparse = False
    #: Weights may be (R, C).
    entries = False

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        """Add rows, as the training loop has them; weights (R) or None; steps to a sample."""
        raise NotImplementedError(f"{self.name}: a metric must have update_rows; got none.")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch of predictions.

        Parameters
        ----------
        y_true, y_pred : array-like
            Targets and outputs, (batch, ..., width).
        sample_weight : array-like (batch, ...), optional
        """
        y_true, rows, shape = self._as_rows(y_true, y_pred)
        width = shape[-1] if self.entries else None
        weights = row_weights(self.name, sample_weight, shape[:-1], rows.dtype, width)
        self.update_rows(y_true, rows, weights, len(rows) // shape[0])

    def _as_rows(self, y_true, y_pred):
        """(targets, outputs) as rows, and the shape that the outputs had."""
        y_true, y_pred = judged(self.name, y_true, y_pred)
        shape = y_pred.shape
        rows = y_pred.reshape(-1, shape[-1])
        if self.sparse:
            y_true = fit_classes(self.name, y_true, shape, self.name).reshape(-1)
        else:
            y_true = fit_targets(self.name, y_true, shape).reshape(rows.shape)
        return y_true, rows, shape


class MeanOfRows(RowMetric):
    """Base of the weighted means of one number a row, or one an entry."""

    sees_mask = True

    def __init__(self, name=None, dtype=None):
        super().__init__(dtype, name)
        self.total = self.count = 0.0

    def values(self, y_true, y_pred):
        """Numbers (R) or (R, C)."""
        raise NotImplementedError(f"{self.name}: a metric must have values; got none.")

    def each(self, y_true, y_pred):
        """The values of a batch, (batch, ...), float32."""
        y_true, rows, shape = self._as_rows(y_true, y_pred)
        values = self.values(y_true, rows)
        return values.reshape(shape[:-1] + values.shape[1:]).astype(np.float32)

    def update_rows(self, y_true, y_pred, weights=None, steps=1):
        values = self.values(y_true, y_pred)
        if weights is None and values.dtype == bool:
            share = steps * (values.size // max(len(values), 1))
            self.total += np.count_nonzero(values) / share if share else 0.0
            self.count += len(values) / steps
            return
        if values.ndim > 1 and (weights is None or weights.ndim == 1):
            values = values[:, 0] if values.shape[1] == 1 else values.mean(axis=1)
        # A sample counts as one, however many steps it has.
        if weights is None:
            self.total += float(values.sum(dtype=np.float64)) / steps
            self.count += len(values) / steps
            return
        share = steps * (values.shape[1] if values.ndim > 1 else 1)
        weights = weights.astype(np.float64)
        self.total += float((values * weights).sum()) / share
        self.count += float(weights.sum()) / share

    def result(self):
        """The mean so far; 0 before the first batch."""
        return self.total / self.count if self.count else 0.0

    def reset_state(self):
        self.total = self.count = 0.0
