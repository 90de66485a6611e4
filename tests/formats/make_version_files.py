"""Puts files of the Keras that is installed, 2.12 or later, into keras_files/versions.tar.xz.

    KERAS_BACKEND=torch python tests/formats/make_version_files.py           all models
    KERAS_BACKEND=torch python tests/formats/make_version_files.py text cells     some

For each model of version_models.py: the `.keras` file as Keras wrote it, its JSON, and an
`.npz` of the data, Keras' predictions at the moment of saving, its weights after the same
batches once more, and its losses then.
"""

import io
import sys
import tarfile
import tempfile
import traceback
from pathlib import Path

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from formats import version_models as models

VERSION = keras.__version__
if models.is_old(keras):
    from tensorflow import keras  # some names are whole only there

ARCHIVE = Path(__file__).parent / "keras_files" / "versions.tar.xz"


def entries(name, folder):
    """(name, bytes) of what is kept of one model."""
    keras.utils.set_random_seed(len(name))
    model, (x, y) = models.BUILDERS[name](keras), models.data(name)
    models.train(model, x, y)
    path = Path(folder) / f"{name}.keras"
    # Keras 2.12 writes HDF5 into a `.keras` file, unless it is told not to.
    model.save(path, **({"save_format": "keras_v3"} if VERSION.startswith("2.12") else {}))
    predictions = model.predict(x, verbose=0)
    try:
        models.train(model, x, y)
    except Exception:  # noqa: BLE001
        # Where a weight and its average are one buffer, Keras on JAX cannot go on.
        model = keras.models.load_model(path)
        models.train(model, x, y)
    weights = [
        np.asarray(weight)
        for layer in model.layers
        if not hasattr(layer, "get_vocabulary")  # some versions count its tokens among them
        for weight in layer.get_weights()
    ]
    after = {f"weight_{place}": weight for place, weight in enumerate(weights)}
    losses = np.atleast_1d(model.evaluate(x, y, verbose=0))
    buffer = io.BytesIO()
    np.savez(buffer, x=x, y=y, predictions=predictions, losses=losses, **after)
    yield path.name, path.read_bytes()
    yield f"{name}.npz", buffer.getvalue()
    yield f"{name}.json", model.to_json().encode()


def main():
    found = {}
    if ARCHIVE.exists():
        with tarfile.open(ARCHIVE) as archive:
            found = {info.name: archive.extractfile(info).read() for info in archive}
    names = sys.argv[1:] or list(models.BUILDERS)
    made_now = tuple(f"{VERSION}/{name}." for name in names)
    found = {name: data for name, data in found.items() if not name.startswith(made_now)}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            try:
                kept = dict(entries(name, folder))
            except Exception:  # noqa: BLE001
                # Not every version has every optimiser; what is left out is told.
                print(VERSION, name, traceback.format_exc(limit=-2), flush=True)
                continue
            found |= {f"{VERSION}/{file}": data for file, data in kept.items()}
    # Versions have much in common, which one stream holds once where it lies side by side.
    with tarfile.open(ARCHIVE, "w:xz", preset=9) as archive:
        for name in sorted(found, key=lambda name: name.partition("/")[::-1]):
            member = tarfile.TarInfo(name)
            member.size = len(found[name])
            archive.addfile(member, io.BytesIO(found[name]))
    print(ARCHIVE, ARCHIVE.stat().st_size)


if __name__ == "__main__":
    main()
