"""`save_model` and `load_model`: what they take, and what they say."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from formats.archives import load, same, save, small_model

import fastgru
from fastgru import Sequential
from fastgru.formats import FORMATS
from fastgru.layers import Dense, Input, Layer
from fastgru.saving import load_model, save_model


def test_paths_and_files_are_taken(tmp_path):
    model = small_model()
    for path in (tmp_path / "a.keras", str(tmp_path / "b.keras")):
        model.save(path)
        same(load_model(path).get_weights(), model.get_weights())
    with open(tmp_path / "c", "wb", buffering=0) as file:
        file.write(b"")
        model.save(file)
    with open(tmp_path / "c", "rb") as file:
        same(fastgru.models.load_model(file).get_weights(), model.get_weights())


def test_a_writer_that_takes_a_part_at_a_time_gets_all():
    class Slow(io.BytesIO):
        def write(self, data):
            return super().write(bytes(data[:1000]))

    file = Slow()
    save_model(small_model(), file)
    assert load(file.getvalue()).built


ENDINGS = " or ".join(ending for found in FORMATS for ending in found.endings)


def sentence(call, kind=ValueError):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_sentences_of_save(tmp_path):
    model, path = small_model(), str(tmp_path / "a.keras")
    said = sentence(lambda: model.save("a.txt"))
    assert said == f"save_model: filepath must end in {ENDINGS}; got 'a.txt'."
    said = sentence(lambda: save_model(fastgru.Sequential([Dense(1)]), path))
    assert said == (
        "save_model: the model must be built; got no input shape. "
        "Give the first layer an input_shape, or call build or fit."
    )
    said = sentence(lambda: save_model(3, path), TypeError)
    assert said == "save_model: model must be a Sequential; got int."
    said = sentence(lambda: model.save(3), TypeError)
    assert said == "save_model: filepath must be a path or a binary file; got int."
    said = sentence(lambda: model.save(io.StringIO()), TypeError)
    assert said == "save_model: filepath must be opened in binary mode; got a text file."
    model.save(path, overwrite=False)
    said = sentence(lambda: model.save(path, overwrite=False), FileExistsError)
    assert said == (
        f"save_model: filepath must be new; got {path!r}. overwrite=True replaces it."
    )
    assert os.listdir(tmp_path) == ["a.keras"]


def test_sentences_of_load(tmp_path):
    said = sentence(lambda: load_model("a.txt"))
    assert said == f"load_model: filepath must end in {ENDINGS}; got 'a.txt'."
    said = sentence(lambda: load_model(io.StringIO()), TypeError)
    assert said == "load_model: filepath must be opened in binary mode; got a text file."
    said = sentence(lambda: load_model(io.BytesIO(), compile="no"), TypeError)
    assert said == "load_model: compile must be True or False; got 'no'."
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "a.keras")


def test_a_layer_of_one_s_own_is_refused():
    class Mine(Layer):
        pass

    model = fastgru.Sequential([Input((3,)), Mine(name="mine")])
    said = sentence(lambda: save(model))
    assert said == (
        "save_model: every layer must be one of fastgru.layers; got Mine for 'mine'."
    )


def test_names_that_became_equal_are_refused_before_a_file_is_touched(tmp_path):
    model = small_model()
    model.add(Sequential([Input((1,)), Dense(2, name="one"), Dense(1, name="two")]))
    inner = model.layers[-1].layers
    for layers, name in ((inner, "two"), (model.layers, "other")):
        before, layers[0].name = layers[0].name, name
        layers[-1].name = name
        for write, endings in (
            (model.save, [ending for found in FORMATS for ending in found.endings]),
            (model.save_weights, [".weights.h5", ".h5", ".npz"]),
        ):
            for ending in endings:
                path = tmp_path / f"model{ending}"
                where = "save_weights" if write == model.save_weights else "save_model"
                assert (
                    sentence(lambda write=write, path=path: write(path))
                    == f"{where}: layer names must differ; got {name!r} twice."
                )
                assert not path.exists()
        layers[0].name = before


def test_a_loss_of_one_s_own_is_left_out_with_a_warning(tmp_path):
    class Mine(fastgru.losses.MeanSquaredError):
        pass

    model = small_model()
    model.compile("adam", Mine())
    with pytest.warns(UserWarning) as caught:
        model.save(tmp_path / "a.keras")
    assert str(caught[0].message) == (
        "save_model: what the model is compiled with must be of fastgru to be saved; got Mine. "
        "The file holds the model without it."
    )
    assert not load_model(tmp_path / "a.keras").compiled


def test_one_name_for_the_exception():
    assert fastgru.ModelFormatError is fastgru.saving.ModelFormatError
    assert issubclass(fastgru.ModelFormatError, ValueError)


def test_libraries_are_loaded_when_needed():
    code = (
        "import sys, fastgru.saving, fastgru.models;"
        "print('h5py' in sys.modules, 'fastgru.formats.keras_zip' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(fastgru.__file__).parents[1])}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
