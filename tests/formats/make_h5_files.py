"""Writes the files in h5_files/ with the Keras, or the tf.keras, that is installed.

    python tests/formats/make_h5_files.py [NAME ...]

They are packed, for HDF5 leaves much room. Beside each model: the data, the predictions at the moment of saving, and the weights after
the same batches once more. Of the first one the weights alone too.
"""

import gzip
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

try:
    from tensorflow import keras
except ImportError:
    import keras

FOLDER = Path(__file__).parent / "h5_files"
sys.path.insert(0, str(Path(__file__).parents[1]))
from formats import h5_models as models


def main():
    FOLDER.mkdir(exist_ok=True)
    number = version("keras")
    older = number.startswith("2.")
    keras.utils.set_random_seed(1)
    for name in sys.argv[1:] or (models.MODELS if older else (*models.BOTH, "chains")):
        model, (x, y) = models.MODELS[name](keras), models.data(name)
        models.train(model, x, y)
        path = FOLDER / f"{name}_{number}.h5"
        model.save(path, **({"save_format": "h5"} if older else {}))
        pack(path)
        if name == "words" and older:
            alone = FOLDER / f"alone_{number}.h5"
            model.save_weights(alone)
            pack(alone)
        predictions = model.predict(x, verbose=0)
        models.train(model, x, y)
        # A layer with a vocabulary counts its tokens among its weights.
        held = [layer for layer in model.layers if not hasattr(layer, "get_vocabulary")]
        weights = [np.asarray(w) for layer in held for w in layer.get_weights()]
        weights = {f"weight_{i}": w for i, w in enumerate(weights)}
        np.savez_compressed(
            path.with_suffix(".npz"), x=x, y=y, predictions=predictions, **weights
        )


def pack(path):
    path.with_suffix(".h5.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()


if __name__ == "__main__":
    main()
