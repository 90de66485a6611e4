"""ONNX files made to harm or broken by accident: a model or the sentence, nothing else."""

import contextlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs onnx")

from formats import hostile_onnx, onnx_graphs

import fastgru
from fastgru.formats import onnx_file

GOOD, CASES = hostile_onnx.good(), hostile_onnx.cases()
SECONDS, KILOBYTES = 2.0, 500_000


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each file in a process that may do nothing but read it."""
    if sys.platform != "linux":
        pytest.skip("limits and /proc of Linux")
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "good").write_bytes(GOOD)
    for number, (data, _) in enumerate(CASES.values()):
        (folder / str(number)).write_bytes(data)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import guarded, fastgru.saving as s;"
        "from fastgru.formats import onnx_file;"
        "s.load_model = lambda f: onnx_file.load(f.read, True);"
        "guarded.main(sys.argv[2])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(fastgru.__file__).parents[1])}
    command = [sys.executable, "-P", "-c", code, str(Path(__file__).parent), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_refused_with_its_sentence(name, outcomes):
    sentence = CASES[name][1]
    error, text, seconds, events = outcomes[str(list(CASES).index(name))]
    assert error == "ModelFormatError", text
    assert text.startswith(sentence)
    assert " must " in text and "; got " in text and len(text) < 700
    assert seconds < SECONDS
    assert events == []


def test_memory_stays_small(outcomes):
    assert outcomes["peak"] < KILOBYTES


def test_every_prefix_is_refused():
    onnx_graphs.load(GOOD)
    for end in range(len(GOOD)):
        assert onnx_graphs.refusal(GOOD[:end]).startswith("load_model"), end


def test_flipped_bytes_give_a_model_or_a_sentence():
    rng = random.Random(1)
    refused = 0
    for _ in range(1500):
        changed = bytearray(GOOD)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(min(4096, len(changed)))] = rng.randrange(256)
        text = onnx_graphs.refusal(bytes(changed))
        refused += text != "none"
        assert text == "none" or (" must " in text and len(text) < 700), text
        with contextlib.suppress(fastgru.ModelFormatError):
            onnx_file.inspect(bytes(changed))
    assert refused > 300
