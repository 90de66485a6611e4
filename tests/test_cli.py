"""The command `fastgru`: its arguments and the demo, in this process and in one of its own."""

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastgru
from fastgru import _cli, demo
from fastgru.models import load_model
from fastgru.preprocessing.text import tokenizer_from_json
from fastgru.utils import pad_sequences


def run(*arguments, cwd, **environment):
    """The finished process `python -m fastgru ...`, run away from the source tree."""
    # An in-place build is on this process's path only.
    path = os.pathsep.join(
        [str(Path(fastgru.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    )
    return subprocess.run(
        [sys.executable, "-m", "fastgru", *arguments],
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_demo_trains_tests_saves_loads_and_classifies(capsys, tmp_path):
    path = tmp_path / "mine.keras"
    code = _cli.main(
        ["demo", "I loved this beautiful film.", "A boring mess.", "--save", str(path)]
    )
    assert code == 0
    out = capsys.readouterr().out
    assert "1,014 film reviews: 811 to train on, 203 held out; 3,088 words." in out
    assert "(None, 64)" in out and "222,721" in out
    assert out.count("Epoch ") == 3 and "51/51" in out
    assert float(re.search(r"Test accuracy (0\.\d{3}) on the 203", out)[1]) > 0.8
    assert re.search(r"trained in \d+\.\d s\.", out)
    assert f"Saved {path} and mine.tokenizer.json beside it." in out
    assert "Loaded both: all 203 predictions are the same, bit for bit." in out
    assert re.search(
        r"^favourable +[01]\.\d\d  I loved this beautiful film\.$", out, re.MULTILINE
    )
    assert re.search(r"^unfavourable +[01]\.\d\d  A boring mess\.$", out, re.MULTILINE)


@pytest.mark.parametrize("ending", ["keras", "h5", "safetensors", "onnx"])
def test_the_saved_pair_of_files_is_enough_to_classify(ending, capsys, tmp_path):
    if ending == "onnx":
        pytest.importorskip("onnx")
    path = tmp_path / f"mine.{ending}"
    sentence = "A wonderful, moving story."
    assert _cli.main(["demo", sentence, "--epochs", "2", "--save", str(path)]) == 0
    shown = re.search(r"^favourable +(\d\.\d\d)", capsys.readouterr().out, re.MULTILINE)
    model = load_model(path)
    tokenizer = tokenizer_from_json(demo.tokenizer_path(path).read_text(encoding="utf-8"))
    ids = pad_sequences(tokenizer.texts_to_sequences([sentence]))
    assert f"{model.predict(ids, verbose=0)[0, 0]:.2f}" == shown[1]


def test_demo_is_the_same_for_the_same_seed_and_another_for_another(capsys, tmp_path):
    shown = []
    for seed in ("3", "3", "4"):
        options = ["--epochs", "1", "--seed", seed, "--save", str(tmp_path / "m.keras")]
        assert _cli.main(["demo", *options]) == 0
        shown.append(re.findall(r"loss: \S+", capsys.readouterr().out))
    assert shown[0] == shown[1] != shown[2]


def test_sentences_without_a_known_word_are_undecided(capsys, tmp_path):
    sentences = ["", "  ", "qqq zzz", "Boring!"]
    options = ["--epochs", "1", "--save", str(tmp_path / "m.keras")]
    assert _cli.main(["demo", *sentences, *options]) == 0
    last = capsys.readouterr().out.splitlines()[-4:]
    assert last[0] == last[1] == "undecided    ----  (empty)  [no word of it is known]"
    assert last[2] == "undecided    ----  qqq zzz  [no word of it is known]"
    assert last[3].startswith("unfavourable ")


def test_without_sentences_three_of_its_own_and_a_named_temporary_folder(tmp_path):
    done = run("demo", "--epochs", "1", cwd=tmp_path, TMPDIR=str(tmp_path), TEMP=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for sentence in demo.SENTENCES:
        assert sentence in done.stdout
    saved = Path(re.search(r"Saved (\S+reviews\.keras) and", done.stdout)[1])
    assert saved.is_file() and saved.parent.parent == tmp_path
    words = json.loads(demo.tokenizer_path(saved).read_text(encoding="utf-8"))
    assert words["class_name"] == "Tokenizer"


def test_a_terminal_that_knows_only_ascii_shows_every_line(tmp_path):
    arguments = (
        "demo",
        "Schr\u00f6cklich boring \u2014 \u2603",
        "--epochs",
        "1",
        "--save",
        "m.keras",
    )
    done = run(*arguments, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "Schr?cklich boring ? ?" in done.stdout


def test_version_of_the_module_as_a_command(tmp_path):
    done = run("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"fastgru {fastgru.__version__}\n")


def test_help_names_the_options_and_their_defaults(capsys):
    with pytest.raises(SystemExit) as stop:
        _cli.main(["demo", "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for part in ("SENTENCE", "--epochs N", "--save PATH", "--seed N", "examples:"):
        assert part in out
    # The parser must not import the demo, and with it the layers, for its defaults.
    defaults = inspect.signature(demo.run).parameters
    for name in ("epochs", "seed"):
        assert getattr(_cli._parser().parse_args(["demo"]), name) == defaults[name].default


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "fastgru: error: the following arguments are required: COMMAND"),
        (["train"], "fastgru: error: argument COMMAND: invalid choice: 'train'"),
        (["demo", "--nonsense"], "error: unrecognized arguments: --nonsense"),
        (["demo", "--epochs", "0"], "argument --epochs: must be at least 1; got 0"),
        (["demo", "--epochs", "two"], "argument --epochs: must be an integer; got 'two'"),
        (["demo", "--seed", "-1"], "argument --seed: must be in [0, 4294967295]; got -1"),
        (
            ["demo", "--save", "m.txt"],
            "must end in .keras or .h5 or .hdf5 or .onnx or .safetensors; got 'm.txt'.",
        ),
        (
            ["demo", "--save", "m.weights.h5"],
            "got 'm.weights.h5'. Such a file has weights alone, see save_weights and load_weights.",
        ),
        (
            ["demo", "--save", "no/such/m.keras"],
            "argument --save: its folder must exist; got 'no/such/m.keras'",
        ),
    ],
)
def test_wrong_arguments_end_with_code_2_and_a_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        _cli.main(arguments)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_is_no_name_for_the_model(capsys, tmp_path):
    folder = tmp_path / "m.keras"
    folder.mkdir()
    with pytest.raises(SystemExit) as stop:
        _cli.main(["demo", "--save", str(folder)])
    assert stop.value.code == 2
    assert "argument --save: must be a file; got the folder" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_one_sentence_and_code_1(capsys, tmp_path):
    # A folder of the words' file's name: refused whoever runs this, the superuser included.
    (tmp_path / "m.tokenizer.json").mkdir()
    options = ["--epochs", "1", "--save", str(tmp_path / "m.keras")]
    assert _cli.main(["demo", *options]) == 1
    err = capsys.readouterr().err
    assert err.startswith("fastgru demo: ") and err.count("\n") == 1


def test_ctrl_c_ends_without_a_traceback(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    assert _cli.main(["demo"]) == 130
    assert capsys.readouterr().err == "\nfastgru demo: stopped.\n"
