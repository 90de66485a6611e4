"""How often something is saved: each epoch, or each so many batches."""

from fastgru._check import check_int, fail, short


class Frequency:
    """Counts batches across epochs.

    Parameters
    ----------
    where : str
        The callback that errors name.
    save_freq : "epoch" or int
    """

    def __init__(self, where, save_freq):
        if isinstance(save_freq, str) and save_freq != "epoch":
            fail(where, "save_freq", "be 'epoch' or a number of batches", short(save_freq))
        self.batches = None
        if save_freq != "epoch":
            self.batches = check_int(where, "save_freq", save_freq, 1)
        self.seen = 0

    @property
    def by_epoch(self):
        return self.batches is None

    def due(self):
        """Count a batch, and say whether it is time."""
        if self.batches is None:
            return False
        self.seen += 1
        if self.seen < self.batches:
            return False
        self.seen = 0
        return True


class Saves:
    """Mixin of callbacks that save after epochs or batches: `_save(epoch, batch, logs)`."""

    def _save_by(self, where, save_freq):
        self._frequency = Frequency(where, save_freq)
        self.save_freq = save_freq
        self._epoch = 0
        own = type(self).on_train_batch_end is Saves.on_train_batch_end
        if own and self._frequency.by_epoch:
            # A hook left empty costs nothing.
            self.on_train_batch_end = super().on_train_batch_end

    @property
    def _seen(self):
        return self._frequency.seen

    @_seen.setter
    def _seen(self, value):
        self._frequency.seen = value

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._frequency.due():
            self._save(self._epoch, batch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if self._frequency.by_epoch:
            self._save(epoch, None, logs or {})
