"""The learning rate as a function of the epoch."""

from fastgru.callbacks.base import Callback


class LearningRateScheduler(Callback):
    """Set the optimiser's learning rate before each epoch.

    Parameters
    ----------
    schedule : callable
        Called as ``schedule(epoch, learning_rate)``; returns the new one, a float.
    verbose : int, default 0
        1 prints a line each epoch.

    Raises
    ------
    TypeError
        If `schedule` cannot be called, or does not return a number.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        if not callable(schedule):
            raise TypeError(
                f"LearningRateScheduler: schedule must be callable; got {schedule!r}."
            )
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, float(optimizer.learning_rate))
        if not isinstance(rate, (int, float)) and not hasattr(rate, "dtype"):
            raise TypeError(
                f"LearningRateScheduler: schedule must return a number; got {rate!r}."
            )
        optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
