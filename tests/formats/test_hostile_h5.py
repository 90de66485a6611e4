"""Older HDF5 files made to harm or broken by accident: a model, or a ModelFormatError."""

import io
import itertools
import json
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from formats import hostile_h5
from formats.archives import changed_weights, load, paths, put
from formats.test_hostile_files import KILOBYTES, ODD, SECONDS, assert_no_other_exception

import fastgru

GOOD = hostile_h5.good()
CASES = hostile_h5.cases(GOOD)
guarded = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each file in a process that may do nothing but read it."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "good").write_bytes(GOOD)
    for number, (data, _) in enumerate(CASES.values()):
        (folder / str(number)).write_bytes(data)
    root = Path(fastgru.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(Path(__file__).parent / "guarded.py"), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


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


def test_prefixes_are_refused():
    for end in range(0, len(GOOD), 101):
        with pytest.raises(fastgru.ModelFormatError):
            load(GOOD[:end])


def test_flipped_bytes_do_not_crash():
    rng = random.Random(1)
    for _ in range(150):
        changed = bytearray(GOOD)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(rng.choice((4096, len(changed))))] = rng.randrange(256)
        assert_no_other_exception(bytes(changed))


@pytest.mark.filterwarnings("ignore:.*starts afresh:UserWarning")
@pytest.mark.parametrize("key", [hostile_h5.MODEL, hostile_h5.TRAINING])
def test_odd_values_anywhere_in_the_configuration(key):
    rng = random.Random(2)
    with h5py.File(io.BytesIO(GOOD)) as root:
        config = json.loads(root.attrs[key])
    places = list(paths(config))[:: 1 + (key == hostile_h5.MODEL)]
    for version, place in itertools.product((b"1.2.2", b"2.15.0", b"3.15.1"), places):
        text = json.dumps(put(config, place, rng.choice(ODD))).encode()
        found = {"keras_version": version, key: text}
        assert_no_other_exception(
            changed_weights(GOOD, lambda root, a=found: root.attrs.update(a))
        )


def parts_of_a_heap():
    """Where each part of the first heap begins."""
    here = GOOD.index(b"GCOL") + 16
    while True:
        yield here
        number, size = struct.unpack_from("<H6xQ", GOOD, here)
        if not number:
            return
        here += 16 + -(-size // 8) * 8


def test_a_heap_that_never_ends_is_refused():
    # HDF5 goes from part to part by their lengths, for ever where one is zero.
    sentence = "load_model: the file must keep its texts in sound heaps; got a damaged one."
    for at in parts_of_a_heap():
        for number, length in ((0, 0), (0, 8), (1, 2**64 - 16), (1, len(GOOD))):
            changed = bytearray(GOOD)
            struct.pack_into("<H6xQ", changed, at, number, length)
            with pytest.raises(fastgru.ModelFormatError) as caught:
                load(bytes(changed))
            assert str(caught.value) == sentence
