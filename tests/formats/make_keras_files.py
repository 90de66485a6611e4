"""Writes the files in keras_files/ with the Keras that is installed.

    KERAS_BACKEND=torch python tests/formats/make_keras_files.py

Beside each file: the data, Keras' predictions at the moment of saving, and its weights
after the same batches once more.
"""

import sys
from pathlib import Path

import keras
import numpy as np

FOLDER = Path(__file__).parent / "keras_files"
sys.path.insert(0, str(Path(__file__).parents[1]))


def main():
    from formats import models

    FOLDER.mkdir(exist_ok=True)
    for name in ("adam", "rmsprop"):
        model, x, y = models.trained(keras, name)
        path = FOLDER / f"{name}_{keras.__version__}.keras"
        model.save(path)
        predictions = model.predict(x, verbose=0)
        models.train(model, x, y)
        weights = {f"weight_{i}": np.asarray(w) for i, w in enumerate(model.get_weights())}
        np.savez_compressed(
            path.with_suffix(".npz"), x=x, y=y, predictions=predictions, **weights
        )


if __name__ == "__main__":
    main()
