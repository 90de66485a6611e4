"""Saves that are killed, run out of disk, or are read while they run."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from formats import killed_saves
from formats.every_format import formats, savable, tiny_model
from formats.killed_saves import forked, two_models

import fastgru
from fastgru.formats import FORMATS, atomic
from fastgru.saving import load_model, save_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and limits")
KILLS = 200


@formats
def test_a_killed_save_leaves_a_whole_file(found, tmp_path):
    savable(found)
    path, kills = tmp_path / f"model{found.endings[0]}", -(-KILLS // len(FORMATS))
    command = [sys.executable, "-P", killed_saves.__file__, str(path), str(kills)]
    env = {**os.environ, "PYTHONPATH": str(Path(fastgru.__file__).parents[1])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert seen["signals"] == [signal.SIGPROF, signal.SIGKILL] * (kills // 2)
    assert {*map(tuple, seen["values"])} == {(0.0,), (1.0,)}
    assert any(seen["litter"]) and seen["at last"] == [path.name]


@formats
def test_a_full_disk_leaves_the_old_file_and_no_litter(found, tmp_path):
    import resource

    savable(found)
    path = tmp_path / f"model{found.endings[0]}"
    model = tiny_model()
    save_model(model, path)
    old = path.read_bytes()

    def save_with_little_room():
        # Of all limits, the one that makes a write end as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(old) // 2, len(old) // 2))
        try:
            save_model(model, path)
        except OSError as error:
            assert error.errno == errno.EFBIG
        else:
            raise AssertionError("it was written")

    _, status = os.waitpid(forked(save_with_little_room), 0)
    assert status == 0
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


@formats
def test_no_space_is_told_by_the_path(found, tmp_path, monkeypatch):
    savable(found)
    path = tmp_path / f"model{found.endings[0]}"
    model = tiny_model()
    save_model(model, path)
    old = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError) as caught:
        save_model(model, path)
    assert str(caught.value) == f"[Errno 28] No space left on device: {str(path)!r}"
    assert path.read_bytes() == old and os.listdir(tmp_path) == [path.name]


@formats
def test_a_reader_never_sees_a_torn_file(found, tmp_path):
    savable(found)
    path = tmp_path / f"model{found.endings[0]}"
    zeros, ones = two_models()
    save_model(zeros, path)

    def save_for_ever():
        while True:
            save_model(ones, path)

    process = forked(save_for_ever)
    try:
        for _ in range(60):
            load_model(path)
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def test_a_save_in_one_thread_and_another_of_the_same_file(tmp_path):
    path = tmp_path / "model.keras"
    zeros, ones = two_models()

    def save(model):
        for _ in range(10):
            save_model(model, path)

    threads = [threading.Thread(target=save, args=[model]) for model in (zeros, ones)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = {float(w.ravel()[0]) for w in load_model(path).get_weights()}
    assert len(values) == 1
    assert os.listdir(tmp_path) == ["model.keras"]
