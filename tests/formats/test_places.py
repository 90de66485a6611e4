"""Where files may be: paths of every kind, open files of every format, URLs."""

import builtins
import io
import os
import pathlib

import numpy as np
import pytest
from formats.archives import same, small_model
from formats.every_format import formats, savable, tiny_model

import fastgru
from fastgru.saving import inspect, load_model, load_weights, save_model, save_weights


def sentence(call, kind=ValueError):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


@formats
def test_paths_of_every_kind_and_open_files(found, tmp_path):
    savable(found)
    model, ending = tiny_model(), found.endings[0]
    text = str(tmp_path / f"m{ending}")
    for path in (text, os.fsencode(text), pathlib.Path(text)):
        save_model(model, path)
        same(load_model(path).get_weights(), model.get_weights())
        assert inspect(path).format == found.name
        os.unlink(text)
    file = io.BytesIO()
    save_model(model, file, format=ending[1:])
    file.seek(0)
    same(load_model(file).get_weights(), model.get_weights())
    file.seek(0)
    told = inspect(file)
    assert told.format == found.name
    # A graph of ONNX has constants beside the weights.
    constants = told.count() - sum(weight.size for weight in model.get_weights())
    assert constants > 0 if found.endings == (".onnx",) else constants == 0


@formats
def test_a_name_with_another_ending_is_written_as_the_format_given(found, tmp_path):
    savable(found)
    model = tiny_model()
    model.save(tmp_path / "m.bin", format=found.endings[0][1:])
    with open(tmp_path / "m.bin", "rb") as file:
        same(load_model(file).get_weights(), model.get_weights())


def test_weights_go_to_and_come_from_open_files(tmp_path):
    model, file = small_model(), io.BytesIO()
    save_weights(model, file)
    want = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in want])
    file.seek(0)
    load_weights(model, file)
    same(model.get_weights(), want)
    path = os.fsencode(tmp_path / "m.weights.h5")
    save_weights(model, path)
    load_weights(model, path)


def test_sentences():
    model = tiny_model()
    said = sentence(lambda: save_model(model, io.BytesIO(), format="pkl"))
    assert said.startswith("save_model: format must be one of keras")
    assert said.endswith("; got 'pkl'.")
    said = sentence(lambda: load_model(io.BytesIO(b"\x80\x04K\x01.")), fastgru.ModelFormatError)
    assert said == (
        "load_model: the file must be a .keras file, which is a zip; "
        "got one that starts with b'\\x80\\x04K\\x01'."
    )

    class Words:
        def read(self):
            return "words"

    said = sentence(lambda: load_model(Words()), TypeError)
    assert said == "load_model: filepath must give bytes; got str."


def test_urls(tmp_path):
    fsspec = pytest.importorskip("fsspec")
    model = small_model()
    for url in ("memory://box/m.keras", f"file://{tmp_path}/m.keras"):
        save_model(model, url)
        same(load_model(url).get_weights(), model.get_weights())
        assert inspect(url).format == "Keras 3"
        said = sentence(
            lambda url=url: save_model(model, url, overwrite=False), FileExistsError
        )
        assert (
            said
            == f"save_model: filepath must be new; got {url!r}. overwrite=True replaces it."
        )
    # On this machine, as all or nothing as under a path.
    assert os.listdir(tmp_path) == ["m.keras"]
    save_weights(model, "memory://box/m.weights.h5")
    load_weights(model, "memory://box/m.weights.h5")
    with pytest.raises(FileNotFoundError):
        load_model("memory://box/no.keras")
    said = sentence(lambda: load_model("nowhere://box/m.keras"))
    assert said == (
        "load_model: filepath must be a URL that fsspec knows; got 'nowhere://box/m.keras'. "
        "Protocol not known: nowhere"
    )
    fsspec.filesystem("memory").rm("/box", recursive=True)


def test_a_url_without_fsspec_names_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *given, **options):
        if name.startswith("fsspec"):
            raise ImportError(name)
        return real(name, *given, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    for call in (load_model, lambda url: save_model(tiny_model(), url)):
        said = sentence(lambda call=call: call("memory://m.keras"), ImportError)
        assert said.partition(": ")[2] == (
            "filepath must be a path where fsspec is not installed; got 'memory://m.keras'. "
            "pip install fsspec"
        )
