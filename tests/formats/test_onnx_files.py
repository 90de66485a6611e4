"""Files of exporters: their numbers are those that ONNX Runtime gave when they were made."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs onnx")

import fastgru
from fastgru.formats import onnx_file

FOLDER = Path(__file__).parent / "onnx_files"
FILES = sorted(FOLDER.glob("*.onnx"))


def values(path):
    """(input, output, lengths of the sequences or None) of a file."""
    exporter, _, case = path.stem.partition("_")
    if exporter == "torch":
        kind, _, case = case.partition("_")
        exporter = f"torch_{kind}"
    with np.load(FOLDER / f"{exporter}.npz") as found:
        lengths = f"{case}/lengths"
        return found[f"{case}/x"], found[f"{case}/y"], dict(found).get(lengths)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_numbers_are_those_of_the_file(path):
    x, y, lengths = values(path)
    if path.stem.endswith("time_major"):
        x, y = x.swapaxes(0, 1), y.swapaxes(0, 1)
    model = fastgru.saving.load_model(path)
    got = model.predict(x, verbose=0, lengths=lengths)
    assert got.dtype == np.float32
    # ONNX Runtime rounds every step to float16, of 11 bits; fastgru computes in float32.
    half = path.stem.startswith("half")
    np.testing.assert_allclose(got, y, rtol=0, atol=2.0**-10 if half else 1e-6)


def test_there_are_files_of_each_exporter():
    stems = {path.stem.split("_")[0] for path in FILES}
    assert stems >= {"torch", "tf2onnx", "keras", "half"} and len(FILES) >= 20


def test_what_is_opened_trains_on_and_is_saved(tmp_path):
    model = fastgru.saving.load_model(FOLDER / "torch_old_last.onnx")
    x, *_ = values(FOLDER / "torch_old_last.onnx")
    model.compile(optimizer="adam", loss="mse")
    before = model.get_weights()
    model.fit(x, np.ones((3, 2), np.float32), epochs=1, verbose=0)
    assert all(
        (one != other).any() for one, other in zip(before, model.get_weights(), strict=True)
    )
    model.save(tmp_path / "m.keras")
    again = fastgru.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_what_is_in_a_file():
    found = onnx_file.inspect((FOLDER / "torch_old_last.onnx").read_bytes())
    assert found.format == "ONNX"
    assert set(found.versions) == {"ir", "opset", "pytorch"}
    kinds = {row.kind: row for row in found.layers}
    assert {"Transpose", "GRU", "Gemm"} <= set(kinds)
    shapes = [(shape, dtype) for _, shape, dtype in kinds["GRU"].shapes]
    assert ((1, 15, 4), "float32") in shapes
    assert "input 'x': (any, 7, 4)" in found.notes
