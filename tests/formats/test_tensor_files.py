"""`.safetensors` files of models and `.npz` files of weights: there, back, and by others."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from formats import models
from numpy.testing import assert_array_equal

import fastgru
from fastgru import layers as L
from fastgru._errors import ModelFormatError
from fastgru.formats import safetensors, safetensors_file


def same(mine, theirs):
    for a, b in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        assert a.dtype == b.dtype
        assert_array_equal(a, b)


@pytest.mark.parametrize("name", models.NAMES)
def test_a_model_comes_back_and_its_training_goes_on(name, tmp_path):
    path = tmp_path / "m.safetensors"
    model, x, y = models.trained(fastgru, name)
    model.save(path)
    found = fastgru.saving.load_model(path)
    same(found, model)
    assert found.get_config() == model.get_config()
    models.train(model, x, y)
    models.train(found, x, y)
    same(found, model)
    assert not fastgru.saving.load_model(path, compile=False).compiled


def test_names_of_tensors_and_of_the_metadata(tmp_path):
    path = tmp_path / "m.safetensors"
    model = fastgru.Sequential(
        [L.Input((5, 3)), L.Bidirectional(L.GRU(2), name="both"), L.Dense(1, name="out")]
    )
    model.compile(fastgru.optimizers.SGD(0.25, momentum=0.5), "mse")
    model.save(path)
    file = safetensors_file.read(path.read_bytes(), "test")
    parts = [f"both/{way}_layer/{name}" for way in ("forward", "backward")
             for name in ("kernel", "recurrent_kernel", "bias")]  # fmt: skip
    parts += ["out/kernel", "out/bias"]
    assert list(file.tensors) == [*parts, *(f"/optimizer/momentum/{name}" for name in parts)]
    assert file.metadata["format"] == "fastgru"
    assert file.metadata["fastgru_version"] == fastgru.__version__
    assert json.loads(file.metadata["optimizer"]) == {"steps": 0, "learning_rate": 0.25}
    assert json.loads(file.metadata["config"])["class_name"] == "Sequential"


def test_the_library_reads_what_is_written_and_writes_what_is_read(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    path, other = tmp_path / "m.safetensors", tmp_path / "other.safetensors"
    model, _, _ = models.trained(fastgru, "adam")
    model.save(path)
    arrays = library.load_file(path)
    for layer in model.layers:
        for spec, weight in zip(layer.specs, layer.get_weights(), strict=True):
            assert_array_equal(arrays[f"{layer.name}/{spec.name}"], weight)
    metadata = safetensors_file.read(path.read_bytes(), "test").metadata
    library.save_file(arrays, other, metadata)  # in an order of its own
    same(fastgru.saving.load_model(other), model)
    for dtype in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1"):
        array = np.arange(6).reshape(2, 3).astype(dtype)
        data = library.save({"a.b": array, "empty": np.zeros((0, 2), dtype)})
        file = safetensors_file.read(data, "test")
        assert_array_equal(file.array("a.b"), array)
        assert file.array("a.b").dtype == array.dtype and file.array("empty").shape == (0, 2)


def test_bfloat16_is_read_as_float32():
    values = np.array([1.5, -0.0078125, np.inf], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2")
    data = safetensors_file.write({"a": halves.view(np.uint8)}, {})
    data = data.replace(b'"U8","shape":[6]', b'"BF16","shape":[3]')
    length = int.from_bytes(data[:8], "little") + len("BF16") - len("U8")
    data = length.to_bytes(8, "little") + data[8:]
    assert_array_equal(safetensors_file.read(data, "test").array("a"), values)


def test_vocabularies_and_their_weights(tmp_path):
    path = tmp_path / "m.safetensors"
    texts = ["a good film", "a bad film", "good good"]
    text = L.TextVectorization(max_tokens=9, output_mode="tf_idf", name="text")
    text.adapt(texts)
    model = fastgru.Sequential([text, L.Dense(2)])
    want = model.predict(np.array(texts, object), verbose=0)
    model.save(path)
    found = fastgru.saving.load_model(path)
    assert found.layers[0].get_vocabulary() == text.get_vocabulary()
    assert_array_equal(found.predict(np.array(texts, object), verbose=0), want)


def test_a_loss_of_the_users_own_is_left_out_with_a_warning(tmp_path):
    class Mine(fastgru.Loss):
        def call(self, y_true, y_pred):
            return (y_true - y_pred) ** 2

    path = tmp_path / "m.safetensors"
    model = fastgru.Sequential([L.Input((5, 3)), L.GRU(2), L.Dense(1)])
    model.compile("adam", Mine())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.save(path)
    assert len(caught) == 1 and "The file holds the model without it." in str(caught[0].message)
    same(fastgru.saving.load_model(path), model)


def test_an_existing_file_stays(tmp_path):
    model = fastgru.Sequential([L.Input((5, 3)), L.GRU(2)])
    for name, save in (("m.safetensors", model.save), ("w.npz", model.save_weights)):
        path = tmp_path / name
        path.write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            save(path, overwrite=False)
        assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["adam", "float64", "companions"])
def test_npz_files_of_weights(name, tmp_path):
    path = tmp_path / "w.npz"
    model, _, _ = models.trained(fastgru, name)
    model.save_weights(path)
    other = models.build(fastgru, name)
    other.load_weights(path)
    same(other, model)
    with np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file}
    for array, weight in zip(arrays.values(), model.get_weights(), strict=True):
        assert_array_equal(array, weight)
    if name == "adam":
        parts = ("kernel", "recurrent_kernel", "bias")
        assert list(arrays) == [
            "embedding/embeddings", *(f"gru/{p}" for p in parts), *(f"gru_1/{p}" for p in parts),
            "dense/kernel", "dense/bias",
        ]  # fmt: skip
    # As others write it.
    np.savez_compressed(path, **{key: np.asfortranarray(a) for key, a in arrays.items()})
    before = other.get_weights()
    other.set_weights([np.zeros_like(weight) for weight in before])
    other.load_weights(path)
    same(other, model)


def test_nothing_changes_where_weights_do_not_fit(tmp_path):
    path = tmp_path / "w.npz"
    models.build(fastgru, "sgd").save_weights(path)
    other = fastgru.Sequential([L.Input((6, 4)), L.GRU(5), L.Dense(3)])
    before = other.get_weights()
    with pytest.raises(ModelFormatError) as caught:
        other.load_weights(path)
    assert str(caught.value) == "load_weights: dense/kernel must have shape (5, 3); got (5, 2)."
    for mine, old in zip(other.get_weights(), before, strict=True):
        assert_array_equal(mine, old)


def test_inspect_lists_variables(tmp_path):
    path = tmp_path / "m.safetensors"
    model, _, _ = models.trained(fastgru, "adam")
    model.save(path)
    found = safetensors.inspect(path.read_bytes())
    assert found.format == "safetensors" and found.versions == {"fastgru": fastgru.__version__}
    assert [(row.name, row.kind) for row in found.layers] == [
        (layer.name, type(layer).__name__) for layer in model.layers
    ]
    assert found.layers[1].shapes == [
        ("kernel", (4, 15), "F32"), ("recurrent_kernel", (5, 15), "F32"), ("bias", (2, 15), "F32"),
    ]  # fmt: skip
    size = 3 * 4 * model.count_params()  # weights, and two moments of each
    assert found.notes == ["with the optimiser's state", f"{size} bytes of numbers"]
    state = Path(__file__).parent / "torch_files" / "text.safetensors"
    found = safetensors.inspect(state.read_bytes())
    assert found.versions == {} and {row.kind for row in found.layers} == {""}
    assert sorted(row.name for row in found.layers) == ["classify", "encoder", "words"]
