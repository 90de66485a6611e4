"""One library at work on one experiment, in a process of its own.

    contender.py LIBRARY EXPERIMENT FOLDER SETTINGS THREADS

Reads commands from its input and answers each with a line of JSON; `contest.Contender` is the
other end.
"""

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

if __name__ == "__main__":
    # Variables must stand before NumPy is loaded.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from worker import hold

    if int(sys.argv[5]):
        hold(int(sys.argv[5]))

import numpy as np
from experiment import restart
from experiments import ALL

#: What a padded step is filled with for Masking: no frame of the data sets is all -1.
PADDING = -1.0


class Scripted:
    """fastgru or Keras: the experiment's script with this library as K."""

    def __init__(self, experiment, s, data, module):
        self.K = importlib.import_module(module)
        self.experiment, self.s, self.data = experiment, s, data
        self.first, self.rows = (), experiment.training(data)
        if module == "keras" and isinstance(data["x"], list):
            self.rows = padded(*self.rows)
            if self.rows[0].ndim > 2:
                self.first = (self.K.layers.Masking(PADDING),)

    def make(self, seed):
        self.K.utils.set_random_seed(seed)
        return self.experiment.model(self.K, self.s, self.data, self.first)


class Torch:
    """PyTorch: the experiment's model translated, from the same initial weights."""

    def __init__(self, experiment, s, data, module):
        from torch_model import sequences

        import fastgru

        self.K, self.experiment, self.s, self.data = fastgru, experiment, s, data
        self.rows = sequences(experiment.layers(fastgru, s, data), *experiment.training(data))

    def make(self, seed):
        from torch_model import TorchModel

        self.K.utils.set_random_seed(seed)
        model = self.experiment.model(self.K, self.s, self.data)
        if not model.built:
            model.build((None, *self.experiment.input_shape(self.s, self.data)))
        return TorchModel(model, self.experiment.loss, seed)


#: Library: (class, module to import, packages whose versions tell what was at work).
LIBRARIES = {
    "fastgru": (Scripted, "fastgru", ("fastgru", "numpy", "scipy")),
    "keras-jax": (Scripted, "keras", ("keras", "jax")),
    "torch": (Torch, "torch", ("torch",)),
}


def padded(x, y):
    """Lists of sequences as arrays, filled behind: ids with 0, numbers with PADDING."""
    count, T = len(x), max(map(len, x))
    ids = x[0].ndim == 1
    out = np.full((count, T, *x[0].shape[1:]), 0 if ids else PADDING, x[0].dtype)
    by_step = isinstance(y, list)
    targets = np.zeros((count, T, *y[0].shape[1:]), y[0].dtype) if by_step else y
    for k, row in enumerate(x):
        out[k, : len(row)] = row
        if by_step:
            targets[k, : len(row)] = y[k]
    return out, targets


class Commands:
    """What the other end may ask for."""

    def __init__(self, library, experiment, path, s):
        kind, module, packages = LIBRARIES[library]
        importlib.import_module(module)
        self.versions = {name: importlib.import_module(name).__version__ for name in packages}
        self.experiment, self.s = experiment, s
        self.data = experiment.load(path, s)
        self.library = kind(experiment, s, self.data, module)
        self.model = None
        self.ours = library == "fastgru"

    def about(self):
        return self.versions

    def epoch(self):
        """Seconds of one more epoch, or of the part of it that is timed, of one model.

        The first builds the model too.
        """
        watch = Stopwatch()
        if self.model is None:
            self.model = self.library.make(0)
        stateful = bool(self.s.get("stateful"))
        if stateful:
            restart(self.model)
        count = self.experiment.timed
        self.model.fit(
            *(part[:count] for part in self.library.rows),
            batch_size=self.s["batch"],
            verbose=0,
            shuffle=not stateful,
        )
        return watch.read()

    def run(self, seed):
        """A whole training and its score."""
        model, watch = self.library.make(seed), Stopwatch()
        facts = self.experiment.train(model, self.library.K, self.s, self.data, seed)
        found = {"seed": seed, **facts, **watch.read()}
        found["test"] = self.experiment.score(model, self.s, self.data)
        if self.ours:
            found.update(self.experiment.finish(model, self.library.K, self.s, self.data))
        return found


class Stopwatch:
    """Wall and processor seconds since it was made."""

    def __init__(self):
        self.wall, self.busy = time.perf_counter(), time.process_time()

    def read(self):
        return {
            "seconds": round(time.perf_counter() - self.wall, 3),
            "cpu": round(time.process_time() - self.busy, 3),
        }


def main(library, name, path, settings, _):
    # Libraries print; the answers keep a way of their own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(fine, value):
        answers.write(json.dumps([fine, value]) + "\n")
        answers.flush()

    try:
        commands = Commands(
            library, ALL[name], Path(path) if path else None, json.loads(settings)
        )
        answer(True, commands.about())
    except ImportError as missing:
        return answer(False, f"not installed: {missing}")
    except Exception:  # noqa: BLE001, whatever it is, the other end reports it
        return answer(False, traceback.format_exc())
    for line in sys.stdin:
        verb, args = json.loads(line)
        try:
            answer(True, getattr(commands, verb)(*args))
        except Exception:  # noqa: BLE001, as above
            answer(False, traceback.format_exc())


if __name__ == "__main__":
    main(*sys.argv[1:])
