"""Batches for the training loop, from arrays or from anything that gives batches."""

import itertools

import numpy as np

from fastgru._check import check_int, fail, short
from fastgru.models import door
from fastgru.models.lengths import check_lengths, cut, follows
from fastgru.models.weights import ClassWeights, check_weights

#: What a batch of an iterable may be, in the words of errors.
FORMS = "be (x,), (x, y), (x, y, sample_weight) or a dict of these"
_KEYS = ("x", "y", "sample_weight")
#: What can be gone through, and yet cannot give batches in an order.
_NO_BATCHES = (str, bytes, dict, set, frozenset, range, type)


class Samples:
    """x with what belongs to it, by number: targets, weights, lengths."""

    def __init__(self, where, model, x, y=None, weights=None, lengths=None, with_y=True):
        self.x = door.inputs(where, x, model, lengths)
        self.lengths = getattr(self.x, "lengths", None)
        if lengths is not None:
            self.lengths = check_lengths(where, lengths, self.x.shape)
        self.follows = follows(model)
        # What belongs to the outputs' steps is cut with x where they are those of x.
        steps = self.lengths if self.follows else None
        self.y = self.weights = None
        if with_y:
            self.y = door.targets(where, y, self.x, model, steps)
        if weights is not None:
            self.weights = check_weights(where, weights, self.y, model, steps)

    def __len__(self):
        return len(self.x)

    def batch(self, index, classes=None):
        """(x, y, weights, mask) of some samples, in the layers' layout."""
        T = mask = weights = None
        if self.lengths is not None:
            T, mask = cut(self.lengths[index])
        x = self.x.batch(index, T)
        if self.y is None:
            return x, None, None, mask
        T = T if self.follows else None
        y = self.y.batch(index, T if self.y.turned else None)
        if self.weights is not None:
            weights = self.weights.batch(index, T if self.weights.turned else None)
        elif classes is not None:
            weights = classes.of(y)
        return x, y, weights, mask

    def whole(self, classes=None):
        """All samples as one batch."""
        return self.batch(np.arange(len(self)), classes)


