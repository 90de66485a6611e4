"""`fastgru summary`, `inspect`, `convert`, `predict` and `bench`."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fastgru import Sequential, _cli
from fastgru._cli import timing
from fastgru._cli.files import random_input
from fastgru.layers import GRU, Dense, Embedding, Input, TextVectorization
from fastgru.models import load_model


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model of open time, in m.keras of the current folder."""
    monkeypatch.chdir(tmp_path)
    model = Sequential([Input((None, 2)), GRU(3), Dense(2)], name="mine")
    model.compile("adam", "mse")
    model.save("m.keras")
    return model


def ran(capsys, *arguments):
    """(exit code, what was printed, what was said of errors)."""
    code = _cli.main(list(arguments))
    return code, *capsys.readouterr()


def test_summary_and_inspect(model, capsys):
    code, out, err = ran(capsys, "summary", "m.keras")
    assert (code, err) == (0, "")
    assert 'Model: "mine"' in out and "(None, 3)" in out
    code, out, err = ran(capsys, "inspect", "m.keras")
    assert (code, err) == (0, "")
    assert out.startswith("Keras 3 file\n  keras_version: 3.15.1\n")
    assert "recurrent_kernel  (3, 9)  float32" in out


def test_convert_compares_and_keeps_the_compile_state(model, capsys):
    code, out, err = ran(capsys, "convert", "m.keras", "n.keras")
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first == "Largest difference of the outputs for a random input: 0"
    assert second.startswith("Wrote n.keras: Keras 3, ") and second.endswith(" bytes")
    assert load_model("n.keras").compiled


def test_convert_refuses_a_file_that_predicts_otherwise(model, capsys, monkeypatch):
    from fastgru.formats import keras_zip

    real = keras_zip.load
    other = Sequential([Input((None, 2)), GRU(3), Dense(2)])
    answers = [lambda *given: real(*given), lambda *given: other]
    monkeypatch.setattr(keras_zip, "load", lambda *given: answers.pop(0)(*given))
    code, out, err = ran(capsys, "convert", "m.keras", "n.keras")
    assert (code, out) == (1, "")
    assert err.startswith(
        "fastgru convert: n.keras must predict as m.keras does; got a difference of "
    )
    assert err.endswith(". It was not written.\n")
    with pytest.raises(FileNotFoundError):
        open("n.keras")


def test_a_random_input_is_one_that_the_model_reads():
    text = TextVectorization(vocabulary=["good", "bad"], output_sequence_length=4)
    for layers in (
        [Input((None,)), Embedding(4, 2), GRU(2)],
        [text, Embedding(4, 2), GRU(2)],
        [Input((3, 4)), GRU(2)],
    ):
        model = Sequential(layers)
        if text in layers:
            model.predict(["good"], verbose=0)
        assert model.predict(random_input(model), verbose=0).shape == (8, 2)


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
            "x.csv must be a UTF-8 text of comma-separated values; got \"'utf-8' codec can't "
            "decode byte 0xff in position 0: invalid start byte\".",
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


def test_failures_are_one_sentence_and_code_1(model, capsys):
    for arguments, sentence in (
        (["summary", "no.keras"], "no.keras: No such file or directory"),
        (["inspect", "m.txt"], "filepath must end in "),
        (["convert", "m.keras", "no/such.keras"], "no/such.keras: No such file or directory"),
        (["convert", "m.keras", "m.txt"], "filepath must end in "),
        (["predict", "m.keras", "no.npy", "y.npy"], "no.npy: No such file or directory"),
    ):
        code, out, err = ran(capsys, *arguments)
        assert code == 1
        assert err.startswith(f"fastgru {arguments[0]}: {sentence}")
        assert err.count("\n") == 1
    with open("bad.keras", "wb") as file:
        file.write(b"hello")
    for command in ("summary", "inspect"):
        assert ran(capsys, command, "bad.keras") == (
            1, "",
            f"fastgru {command}: the file must be a .keras file, which is a zip; "
            "got one that starts with b'hell'.\n",
        )  # fmt: skip


def test_only_tables_are_read_and_written(capsys):
    for arguments in (["m.keras", "x.pkl", "y.npy"], ["m.keras", "x.npy", "y.txt"]):
        with pytest.raises(SystemExit) as stop:
            _cli.main(["predict", *arguments])
        assert stop.value.code == 2
        assert "must end in .npy or .csv; got" in capsys.readouterr().err


def test_a_warning_is_a_line(model, capsys):
    from formats.archives import METADATA, pack, parts

    with open("m.keras", "rb") as file:
        members = parts(file.read())
    metadata = json.loads(members[METADATA])
    metadata["fastgru_self_test"][0] += 1.0
    with open("m.keras", "wb") as file:
        file.write(pack({**members, METADATA: json.dumps(metadata)}))
    code, out, err = ran(capsys, "summary", "m.keras")
    assert code == 0 and 'Model: "mine"' in out
    assert err.startswith("fastgru summary: warning: the model must give the numbers that its")
    assert err.count("\n") == 1


def test_bench_times_this_machine(capsys, monkeypatch):
    monkeypatch.setattr(timing, "_SECONDS", 0.0)
    sizes = ["--batch", "2", "--steps", "3", "--features", "4", "--units", "5"]
    code, out, err = ran(capsys, "bench", *sizes)
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.startswith("GRU(5) and Dense(1), float32: batches of 2 samples, 3 steps, 4 feat")
    assert [line[:18].strip() for line in lines] == [
        "predict, a batch", "train, a batch", "stream, one step",
    ]  # fmt: skip
    for line in lines:
        took, per_second = (float(word.replace(",", "")) for word in line[18:].split()[::2])
        count = 1 if "stream" in line else 6
        assert per_second == pytest.approx(count * 1e6 / took, rel=0.1)


def test_each_command_has_a_help(capsys):
    for command in ("summary", "inspect", "convert", "predict", "bench", "demo"):
        with pytest.raises(SystemExit) as stop:
            _cli.main([command, "--help"])
        assert stop.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: fastgru {command} ")
    with pytest.raises(SystemExit):
        _cli.main(["--help"])
    assert "exit codes: 0; 1 if it failed" in capsys.readouterr().out


def test_a_terminal_that_lacks_a_letter_shows_the_rest(model, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr("sys.stdout", stream)
    assert _cli.main(["summary", "m.keras"]) == 0
    stream.flush()
    assert b"(GRU)" in stream.buffer.getvalue()


def test_the_installed_command(model, tmp_path):
    script = Path(sys.executable).with_name("fastgru.exe" if os.name == "nt" else "fastgru")
    if not script.exists():
        pytest.skip("the package is not installed with its command")
    for arguments, code, told in (
        (["inspect", "m.keras"], 0, b"recurrent_kernel"), (["inspect", "no.keras"], 1, b"No such"),
        (["inspect"], 2, b"required: FILE"),
    ):  # fmt: skip
        done = subprocess.run([script, *arguments], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code
        assert told in done.stdout + done.stderr and b"Traceback" not in done.stderr
