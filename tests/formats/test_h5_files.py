"""Whole models in `.h5` files: those of tf.keras and Keras 3 go on, ours come back."""

import gzip
import io
import json
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from formats import h5_models, models
from small_models import says

import fastgru
from fastgru.layers import GRU, Dense, Input
from fastgru.saving import inspect, load_model

FILES = sorted((Path(__file__).parent / "h5_files").glob("[!a]*.h5.gz"))
both = pytest.mark.parametrize("name", h5_models.BOTH)


def unpacked(path):
    return io.BytesIO(gzip.decompress(path.read_bytes()))


def name_of(path):
    return path.name.removesuffix(".h5.gz")


def close(mine, theirs, tolerance):
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_of_keras_predict_and_train_on_as_there(path):
    known = np.load(path.with_name(f"{name_of(path)}.npz"))
    model = load_model(unpacked(path))
    close([model.predict(known["x"], verbose=0)], [known["predictions"]], 1e-6)
    before = model.optimizer.iterations
    h5_models.train(model, known["x"], known["y"])
    assert (before, model.optimizer.iterations) == (5, 10)
    weights = model.get_weights()
    close(weights, [known[f"weight_{i}"] for i in range(len(weights))], 1e-5)


def optimizer_of(model):
    """Its configuration, but how it would average if it did."""
    config = model.optimizer.get_config()
    return {key: value for key, value in config.items() if not key.startswith("ema_")}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_keras_wrote_is_saved_again_without_loss(path, tmp_path):
    known = np.load(path.with_name(f"{name_of(path)}.npz"))
    model = load_model(unpacked(path))
    # A vocabulary is written into a `.keras` file alone.
    for ending in ("keras", "h5")[: 1 if model.layers[0].takes_text else 2]:
        model.save(tmp_path / f"m.{ending}")
        again = load_model(tmp_path / f"m.{ending}")
        assert again.get_config() == model.get_config()
        assert optimizer_of(again) == optimizer_of(model)
        assert again.metrics_names == model.metrics_names
        h5_models.train(again, known["x"], known["y"])
        weights = again.get_weights()
        close(weights, [known[f"weight_{i}"] for i in range(len(weights))], 1e-5)


@pytest.mark.parametrize("name", models.NAMES)
def test_our_own_files_come_back_and_train_on(name):
    model, x, y = models.trained(fastgru, name)
    file = io.BytesIO()
    fastgru.saving.save_model(model, file, format="h5")
    again = load_model(io.BytesIO(file.getvalue()))
    assert again.get_config() == model.get_config()
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    for each in (model, again):
        models.train(each, x, y)
    assert again.optimizer.iterations == model.optimizer.iterations
    for mine, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    bare = load_model(io.BytesIO(file.getvalue()), compile=False)
    assert not bare.compiled


