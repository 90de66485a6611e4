"""The learning rate as a function of the epoch."""

from inspect import signature

from fastgru.callbacks.base import Callback


class LearningRateScheduler(Callback):
    """Set the optimiser's learning rate before each epoch.

    Parameters
    ----------
    schedule : callable
        Called as ``schedule(epoch, learning_rate)``, or as ``schedule(epoch)`` if it takes one
        argument; returns the new rate, a float.
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
        self._takes_rate = _takes(schedule, 0, 0.0)
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        given = (epoch, float(optimizer.learning_rate)) if self._takes_rate else (epoch,)
        rate = self.schedule(*given)
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


def _takes(function, *given):
    """Whether a function may be called so; yes where that is not known."""
    try:
        signature(function).bind(*given)
    except TypeError:
        return False
    except ValueError:
        # Compiled ones may not tell.
        return True
    return True
