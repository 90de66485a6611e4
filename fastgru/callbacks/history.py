"""The record of a training that `fit` returns."""

from fastgru.callbacks.base import Callback


class History(Callback):
    """Keep the logs of every epoch.

    `fit` adds one by itself and returns it.

    Attributes
    ----------
    history : dict of str to list
        For every metric its values, one an epoch; ``val_*`` are those of the validation.
    epoch : list of int
        The epochs of the last training, counted from 0.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` of the training.
    """

    kept = ("history", "epoch")

    def __init__(self):
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        # A History used for two trainings goes on with its metrics, as in Keras.
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
