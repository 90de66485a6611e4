"""`fastgru predict`: samples from .npy and .csv files, and files that are neither."""

import numpy as np
import pytest
from cli_runs import ran, saved_model

from fastgru import Sequential, _cli
from fastgru.layers import GRU, Embedding, Input, TextVectorization


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return saved_model()


@pytest.mark.parametrize("ending", ["npy", "csv"])
def test_predict_from_and_to_either_kind(ending, model, capsys):
    x = np.random.default_rng(1).standard_normal((4, 5, 2)).astype(np.float32)
    np.save("x.npy", x)
    np.savetxt("x.csv", x.reshape(4, -1), "%.9g", ",", header="a,b", comments="")
    code, out, err = ran(capsys, "predict", "m.keras", f"x.{ending}", f"y.{ending}")
    assert (code, out, err) == (0, f"Wrote y.{ending}: float32 (4, 2)\n", "")
    y = np.load("y.npy") if ending == "npy" else np.loadtxt("y.csv", np.float32, delimiter=",")
    np.testing.assert_array_equal(y, model.predict(x, verbose=0))


def test_lines_of_different_length_are_samples_of_different_length(model, capsys):
    with open("x.csv", "w") as file:
        file.write("1,2\n\n3,4,5,6,7,8\n")
    assert ran(capsys, "predict", "m.keras", "x.csv", "y.npy")[0] == 0
    alone = model.predict(np.array([[[3, 4], [5, 6], [7, 8]]]), verbose=0)
    np.testing.assert_allclose(np.load("y.npy")[1:], alone, atol=1e-6)


def test_ids_and_texts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = TextVectorization(vocabulary=["good", "bad"], output_sequence_length=4)
    text = Sequential([words, Embedding(4, 2), GRU(2)])
    want = text.predict(["good, bad", "bad"], verbose=0)
    text.save("t.keras")
    ids = Sequential([Input((None,)), *text.layers[1:]])
    ids.save("i.keras")
    with open("t.csv", "w") as file:
        file.write('"good, bad"\nbad\n')
    with open("i.csv", "w") as file:
        file.write("2,3,0,0\n3,0,0,0\n")
    for name in "ti":
        code, _, err = ran(capsys, "predict", f"{name}.keras", f"{name}.csv", "y.npy")
        assert (code, err) == (0, "")
        np.testing.assert_allclose(np.load("y.npy"), want, atol=1e-6)
    with open("t.csv", "w") as file:
        file.write("good, bad\n")
    assert ran(capsys, "predict", "t.keras", "t.csv", "y.npy")[2] == (
        "fastgru predict: row 1 of t.csv must be one text, in quotes if it has a comma; "
        "got 2.\n"
    )
    with open("i.csv", "w") as file:
        file.write("2,0.5\n")
    assert ran(capsys, "predict", "i.keras", "i.csv", "y.npy")[2] == (
        "fastgru predict: row 1 of i.csv must hold whole numbers; got '0.5'.\n"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "x.csv must have a line of numbers; got none."),
        (b"a,b\n", "x.csv must have a line of numbers; got none."),
        (b"1,2\n3,x\n", "row 2 of x.csv must hold numbers; got 'x'."),
        (
            b"1,2\n3,4,5\n",
            "row 2 of x.csv must hold a multiple of 2 numbers, as samples are (None, 2); got 3.",
        ),
        (
            b"\xff\xfe",
            (
                "x.csv must be a UTF-8 text of comma-separated values; got \"'utf-8' codec can't "
                'decode byte 0xff in position 0: invalid start byte".'
            ),
        ),
    ],
)
def test_a_bad_csv_is_one_sentence(content, sentence, model, capsys):
    with open("x.csv", "wb") as file:
        file.write(content)
    code, out, err = ran(capsys, "predict", "m.keras", "x.csv", "y.npy")
    assert (code, out, err) == (1, "", f"fastgru predict: {sentence}\n")


def npy(header, data=b""):
    """An .npy file with any header."""
    text = f"{header}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        npy({"descr": "<f4", "fortran_order": False, "shape": (2**40, 5, 2)}, bytes(40)),
        npy({"descr": "<f4", "fortran_order": False, "shape": (1, 5, 2)}, bytes(39)),
        npy({"descr": "<f4", "fortran_order": False, "shape": (-1,)}, bytes(40)),
        npy({"descr": "|O", "fortran_order": False, "shape": (1,)}, bytes(40)),
        npy("__import__('os').system('exit 1')"),
        npy({"descr": "<f4", "fortran_order": False}),
        npy("(" * 5000),
        b"\x93NUMPY\x09\x00" + bytes(100),
    ],
)
def test_a_bad_npy_is_one_sentence(content, model, capsys):
    with open("x.npy", "wb") as file:
        file.write(content)
    code, out, err = ran(capsys, "predict", "m.keras", "x.npy", "y.npy")
    assert (code, out) == (1, "")
    assert err.startswith("fastgru predict: x.npy must be an .npy file")
    assert err.count("\n") == 1


def test_an_array_of_objects_is_not_unpickled(model, capsys):
    np.save("x.npy", np.array([{"a": 1}], object))
    code, _, err = ran(capsys, "predict", "m.keras", "x.npy", "y.npy")
    assert code == 1 and err.startswith("fastgru predict: x.npy must be an .npy file")


def test_only_tables_are_read_and_written(capsys):
    for arguments in (["m.keras", "x.pkl", "y.npy"], ["m.keras", "x.npy", "y.txt"]):
        with pytest.raises(SystemExit) as stop:
            _cli.main(["predict", *arguments])
        assert stop.value.code == 2
        assert "must end in .npy or .csv; got" in capsys.readouterr().err
