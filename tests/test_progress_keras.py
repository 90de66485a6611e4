"""The progress lines of scripted runs, state by state, are those of Keras."""

import io
import os
import random
import re
import sys
from functools import partial
from types import SimpleNamespace

import pytest

from fastgru._progress import Progress
from fastgru.callbacks import CallbackList

PHASES = {"fit": "train", "evaluate": "test", "predict": "predict"}


class Clock:
    """A clock that stands still until it is set forward."""

    now = 1000.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def states(text):
    """Return the states of all lines as seen on screen: no colours, no trailing blanks."""
    text = re.sub("\x1b\\[\\d+m|\b", "", text)
    return [[state.rstrip() for state in line.split("\r")] for line in text.split("\n")]


def line_case(rng):
    """Return a run, its steps and their durations, and its metrics, at random."""
    seconds = rng.choice([0.0, 1e-6, 3e-4, 0.004, 0.06, 0.7, 40.0])
    durations = [seconds * rng.uniform(0.5, 2) for _ in range(rng.randint(1, 120))]
    kind = rng.choice(["fit", "fit", "evaluate", "predict"])
    return SimpleNamespace(
        kind=kind,
        durations=durations,
        steps=None if rng.random() < 0.2 else len(durations),
        names=rng.sample(["loss", "accuracy", "auc", "mae", "zeta"], rng.randint(1, 4)),
        scale=rng.choice([1e-6, 1e-3, 1.0, 1e4]),
        epochs=rng.randint(1, 3) if kind == "fit" else 1,
        validates=rng.random() < 0.5,
        verbose=rng.choice([1, 1, 2]),
        seed=rng.random(),
    )


def play_batches(callbacks, clock, case, rng, wrap):
    """Call the batch hooks of an epoch and return its logs."""
    for batch, seconds in enumerate(case.durations):
        clock.now += seconds
        logs = {name: case.scale * rng.random() for name in case.names}
        getattr(callbacks, f"on_{PHASES[case.kind]}_batch_end")(batch, wrap(logs))
    return {} if case.kind == "predict" else logs


def play_epoch(callbacks, clock, case, rng, wrap, epoch):
    """Call the hooks of an epoch of fit."""
    callbacks.on_epoch_begin(epoch)
    logs = play_batches(callbacks, clock, case, rng, wrap)
    if case.validates:
        callbacks.on_test_begin()
        clock.now += case.durations[0]
        callbacks.on_test_batch_end(0, wrap(logs))
        callbacks.on_test_end(logs)
        logs |= {f"val_{name}": case.scale * rng.random() for name in case.names}
    callbacks.on_epoch_end(epoch, logs)
    return logs


def play(callbacks, clock, case, wrap):
    """Call the hooks of a run."""
    rng = random.Random(case.seed)
    getattr(callbacks, f"on_{PHASES[case.kind]}_begin")()
    if case.kind == "fit":
        for epoch in range(case.epochs):
            logs = play_epoch(callbacks, clock, case, rng, wrap, epoch)
    else:
        logs = play_batches(callbacks, clock, case, rng, wrap)
    getattr(callbacks, f"on_{PHASES[case.kind]}_end")(logs)


def keras_list(keras, setting):
    # An on_*_batch_end of the user keeps Keras from drawing in a thread of its own.
    hooks = {f"on_{phase}_batch_end": lambda *_, logs: None for phase in PHASES.values()}
    watch = keras.LambdaCallback(**hooks)
    return keras.CallbackList([watch], add_progbar=True, model=SimpleNamespace(), **setting)


def test_lines_are_those_of_keras(monkeypatch):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras").callbacks
    clock, their_clock = Clock(), Clock()
    monkeypatch.setattr("fastgru.callbacks.progress.Progress", partial(Progress, clock=clock))
    monkeypatch.setattr("keras.src.utils.progbar.time", SimpleNamespace(time=their_clock))
    rng = random.Random(3)
    for number in range(300):
        case = line_case(rng)
        setting = {"verbose": case.verbose, "epochs": case.epochs, "steps": case.steps}
        clock.now = their_clock.now = 1000.0
        monkeypatch.setattr(sys, "stdout", Terminal())
        play(CallbackList(**setting), clock, case, wrap=lambda logs: lambda: logs)
        ours = states(sys.stdout.getvalue())
        monkeypatch.setattr(sys, "stdout", Terminal())
        play(keras_list(keras, setting), their_clock, case, wrap=lambda logs: logs)
        theirs = states(sys.stdout.getvalue())
        assert [line[-1] for line in ours] == [line[-1] for line in theirs], (number, case)
        if case.epochs == 1:
            # Later epochs differ within: there Keras draws the first step at once.
            assert ours == theirs, (number, case)
