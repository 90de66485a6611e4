"""A training that goes on where it was killed."""

import contextlib
import os

from fastgru._check import check_flag, fail, short
from fastgru.callbacks.base import Callback
from fastgru.callbacks.frequency import Saves


class BackupAndRestore(Saves, Callback):
    """Back up a training while it runs, and go on from the backup if there is one.

    A script that was killed is started again as it is: `fit` goes on behind the last
    backup, and ends in the same bits as if nothing had happened.

    Parameters
    ----------
    backup_dir : str or os.PathLike
        A folder for the backup of this one training.
    save_freq : "epoch" or int, default "epoch"
        Back up after each epoch, or after each so many batches.
    double_checkpoint : bool, default False
        Keep the backup before the last one too, and go on from it if the last is damaged.
    delete_checkpoint : bool, default True
        Delete the backup when the training has come to its end.

    Raises
    ------
    ModelFormatError
        When the training starts, if the backup is damaged or of another model or optimiser.
        It is a ValueError.

    Notes
    -----
    Kept are the weights, the optimiser with its learning rate and averages, the states of
    stateful layers, the generators of random numbers, the epoch, the place in it and the
    order of its samples, the running loss and metrics, and what callbacks have counted
    (their `kept`). Its hooks are called behind those of all others.

    The data, and that of the validations, must be the same again. Data sets that shuffle by
    themselves, as `timeseries_dataset_from_array` makes them, are kept with their state where
    they have `get_state()`, which gives plain values and arrays, and `set_state(state)`;
    others must give the same order again. A one-way iterator is read up to the place. What is done in an
    `on_epoch_begin` is done again if the training was killed within the epoch, and then
    overwritten by the backup.

    A backup is all or nothing: killed while it is written, the one before stays.
    """

    kept = ("_seen",)
    comes_last = True

    def __init__(
        self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True
    ):
        where = "BackupAndRestore"
        if not isinstance(backup_dir, (str, os.PathLike)) or not os.fspath(backup_dir):
            fail(where, "backup_dir", "be a path", short(backup_dir))
        self.backup_dir = os.fsdecode(backup_dir)
        self._save_by(where, save_freq)
        self.double_checkpoint = check_flag(where, "double_checkpoint", double_checkpoint)
        self.delete_checkpoint = check_flag(where, "delete_checkpoint", delete_checkpoint)
        self._path = os.path.join(self.backup_dir, "training.npz")
        self._before = os.path.join(self.backup_dir, "training_before.npz")

    def on_train_begin(self, logs=None):
        self._frequency.seen = 0
        fitting = self.model._fitting
        if not os.path.exists(self._path):
            if not os.path.exists(self._before):
                return
            os.replace(self._before, self._path)
        try:
            fitting.load(self._path)
        except ValueError:
            if not os.path.exists(self._before):
                raise
            fitting.load(self._before)

    def _save(self, epoch, batch, logs):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and os.path.exists(self._path):
            os.replace(self._path, self._before)
        self.model._fitting.save(self._path)

    def on_train_end(self, logs=None):
        if not self.delete_checkpoint:
            return
        for path in (self._path, self._before):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        # It may hold files of the user's.
        with contextlib.suppress(OSError):
            os.rmdir(self.backup_dir)