class Arrays:
    """One pass over samples is a number of batches, in an order drawn for it."""

    once = stateful = False

    def __init__(self, samples, batch_size, index=None, rng=None, classes=None):
        self.samples, self.batch_size, self.rng = samples, batch_size, rng
        self.first, self.classes = samples, classes
        self.index = np.arange(len(samples)) if index is None else index
        self.count = -(-len(self.index) // batch_size)

    def start(self, skip=0):
        """An iterator over the batches of a new pass, without the first `skip`."""
        order = self.index
        if self.rng is not None:
            order = order[self.rng.permutation(len(order))]
        order = order[skip * self.batch_size :]
        batch, classes = self.samples.batch, self.classes
        parts = door.batches(len(order), self.batch_size, order)
        return (batch(index, classes) for index in parts)

    def state(self, inside):
        """None: the order is drawn from the model's generator."""

    def begin_epoch(self):
        pass

    end_epoch = begin_epoch


class Batches:
    """One pass is what an iterable, or an object with numbered batches, gives.

    What is given may have a state of its own, `get_state` and `set_state`: an iterable's says
    which passes it gives from now on, that of numbered batches what each of them holds.
    """

    def __init__(self, where, model, given, classes=None, with_y=True, batch_size=32, rng=None):
        self.where, self.model, self.classes, self.with_y = where, model, classes, with_y
        self.given, self.rng = given, None
        self.once = hasattr(given, "__next__")
        self.stateful = not self.once and all(
            callable(getattr(given, name, None)) for name in ("get_state", "set_state")
        )
        self.count = len(given) if hasattr(given, "__len__") else None
        self._opened, self._numbered = None, False
        if is_table(given):
            self._make = lambda: iter(given.iter(batch_size=batch_size))
            self.count = -(-len(given) // batch_size)
        elif hasattr(given, "__getitem__"):
            self._numbered = True
            self.count = getattr(given, "num_batches", self.count)
            self.rng = rng if self.count is not None else None
            found = [given[0]] if self.count != 0 else []
        else:
            self._make = lambda: iter(given)
        if not self._numbered:
            # What may not be had again is kept for the first pass.
            iterator = self._open()
            found = list(itertools.islice(iterator, 1))
            self._opened = itertools.chain(found, iterator)
        if not found:
            fail(where, "x", "give at least one batch", "none")
        # It builds the model, and shows what the targets are like.
        self.first = self._samples(found[0])

    def start(self, skip=0):
        """An iterator over the batches of a new pass, without the first `skip`."""
        raw, classes = self._raw(skip), self.classes
        return (self._samples(batch).whole(classes) for batch in raw)

    def _open(self):
        # The state that this pass begins with: a generator draws its order later.
        self._before = self.given.get_state() if self.stateful else None
        return self._make()

    def state(self, inside):
        """The state that gives the rest of the data, from the pass at work on if `inside`."""
        if not self.stateful:
            return None
        pending = not self._numbered and (inside or self._opened is not None)
        return self._before if pending else self.given.get_state()

    def set_state(self, state):
        """Let the next pass be the one that `state` was taken for."""
        self._opened = None
        self.given.set_state(state)

    def _raw(self, skip):
        if not self._numbered:
            raw, self._opened = self._opened or self._open(), None
            return itertools.islice(raw, skip, None)
        if self.count is None:
            numbers = itertools.count(skip)
        elif self.rng is None:
            numbers = range(skip, self.count)
        else:
            numbers = self.rng.permutation(self.count)[skip:].tolist()
        return map(self.given.__getitem__, numbers)

    def _samples(self, batch):
        x, y, weights = unpack(self.where, batch)
        if not self.with_y:
            y = weights = None
        check_one(self.where, weights, self.classes)
        return Samples(self.where, self.model, x, y, weights, None, self.with_y)

    def begin_epoch(self):
        getattr(self.given, "on_epoch_begin", _nothing)()

    def end_epoch(self):
        getattr(self.given, "on_epoch_end", _nothing)()


def _nothing():
    pass


def is_table(given):
    """Whether rows can be asked for in batches of columns, as Hugging Face's data sets do."""
    return hasattr(given, "column_names") and callable(getattr(given, "iter", None))


def gives_batches(x, y_is_given):
    """Whether x gives batches and is no array-like itself.

    A list is data, but for one of tuples where there is no y.
    """
    if isinstance(x, (list, tuple)):
        return not y_is_given and len(x) > 0 and all(isinstance(part, tuple) for part in x)
    if y_is_given or x is None or isinstance(x, _NO_BATCHES):
        return hasattr(x, "__next__")
    if is_table(x):
        return True
    if hasattr(x, "__array__") or hasattr(x, "__array_interface__") or _is_buffer(x):
        return False
    numbered = hasattr(x, "__getitem__") and (
        hasattr(x, "num_batches") or hasattr(x, "__len__")
    )
    return numbered or hasattr(x, "__iter__")


def _is_buffer(x):
    try:
        memoryview(x)
    except TypeError:
        return False
    return True


def unpack(where, batch):
    """(x, y, sample_weight) of a batch, None where it has none."""
    if isinstance(batch, dict):
        if "x" not in batch or not batch.keys() <= set(_KEYS):
            names = ", ".join(map(str, batch)) or "no keys"
            fail(where, "a batch", FORMS, f"a dict of {names}",
                 "Rename or leave out columns.")  # fmt: skip
        return tuple(batch.get(key) for key in _KEYS)
    if not isinstance(batch, (tuple, list)):
        # As Keras: what is no tuple is x alone.
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        fail(where, "a batch", FORMS, f"{len(batch)} items")
    return (*batch, None, None)[:3]


def check_one(where, weights, classes):
    """Refuse two kinds of weights at once, as Keras does."""
    if weights is not None and classes is not None:
        fail(where, "sample_weight", "be None beside class_weight", short(weights))


def feed(where, model, x, y=None, weights=None, lengths=None, class_weight=None,
         batch_size=None, steps=None, rng=None, with_y=True, share=0.0):  # fmt: skip
    """The batches of what a user handed over; `rng` shuffles them, `share` is held out."""
    classes = None if class_weight is None else ClassWeights(where, class_weight)
    if batch_size is not None:
        batch_size = check_int(where, "batch_size", batch_size, 1)
    if gives_batches(x, y is not None):
        for what, value in (("y", y), ("sample_weight", weights), ("lengths", lengths)):
            if value is not None:
                fail(where, what, "be part of the batches of x", short(value))
        if share:
            fail(where, "validation_split", "be 0 for batches of x", f"{share}",
                 "validation_data takes batches too.")  # fmt: skip
        return Batches(where, model, x, classes, with_y, batch_size or 32, rng)
    check_one(where, weights, classes)
    samples = Samples(where, model, x, y, weights, lengths, with_y)
    count = door.split(len(samples), share)
    if batch_size is None:
        # Keras': so many steps are one pass.
        batch_size = 32 if steps is None else -(-count // steps)
    return Arrays(samples, batch_size, np.arange(count), rng, classes)


def check_steps(where, what, steps):
    """A number of steps, or None."""
    return None if steps is None else check_int(where, what, steps, 1)
