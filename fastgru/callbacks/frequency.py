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
