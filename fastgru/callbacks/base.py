"""The class that every callback derives from."""


class Callback:
    """Watch a model while it trains, is evaluated or predicts.

    Derive from it and override the hooks of interest; each does nothing by default.

    Attributes
    ----------
    model : Sequential or None
        The model at work. A hook may set ``model.stop_training = True``.
    params : dict or None
        ``verbose``, ``epochs`` and ``steps`` (batches per epoch, None if not known).

    Notes
    -----
    Epochs and batches count from 0. `logs` is a dict of Python floats:

    - a ``*_batch_end`` hook gets the averages over the epoch so far; in `predict`, the batch's
      ``outputs``;
    - `on_epoch_end` gets the averages over the epoch and, as ``val_*``, those of the
      validation; what a callback adds to them reaches the callbacks after it, the history
      and the progress line;
    - `on_train_end` gets the logs of the last epoch, `on_test_end` those of the evaluation;
    - all other hooks get an empty dict.

    The ``on_test_*`` hooks are also called for the validation within `fit`. Which batch hooks
    a callback overrides is looked up at the start of `fit`, `evaluate` and `predict`, so that
    the hooks left empty cost nothing.
    """

    model = None
    params = None
    #: Names of the attributes with which a resumed training goes on, see `BackupAndRestore`:
    #: numbers, words, arrays, and lists and dicts of them.
    kept = ()
    #: Whether the hooks are called behind those of all other callbacks.
    comes_last = False

    def set_params(self, params):
        """Take `params`, a dict; called before any hook."""
        self.params = params

    def set_model(self, model):
        """Take `model`; called before any hook."""
        self.model = model

    def on_train_begin(self, logs=None):
        """Called when `fit` starts."""

    def on_train_end(self, logs=None):
        """Called when `fit` has ended, unless an exception ended it."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before the first batch of an epoch of `fit`."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch of `fit` and its validation."""

    def on_batch_begin(self, batch, logs=None):
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before a batch of `fit`; calls `on_batch_begin` unless overridden."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch of `fit`; calls `on_batch_end` unless overridden."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs=None):
        """Called when an evaluation or a validation starts."""

    def on_test_end(self, logs=None):
        """Called when an evaluation or a validation has ended."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of an evaluation or a validation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of an evaluation or a validation."""

    def on_predict_begin(self, logs=None):
        """Called when `predict` starts."""

    def on_predict_end(self, logs=None):
        """Called when `predict` has ended."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of `predict`."""
