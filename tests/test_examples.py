"""The examples run as a user runs them, and print what the tutorial says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastgru

EXAMPLES = Path(__file__).parents[1] / "examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")


def real_data():
    """The folder of the real data sets, or None."""
    given = os.environ.get("FASTGRU_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    return folder.resolve() if (folder / "movie_reviews").is_dir() else None


needs_data = pytest.mark.skipif(
    real_data() is None,
    reason="needs the real reviews: FASTGRU_DATA is not set and ../shared/data is absent",
)


def run(name, *arguments, cwd, code=0, **environment):
    """What an example prints; `code` is the exit code that it must have."""
    # An in-place build is on this process's path only.
    path = os.pathsep.join(
        [str(Path(fastgru.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    )
    inherited = {key: value for key, value in os.environ.items() if key != "FASTGRU_DATA"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        check=False,
        cwd=cwd,
        env={**inherited, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def cells(line):
    """The cells of a table's row."""
    return [cell.strip() for cell in re.split("[│|]", line)[1:-1]]


def rows(out):
    """The first and the other cells of every row of a printed table."""
    return {found[0]: found[1:] for found in map(cells, out.splitlines()) if found}


def test_the_first_model_has_the_tutorials_shapes_and_counts(tmp_path):
    out = run("gru_first_model.py", cwd=tmp_path)
    table = rows(out)
    assert table["gru (GRU)"] == ["(None, 32)", "9,408"]
    assert table["dense (Dense)"] == ["(None, 1)", "33"]
    assert "Total params: 9,441 (36.88 KB)" in out
    assert "Epoch 5/5" in out and out.count("32/32") == 5
    assert len(re.findall(r" - accuracy: 0\.\d{4} - loss: 0\.\d{4}", out)) == 5


def test_the_stacked_model_hands_sequences_from_layer_to_layer(tmp_path):
    out = run("gru_stacked.py", cwd=tmp_path)
    table = rows(out)
    assert table["gru (GRU)"] == ["(None, 10, 64)", "24,960"]
    assert table["gru_1 (GRU)"] == ["(None, 32)", "9,408"]
    assert table["dense (Dense)"] == ["(None, 1)", "33"]
    assert "Total params: 34,401" in out
    assert "Epoch 5/5" in out


def test_text_shows_why_ids_do_not_fit_and_two_ways_that_work(tmp_path):
    out = run("gru_text.py", cwd=tmp_path)
    assert out.startswith("[[0 1 2 3 4]\n [0 1 2 3 5]\n [7 1 2 8 9]]\n")
    assert (
        "ValueError: fit: x must have shape (batch, 5, 100); got (3, 5). Token ids need an "
        "Embedding layer in front of GRU, or one-hot rows from "
        "fastgru.utils.to_categorical.\n"
    ) in out
    assert "(3, 5, 100)" in out
    assert out.count("Epoch 5/5") == 2 and out.count("3/3") == 10


def test_exercises_print_one_row_for_every_model(tmp_path):
    out = run("gru_exercises.py", "--epochs", "1", cwd=tmp_path)
    assert "bundled reviews: 811 to train on, 203 to test on" in out
    found = [cells(line) for line in out.splitlines() if "│" in line]
    assert [row[:2] for row in found] == [
        [units, layers] for layers in ("1", "2") for units in ("16", "32", "64", "128")
    ]
    for _, _, accuracy, parameters, seconds in found:
        assert 0.4 < float(accuracy) <= 1
        assert int(parameters.replace(",", "")) > 200_000
        assert float(seconds) >= 0
    # Embedding of 3,089 words, GRU(16), Dense(1).
    assert found[0][3] == f"{3089 * 64 + 3 * 16 * (64 + 16 + 2) + 17:,}"


@needs_data
def test_movie_reviews_by_their_path(tmp_path):
    folder = str(real_data() / "movie_reviews")
    out = run("movie_reviews.py", folder, "--epochs", "1", "--seeds", "1", cwd=tmp_path)
    assert "7108 reviews to train on, 3554 to test on" in out
    accuracy = float(re.search(r"seed 0: test accuracy (\d\d\.\d) %", out)[1])
    assert 70 < accuracy < 80
    assert f"mean test accuracy {accuracy} %" in out
    assert re.search(r"\d\.\d\d s per epoch \(median of 1\)", out)


@needs_data
def test_movie_reviews_by_the_environment(tmp_path):
    options = ("--epochs", "1", "--seeds", "2", "--units", "4")
    out = run("movie_reviews.py", *options, cwd=tmp_path, FASTGRU_DATA=str(real_data()))
    assert "seed 0: " in out and "seed 1: " in out
    assert "(median of 2)" in out


def test_movie_reviews_says_what_it_misses(tmp_path):
    err = run("movie_reviews.py", cwd=tmp_path, code=1)
    assert err == "Where are the reviews? Give their folder, or set FASTGRU_DATA.\n"
    (tmp_path / "label_train.txt").touch()
    (tmp_path / "text_train.txt").touch()
    err = run("movie_reviews.py", str(tmp_path), cwd=tmp_path, code=1)
    files = "no text_test.txt, no label_test.txt"
    assert err == f"The reviews are not in {tmp_path}: it has {files}.\n"


@pytest.mark.parametrize("name", ["seeds", "epochs", "units"])
def test_movie_reviews_refuses_numbers_below_one(name, tmp_path):
    err = run("movie_reviews.py", f"--{name}", "0", cwd=tmp_path, code=2)
    assert f"argument --{name}: must be at least 1" in err