# The masks end in a layer that does not take them, which Keras tells.
@pytest.mark.filterwarnings("ignore:.*mask.*:UserWarning")
@both
def test_keras_3_opens_ours(name, tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    model, (x, y) = h5_models.MODELS[name](fastgru), h5_models.data(name)
    h5_models.train(model, x, y)
    model.save(tmp_path / "m.h5")
    # Keras 3 builds the optimiser of such a file for no weights, so that it cannot train on.
    theirs = keras.models.load_model(tmp_path / "m.h5")
    close([theirs.predict(x, verbose=0)], [model.predict(x, verbose=0)], 1e-6)
    close(theirs.get_weights(), model.get_weights(), 0)
    config, wanted = (each.optimizer.get_config() for each in (theirs, model))
    assert type(theirs.optimizer).__name__ == type(model.optimizer).__name__
    for key, value in wanted.items():
        assert config[key] == value or abs(config[key] - value) < 1e-8
    model.save_weights(tmp_path / "w.h5")
    other = h5_models.MODELS[name](keras)
    other.load_weights(tmp_path / "w.h5")
    close(other.get_weights(), model.get_weights(), 0)


def test_a_functional_chain_opens(tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    L, x = keras.layers, np.random.default_rng(1).normal(size=(4, 5, 3)).astype(np.float32)
    inputs = keras.Input((5, 3))
    y = L.Dense(2)(L.GRU(3)(L.Bidirectional(L.GRU(2, return_sequences=True))(inputs)))
    theirs = keras.Model(inputs, y)
    theirs.save(tmp_path / "m.h5")
    model = load_model(tmp_path / "m.h5")
    close([model.predict(x, verbose=0)], [theirs.predict(x, verbose=0)], 1e-6)


def test_what_such_a_file_cannot_be_or_hold_is_told(tmp_path):
    path = tmp_path / "m.h5"
    path.write_bytes(b"hello")
    with says(
        fastgru.ModelFormatError,
        "load_model: the file must be an HDF5 file; got one that starts with b'hell'.",
    ):
        load_model(path)
    model = fastgru.Sequential([Input((None, 3)), GRU(4), Dense(1)])
    model.save_weights(path)
    with says(
        fastgru.ModelFormatError,
        "load_model: the file must have a model_config; got none. model.load_weights reads a "
        "file of weights alone.",
    ):
        load_model(path)
    words = fastgru.layers.TextVectorization(vocabulary=["a"], name="words")
    texts = fastgru.Sequential([words, fastgru.layers.Embedding(3, 2), GRU(2)])
    texts.build((None, 1))
    with says(
        ValueError, "save_model: words must be saved to a .keras file; got an HDF5 file."
    ):
        texts.save(path)


def test_a_vocabulary_that_is_not_in_the_configuration(tmp_path):
    path = tmp_path / "m.h5"
    path.write_bytes(unpacked(Path(__file__).parent / "h5_files/texts_2.15.0.h5.gz").read())
    with h5py.File(path, "r+") as root:
        config = json.loads(root.attrs["model_config"])
        config["config"]["layers"][1]["config"].update(
            vocabulary=None, idf_weights=None, name="words"
        )
        root.attrs["model_config"] = json.dumps(config)
    with says(
        fastgru.ModelFormatError,
        "load_model: words must be in a .keras file; got an HDF5 file, which has no words.",
    ):
        load_model(path)


def test_inspect_tells_layers_and_their_arrays(tmp_path):
    model = fastgru.Sequential([Input((None, 3)), GRU(4), Dense(1)], name="small")
    model.compile("adam", "mse")
    model.save(tmp_path / "m.hdf5")
    found = inspect(tmp_path / "m.hdf5")
    assert found.format == "Keras HDF5" and found.versions["keras_version"] == "3.15.1"
    assert [(row.kind, row.shapes) for row in found.layers] == [
        ("InputLayer", []),
        ("GRU", [
            (f"small/{model.layers[0].name}/{what}", shape, "float32")
            for what, shape in (
                ("kernel", (3, 12)), ("recurrent_kernel", (4, 12)), ("bias", (2, 12)),
            )
        ]),
        ("Dense", [
            (f"small/{model.layers[1].name}/kernel", (4, 1), "float32"),
            (f"small/{model.layers[1].name}/bias", (1,), "float32"),
        ]),
    ]  # fmt: skip
    assert found.notes[1:] == ["compiled"]
    model.save_weights(tmp_path / "w.h5")
    alone = inspect(tmp_path / "w.h5")
    assert [row.kind for row in alone.layers] == ["", ""]
    assert alone.notes[1:] == ["weights alone"]


def test_many_layers_have_their_names_in_parts(tmp_path):
    # Beside one another these would not fit where HDF5 keeps attributes.
    layers = [Input((2,)), *(Dense(2, name=f"dense_{i:0200}") for i in range(400))]
    model = fastgru.Sequential(layers)
    model.compile("adam", "mse")
    model.fit(np.ones((2, 2)), np.ones((2, 2)), verbose=0)
    model.save(tmp_path / "m.h5")
    again = load_model(tmp_path / "m.h5")
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))
    assert again.optimizer.iterations == 1


def test_names_in_parts_as_keras_cuts_them(tmp_path):
    model = fastgru.Sequential([Input((2,)), Dense(3), Dense(1)])
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as root:
        group = root["model_weights"]
        names = [name.encode() for name in group.attrs["layer_names"]]
        del group.attrs["layer_names"]
        for number, name in enumerate(names):
            group.attrs[f"layer_names{number}"] = np.array([name])
        config = json.loads(root.attrs["model_config"])
        root.attrs["model_config"] = np.bytes_(json.dumps(config))  # of fixed length
    again = load_model(tmp_path / "m.h5")
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))


def test_slots_that_share_one_array_are_no_state(tmp_path):
    """Keras 3.5 has one name for all slots of some optimisers, and so the last array alone."""
    layers = [Input((2,)), Dense(2, use_bias=False), Dense(2, use_bias=False)]
    model = fastgru.Sequential(layers)
    model.compile("adagrad", "mse")
    model.fit(np.ones((2, 2)), np.ones((2, 2)), verbose=0)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as root:
        group = root["optimizer_weights"]
        names = list(group.attrs["weight_names"])
        group.attrs["weight_names"] = [*names[:-1], names[-2]]
    with pytest.warns(UserWarning) as caught:
        again = load_model(tmp_path / "m.h5")
    assert [str(one.message) for one in caught] == [
        (
            "load_model: the file must have the state of this Adagrad; got another. The optimiser "
            "starts afresh."
        )
    ]
    assert again.optimizer.iterations == 0
