"""fastgru's files in real Keras of several versions, and back.

    python tests/formats/keras_versions.py                  the versions below, without training
    python tests/formats/keras_versions.py --train 3.3.3    five more steps in Keras too

Each version goes into a folder of its own, by `pip install --no-deps`, in front of what is
installed; what Keras itself needs must be there. It opens each of our files, predicts, and
saves it again; fastgru opens that, and must find the same predictions, weights and state of
the optimiser. One table comes out; the exit code is the number of files that are not the same.

Nadam is left out before Keras 3.12, which had its state in another order: a file can have one
of the two only.

KERAS_BACKEND chooses the backend: by default NumPy's, which compiles nothing but does not
predict with masks as the others do, or with --train JAX. PyTorch's predicts with masks in all
of these versions; JAX's before 3.12 fails with cells behind masks, and before 3.9 gives other
numbers behind masks of nested models.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__)
sys.path.insert(0, str(HERE.parents[1]))
from formats import version_models as models

VERSIONS = ("3.3.3", "3.5.0", "3.9.2", "3.12.4", "3.15.1")
#: Keras 3 has texts only where TensorFlow is.
NAMES = [
    name for name in models.BUILDERS if not any(w in name for w in ("legacy", "chain", "texts"))
]
PREDICTIONS, WEIGHTS = 1e-6, 1e-5
MOST = 400  # characters of an error of Keras
MASKED = ("text", "cells", "nested")
MARKS = {"same": "same", None: "-"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--train", action="store_true", help="five more steps in Keras too")
    parser.add_argument("--folder", type=Path, help="keep what is installed there")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return inside(given.inside, given.train)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        ours = {name: write(files, name) for name in NAMES}
        columns = {}
        for version in given.versions:
            home = install(version, given.folder or files)
            run(home, files, given.train)
            columns[version] = {
                name: compare(files, name, ours[name], given.train)
                if reads(version, name)
                else None
                for name in NAMES
            }
    return table(columns)


def reads(version, name):
    """Whether a version of Keras has the state of this model's optimiser in our order."""
    return name != "by_nadam" or tuple(map(int, version.split(".")[:2])) >= (3, 12)


def write(files, name):
    """Save a model; it, its data, and its weights after the same batches once more."""
    import fastgru

    x, y = models.data(name)
    model = models.BUILDERS[name](fastgru)
    models.train(model, x, y)
    model.save(files / f"{name}.keras")
    np.savez(files / f"{name}.npz", x=x, y=y)
    again = fastgru.saving.load_model(files / f"{name}.keras")
    models.train(again, x, y)
    return model, x, again.get_weights()


def install(version, folder):
    """The folder with a version of Keras in it."""
    home = folder / f"keras-{version}"
    if not home.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", home]
        subprocess.run([*pip, f"keras=={version}"], check=True)
    return home


def run(home, files, train):
    """Run `inside` with the Keras of a folder."""
    backend = os.environ.get("KERAS_BACKEND", "jax" if train else "numpy")
    settings = {"KERAS_BACKEND": backend, "PYTHONPATH": str(home),
                "XLA_FLAGS": "--xla_backend_optimization_level=0"}  # fmt: skip
    command = [sys.executable, str(HERE), "--inside", str(files), *["--train"] * train]
    subprocess.run(command, env=os.environ | settings, check=True)


def inside(files, train):
    """In a process with one Keras: open each file, and write what became of it beside it."""
    import contextlib

    if os.environ["KERAS_BACKEND"] == "jax":
        import jax

        # Keras before 3.9 calls what newer JAX no longer has.
        jax.spmd_mode = lambda mode: contextlib.nullcontext()
    import keras

    warnings.filterwarnings("error", message=".*(optimizer|load|saved).*")
    for name in NAMES:
        back = files / f"{name}.back"
        back.unlink(missing_ok=True)  # of the version before
        known = np.load(files / f"{name}.npz")
        try:
            model = keras.saving.load_model(files / f"{name}.keras")
            # Masks on NumPy's backend are ignored, wrong or refused, by version.
            silent = name in MASKED and keras.backend.backend() == "numpy"
            found = {} if silent else {"predictions": model.predict(known["x"], verbose=0)}
            model.save(files / f"{name}.back.keras")
            if train:
                models.train(model, known["x"], known["y"])
                weights = enumerate(model.get_weights())
                found |= {f"weight_{place}": np.asarray(each) for place, each in weights}
            np.savez(back.with_suffix(".back.npz"), **found)
        except Exception as error:  # noqa: BLE001
            back.write_text(" ".join(f"{type(error).__name__}: {error}".split())[:MOST])
    return 0


def compare(files, name, ours, train):
    """What is wrong with a model that went through Keras, or "same"."""
    import fastgru

    model, x, after = ours
    told = files / f"{name}.back"
    if told.exists():
        return told.read_text()
    with np.load(files / f"{name}.back.npz") as found:
        predictions = model.predict(x, verbose=0)
        if off(found.get("predictions", predictions), predictions) > PREDICTIONS:
            return "other predictions in Keras"
        if (
            train
            and max(map(off, after, (found[f"weight_{i}"] for i in range(len(after)))))
            > WEIGHTS
        ):
            return "other weights after five steps in Keras"
    back = fastgru.saving.load_model(files / f"{name}.back.keras")
    for mine, theirs in zip(model.get_weights(), back.get_weights(), strict=True):
        if not np.array_equal(mine, theirs):
            return "other weights"
    mine, theirs = model.optimizer, back.optimizer
    if mine.iterations != theirs.iterations or mine.state.keys() != theirs.state.keys():
        return "another optimiser"
    if not all(np.array_equal(mine.state[slot], theirs.state[slot]) for slot in mine.state):
        return "another state of the optimiser"
    return "same"


def off(a, b):
    return np.abs(a - b).max() if a.shape == b.shape else np.inf


def table(columns):
    """Print it, and the sentences of what failed; how many did."""
    print(f"{'':20}" + "".join(f"{version:>9}" for version in columns))
    for name in NAMES:
        cells = (columns[v][name] for v in columns)
        print(f"{name:20}" + "".join(f"{MARKS.get(c, 'NOT'):>9}" for c in cells))
    failed = [
        (version, name, text)
        for version, column in columns.items()
        for name, text in column.items()
        if text not in MARKS
    ]
    for version, name, text in failed:
        print(f"{version} {name}: {text}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
