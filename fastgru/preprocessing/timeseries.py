"""Windows over a series."""

import json
import math

import numpy as np

from fastgru._check import check_choice, check_flag, check_int, check_optional_int, fail
from fastgru._seed import new_generator
from fastgru.preprocessing.batches import Batches

_WHERE = "timeseries_dataset_from_array"


def timeseries_dataset_from_array(
    data, targets, sequence_length, sequence_stride=1, sampling_rate=1, batch_size=128,
    shuffle=False, seed=None, start_index=None, end_index=None, format="tf",
):  # fmt: skip
    """Batches of windows over a series: window i has the steps i, i + rate, i + 2 rate, ...

    Parameters
    ----------
    data : array-like, (steps, ...)
        Not copied: a `numpy.memmap` is read window by window.
    targets : array-like, (steps, ...), or None
        The target of the window that begins at step i is targets[i]; with None there are
        windows alone.
    sequence_length : int
        Steps of a window.
    sequence_stride : int, default 1
        From the beginning of one window to that of the next.
    sampling_rate : int, default 1
        From one step of a window to the next.
    batch_size : int or None, default 128
        None gives single windows.
    shuffle : bool, default False
        Give the windows in a new order in each pass.
    seed : int, optional
        For the same orders each time the script runs.
    start_index, end_index : int, optional
        Use data[start_index:end_index].
    format : {"tf", "grain"}, default "tf"
        Accepted for Keras' scripts; it changes nothing.

    Returns
    -------
    iterable
        With a length; gives (x, y), or x alone, of shape (batch, sequence_length, ...) and
        (batch, ...). Windows that do not fit into the data are left out.

    Raises
    ------
    ValueError
        If an argument lies outside the data, or no window fits.
    """
    data = np.asanyarray(data)
    if data.ndim == 0 or not len(data):
        fail(_WHERE, "data", "have steps", f"shape {data.shape}")
    steps = len(data)
    length = check_int(_WHERE, "sequence_length", sequence_length, 1)
    stride = _below(steps, "sequence_stride", sequence_stride, 1)
    rate = _below(steps, "sampling_rate", sampling_rate, 1)
    start = _below(steps, "start_index", start_index or 0, 0)
    end = steps if not end_index else _below(steps, "end_index", end_index, start + 1)
    check_choice(_WHERE, "format", format, ("tf", "grain"))
    count = end - start - (length - 1) * rate
    if targets is not None:
        targets = np.asanyarray(targets)
        count = min(count, len(targets) - start)
    if count < 1:
        fail(_WHERE, f"{length} steps of a window, one in {rate},",
             "fit into the data and have a target", f"{end - start} steps")  # fmt: skip
    starts = np.arange(start, start + count, stride)
    inside = np.arange(0, length * rate, rate)

    def make(index):
        first = starts[index]
        x = data[first[:, None] + inside]
        return x if targets is None else (x, targets[first])

    return Batches(_WHERE, make, len(starts), batch_size, shuffle, seed)


def _below(steps, what, value, low):
    value = check_int(_WHERE, what, value, low)
    if value >= steps:
        fail(_WHERE, what, f"be less than the {steps} steps of data", f"{value}")
    return value


class TimeseriesGenerator:
    """Batches of windows over a series, by number; the target of a window follows it.

    Parameters
    ----------
    data : sequence of steps, (steps, ...)
    targets : sequence, as long as `data`
        The target of the window that ends before step i is targets[i].
    length : int
        Steps from the beginning of a window to its target.
    sampling_rate : int, default 1
        Every how many steps of those are in the window.
    stride : int, default 1
        From one target to the next.
    start_index, end_index : int, optional
        The first step in use, and the last.
    shuffle : bool, default False
        Draw each batch's targets anew, with replacement.
    reverse : bool, default False
        Give the steps of a window last first.
    batch_size : int, default 128

    Iterating gives each batch once. A training with `BackupAndRestore` goes on with the batches
    that it would have drawn. Source: Keras' class of this name.
    """

    def __init__(
        self, data, targets, length, sampling_rate=1, stride=1, start_index=0, end_index=None,
        shuffle=False, reverse=False, batch_size=128,
    ):  # fmt: skip
        where = "TimeseriesGenerator"
        if len(data) != len(targets):
            fail(
                where, "data and targets", "be of one length", f"{len(data)} and {len(targets)}"
            )
        self.data, self.targets = data, targets
        self.length = check_int(where, "length", length, 1)
        self.sampling_rate = check_int(where, "sampling_rate", sampling_rate, 1)
        self.stride = check_int(where, "stride", stride, 1)
        self.start_index = check_int(where, "start_index", start_index, 0) + self.length
        end_index = check_optional_int(where, "end_index", end_index, 0)
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = check_flag(where, "shuffle", shuffle)
        self.reverse = check_flag(where, "reverse", reverse)
        self.batch_size = check_int(where, "batch_size", batch_size, 1)
        if not self.start_index <= self.end_index < len(data):
            fail(where, "start_index + length, and end_index,",
                 f"follow each other within the {len(data)} steps",
                 f"{self.start_index} and {self.end_index}")  # fmt: skip
        self._rng = new_generator()

    def __len__(self):
        return math.ceil((self.end_index - self.start_index + 1) / self._span)

    @property
    def _span(self):
        return self.batch_size * self.stride

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(
                f"TimeseriesGenerator: index must lie in [0, {len(self)}); got {index}."
            )
        if self.shuffle:
            rows = self._rng.integers(self.start_index, self.end_index + 1, self.batch_size)
        else:
            first = self.start_index + self._span * index
            rows = range(first, min(first + self._span, self.end_index + 1), self.stride)
        samples = [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        samples = np.array(samples)
        return samples[:, ::-1] if self.reverse else samples, np.array(
            [self.targets[row] for row in rows]
        )

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def get_state(self):
        """What the batches of a shuffled generator depend on, for `set_state`."""
        return self._rng.bit_generator.state

    def set_state(self, state):
        """Draw the same batches from now on as from then on."""
        self._rng.bit_generator.state = state

    def get_config(self):
        """A dict of the arguments, with the data as JSON; start_index includes the length."""
        names = (
            "length", "sampling_rate", "stride", "start_index", "end_index", "shuffle",
            "reverse", "batch_size",
        )  # fmt: skip
        series = {"data": self.data, "targets": self.targets}
        return {
            **{name: json.dumps(np.asarray(value).tolist()) for name, value in series.items()},
            **{name: getattr(self, name) for name in names},
        }

    def to_json(self, **kwargs):
        """The configuration as a str; `kwargs` go to `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )
