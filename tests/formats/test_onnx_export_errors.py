"""What cannot be exported is refused in one sentence, and no file is touched."""

import builtins
import os
import subprocess
import sys

import numpy as np
import pytest
from formats.onnx_runs import exported, onnx

from fastgru import Input, Sequential
from fastgru.formats.onnx_export.model import NEWEST
from fastgru.layers import (
    GRU,
    Dense,
    Embedding,
    Layer,
    LayerNormalization,
    TextVectorization,
)


def small():
    return Sequential([Input((None, 3)), GRU(4), Dense(1)])


def refused(kind, sentence, model, path, **options):
    with pytest.raises(kind) as caught:
        model.export(path, **options)
    assert str(caught.value) == sentence


def test_arguments(tmp_path):
    model, path = small(), tmp_path / "m.onnx"
    path.write_bytes(b"old")
    refused(ValueError, "export: format must be one of 'onnx'; got 'tf_saved_model'.",
            model, path, format="tf_saved_model")  # fmt: skip
    refused(ValueError, f"export: opset_version must lie in [17, {NEWEST}]; got 16.",
            model, path, opset_version=16)  # fmt: skip
    refused(ValueError, f"export: opset_version must lie in [17, {NEWEST}]; got {NEWEST + 1}.",
            model, path, opset_version=NEWEST + 1)  # fmt: skip
    refused(TypeError, "export: opset_version must be an integer; got '17'.",
            model, path, opset_version="17")  # fmt: skip
    refused(FileExistsError, f"export: filepath must be new; got {str(path)!r}. "
            "overwrite=True replaces it.", model, path, overwrite=False)  # fmt: skip
    refused(ValueError, "export: filepath must be a path that ends in .onnx; got 'm.pb'.",
            model, "m.pb")  # fmt: skip
    refused(NotImplementedError, "export: input_signature must be None; got [1]. "
            "fastgru does not have this yet.", model, path, input_signature=[1])  # fmt: skip
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["m.onnx"]
    refused(ValueError, "export: the model must be built; got no input shape. "
            "Give the first layer an input_shape, or call build or fit.",
            Sequential([GRU(4)]), path)  # fmt: skip
    model.export(path, verbose=1)
    onnx.checker.check_model(path, full_check=True)


def test_more_weights_than_a_file_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("fastgru.formats.onnx_export._MOST_BYTES", 400)
    refused(ValueError, "export: the weights must fit in 400 bytes; got 452 bytes.",
            small(), tmp_path / "m.onnx")  # fmt: skip
    assert not os.listdir(tmp_path)


def test_layers_of_others(tmp_path):
    class Doubled(Layer):
        def _predict(self, x):
            return 2 * x

    model = Sequential([Input((3,)), Doubled(name="doubled")])
    refused(ValueError, "export: the layer doubled must be one of fastgru.layers; got Doubled.",
            model, tmp_path / "m.onnx")  # fmt: skip
    assert not os.listdir(tmp_path)


def test_a_normalization_without_a_mean(tmp_path):
    model = Sequential([Input((3,)), LayerNormalization(rms_scaling=True, name="n")])
    refused(ValueError, "export: rms_scaling of n must be False; got True. ONNX has no operator "
            "for it.", model, tmp_path / "m.onnx")  # fmt: skip


def test_texts(tmp_path):
    texts = TextVectorization(vocabulary=["one", "two"], name="texts")
    model = Sequential([texts, Embedding(4, 3, mask_zero=True), GRU(4), Dense(1)])
    wanted = model.predict(np.array(["one two", "two three one"]), verbose=0)
    refused(ValueError, "export: the model must read numbers; got texts, by texts. Export "
            "Sequential(model.layers[1:]), built for what that layer gives.",
            model, tmp_path / "m.onnx")  # fmt: skip
    assert not os.listdir(tmp_path)
    ids = texts(np.array(["one two", "two three one"]))
    behind = Sequential(model.layers[1:])
    behind.build((None, None))
    found = exported(behind)[1].run(None, {"input": ids.astype(np.int64)})[0]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


def test_without_onnx(tmp_path, monkeypatch):
    there = builtins.__import__

    def missing(name, *rest):
        if name == "onnx":
            raise ImportError(name)
        return there(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    refused(ImportError, "export: onnx must be installed; got none. "
            "`pip install 'fastgru[onnx]'` installs it.", small(), tmp_path / "m.onnx")  # fmt: skip
    assert not os.listdir(tmp_path)


def test_onnx_is_imported_by_an_export_alone():
    code = "import sys, fastgru.saving, fastgru.layers; assert 'onnx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_model_is_as_it_was(tmp_path):
    model = Sequential([GRU(4), Dense(1)])
    x = np.ones((2, 5, 3), np.float32)
    before = model.predict(x, verbose=0)
    store = model.store
    model.export(tmp_path / "m.onnx")
    assert model.store is store and model.input_shape == (None, 5, 3)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
