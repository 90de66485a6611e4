"""Stop a training that no longer gets better."""

from fastgru._check import check_flag, check_int, check_number
from fastgru.callbacks.monitor import Monitor, check_threshold


class EarlyStopping(Monitor):
    """Stop the training when a metric has stopped improving.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name of the metric in the logs of an epoch.
    min_delta : float, default 0
        A change counts as an improvement only if it is larger than this.
    patience : int, default 0
        Stop at the epoch that is the `patience`-th in a row without improvement; 0 stops at
        the first, as 1 does.
    verbose : int, default 0
        1 prints a line when the training was stopped and when weights were restored.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less or more is better. "auto" takes "max" for names that end with
        ``accuracy``, ``auc``, ``precision``, ``recall`` and other scores of which more is
        better (a counter as in ``auc_1`` aside), else "min".
    baseline : float, optional
        Epochs that do not beat it too do not restore the patience.
    restore_best_weights : bool, default False
        Give the model the weights of its best epoch when the training ends, stopped early
        or not. The best epoch need not beat the baseline.
    start_from_epoch : int, default 0
        Epochs before this one are not looked at.

    Attributes
    ----------
    stopped_epoch : int
        The epoch that stopped the training, counted from 0; 0 if none did.
    best : float or None
        The best value so far.
    best_epoch : int
        The epoch of `best`, counted from 0.
    best_weights : list of ndarray or None
        The weights of `best_epoch`, if they are to be restored.
    wait : int
        Epochs since the last improvement.

    Raises
    ------
    ValueError
        If `mode` is none of the three, or a number is too low.
    TypeError
        If an argument is of another kind.

    Notes
    -----
    If the metric is not in the logs of an epoch, a warning says so and the epoch is skipped.
    NaN never is an improvement, but a NaN in the first epoch is kept as the best value, and
    then nothing improves on it. Both are as in Keras 3.
    """

    kept = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        where = "EarlyStopping"
        super().__init__(monitor, mode, check_number(where, "min_delta", min_delta))
        self.patience = check_int(where, "patience", patience, 0)
        self.verbose = verbose
        self.baseline = check_threshold(where, "baseline", baseline)
        self.restore_best_weights = check_flag(
            where, "restore_best_weights", restore_best_weights
        )
        self.start_from_epoch = check_int(where, "start_from_epoch", start_from_epoch, 0)
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.improves(value, self.best):
            self._keep(epoch, value)
            # An epoch that is the best so far, yet worse than the baseline, counts as a wait.
            self.wait = 0 if self.improves(value, self.baseline) else self.wait + 1
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping", flush=True)
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            if self.verbose > 0:
                print(f"The weights are those of epoch {self.best_epoch + 1}.", flush=True)

    def _keep(self, epoch, value):
        self.best = value
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()
