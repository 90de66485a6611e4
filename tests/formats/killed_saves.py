"""Kills saves again and again, and prints what was found behind them.

    python killed_saves.py model.<ending> kills

A process of its own: one with other libraries in it takes a tenth of a second to fork.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

import fastgru
from fastgru.formats import atomic
from fastgru.layers import GRU, Input
from fastgru.saving import load_model, save_model


def forked(work):
    """The process of a forked child that does its work and then ends with exit code 0."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def tiny_model():
    """A model whose file is as small as that of a GRU can be."""
    return fastgru.Sequential([Input((2, 1), name="i"), GRU(1, name="g")])


def two_models():
    """Models whose weights are all 0 and all 1."""
    models = tiny_model(), tiny_model()
    for value, model in enumerate(models):
        model.set_weights([np.full_like(w, value) for w in model.get_weights()])
    return models


def seconds_of_a_save(model, path):
    save_model(model, path)  # the first one imports
    start = time.process_time()
    for _ in range(5):
        save_model(model, path)
    return (time.process_time() - start) / 5


def at_each_line_of_replacing(act):
    """Calls `act` before every line of the code that puts a file in an old one's place."""

    def line(frame, event, argument):
        if event == "line":
            act()
        return line

    def call(frame, event, argument):
        return line if frame.f_code.co_filename == atomic.__file__ else None

    sys.settrace(call)


def lines_of_a_save(model, path):
    lines = []
    at_each_line_of_replacing(lambda: lines.append(None))
    try:
        save_model(model, path)
    finally:
        sys.settrace(None)
    return len(lines)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def main(path, kills):
    """Print how the children ended, what was in the file, and how often there was litter."""
    zeros, ones = two_models()
    seconds, lines = seconds_of_a_save(zeros, path), lines_of_a_save(zeros, path)
    rng = random.Random(1)
    found = {"signals": [], "values": [], "litter": []}

    def save_for_ever(share, by_time):
        if by_time:
            # The kernel ends the process in the middle of whatever it does, after so much of
            # its own time: a busy machine changes nothing.
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, share * seconds)
        else:
            left = iter(range(int(share * lines)))
            at_each_line_of_replacing(lambda: next(left, None) is None and die())
        while True:
            save_model(ones, path)
            save_model(zeros, path)

    for kill in range(kills):
        # Most of a save's time goes into the bytes, so half of the kills seek out the rest.
        at = rng.uniform(0.1, 4), kill % 2 == 0
        _, status = os.waitpid(forked(lambda at=at: save_for_ever(*at)), 0)
        found["signals"].append(os.WTERMSIG(status))
        values = {float(n) for w in load_model(path).get_weights() for n in w.ravel()}
        found["values"].append(sorted(values))
        found["litter"].append(len(os.listdir(path.parent)) - 1)
    save_model(ones, path)
    found["at last"] = os.listdir(path.parent)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
