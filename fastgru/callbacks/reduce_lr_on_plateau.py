"""Learn more slowly when a metric has stopped improving."""

from fastgru._check import check_int, check_number, fail
from fastgru.callbacks.monitor import Monitor


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate with `factor` when a metric has stopped improving.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name of the metric in the logs of an epoch.
    factor : float, default 0.1
        Below 1.
    patience : int, default 10
        Epochs without improvement before the rate is reduced.
    verbose : int, default 0
        1 prints a line for each reduction.
    mode : {"auto", "min", "max"}, default "auto"
        See `EarlyStopping`.
    min_delta : float, default 1e-4
        A change counts as an improvement only if it is larger than this.
    cooldown : int, default 0
        Epochs after a reduction in which none is counted.
    min_lr : float, default 0.0
        The rate is not reduced below this.

    Attributes
    ----------
    best : float or None
    wait, cooldown_counter : int

    Raises
    ------
    ValueError
        If `factor` is 1 or more, or `mode` is none of the three.

    Notes
    -----
    The rate at the end of each epoch is added to its logs, as ``learning_rate``, before a
    reduction. If the metric is not in the logs, a warning says so and the epoch is skipped.
    """

    kept = ("best", "wait", "cooldown_counter")

    def __init__(
        self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto",
        min_delta=1e-4, cooldown=0, min_lr=0.0,
    ):  # fmt: skip
        where = "ReduceLROnPlateau"
        super().__init__(monitor, mode, check_number(where, "min_delta", min_delta))
        self.factor = check_number(where, "factor", factor, 0)
        if self.factor >= 1:
            fail(where, "factor", "be below 1", f"{factor}")
        self.patience = check_int(where, "patience", patience, 0)
        self.verbose = verbose
        self.cooldown = check_int(where, "cooldown", cooldown, 0)
        self.min_lr = check_number(where, "min_lr", min_lr, 0)
        self._reset()

    def _reset(self):
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.get_monitor_value(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def in_cooldown(self):
        """Say whether the last reduction is less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    def _reduce(self, epoch):
        optimizer = self.model.optimizer
        if optimizer.learning_rate <= self.min_lr:
            return
        optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}", flush=True)
