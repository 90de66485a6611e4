"""Epochs: how many batches each one takes from its feed, and where it stands in it."""

import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.dirname(__file__))


class Epochs:
    """The batches of a feed, epoch by epoch.

    Without `steps` an epoch is one pass. With `steps` a pass goes on where the last epoch
    left it, as in Keras; one that ends within an epoch ends the epoch too, with a warning.
    """

    def __init__(self, feed, steps, where, rng, otherwise=""):
        self.feed, self.steps, self.where, self.rng = feed, steps, where, rng
        self._otherwise = otherwise
        self._pass = None
        # Batches taken in this epoch and in this pass, and the generator before the pass.
        self.taken = self.seen = 0
        self.rng_before = None
        self.ended = False

    @property
    def count(self):
        """Batches of an epoch; None where that is not known yet."""
        return self.steps or self.feed.count

    def epoch(self):
        """(number, batch) of one epoch."""
        if not (self.taken and self.feed.stateful):
            # What is gone on with within an epoch has its state as it was there.
            self.feed.begin_epoch()
        if self.steps is None and not self.taken:
            self._pass = None
        while self.taken != self.steps:
            if self._pass is None:
                self._begin()
            batch = next(self._pass, None)
            if batch is None:
                self._pass = None
                if not self.seen:
                    self._run_dry()
                    break
                if self.steps is None or self.taken:
                    self._finish()
                    break
                if self.feed.once:
                    self._run_dry()
                    break
                # The last epoch had taken all of the pass before.
                continue
            number = self.taken
            self.taken += 1
            self.seen += 1
            yield number, batch
        if self.seen == self.feed.count:
            self._pass = None
        self.taken = 0
        self.feed.end_epoch()

    def rewind(self):
        """Let the next epoch begin, and in a new pass where there can be one."""
        # A callback may have broken off the last one.
        self.taken = 0
        if not self.feed.once:
            self._pass = None

    def _begin(self, skip=0):
        self.rng_before = self.rng.bit_generator.state
        self._pass, self.seen = self.feed.start(skip), skip

    def _finish(self):
        """A pass has ended within an epoch."""
        if self.steps is not None:
            warn(
                f"{self.where}: x must give {self.steps} batches for each epoch; it ended "
                f"behind batch {self.taken}."
            )

    def _run_dry(self):
        """An epoch has found nothing."""
        self.ended = True
        warn(
            f"{self.where}: x must give batches for each epoch; it gave none for this one."
            f"{self._otherwise}"
        )

    def position(self):
        """Where in an epoch and in a pass this stands, for `move_to`."""
        inside = self._pass is not None or self.taken
        return {
            "taken": self.taken,
            "seen": self.seen if inside else 0,
            "rng_before": self.rng_before if inside else None,
            "data": self.feed.state(inside=self._pass is not None),
        }

    def move_to(self, position):
        """Stand where `position` was taken; the generator is then where its pass began it."""
        self.taken, seen = position["taken"], position["seen"]
        self._pass = None
        if self.feed.stateful and position["data"] is not None:
            self.feed.set_state(position["data"])
        if seen:
            self.rng.bit_generator.state = position["rng_before"]
            self._begin(seen)


def warn(text):
    """A warning that names the line of the user's call, however deep it is found here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)
