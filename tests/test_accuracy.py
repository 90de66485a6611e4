"""Every experiment of bench/accuracy in small, as its command runs; nothing is timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastgru

ROOT = Path(__file__).parents[1]
ACCURACY = ROOT / "bench" / "accuracy"
pytestmark = pytest.mark.skipif(not ACCURACY.is_dir(), reason="needs the source tree")


def real_data():
    """The folder of the real data sets, or None."""
    given = os.environ.get("FASTGRU_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder.resolve() if (folder / "music").is_dir() else None


needs_data = pytest.mark.skipif(
    real_data() is None,
    reason="needs the real data sets: FASTGRU_DATA is not set and ../shared/data is absent",
)


def accuracy(*arguments, code=0):
    """What the command prints; the package is the one that is tested here."""
    paths = [str(Path(fastgru.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    inherited = {key: value for key, value in os.environ.items() if key != "FASTGRU_DATA"}
    done = subprocess.run(
        [sys.executable, str(ACCURACY), *map(str, arguments)],
        env=inherited | {"PYTHONPATH": os.pathsep.join(filter(None, paths)),
                         "PYTHONIOENCODING": "utf-8"},
        check=False, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def smoke(name, tmp_path, *more):
    """The numbers of a smoke run."""
    file = tmp_path / "numbers.json"
    given = ("--data", real_data()) if real_data() else ()
    out = accuracy(name, "--smoke", "--libraries", "fastgru", "--rounds", 1, "--json", file,
                   *given, *more)  # fmt: skip
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["experiment"] == name
    ours = report["libraries"]["fastgru"]
    assert len(ours["epochs"]) == 2
    assert ours["versions"]["fastgru"] == fastgru.__version__
    (run,) = ours["runs"]
    assert run["seed"] == 0 and run["epochs"] == 1
    assert f"seed 0: {run['test']:.6g} after 1 epochs" in out
    return run


@needs_data
@pytest.mark.parametrize("name", ["jsb", "nottingham"])
def test_music_begins_where_every_key_is_a_coin(name, tmp_path):
    run = smoke(name, tmp_path)
    # 88 ln 2 = 61; a few small steps of training lead down from there, not far.
    assert 30 < run["test"] < 61.5
    assert 30 < run["validation"] < 61.5


def test_adding(tmp_path):
    run = smoke("adding", tmp_path)
    assert run["curve"] == [run["test"]]
    assert 0 < run["test"] < 4


def test_copying(tmp_path):
    assert 0 <= smoke("copying", tmp_path)["test"] < 40


@needs_data
@pytest.mark.parametrize(
    ("name", "low", "high"), [("vowels", 0, 60), ("names", 25, 75), ("reviews", 40, 70)]
)
def test_classes(name, low, high, tmp_path):
    assert low < smoke(name, tmp_path)["test"] < high


@needs_data
def test_shakespeare_writes_a_text(tmp_path):
    run = smoke("shakespeare", tmp_path)
    # ln 65 = 4.17 is a guess among all characters.
    assert 2.5 < run["test"] < 4.17
    assert 0 < len(run["text"]) <= 20


def test_where_the_data_is_missing_it_says_so(tmp_path):
    err = accuracy("jsb", code=1)
    assert err == "Where is music? Give --data FOLDER, or set FASTGRU_DATA.\n"
    err = accuracy("jsb", "--data", tmp_path, code=1)
    assert err == f"music is not in {tmp_path}.\n"
    err = accuracy("adding", "--smoke", "--save", code=2)
    assert err.endswith("error: a smoke run is no result to save\n")
    err = accuracy("adding", "--times", "--save", code=2)
    assert err.endswith("writes into bench/accuracy/results and takes no other file\n")


def test_new_times_stand_beside_kept_trainings(monkeypatch):
    monkeypatch.syspath_prepend(str(ACCURACY))
    import contest
    import table
    from experiments import ALL

    old, new = ({"seconds": s, "cpu": 2 * s} for s in (9.0, 0.5))
    facts = {"processor": "P", "cores": 2, "system": "S", "python": "3"}
    kept = {
        "machine": facts | {"load": 0.1}, "threads": 2, "timed": None,
        "libraries": {"fastgru": {"versions": {"fastgru": "1"}, "runs": [{"test": 1.5}],
                                  "epochs": [old]}},
    }  # fmt: skip
    report = {
        "machine": facts | {"load": 0.7}, "threads": 1, "timed": 64,
        "libraries": {"fastgru": {"versions": {"fastgru": "2"}, "epochs": [old, new]},
                      "torch": {"versions": {"torch": "3"}, "epochs": [new, old]}},
    }  # fmt: skip
    both = contest.retimed(kept, report)
    assert both["libraries"]["fastgru"]["runs"] == [{"test": 1.5}]
    adding = (ALL["adding"], both)
    assert list(table.times([adding]))[-1] == (
        f"| {adding[0].title} (64 samples) | 0.50 s, 1.00 s of cores |  "
        "| 9.00 s (18.0), 18.00 s of cores (18.0) |"
    )
    (line,) = table.machines([adding])
    assert line == (
        "- P, 2 of 2 cores, S, Python 3; fastgru 1, torch 3: adding "
        "(load 0.1) (epochs later, 1 threads, load 0.7)"
    )


def test_pytorchs_model_is_the_same_one(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(ACCURACY))
    from torch_model import TorchModel

    from fastgru.layers import GRU, Bidirectional, Dense, Embedding, Input
    from fastgru.optimizers import AdamW
    from fastgru.optimizers.schedules import CosineDecay

    rng = np.random.default_rng(3)
    fastgru.utils.set_random_seed(1)
    layers = [Input((None,)), Embedding(7, 5), Bidirectional(GRU(4, return_sequences=True)),
              GRU(6), Dense(3, activation="softmax")]  # fmt: skip
    model = fastgru.Sequential(layers)
    model.build((None, None))
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    model.compile(
        AdamW(CosineDecay(0.01, 9), weight_decay=0.1, global_clipnorm=0.5),
        "sparse_categorical_crossentropy",
    )
    x = [rng.integers(0, 7, length) for length in (3, 9, 1, 5, 4, 9)]
    y = rng.integers(0, 3, 6)
    theirs = TorchModel(model, "sparse_categorical_crossentropy")
    np.testing.assert_allclose(
        np.stack(theirs.predict(x, 4)), model.predict(x, verbose=0), atol=1e-6
    )
    before = model.predict(x, verbose=0)
    for each in (theirs, model):
        each.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    after = model.predict(x, verbose=0)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(np.stack(theirs.predict(x, 4)), after, atol=1e-4)
