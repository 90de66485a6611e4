"""The benchmark runs, says what it should, and its own reference is right. Nothing is timed."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastgru

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"
pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="needs the source tree")


def module(name):
    """A file of bench/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found  # dataclasses look themselves up there
    spec.loader.exec_module(found)
    return found


def python(*arguments):
    """Run from the checkout; the package is the one that is tested here."""
    paths = [str(Path(fastgru.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_quick_run_writes_what_it_measured(tmp_path):
    numbers, picture = tmp_path / "numbers.json", tmp_path / "chart.png"
    done = python(
        "bench", "--quick", "--shapes", "2,4,4,5", "--peers", "fastgru", "--threads", 1,
        "--modes", "train", "fit", "infer", "predict", "padded", "cold",
        "--json", numbers, "--chart", picture,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(numbers.read_text())
    modes = ["train", "fit", "infer", "predict", "padded", "cold predict", "cold fit"]
    assert [row["mode"] for row in report["rows"]] == modes
    for row in report["rows"]:
        assert row["peer"] == "fastgru"
        assert row["ratio"] == 1
        assert len(row["rounds"]) == 2
        assert 0 < row["low"] <= row["median"] <= row["high"]
    train = report["rows"][0]
    assert train["shape"] == [2, 4, 4, 5]
    assert train["flops"] == 2 * 4 * (18 * 5 * (4 + 5) - 6 * 4 * 5)
    assert train["share"] > 0
    assert report["limits"]["fma"]["1"] > 0
    assert report["contenders"]["fastgru"]["versions"]["fastgru"] == fastgru.__version__
    assert report["failures"] == []
    assert "2, 4, 4, 5" in done.stdout
    assert "no chart" in done.stdout
    assert not picture.exists()
    if importlib.util.find_spec("matplotlib"):
        report["rows"] += [row | {"peer": "torch", "ratio": 2.0} for row in report["rows"]]
        numbers.write_text(json.dumps(report))
        script = (
            "import json, sys; sys.path.insert(0, 'bench'); import chart; "
            "assert chart.draw(json.load(open(sys.argv[1])), sys.argv[2])"
        )
        drawn = python("-c", script, numbers, picture)
        assert drawn.returncode == 0, drawn.stderr
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_compare_marks_what_lies_beyond_noise(tmp_path):
    def result(path, *medians):
        rows = [
            {"shape": [1, 2, 3, size], "mode": "train", "peer": "fastgru",
             "low": m * 0.95, "median": m, "high": m * 1.05}
            for size, m in enumerate(medians)
        ]  # fmt: skip
        machine = {"processor": "p", "cores": 1, "python": "3", "load": 0.0}
        contenders = {"fastgru": {"versions": {"fastgru": path.stem}}}
        options = {"threads": None, "quick": False}
        path.write_text(
            json.dumps(
                {"version": 1, "machine": machine, "contenders": contenders,
                 "options": options, "rows": rows}
            )
        )  # fmt: skip
        return path

    old = result(tmp_path / "old.json", 1e-3, 1e-3, 1e-3)
    new = result(tmp_path / "new.json", 1.02e-3, 0.5e-3, 2e-3)
    done = python("bench/compare.py", old, new)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if "train" in line]
    assert [line[-1] for line in lines] == ["1.020", "faster", "slower"]
    assert [line[-2] for line in lines[1:]] == ["0.500", "2.000"]
    assert "fastgru differs" in done.stdout


@pytest.mark.parametrize("masked", [False, True])
def test_the_gradients_of_the_reference_are_those_of_its_loss(masked):
    reference, case = module("reference"), module("cases").make((3, 6, 4, 5))
    x, mask = (case.padded, case.mask) if masked else (case.x, None)
    weights = {name: value.astype(np.float64) for name, value in case.weights.items()}
    _, d = reference.gradients(weights, x, case.y, mask)
    rng = np.random.default_rng(1)
    way = {name: rng.standard_normal(value.shape) for name, value in weights.items()}

    def loss(step):
        moved = {name: value + step * way[name] for name, value in weights.items()}
        return reference.gradients(moved, x, case.y, mask)[0]

    numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert sum(np.vdot(d[name], way[name]) for name in d) == pytest.approx(numeric, rel=1e-6)


def test_a_proof_names_what_is_wrong(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setitem(sys.modules, "reference", module("reference"))
    proof, case = module("proof"), module("cases").make((3, 6, 4, 5))
    wanted = proof.expected("train", case)
    assert proof.difference(wanted, wanted) is None
    wrong = wanted | {"U": wanted["U"] + 2e-4}
    assert proof.difference(wrong, wanted) == "U is off by 0.0002, more than 1e-04"
    assert proof.difference(wanted | {"loss": np.nan}, wanted).startswith("loss is off by nan")


def test_a_single_step_is_timed_too(tmp_path):
    numbers = tmp_path / "numbers.json"
    done = python(
        "bench", "--quick", "--shapes", "1,3,4,5", "--peers", "fastgru", "--threads", 1,
        "--modes", "step", "--json", numbers,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["mode"] for row in json.loads(numbers.read_text())["rows"]] == ["step"]


@pytest.mark.parametrize("content", [None, "", "[1]", "{"])
def test_what_is_no_result_is_refused_in_one_line(content, tmp_path):
    file = tmp_path / "numbers.json"
    if content is not None:
        file.write_text(content)
    done = python("bench/compare.py", file, file)
    assert done.returncode == 1 and done.stderr.startswith(f"{file}: not a result of this")
    assert len(done.stderr.splitlines()) == 1


def test_the_table_of_the_readme_is_that_of_the_kept_result():
    readme = (ROOT / "README.md").read_text()
    name = re.search(r"`(bench/results/[^`]+\.json)`", readme)[1]
    done = python("bench/readme.py", name)
    assert done.returncode == 0, done.stderr
    assert done.stdout in readme
