"""The base of data sets that give batches by their number."""

import itertools


class PyDataset:
    """Base of a data set of your own: `__getitem__(number)` gives a batch, `__len__` says how
    many there are.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        Accepted for Keras' scripts: batches are asked for one after another.

    Examples
    --------
    >>> class Halves(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...
    ...     def __getitem__(self, number):
    ...         return x[number::2], y[number::2]

    Notes
    -----
    `fit` draws the order of batches anew for each epoch where it shuffles, and calls
    `on_epoch_begin` and `on_epoch_end` around each epoch.
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing = workers, use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index):
        """Batch number `index`: (x,), (x, y) or (x, y, sample_weight)."""
        raise NotImplementedError(
            f"{type(self).__name__}: a data set must have a __getitem__; got none."
        )

    def __iter__(self):
        count = self.num_batches
        return map(self.__getitem__, itertools.count() if count is None else range(count))

    @property
    def num_batches(self):
        """Batches of an epoch: what `__len__` says; None where there is no end."""
        return len(self) if hasattr(self, "__len__") else None

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called behind each epoch."""
