"""Data sets that are made batch by batch, as often as they are gone through."""

import itertools
import math

import numpy as np

from fastgru._check import check_flag, check_int, check_optional_int
from fastgru._seed import new_generator


class Batches:
    """An iterable of batches with a length; each pass begins anew.

    Orders of shuffled passes follow one another, whoever asks for a pass: this object, or
    what `map`, `take` and `skip` made of it. So `tf.data` has it: a look at `take(1)` before
    `fit` changes the orders that `fit` sees, and `take` and `skip` do not divide a shuffled
    data set in two. A training with `BackupAndRestore` goes on in the same orders.

    Parameters
    ----------
    where : str
        The function that errors name.
    make : callable
        Called with an array of sample numbers; returns the batch.
    count : int
        Number of samples.
    batch_size : int or None
        None gives the samples one by one, without a batch axis.
    shuffle : bool
        Give the samples in a new order in each pass.
    seed : int or None
        For the same orders in the same passes.
    """

    def __init__(self, where, make, count, batch_size, shuffle, seed):
        self._make = make
        self._count = count
        self.batch_size = check_optional_int(where, "batch_size", batch_size, 1)
        self._shuffle = check_flag(where, "shuffle", shuffle)
        seed = check_optional_int(where, "seed", seed, 0)
        self._rng = new_generator() if seed is None else np.random.default_rng(seed)

    def __len__(self):
        return (
            self._count if self.batch_size is None else math.ceil(self._count / self.batch_size)
        )

    def __iter__(self):
        order = self._rng.permutation(self._count) if self._shuffle else np.arange(self._count)
        size = self.batch_size or 1
        for start in range(0, self._count, size):
            batch = self._make(order[start : start + size])
            yield batch if self.batch_size is not None else _first(batch)

    def get_state(self):
        """What the orders of the passes that are not begun yet depend on, for `set_state`."""
        return self._rng.bit_generator.state

    def set_state(self, state):
        """Let the passes that begin from now on have the orders that they had then."""
        self._rng.bit_generator.state = state

    def map(self, function):
        """The same batches through a function of (x, y), or of x where there is no y."""
        return Mapped(self, function)

    def take(self, count):
        """The first `count` batches of each pass; all of them for -1."""
        return Part(self, 0, _count("take", count))

    def skip(self, count):
        """What follows the first `count` batches of each pass; nothing for -1."""
        return Part(self, _count("skip", count), math.inf)

    def prefetch(self, buffer_size=None):
        """The same batches; accepted for scripts that have it."""
        return self


class Derived(Batches):
    """Batches made of those of another one, whose orders it has."""

    def get_state(self):
        return self._source.get_state()

    def set_state(self, state):
        self._source.set_state(state)


class Mapped(Derived):
    """Batches through a function; `Batches.map` makes it."""

    def __init__(self, source, function):
        self._source, self._function = source, function

    def __len__(self):
        return len(self._source)

    def __iter__(self):
        for batch in self._source:
            yield self._function(*batch) if isinstance(batch, tuple) else self._function(batch)


class Part(Derived):
    """Some batches of each pass; `Batches.take` and `Batches.skip` make it."""

    def __init__(self, source, start, most):
        self._source, self._start, self._most = source, start, most

    def __len__(self):
        return max(0, min(self._most, len(self._source) - self._start))

    def __iter__(self):
        # No more is asked for than is given.
        start = min(self._start, len(self._source))
        return itertools.islice(self._source, start, start + len(self))


def _count(where, count):
    """A number of batches, -1 being all there are, as tf.data has it."""
    count = check_int(where, "count", count, -1)
    return math.inf if count == -1 else count


def _first(batch):
    return tuple(part[0] for part in batch) if isinstance(batch, tuple) else batch[0]
