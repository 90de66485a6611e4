"""A training at work: epochs, validations, and where it stands."""

import collections.abc

import numpy as np

from fastgru._check import check_int, fail
from fastgru.models import resume
from fastgru.models.epochs import Epochs
from fastgru.models.feeding import Arrays, check_steps, feed

WHERE = "fit, validation_data"


def held_out(model, training, data, share, steps, batch_size):
    """The batches of each validation of `fit`, or None."""
    steps = check_steps("fit", "validation_steps", steps)
    if batch_size is not None:
        batch_size = check_int("fit", "validation_batch_size", batch_size, 1)
    if data is not None:
        given = data if isinstance(data, (tuple, list)) else (data,)
        if isinstance(data, (tuple, list)) and not 2 <= len(data) <= 4:
            fail("fit", "validation_data", "be (x, y), (x, y, sample_weight) or batches",
                 f"{len(data)} items")  # fmt: skip
        if len(given) == 1 and hasattr(data, "__array__"):
            fail("fit", "validation_data", "be (x, y), (x, y, sample_weight) or batches",
                 type(data).__name__, kind=TypeError)  # fmt: skip
        held = feed(WHERE, model, *given, batch_size=batch_size, steps=steps)
    elif share:
        count = len(training.index)
        index = np.arange(count, len(training.samples))
        if batch_size is None:
            batch_size = 32 if steps is None else -(-len(index) // steps)
        held = Arrays(training.samples, batch_size, index)
    else:
        return None
    return Epochs(held, steps, WHERE, model.rng)


class Fitting:
    """One call of `fit`, from its first epoch to its last."""

    def __init__(self, model, step, batches, held, validation_freq, watch):
        self.model, self.step, self.batches, self.held = model, step, batches, held
        self.watch = watch
        self.validates = _check_freq(validation_freq)
        self.epoch = 0
        self.finished = False
        self._resumed = None

    def run(self, initial_epoch, epochs):
        """Train up to `epochs`."""
        model, watch = self.model, self.watch
        model.stop_training = False
        self.epoch = initial_epoch
        watch.on_train_begin()
        logs = {}
        while self.epoch < epochs and not self.finished:
            watch.on_epoch_begin(self.epoch)
            self.step.reset()
            if self._resumed is not None:
                if self._resumed["position"]["taken"]:
                    # The epoch had begun: what its hooks have changed had gone on since.
                    resume.restore(self, self._resumed)
                self._resumed = None
            self._train()
            if self.batches.ended:
                break
            logs = self.step.results()
            if self.held is not None and self.validates(self.epoch + 1):
                values = model._evaluate(self.held, watch)
                self.held.rewind()
                if not self.held.ended:
                    logs |= {f"val_{name}": value for name, value in values.items()}
            self.epoch += 1
            watch.on_epoch_end(self.epoch - 1, logs)
            self.finished = model.stop_training
        if epochs:
            model.optimizer.finalize_variable_values()
        watch.on_train_end(logs)

    def save(self, path):
        """Write where the training stands to a file, all or nothing."""
        from fastgru.saving.backups import write_backup

        write_backup(path, resume.snapshot(self))

    def load(self, path):
        """Stand where a file says; the next epoch is the one that it was written in."""
        from fastgru.saving.backups import read_backup

        found = read_backup(path)
        resume.check(self, found)
        self.epoch, self.finished = found["epoch"], found["finished"]
        self.batches.move_to(found["position"])
        if self.held is not None and found["held"] is not None:
            self.held.move_to(found["held"])
        # Behind the moves, which draw from the model's generator.
        resume.restore(self, found)
        self._resumed = found

    def _train(self):
        model, step, watch = self.model, self.step, self.watch
        for number, batch in self.batches.epoch():
            watch.on_train_batch_begin(number)
            step.train(*batch)
            watch.on_train_batch_end(number, step.results)
            if model.stop_training:
                break


def _check_freq(freq):
    """A function that says whether an epoch, counted from 1, is followed by a validation."""
    if isinstance(freq, collections.abc.Collection) and not isinstance(freq, (str, bytes)):
        listed = {
            check_int("fit", "every entry of validation_freq", entry, 1) for entry in freq
        }
        return listed.__contains__
    freq = check_int("fit", "validation_freq", freq, 1)
    return lambda epoch: epoch % freq == 0
