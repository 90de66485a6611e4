"""A small `.keras` file to take apart, change and put together again."""

import copy
import io
import json
import warnings
import zipfile

import h5py
import numpy as np

import fastgru
from fastgru.layers import GRU, Dense, Embedding, Input

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def small_model():
    """A model with one layer of each kind of weights, trained for a step."""
    # Names of their own: automatic ones count what the process has made before.
    model = fastgru.Sequential([
        Input((3,), name="input_layer"), Embedding(4, 2, name="embedding"), GRU(2, name="gru"),
        Dense(1, name="dense"),
    ], name="small")  # fmt: skip
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.arange(6).reshape(2, 3) % 4, np.ones((2, 1)), verbose=0)
    return model


def save(model):
    """The bytes of a model's file."""
    file = io.BytesIO()
    fastgru.saving.save_model(model, file)
    return file.getvalue()


def load(data, compile=True):
    return fastgru.saving.load_model(io.BytesIO(data), compile=compile)


def parts(data):
    """{name: bytes} of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members, method=zipfile.ZIP_STORED):
    """An archive of {name: bytes} or of (name, bytes) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data)
    return file.getvalue()


def config_of(data):
    return json.loads(parts(data)[CONFIG])


def with_config(data, change):
    """The archive with its config.json replaced: by `change`, or by what it returns."""
    members = parts(data)
    config = json.loads(members[CONFIG])
    changed = change(config) if callable(change) else change
    config = config if changed is None else changed
    members[CONFIG] = config if isinstance(config, (str, bytes)) else json.dumps(config)
    return pack(members)


def with_weights(data, change):
    """The archive with its weights file changed: `change` gets the open file."""
    members = parts(data)
    members[WEIGHTS] = changed_weights(members[WEIGHTS], change)
    return pack(members)


def changed_weights(data, change):
    file = io.BytesIO(data)
    with h5py.File(file, "r+") as root:
        change(root)
    return file.getvalue()


def put(config, path, value):
    """A copy of nested lists and dicts with another value at the end of `path`."""
    if not path:
        return value
    changed = inner = copy.deepcopy(config)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def paths(value, path=()):
    """The path of every value in nested lists and dicts."""
    yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[key], (*path, key))


def same(mine, theirs):
    """Assert that two lists of arrays are equal, bit by bit."""
    for a, b in zip(mine, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
