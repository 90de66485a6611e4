"""The logs of a training as a table in a file."""

import csv
import os

from fastgru._check import check_flag, fail, short
from fastgru.callbacks.base import Callback


class CSVLogger(Callback):
    """Write the logs of each epoch as a row of a CSV file.

    Parameters
    ----------
    filename : str or os.PathLike
    separator : str, default ","
        One character.
    append : bool, default False
        Add rows to a file that is there, as a resumed training wants it, instead of
        beginning anew.

    Notes
    -----
    Columns are ``epoch``, counted from 0, and the names of the first epoch's logs, sorted.
    If these come without a validation, each has a ``val_`` column too; what an epoch does
    not have is ``NA``. A row is in the file as soon as its epoch has ended.
    """

    def __init__(self, filename, separator=",", append=False):
        if not isinstance(filename, (str, os.PathLike)):
            fail("CSVLogger", "filename", "be a path", short(filename), kind=TypeError)
        if not isinstance(separator, str) or len(separator) != 1:
            fail("CSVLogger", "separator", "be one character", short(separator))
        self.filename = os.fsdecode(filename)
        self.sep = separator
        self.append = check_flag("CSVLogger", "append", append)
        self.keys = None
        self._file = None

    def on_train_begin(self, logs=None):
        self._close()
        self.keys = None
        # It stays open from epoch to epoch.
        self._file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self._with_header = self._file.tell() == 0

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        writer = csv.writer(self._file, delimiter=self.sep)
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            if self._with_header:
                writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])
        self._file.flush()

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        if self._file is not None:
            self._file.close()
            self._file = None
