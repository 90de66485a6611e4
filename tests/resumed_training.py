"""A training that kills itself: `python resumed_training.py backup_dir out kind [at]`.

With `at`, the process gets SIGKILL behind that many batches. At its end it writes its
weights, state and history to `out`.
"""

import json
import os
import signal
import sys

import numpy as np

from fastgru import Sequential
from fastgru.callbacks import (
    BackupAndRestore,
    Callback,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from fastgru.layers import GRU, LSTM, Bidirectional, Dense, Dropout
from fastgru.optimizers import Adam
from fastgru.preprocessing.sequence import TimeseriesGenerator
from fastgru.utils import PyDataset, set_random_seed, timeseries_dataset_from_array

EPOCHS, BATCH = 6, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4, 3)).astype("float32")
Y = RNG.integers(0, 2, 50)
#: What fit gets beside the data, by the kind of training.
KINDS = {
    "epochs": ("epoch", {"validation_split": 0.2}),
    "batches": (2, {"validation_split": 0.2}),
    "steps": (3, {"steps_per_epoch": 4, "batch_size": 8}),
    "generator": (2, {"steps_per_epoch": 4}),
    "stateful": (3, {"steps_per_epoch": 5, "shuffle": False}),
    "windows": ("epoch", {"validation_steps": 2}),
    "windows within": (2, {}),
    "windows in steps": (3, {"steps_per_epoch": 4}),
    "draws": (2, {}),
    "own": (2, {}),
}


class Killer(Callback):
    """End the process behind a batch, as the power does."""

    def __init__(self, at):
        self.left = at

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def endless():
    rng = np.random.default_rng(4)
    while True:
        index = rng.integers(0, len(X), BATCH)
        yield X[index], Y[index]


def windows(seed=None):
    """Shuffled windows, through a function, without the first batch."""
    found = timeseries_dataset_from_array(
        X[:, 0], Y, 4, batch_size=BATCH, shuffle=True, seed=seed
    )
    return found.map(lambda x, y: (2 * x, y)).skip(1)


class Turned(PyDataset):
    """Numbered batches of an order of its own, drawn before each epoch."""

    def __init__(self):
        super().__init__()
        self.rng, self.order = np.random.default_rng(5), np.arange(len(X))

    def __len__(self):
        return 6

    def __getitem__(self, number):
        index = self.order[number::6]
        return X[index], Y[index]

    def on_epoch_begin(self):
        self.rng.shuffle(self.order)

    def get_state(self):
        return {"rng": self.rng.bit_generator.state, "order": self.order}

    def set_state(self, state):
        self.rng.bit_generator.state, self.order = state["rng"], state["order"]


def data(kind):
    """x, y and options for `fit`."""
    if kind == "generator":
        return endless(), None, {}
    if kind.startswith("windows"):
        # Validations that do not begin anew, each on other batches.
        return windows(), None, {"validation_data": windows(seed=8)}
    if kind == "draws":
        return TimeseriesGenerator(X[:, 0], Y, 4, batch_size=BATCH, shuffle=True), None, {}
    if kind == "own":
        return Turned(), None, {"validation_data": endless(), "validation_steps": 3}
    if kind == "stateful":
        return X[:48], Y[:48], {"batch_size": BATCH}
    return X, Y, {"batch_size": BATCH}


class SomeRows(Callback):
    """Let some rows of the batch begin anew in each epoch, as scripts with streams do."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.reset_states(rows=[epoch, 7])


def stateful(own):
    """States of each kind that is carried on, averages and gradients of two steps."""
    layers = [
        Bidirectional(GRU(4, return_sequences=True, stateful=True), input_shape=(4, 3)), own,
        GRU(3, return_sequences=True, stateful=True, initial_state_initializer="ones"),
        LSTM(3, stateful=True), Dense(1, "sigmoid"),
    ]  # fmt: skip
    return Sequential(layers), Adam(use_ema=True, gradient_accumulation_steps=2)


def run(folder, kind, at=None, out=None):
    set_random_seed(3)
    own = Dropout(0.3, seed=9)
    model = Sequential([GRU(5, input_shape=(4, 3)), Dropout(0.3), own, Dense(1, "sigmoid")])
    optimizer = "adam"
    if kind == "stateful":
        model, optimizer = stateful(own)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    freq, options = KINDS[kind]
    x, y, more = data(kind)
    options = {**more, **options}
    held = "validation_split" in options or "validation_data" in options
    monitor = "val_loss" if held else "loss"
    stop = EarlyStopping(monitor, patience=5, restore_best_weights=True)
    slower = ReduceLROnPlateau(monitor, factor=0.5, patience=1, min_delta=0.02)
    best = ModelCheckpoint(os.path.join(os.path.dirname(folder), f"{kind}.keras"), monitor,
                           save_best_only=True)  # fmt: skip
    rate = LearningRateScheduler(lambda epoch, rate: rate * 0.9)
    backup = BackupAndRestore(folder, save_freq=freq)
    watch = [backup, stop, slower, rate, best, *([Killer(at)] if at else [])]
    if kind == "stateful":
        watch.insert(0, SomeRows())
    history = model.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=watch, **options)
    if out:
        arrays = [*model.get_weights(), *model.optimizer.state.values()]
        told = [history.history, history.epoch, model.optimizer.iterations,
                model.optimizer.learning_rate, stop.best, stop.wait, stop.best_epoch, slower.wait,
                best.best, model.rng.bit_generator.state,
                own._rng.bit_generator.state]  # fmt: skip
        for layer in model.layers:
            arrays += getattr(layer, "states", None) or []
        np.savez(out, *arrays, told=np.frombuffer(json.dumps(told).encode(), np.uint8))


if __name__ == "__main__":
    folder, out, kind, *at = sys.argv[1:]
    run(folder, kind, int(at[0]) if at else None, out)
