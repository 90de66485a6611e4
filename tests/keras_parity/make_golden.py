"""Writes golden/*.npz with real Keras: what test_golden.py holds fastgru to.

From the top of the repository, in an environment with Keras 3.15 and PyTorch:

    KERAS_BACKEND=torch PYTHONPATH=tests python -m keras_parity.make_golden [case ...]

Without names all cases are written anew; files of cases that are gone are removed.
PyTorch and not JAX, because the JAX trainer loses the mask of the predictions before the
metrics of fit see them (those of evaluate do see it); apart from that both give the same.
"""

import sys

import keras
from keras_parity import golden
from keras_parity.cases import CASES
from keras_parity.harness import GOLDEN, run

LARGEST_FOLDER = 2_000_000


def make(case):
    """Run one case from random weights and store it."""
    rng = case.generator()
    data = case.data(rng)
    weights = case.weights(rng, case.build(keras))
    golden.write(case.name, keras.__version__, weights, data, run(case, keras, weights, data))


def main(names):
    for name in names or CASES:
        make(CASES[name])
    for file in GOLDEN.glob("*.npz"):
        if file.stem not in CASES:
            file.unlink()
    size = sum(file.stat().st_size for file in GOLDEN.iterdir())
    if size > LARGEST_FOLDER:
        raise SystemExit(f"golden: the folder must stay below {LARGEST_FOLDER}; got {size}.")
    print(f"{len(CASES)} cases, {size} bytes, Keras {keras.__version__}")


if __name__ == "__main__":
    main(sys.argv[1:])
