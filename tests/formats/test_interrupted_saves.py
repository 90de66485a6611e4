"""Saves that are killed, run out of disk, or are read while they run."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from formats.archives import load, small_model

import fastgru
from fastgru.saving import save_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and limits")
ROOT = str(Path(fastgru.__file__).parents[1])


def child(code, *arguments):
    command = [sys.executable, "-P", "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": ROOT}, stdout=subprocess.PIPE, text=True
    )


SAVES_FOR_EVER = """
import sys, fastgru
from fastgru.saving import load_model, save_model
model = load_model(sys.argv[1])
print("ready", flush=True)
while True:
    save_model(model, sys.argv[1])
"""


def test_a_killed_save_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model.keras"
    model = small_model()
    save_model(model, path)
    rng = random.Random(1)
    for _ in range(12):
        process = child(SAVES_FOR_EVER, path)
        process.stdout.readline()
        time.sleep(rng.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert len(load(path.read_bytes()).get_weights()) == len(model.get_weights())
    save_model(model, path)
    assert os.listdir(tmp_path) == ["model.keras"]


FULL_DISK = """
import resource, sys, fastgru
from fastgru.saving import load_model, save_model
model = load_model(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save_model(model, sys.argv[1])
except OSError as error:
    print(error.errno)
"""


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "model.keras"
    save_model(small_model(), path)
    old = path.read_bytes()
    output, _ = child(FULL_DISK, path).communicate()
    assert int(output) == errno.EFBIG
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["model.keras"]


def test_a_reader_never_sees_a_torn_file(tmp_path):
    path = tmp_path / "model.keras"
    save_model(small_model(), path)
    process = child(SAVES_FOR_EVER, path)
    process.stdout.readline()
    try:
        for _ in range(200):
            load(path.read_bytes())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
