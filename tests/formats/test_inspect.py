"""`inspect`: what is in a file, also in one that cannot be opened."""

import io
import zipfile

import numpy as np
import pytest
from formats.archives import config_of, put, save, small_model, with_config, with_weights

import fastgru
from fastgru.formats.contents import Row, printable
from fastgru.layers import GRU, Bidirectional, Dense, Input
from fastgru.saving import inspect

GOOD = save(small_model())


def contents(data):
    return inspect(io.BytesIO(data))


def test_layers_shapes_versions_and_sizes():
    found = contents(GOOD)
    assert found.format == "Keras 3"
    assert found.versions == {
        "keras_version": "3.15.1",
        "fastgru_version": fastgru.__version__,
    }
    assert [(row.name, row.kind) for row in found.layers] == [
        ("input_layer", "InputLayer"), ("embedding", "Embedding"), ("gru", "GRU"),
        ("dense", "Dense"),
    ]  # fmt: skip
    assert found.layers[2] == Row(
        "gru", "GRU",
        [("kernel", (2, 6), "float32"), ("recurrent_kernel", (2, 6), "float32"),
         ("bias", (2, 6), "float32")],
    )  # fmt: skip
    assert found.notes == [
        f"{len(GOOD):,} bytes",
        "compiled with Adam, MeanSquaredError; 14 variables of the optimiser",
    ]


def test_the_text_is_a_table():
    lines = str(contents(GOOD)).splitlines()
    assert lines[:3] == [
        "Keras 3 file", "  keras_version: 3.15.1", f"  fastgru_version: {fastgru.__version__}",
    ]  # fmt: skip
    assert lines[4].split() == ["layer", "class", "variable", "shape", "dtype"]
    assert lines[7].split() == ["embedding", "Embedding", "embeddings", "(4,", "2)", "float32"]
    assert lines[-3] == "47 numbers in 4 layers"


def test_layers_of_one_class_and_layers_inside_others_have_their_variables():
    model = fastgru.Sequential([
        Input((3, 2)), Bidirectional(GRU(2, return_sequences=True)),
        GRU(3, return_sequences=True), GRU(4), Dense(5),
    ])  # fmt: skip
    rows = contents(save(model)).layers[1:]
    assert [[shape for _, shape, _ in row.shapes] for row in rows] == [
        [array.shape for array in layer.get_weights()] for layer in model.layers
    ]
    assert rows[0].shapes[0][0] == "forward_layer/kernel"


def test_a_file_of_a_layer_we_do_not_have_is_told_with_the_reason():
    place = ("config", "layers", 2)
    foreign = {"module": "keras.layers", "class_name": "ConvLSTM1D", "config": {"name": "far"}}
    found = contents(with_config(GOOD, put(config_of(GOOD), place, foreign)))
    assert found.layers[2] == Row("far", "ConvLSTM1D", [])
    assert [name for name, _, _ in found.layers[-1].shapes] == [
        "cell/vars/0", "cell/vars/1", "cell/vars/2",
    ]  # fmt: skip
    assert found.layers[-1].name == "layers/gru"
    assert "layer 2, 'far', must be of a class that fastgru has" in found.notes[-1]
    assert found.notes[-1].startswith("It cannot be opened: load_model: ")


def test_links_are_told_and_not_followed():
    def change(root):
        import h5py

        del root["layers/dense/vars/0"]
        root["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/x")

    assert "layers/dense/vars/0 is a link" in contents(with_weights(GOOD, change)).notes


def test_circles_end():
    def change(root):
        root["layers/dense/vars/loop"] = root

    with pytest.raises(fastgru.ModelFormatError) as caught:
        contents(with_weights(GOOD, change))
    assert str(caught.value) == (
        "inspect: model.weights.h5 must hold at most 20000 things, 32 deep; got more."
    )


def test_what_is_no_file_of_a_model_is_refused():
    with pytest.raises(fastgru.ModelFormatError) as caught:
        contents(b"hello")
    assert str(caught.value) == (
        "inspect: the file must be a .keras file, which is a zip; got one that starts with b'hell'."
    )
    with pytest.raises(ValueError, match=r"^inspect: filepath must end in .*; got 'a.txt'\.$"):
        inspect("a.txt")


def test_a_terminal_is_not_told_what_to_do():
    assert printable("\x1b[2J\u202e" + "\u00fc") == "\\x1b[2J\\u202e\u00fc"
    assert printable("x" * 99, 10) == "xxxxxxx..."


def test_files_of_weights_alone(tmp_path):
    model = fastgru.Sequential(
        [Input((None, 3)), GRU(4, return_sequences=True), GRU(2), Dense(1)]
    )
    model.compile("adam", "mse")
    model.fit(np.ones((2, 4, 3)), np.ones((2, 1)), verbose=0)
    shapes = [[tuple(weight.shape) for weight in layer.get_weights()] for layer in model.layers]
    for ending, name, notes in (
        ("weights.h5", "Keras HDF5", ["weights alone", "18 variables of the optimiser"]),
        ("npz", "NumPy", ["weights alone"]), ("h5", "Keras HDF5", ["weights alone"]),
    ):  # fmt: skip
        path = tmp_path / f"w.{ending}"
        model.save_weights(path)
        for place in (path, io.BytesIO(path.read_bytes())):
            found = inspect(place)
            assert (found.format, found.notes[1:]) == (name, notes)
            # HDF5 has the groups by their names.
            told = [[shape for _, shape, _ in row.shapes] for row in found.layers]
            assert sorted(told) == sorted(shapes)
            assert {dtype for row in found.layers for *_, dtype in row.shapes} == {"float32"}
    names = [row.name for row in inspect(tmp_path / "w.npz").layers]
    assert names == ["gru", "gru_1", "dense"]


def test_a_member_that_is_no_array_is_refused(tmp_path):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "w.npz", "w", method) as archive:
            archive.writestr("gru/kernel.npy", b"\x93NUMPY\x01\x00" + bytes(9))
        sentence = (
            "inspect: 'gru/kernel.npy' must be an array of plain numbers as np.save writes it; got "
            + repr(b"\x93NUMPY\x01\x00" + bytes(9))
            + "."
            if method == zipfile.ZIP_STORED
            else "inspect: gru/kernel.npy must be stored or deflated; got method 14."
        )
        with pytest.raises(fastgru.ModelFormatError) as caught:
            inspect(tmp_path / "w.npz")
        assert str(caught.value) == sentence
