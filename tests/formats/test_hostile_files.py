"""Files made to harm or broken by accident: each ends in a model or a ModelFormatError."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from formats.archives import config_of, load, pack, parts, paths, put, save, small_model
from formats.archives import with_config as configured
from formats.hostile_configs import configs
from formats.hostile_containers import containers
from formats.hostile_runs import outcomes_of
from formats.hostile_weights import weights

import fastgru

GOOD = save(small_model())
CASES = {
    f"{kind}: {name}": case
    for kind, cases in (("zip", containers), ("json", configs), ("h5", weights))
    for name, case in cases(GOOD).items()
}
SECONDS, KILOBYTES = 2.0, 350_000  # for one file, and for the whole process
#: Values that configurations are sprinkled with.
ODD = (
    None, True, -1, 0, 2**31, 2**62, 1e308, 0.5, "", "8", "x" * 300, "a/b", "\x00", "float64",
    [], [1], [None] * 9, {}, {"class_name": "Lambda"}, [[[]]],
    {"module": "builtins", "class_name": "function", "config": "relu"},
)  # fmt: skip


guarded = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each file in a process that may do nothing but read it."""
    return outcomes_of(GOOD, CASES, tmp_path_factory.mktemp("hostile"))


@guarded
@pytest.mark.parametrize("name", CASES)
def test_a_file_gives_a_model_or_the_sentence(name, outcomes):
    sentence = CASES[name][1]
    error, text, seconds, events = outcomes[str(list(CASES).index(name))]
    assert error == ("ModelFormatError" if sentence else ""), text
    assert text == sentence if sentence.endswith(".") else text.startswith(sentence)
    assert seconds < SECONDS
    assert events == []


@guarded
def test_memory_stays_small(outcomes):
    assert outcomes["peak"] < KILOBYTES


def assert_no_other_exception(data):
    """Open what may or may not be a model."""
    try:
        load(data)
    except fastgru.ModelFormatError as error:
        assert " must " in str(error) and "; got " in str(error) and len(str(error)) < 700


def test_every_prefix_is_refused():
    for end in range(len(GOOD)):
        with pytest.raises(fastgru.ModelFormatError):
            load(GOOD[:end])


def test_flipped_bytes_are_refused_or_do_not_matter():
    rng = random.Random(1)
    wanted = load(GOOD).get_weights()
    for _ in range(3000):
        changed = bytearray(GOOD)
        changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
        try:
            found = load(bytes(changed)).get_weights()
        except fastgru.ModelFormatError:
            continue
        # The checksums leave only what is not read: dates, attributes, metadata.
        for mine, theirs in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_flipped_bytes_in_the_weights_file_do_not_crash():
    rng = random.Random(2)
    members = parts(GOOD)
    for _ in range(1000):
        changed = bytearray(members["model.weights.h5"])
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(rng.choice((4096, len(changed))))] = rng.randrange(256)
        assert_no_other_exception(pack({**members, "model.weights.h5": bytes(changed)}))


def test_odd_values_anywhere_in_the_configuration():
    rng = random.Random(3)
    config = config_of(GOOD)
    places = list(paths(config))
    for place in places:
        for value in rng.sample(ODD, 6):
            assert_no_other_exception(configured(GOOD, json.dumps(put(config, place, value))))


@guarded
def test_the_audit_hook_sees_what_it_should(tmp_path):
    (tmp_path / "good").write_bytes(GOOD)
    (tmp_path / "other").write_bytes(GOOD)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import guarded, fastgru.saving as s;"
        "real = s.load_model;"
        "s.load_model = lambda f: (real(f), eval('1'), open('/dev/null').close());"
        "guarded.main(sys.argv[2])"
    )
    folder = str(Path(__file__).parent)
    env = {**os.environ, "PYTHONPATH": str(Path(fastgru.__file__).parents[1])}
    command = [sys.executable, "-P", "-c", code, folder, str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    *_, events = json.loads(done.stdout)["other"]
    assert events == ["compile", "exec", "open /dev/null"]
