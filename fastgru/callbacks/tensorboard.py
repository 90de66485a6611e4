"""The logs of a training as TensorBoard shows them."""

import os
import time

from fastgru._check import check_choice, check_flag, check_int, fail, short
from fastgru.callbacks.base import Callback

MISSING = (
    "TensorBoard: the package tensorboardX must be installed; got an environment without it. "
    "pip install 'fastgru[tensorboard]' brings it."
)


class TensorBoard(Callback):
    """Write the logs of epochs, and of batches, for TensorBoard, through tensorboardX.

    Parameters
    ----------
    log_dir : str or os.PathLike, default "logs"
        Folder of the files, which are in ``train`` and ``validation`` below it.
    histogram_freq : int, default 0
        Write histograms of all weights after each so many epochs; 0 means never.
    write_steps_per_second : bool, default False
        Write how many batches an epoch trained on in a second.
    update_freq : "epoch", "batch" or int, default "epoch"
        Write the logs behind each batch, or behind each so many of them, too.
    write_graph, write_images, profile_batch, embeddings_freq, embeddings_metadata
        Accepted for Keras' scripts; they change nothing.

    Raises
    ------
    ImportError
        When the training starts, if tensorboardX is not installed.

    Notes
    -----
    Names are Keras': ``epoch_loss`` and ``epoch_learning_rate`` over the epochs, counted
    from 0; ``batch_loss`` over the batches, counted from 1; and ``evaluation_loss_vs_iterations``
    over the optimiser's steps. Those of a validation are in ``validation``, without ``val_``.
    """

    kept = ("_batches",)

    def __init__(
        self, log_dir="logs", histogram_freq=0, write_graph=True, write_images=False,
        write_steps_per_second=False, update_freq="epoch", profile_batch=0, embeddings_freq=0,
        embeddings_metadata=None,
    ):  # fmt: skip
        where = "TensorBoard"
        if not isinstance(log_dir, (str, os.PathLike)):
            fail(where, "log_dir", "be a path", short(log_dir), kind=TypeError)
        self.log_dir = os.fsdecode(log_dir)
        self.histogram_freq = check_int(where, "histogram_freq", histogram_freq, 0)
        self.write_steps_per_second = check_flag(
            where, "write_steps_per_second", write_steps_per_second
        )
        if isinstance(update_freq, str):
            check_choice(where, "update_freq", update_freq, ("epoch", "batch"))
            self.update_freq = 1 if update_freq == "batch" else None
        else:
            self.update_freq = check_int(where, "update_freq", update_freq, 1)
        own = type(self).on_train_batch_end is TensorBoard.on_train_batch_end
        if own and self.update_freq is None:
            # A hook left empty costs nothing.
            self.on_train_batch_end = super().on_train_batch_end
        self._writers = {}
        self._batches = 0

    def _writer(self, part):
        if part not in self._writers:
            try:
                from tensorboardX import SummaryWriter
            except ImportError as error:
                raise ImportError(MISSING) from error
            self._writers[part] = SummaryWriter(os.path.join(self.log_dir, part))
        return self._writers[part]

    def on_train_begin(self, logs=None):
        self._batches = 0
        self._writer("train")

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter(), self.model.optimizer.iterations

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self._batches % self.update_freq == 0:
            self._scalars("train", "batch_{}", logs, self._batches)

    def on_test_end(self, logs=None):
        steps = self.model.optimizer.iterations
        self._scalars("validation", "evaluation_{}_vs_iterations", logs, steps)

    def on_epoch_end(self, epoch, logs=None):
        split = {"train": {}, "validation": {}}
        for name, value in (logs or {}).items():
            held = name.startswith("val_")
            split["validation" if held else "train"][name[4:] if held else name] = value
        optimizer = self.model.optimizer
        split["train"]["learning_rate"] = float(optimizer.learning_rate)
        if self.write_steps_per_second:
            started, steps = self._start
            seconds = max(time.perf_counter() - started, 1e-9)
            split["train"]["steps_per_second"] = (optimizer.iterations - steps) / seconds
        for part, values in split.items():
            self._scalars(part, "epoch_{}", values, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for layer in self.model.layers:
                for spec, weight in zip(layer.specs, layer.get_weights(), strict=True):
                    name = f"{layer.name}/{spec.name}/histogram"
                    self._writer("train").add_histogram(name, weight, epoch)

    def on_train_end(self, logs=None):
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _scalars(self, part, form, logs, step):
        for name, value in (logs or {}).items():
            self._writer(part).add_scalar(form.format(name), value, step)
        if logs:
            self._writer(part).flush()
