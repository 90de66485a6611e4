"""Save the model while it trains."""

import os

from fastgru._check import check_flag, fail, short
from fastgru.callbacks.frequency import Saves
from fastgru.callbacks.monitor import Monitor, check_threshold


class ModelCheckpoint(Saves, Monitor):
    """Save the model after epochs, after batches, or whenever a metric is better than before.

    Parameters
    ----------
    filepath : str or os.PathLike
        Where to save: a name that ends in ``.keras``, ``.h5`` or ``.safetensors``, or in
        ``.weights.h5`` with `save_weights_only`. It may hold ``{epoch}``, ``{batch}``, both counted from 1, and
        names of the logs, each with a format as in ``{val_loss:.2f}``. Folders are made.
    monitor : str, default "val_loss"
        The metric that decides with `save_best_only`.
    verbose : int, default 0
        1 prints a line for each save, and for each that was not worth it.
    save_best_only : bool, default False
        Save only if the metric is better than at all saves before.
    save_weights_only : bool, default False
        Save with `save_weights` instead of `save`.
    mode : {"auto", "min", "max"}, default "auto"
        See `EarlyStopping`.
    save_freq : "epoch" or int, default "epoch"
        Save after each epoch, or after each so many batches, counted across epochs.
    initial_value_threshold : float, optional
        With `save_best_only`, what the first save has to beat.

    Attributes
    ----------
    best : float or None
        The metric's best value so far.

    Raises
    ------
    ValueError
        If the name has another ending, or `save_freq` or `mode` are none of theirs.

    Notes
    -----
    A save is all or nothing: a training that is killed leaves the file before whole. If the
    metric is not in the logs, a warning says so and the model is saved, as in Keras.
    """

    kept = ("best", "_seen")

    def __init__(
        self, filepath, monitor="val_loss", verbose=0, save_best_only=False,
        save_weights_only=False, mode="auto", save_freq="epoch", initial_value_threshold=None,
    ):  # fmt: skip
        super().__init__(monitor, mode)
        where = "ModelCheckpoint"
        if not isinstance(filepath, (str, os.PathLike)):
            fail(where, "filepath", "be a path", short(filepath), kind=TypeError)
        self.filepath = os.fsdecode(filepath)
        self.verbose = verbose
        self.save_best_only = check_flag(where, "save_best_only", save_best_only)
        self.save_weights_only = check_flag(where, "save_weights_only", save_weights_only)
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5", ".safetensors")
        if not self.filepath.endswith(endings):
            fail(where, "filepath", f"end in {' or '.join(endings)}", repr(self.filepath))
        self._save_by(where, save_freq)
        self.best = check_threshold(where, "initial_value_threshold", initial_value_threshold)

    def _save(self, epoch, batch, logs):
        path = self._path(epoch, batch, logs)
        if not self._wanted(epoch, logs, path):
            return
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)

    def _path(self, epoch, batch, logs):
        names = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            return self.filepath.format(**names)
        except (KeyError, IndexError) as error:
            known = ", ".join(f"{{{name}}}" for name in names)
            fail("ModelCheckpoint", "names in filepath", f"be of {known}", f"{error}",
                 kind=KeyError)  # fmt: skip

    def _wanted(self, epoch, logs, path):
        if not self.save_best_only:
            self._say(epoch, f"saving to {path}")
            return True
        value = self.get_monitor_value(logs)
        if value is None:
            return True
        before = "none" if self.best is None else f"{self.best:.5f}"
        if not self.improves(value, self.best):
            self._say(epoch, f"{self.monitor} {value:.5f} is not better than {before}")
            return False
        self._say(epoch, f"{self.monitor} from {before} to {value:.5f}, saving to {path}")
        self.best = value
        return True

    def _say(self, epoch, text):
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: {text}", flush=True)
