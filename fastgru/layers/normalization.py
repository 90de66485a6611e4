"""Features with mean 0 and variance 1."""

import math

import numpy as np

from fastgru import initializers
from fastgru._check import as_array, axes, check_flag, check_int, fail
from fastgru.layers.layer import Layer
from fastgru.layers.rules import Spec

#: Keras' epsilon: what the square root of a variance is at least.
_LEAST = 1e-7


class Normalization(Layer):
    """(x - mean) / sqrt(variance), with numbers that `adapt` learns or that are given.

    Parameters
    ----------
    axis : int, tuple of int or None, default -1
        The axes, batch first, along which every place has a mean and a variance of its own;
        None for one of each. Their sizes must be known, so the batch's cannot be among them.
    mean, variance : float or array-like, optional
        Given together; of the shape of `axis`, or one that broadcasts to it from the right.
        They are part of the configuration then, and `adapt` is not needed.
    invert : bool, default False
        x sqrt(variance) + mean instead.
    **layer
        See `Layer`.

    The square root is at least 1e-7. A mask goes on. Weights, none of them trained: mean,
    variance, and the count that Keras' files have, which is always 0.
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **layer):
        super().__init__(**layer)
        where = "Normalization"
        listed = () if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
        self.axis = tuple(check_int(where, "axis", place) for place in listed)
        self.invert = check_flag(where, "invert", invert)
        if (mean is None) != (variance is None):
            got = "no variance" if variance is None else "no mean"
            fail(where, "mean and variance", "be given together", got)
        self.mean = self.variance = None
        if mean is not None:
            self.mean, self.variance = (
                as_array(where, what, value).astype(np.float64)
                for what, value in (("mean", mean), ("variance", variance))
            )
            if self.mean.shape != self.variance.shape:
                fail(where, "mean and variance", "have one shape",
                     f"{axes(self.mean.shape)} and {axes(self.variance.shape)}")  # fmt: skip
            if self.mean.ndim > len(self.axis):
                fail(where, "mean", f"have at most {len(self.axis)} axes, those of axis",
                     axes(self.mean.shape))  # fmt: skip

    def _kept(self, count):
        """The axes that have numbers of their own, of an input with `count` axes."""
        for axis in self.axis:
            if not -count <= axis < count:
                fail(self.name, "axis", f"lie in [{-count}, {count}) for its input", f"{axis}")
        return sorted({axis % count for axis in self.axis})

    def configure(self, input_shape):
        sizes = tuple(input_shape[axis] for axis in self._kept(len(input_shape)))
        if None in sizes:
            fail(self.name, "the axes of axis", "have a known size in its input",
                 axes(input_shape), "axis=None has one mean for all.")  # fmt: skip
        if self.mean is None:
            self.specs = (
                Spec("mean", sizes, initializers.Zeros(), trainable=False),
                Spec("variance", sizes, initializers.Ones(), trainable=False),
                Spec("count", (), initializers.Zeros(), trainable=False, stored="int32"),
            )
        elif not _broadcasts(self.mean.shape, sizes):
            fail(self.name, "mean", f"broadcast to {axes(sizes)}", axes(self.mean.shape))
        return input_shape

    def adapt(self, data):
        """Learn mean and variance.

        Parameters
        ----------
        data : array-like, or list or other iterable of arrays
            Samples, or batches of them; of a batch that is a tuple (x, y), x.

        Raises
        ------
        ValueError
            If mean and variance were given, there are no data, or their shape is another.
        """
        where = f"{self.name}.adapt"
        if self.mean is not None:
            fail(where, "mean and variance", "not be given to the constructor", "both")
        total = None
        for batch in _batches(data):
            batch = as_array(where, "data", batch)
            if batch.ndim == 0 or batch.size == 0:
                fail(where, "data", "have samples", f"shape {axes(batch.shape)}")
            self._meet(batch.shape)
            total = _joined(total, self._moments(batch))
        if total is None:
            fail(where, "data", "have samples", "no batches")
        _, mean, variance = total
        self.set_weights([mean, variance, self.parameters["count"]])

    def _meet(self, shape):
        shape = (None, *shape[1:])
        if self.built:
            self._fit(shape)
        else:
            self.build(shape)

    def _moments(self, batch):
        others = tuple(a for a in range(batch.ndim) if a not in self._kept(batch.ndim))
        count = math.prod(batch.shape[a] for a in others)
        values = batch.astype(np.float64, copy=False)
        return count, values.mean(others), values.var(others)

    def _moments_of(self, x):
        """(mean, deviation) as they broadcast to an array in the layers' layout."""
        kept = self._kept(x.ndim)
        if x.ndim > 2:
            kept = [0 if axis == 1 else axis for axis in kept]
        sizes = [x.shape[axis] for axis in kept]
        shape = [size if axis in kept else 1 for axis, size in enumerate(x.shape)]
        given = self.mean is not None
        pair = (
            (self.mean, self.variance)
            if given
            else map(self.parameters.get, ("mean", "variance"))
        )
        mean, variance = (
            np.broadcast_to(values, sizes).reshape(shape).astype(x.dtype) for values in pair
        )
        return mean, np.maximum(np.sqrt(variance), x.dtype.type(_LEAST))

    def _forward(self, x):
        _, deviation = self._moments_of(x)

        def backward(dy, want_dx=True):
            if want_dx:
                return dy * deviation if self.invert else dy / deviation

        return self._predict(x), backward

    def _predict(self, x):
        mean, deviation = self._moments_of(x)
        y = self.work.take("y", x.dtype, *x.shape)
        if self.invert:
            return np.add(np.multiply(x, deviation, out=y), mean, out=y)
        return np.divide(np.subtract(x, mean, out=y), deviation, out=y)

    def get_config(self):
        given = {
            name: None if value is None else value.tolist()
            for name, value in (("mean", self.mean), ("variance", self.variance))
        }
        return {**super().get_config(), "axis": self.axis, "invert": self.invert, **given}


def _broadcasts(shape, wanted):
    """Whether an array of one shape can be stretched to the other."""
    pairs = zip(reversed(shape), reversed(wanted), strict=False)
    return len(shape) <= len(wanted) and all(size in (1, have) for size, have in pairs)


def _batches(data):
    """Batches of samples: what an iterable yields, or all of an array."""
    if isinstance(data, (list, tuple)):
        parts = all(getattr(item, "ndim", 0) or isinstance(item, tuple) for item in data)
        if not (data and parts):
            yield data
            return
    elif hasattr(data, "__array__") or not hasattr(data, "__iter__"):
        yield data
        return
    for batch in data:
        yield batch[0] if isinstance(batch, tuple) else batch


def _joined(total, part):
    """Count, mean and variance of two sets of samples together."""
    if total is None:
        return part
    (n, mean, variance), (m, other, spread) = total, part
    share = m / (n + m)
    step = other - mean
    both = variance * (1 - share) + spread * share + step**2 * share * (1 - share)
    return n + m, mean + step * share, both
