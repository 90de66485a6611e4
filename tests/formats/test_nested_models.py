"""Models inside of models in files: ours there and back, in Keras, and what is refused.

Files of real Keras with such are among those of `test_version_files.py`.
"""

import io
import json
import os

import h5py
import numpy as np
import pytest
from formats import of_versions, version_models
from formats.archives import WEIGHTS, config_of, load, parts, put, save, with_config
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru import Sequential
from fastgru.formats import keras_older
from fastgru.layers import GRU, Dense, Embedding, Input, TimeDistributed
from fastgru.saving import from_keras, inspect, load_model, to_keras

X, Y = version_models.data("nested")


@pytest.fixture(scope="module")
def model():
    """After some steps; tests leave it as it is."""
    found = version_models.nested(fastgru)
    version_models.train(found, X, Y)
    return found


def same_weights(one, other):
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        assert_array_equal(mine, theirs)


@pytest.mark.parametrize("ending", ["keras", "h5", "safetensors"])
def test_it_comes_back_and_trains_on(model, ending, tmp_path):
    model.save(tmp_path / f"m.{ending}")
    back, again = (load_model(tmp_path / f"m.{ending}") for _ in range(2))
    assert back.get_config() == model.get_config()
    assert len(back.trainable_weights) == len(model.trainable_weights)
    assert_array_equal(back.predict(X, verbose=0), model.predict(X, verbose=0))
    inner, known = (each.get_layer("encoder").predict(X, verbose=0) for each in (back, model))
    assert_array_equal(inner, known)
    for each in (back, again):
        version_models.train(each, X, Y)
    same_weights(back, again)
    again.save(tmp_path / f"n.{ending}")
    same_weights(load_model(tmp_path / f"n.{ending}"), back)
    known = of_versions.known("3.15.1", "nested")
    read = load_model(io.BytesIO(of_versions.members("3.15.1")["nested.keras"]))
    read.save(tmp_path / f"k.{ending}")
    read = load_model(tmp_path / f"k.{ending}")
    version_models.train(read, X, Y)
    for place, weight in enumerate(read.get_weights()):
        assert_allclose(weight, known[f"weight_{place}"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("ending", ["weights.h5", "h5", "npz"])
def test_weights_alone(model, ending, tmp_path):
    path = tmp_path / f"w.{ending}"
    model.save_weights(path)
    for options in ({}, {"skip_mismatch": True}, {"by_name": True}):
        if (options and ending == "npz") or ("by_name" in options and ending != "h5"):
            continue
        other = version_models.nested(fastgru)
        for mine, theirs in zip(other.layers, model.layers, strict=True):
            mine.name = theirs.name
        other.load_weights(path, **options)
        same_weights(other, model)


def test_the_weights_lie_where_keras_has_them(model):
    found = []
    for data in (save(model), of_versions.members("3.15.1")["nested.keras"]):
        names = []
        with h5py.File(io.BytesIO(parts(data)[WEIGHTS])) as root:
            root.visit(names.append)
        found.append(sorted(name for name in names if not name.startswith("optimizer")))
    assert found[0] == found[1]


def test_the_other_formats_compute_the_same(model, tmp_path):
    torch = pytest.importorskip("torch")
    expected = model.predict(X, verbose=0)
    simple = Sequential([
        Input((6,)), Sequential([Embedding(9, 3), GRU(4, return_sequences=True)], name="a"),
        TimeDistributed(Sequential([Dense(3, activation="relu"), Dense(2)])), GRU(3),
        Sequential([Dense(2), Sequential([Dense(1)])], name="b"),
    ])  # fmt: skip
    # PyTorch has no TimeDistributed.
    plain = Sequential([Input((6,)), *(simple.layers[i].again() for i in (0, 2, 3))])
    module = fastgru.saving.to_torch(plain)
    assert_allclose(
        module(torch.tensor(X)).detach().numpy(), plain.predict(X, verbose=0), atol=1e-6
    )
    assert sum(each.numel() for each in module.parameters()) == plain.count_params()
    runtime = pytest.importorskip("onnxruntime")
    for each, known in ((model, expected), (simple, simple.predict(X, verbose=0))):
        each.export(tmp_path / "m.onnx", format="onnx")
        session = runtime.InferenceSession(tmp_path / "m.onnx")
        (given,) = session.get_inputs()
        (found,) = session.run(None, {given.name: X})
        assert_allclose(found, known, atol=1e-6)


# The head ends the masks, which Keras tells.
@pytest.mark.filterwarnings("ignore:.*mask.*:UserWarning")
def test_keras_opens_ours(model, tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    expected = model.predict(X, verbose=0)
    model.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert_allclose(theirs.predict(X, verbose=0), expected, rtol=0, atol=1e-6)
    live = to_keras(model)
    for found in (theirs, live):
        assert len(found.trainable_variables) == len(model.trainable_weights)
        same_weights(found, model)
    for one, other in zip(theirs.optimizer.variables, live.optimizer.variables, strict=True):
        assert_array_equal(np.asarray(one), np.asarray(other))
    assert_array_equal(from_keras(live).predict(X, verbose=0), expected)


@pytest.mark.parametrize("ending", ["keras", "h5", "safetensors"])
def test_chains_inside_come_back_as_sequentials(ending, tmp_path):
    known = of_versions.known("3.15.1", "chains")
    model = load_model(io.BytesIO(of_versions.members("3.15.1")["chains.keras"]))
    inner = model.layers[3].layers[0]
    assert [layer.name for layer in model.layers[:4:3]] == ["encoder", "head"]
    assert inner.name == "deep" and inner.predict(np.ones((2, 3))).shape == (2, 3)
    model.save(tmp_path / f"m.{ending}")
    again = load_model(tmp_path / f"m.{ending}")
    assert again.get_config() == model.get_config()
    version_models.train(again, X, Y)
    for place, weight in enumerate(again.get_weights()):
        assert_allclose(weight, known[f"weight_{place}"], rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*mask.*:UserWarning")
def test_keras_opens_what_were_chains(tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    model = load(of_versions.members("3.15.1")["chains.keras"])
    expected = model.predict(X, verbose=0)
    model.save(tmp_path / "m.h5")
    for theirs in (to_keras(model), keras.models.load_model(tmp_path / "m.h5")):
        same_weights(theirs, model)
        assert_allclose(np.asarray(theirs(X)), expected, rtol=0, atol=1e-6)
    live = version_models.chains(keras)
    ours = from_keras(live).predict(X, verbose=0)
    assert_allclose(ours, np.asarray(live(X)), rtol=0, atol=1e-6)


def test_weights_alone_of_chains_inside(model, tmp_path):
    """Their groups have another name, which a model from such a file knows and others guess."""
    data = of_versions.members("3.15.1")["chains.keras"]
    model.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "r+") as root:
        for path in ("layers/sequential_1/layers/sequential", "layers/sequential_1",
                     "layers/sequential"):  # fmt: skip
            top, _, name = path.rpartition("/")
            root[top].move(name, name.replace("sequential", "functional"))
    (tmp_path / "chains.weights.h5").write_bytes(parts(data)[WEIGHTS])
    for name, one in (("w", version_models.nested(fastgru)), ("chains", load(data))):
        wanted = (model if name == "w" else load(data)).get_weights()
        for options in ({}, {"skip_mismatch": True}):
            one.set_weights([np.zeros_like(weight) for weight in wanted])
            one.load_weights(tmp_path / f"{name}.weights.h5", **options)
            assert all(map(np.array_equal, one.get_weights(), wanted))


@pytest.mark.parametrize("version", of_versions.VERSIONS)
def test_inspect_tells_what_opens(version):
    for name in ("chain", "chains", "nested", "texts_tf_idf"):
        if f"{name}.keras" not in (found := of_versions.members(version)):
            continue  # Keras 3 has texts only where TensorFlow is
        told = inspect(io.BytesIO(found[f"{name}.keras"]))
        assert not [note for note in told.notes if "cannot" in note]
        weights = [v for row in told.layers for v in row.shapes if "idf" not in v[0]]
        mine = load(found[f"{name}.keras"])
        assert sum(int(np.prod(shape)) for _, shape, _ in weights) == mine.count_params()
        assert all(row.kind for row in told.layers)


def test_a_frozen_layer_of_a_frozen_model_stays_so():
    inner = Sequential([Input((4,)), Dense(2, trainable=False), Dense(3)], name="inner")
    model = Sequential([Input((4,)), inner, Dense(1)], trainable=False)
    assert not any(layer.trainable for layer in load(save(model)).layers[0].layers)
    inner.trainable = True
    inner.layers[0].trainable = False
    back = load(save(model))
    flags = [one.trainable for one in (*back.layers[0].layers, back.layers[1])]
    assert flags == [False, True, False] and not back.trainable
    assert len(back.trainable_weights) == len(model.trainable_weights) == 2


def test_a_list_for_a_configuration_as_first_keras_wrote_it():
    dense = {"class_name": "Dense", "config": {"output_dim": 3, "name": "d", "bias": True}}
    inner = {"class_name": "Sequential", "config": [dense]}
    found = keras_older.newer({"class_name": "Sequential", "config": [inner]}, "1.2.2")
    (told,) = found["config"]["layers"]
    assert told["class_name"] == "Sequential"
    (told,) = told["config"]["layers"]
    assert told["config"] == {"units": 3, "name": "d", "use_bias": True}


def test_what_is_inside_must_fit_into_the_file_too():
    data = save(Sequential([Input((4,)), Sequential([Dense(2)], name="inner")]))
    path = ("config", "layers", 1, "config", "layers", 0, "config", "units")
    size = len(parts(data)[WEIGHTS])
    with pytest.raises(fastgru.ModelFormatError) as caught:
        load(with_config(data, json.dumps(put(config_of(data), path, 10**9))))
    assert str(caught.value) == (
        f"load_model: the weights up to 'inner' must fit in the {size} bytes of "
        f"{WEIGHTS}; got {4 * (4 + 1) * 10**9} bytes."
    )
    deep = config_of(data)
    for _ in range(40):
        inner = {"module": "keras", "class_name": "Sequential", "config": {
            "name": "inner", "layers": [deep["config"]["layers"][1]],
        }}  # fmt: skip
        deep = put(deep, ("config", "layers", 1), inner)
    with pytest.raises(fastgru.ModelFormatError, match="be nested at most 64 deep"):
        load(with_config(data, json.dumps(deep)))
