"""Stop a training whose loss is no number any more."""

import math

from fastgru._check import check_flag
from fastgru.callbacks.base import Callback


class TerminateOnNaN(Callback):
    """Stop the training when the loss is NaN or infinite behind a batch.

    Parameters
    ----------
    raise_error : bool, default False
        Raise instead of stopping, so that no callback's `on_train_end` is called and a
        backup stays.

    Raises
    ------
    RuntimeError
        With `raise_error`, if the loss is NaN or infinite.
    """

    def __init__(self, raise_error=False):
        self.raise_error = check_flag("TerminateOnNaN", "raise_error", raise_error)

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        sentence = f"fit: the loss must be finite; got {loss} behind batch {batch}."
        if self.raise_error:
            raise RuntimeError(sentence)
        print(f"{sentence} The training ends here.", flush=True)
        self.model.stop_training = True
