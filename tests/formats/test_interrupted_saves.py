"""Saves that are killed, run out of disk, or are read while they run."""

import errno
import os
import random
import signal
import sys
import threading
import time

import numpy as np
import pytest
from formats.every_format import formats, savable, tiny_model

from fastgru.formats import FORMATS, atomic
from fastgru.saving import load_model, save_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and limits")
KILLS = 200


def forked(work):
    """The process of a forked child that does its work and then ends with exit code 0."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def two_models():
    """Models whose weights are all 0 and all 1."""
    models = tiny_model(), tiny_model()
    for value, model in enumerate(models):
        model.set_weights([np.full_like(w, value) for w in model.get_weights()])
    return models


def seconds_of_a_save(model, path):
    start = time.process_time()
    for _ in range(5):
        save_model(model, path)
    return (time.process_time() - start) / 5


def at_each_line_of_replacing(act):
    """Calls `act` before every line of the code that puts a file in an old one's place."""

    def line(frame, event, argument):
        if event == "line":
            act()
        return line

    def call(frame, event, argument):
        return line if frame.f_code.co_filename == atomic.__file__ else None

    sys.settrace(call)


def lines_of_a_save(model, path):
    lines = []
    at_each_line_of_replacing(lambda: lines.append(None))
    try:
        save_model(model, path)
    finally:
        sys.settrace(None)
    return len(lines)


@formats
def test_a_killed_save_leaves_a_whole_file(found, tmp_path):
    savable(found)
    path = tmp_path / f"model{found.endings[0]}"
    zeros, ones = two_models()
    seconds, lines = seconds_of_a_save(zeros, path), lines_of_a_save(zeros, path)
    rng, inside, seen = random.Random(1), 0, set()

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def save_for_ever(share, by_time):
        if by_time:
            # The kernel ends the process in the middle of whatever it does, after so much of
            # its own time: a busy machine changes nothing.
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, share * seconds)
        else:
            left = iter(range(int(share * lines)))
            at_each_line_of_replacing(lambda: next(left, None) is None and die())
        while True:
            save_model(ones, path)
            save_model(zeros, path)

    for kill in range(-(-KILLS // len(FORMATS))):
        # Most of a save's time goes into the bytes, so half of the kills seek out the rest.
        share, by_time = rng.uniform(0.1, 4), kill % 2 == 0
        _, status = os.waitpid(forked(lambda at=(share, by_time): save_for_ever(*at)), 0)
        assert os.WTERMSIG(status) == (signal.SIGPROF if by_time else signal.SIGKILL)
        values = np.concatenate([w.ravel() for w in load_model(path).get_weights()])
        assert (values == values[0]).all()
        seen.add(float(values[0]))
        inside += len(os.listdir(tmp_path)) > 1
    assert inside and seen == {0.0, 1.0}
    save_model(ones, path)
    assert os.listdir(tmp_path) == [path.name]


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
