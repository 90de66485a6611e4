"""The callback that drives the progress line."""

from fastgru._progress import Progress
from fastgru.callbacks.base import Callback


class ProgressCallback(Callback):
    """Show the progress of `fit`, `evaluate` or `predict`; `CallbackList` adds it, last.

    Parameters
    ----------
    bar : Progress
        The line to keep up to date.
    epochs : int
        Number of the last epoch; with more than one, each has a heading.

    Notes
    -----
    The logs of its batch hooks may be a function that returns the dict; it is called only
    when the line is drawn.
    """

    def __init__(self, bar, epochs):
        self.bar = bar
        self.epochs = epochs
        self._in_fit = False

    def on_train_begin(self, logs=None):
        self._in_fit = True

    def on_train_end(self, logs=None):
        self._in_fit = False
        self.bar.close()

    def on_epoch_begin(self, epoch, logs=None):
        self.bar.start(f"Epoch {epoch + 1}/{self.epochs}" if self.epochs > 1 else None)

    def on_epoch_end(self, epoch, logs=None):
        self.bar.finish(logs)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(batch + 1, logs)

    # The validation within fit has no line of its own: its results join the epoch's line.

    def on_test_begin(self, logs=None):
        if not self._in_fit:
            self.bar.start()

    def on_test_end(self, logs=None):
        if not self._in_fit:
            self.bar.finish(logs)
            self.bar.close()

    def on_test_batch_end(self, batch, logs=None):
        if not self._in_fit:
            self.bar.update(batch + 1, logs)

    # The logs of predict are its outputs, which are no metrics.

    def on_predict_begin(self, logs=None):
        self.bar.start()

    def on_predict_end(self, logs=None):
        self.bar.finish()
        self.bar.close()

    def on_predict_batch_end(self, batch, logs=None):
        self.bar.update(batch + 1)


class ProgbarLogger(ProgressCallback):
    """The progress line as a callback of its own, for scripts that pass it.

    `fit`, `evaluate` and `predict` add one by themselves where `verbose` is not 0, and then
    take the one that is passed.
    """

    def __init__(self):
        super().__init__(None, 1)

    def set_params(self, params):
        super().set_params(params)
        # An exception may have ended the last training.
        self._in_fit = False
        verbose, self.epochs = params["verbose"], params["epochs"]
        self.bar = Progress(params["steps"], verbose=1 if verbose == "auto" else int(verbose))
