"""`fastgru summary`, `inspect`, `convert` and `bench`."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import ran, saved_model

from fastgru import Sequential, _cli
from fastgru._cli import timing
from fastgru._cli.files import random_input
from fastgru.layers import GRU, Dense, Embedding, Input, TextVectorization
from fastgru.models import load_model


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return saved_model()


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
    assert not Path("n.keras").exists()


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


def test_failures_are_one_sentence_and_code_1(model, capsys):
    for arguments, sentence in (
        (["summary", "no.keras"], "no.keras: No such file or directory"),
        (["inspect", "m.txt"], "filepath must end in "),
        (["convert", "m.keras", "no/such.keras"], "no/such.keras: No such file or directory"),
        (["convert", "m.keras", "m.txt"], "filepath must end in "),
        (["predict", "m.keras", "no.npy", "y.npy"], "no.npy: No such file or directory"),
    ):
        code, _, err = ran(capsys, *arguments)
        assert code == 1
        assert err.startswith(f"fastgru {arguments[0]}: {sentence}")
        assert err.count("\n") == 1
    with open("bad.keras", "wb") as file:
        file.write(b"hello")
    for command in ("summary", "inspect"):
        assert ran(capsys, command, "bad.keras") == (
            1, "", f"fastgru {command}: the file must be a .keras file, which is a zip; "
            + "got one that starts with b'hell'.\n",
        )  # fmt: skip


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
    assert head.startswith(
        "GRU(5) and Dense(1), float32: batches of 2 samples, 3 steps, 4 feat"
    )
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
        done = subprocess.run(
            [script, *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == code
        assert told in done.stdout + done.stderr and b"Traceback" not in done.stderr
