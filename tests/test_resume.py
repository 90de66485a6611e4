"""BackupAndRestore: a training that was killed ends in the bits of one that was not."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import resumed_training
from small_models import binary, bits, data, fit, says, words

from fastgru._errors import ModelFormatError
from fastgru.callbacks import BackupAndRestore, Callback, History

SCRIPT = Path(resumed_training.__file__)
X, Y = data()


def script(*arguments):
    done = subprocess.run([sys.executable, str(SCRIPT), *map(str, arguments)], check=False)
    return done.returncode


def ended(path):
    with np.load(path) as file:
        arrays = [file[name].tobytes() for name in file.files if name != "told"]
        return arrays, json.loads(file["told"].tobytes())


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.filterwarnings("ignore:fit. x must give . batches")
@pytest.mark.parametrize(
    ("kind", "kills"),
    [
        ("epochs", [13]),  # in the third epoch
        ("batches", [3, 5]),  # in an epoch, and at the end of one
        ("steps", [9]),  # where a pass over the data goes through several epochs
        ("generator", [7]),
        ("stateful", [11, 3]),
        ("windows", [13]),
        ("windows within", [9, 4]),
        ("windows in steps", [10]),
        ("draws", [9]),
        ("own", [15]),
    ],
)
def test_a_killed_training_goes_on_to_the_same_bits(kind, kills, tmp_path):
    whole, resumed = tmp_path / "whole.npz", tmp_path / "resumed.npz"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    resumed_training.run(str(tmp_path / "a/backup"), kind, out=whole)
    folder = tmp_path / "b/backup"
    for at in kills:
        assert script(folder, resumed, kind, at) == -signal.SIGKILL
        assert os.listdir(folder) == ["training.npz"]
    assert script(folder, resumed, kind) == 0
    expected, found = ended(whole), ended(resumed)
    assert found[0] == expected[0]
    assert found[1] == expected[1]
    assert not folder.exists()


class Stop(Callback):
    """Fail in an epoch, as a bug does."""

    def __init__(self, epoch):
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            raise KeyboardInterrupt


def interrupted(folder, model=None, epoch=2, **options):
    model = model or binary()
    with pytest.raises(KeyboardInterrupt):
        fit(model, epochs=4, callbacks=[BackupAndRestore(folder, **options), Stop(epoch)])
    return model


def test_the_history_is_whole_and_the_backup_goes_with_the_end(tmp_path):
    folder = tmp_path / "deep" / "backup"
    interrupted(folder)
    model, other, history = binary(), binary(), History()
    backup = BackupAndRestore(folder, delete_checkpoint=False)
    found = fit(model, epochs=4, callbacks=[history, backup])
    assert found == fit(other, epochs=4) and history.epoch == [0, 1, 2, 3]
    assert bits(model) == bits(other)
    assert os.listdir(folder) == ["training.npz"]
    # Nothing is left to do, and nothing is done.
    done = binary()
    assert fit(done, epochs=4, callbacks=[BackupAndRestore(folder)]) == found
    assert bits(done) == bits(model) and not folder.exists()


def test_files_of_the_users_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    fit(binary(), epochs=2, callbacks=[BackupAndRestore(tmp_path)])
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_of_two_backups_the_sound_one_is_taken(tmp_path):
    interrupted(tmp_path, double_checkpoint=True)
    assert sorted(os.listdir(tmp_path)) == ["training.npz", "training_before.npz"]
    (tmp_path / "training.npz").write_bytes(b"PK damaged")
    model, other, seen = binary(), binary(), []

    class Watch(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(epoch)

    fit(model, epochs=4, callbacks=[BackupAndRestore(tmp_path), Watch()])
    fit(other, epochs=4)
    assert seen == [1, 2, 3] and bits(model) == bits(other)
    interrupted(tmp_path, double_checkpoint=True)
    (tmp_path / "training.npz").unlink()
    again = binary()
    fit(again, epochs=4, callbacks=[BackupAndRestore(tmp_path)])
    assert bits(again) == bits(other)


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    class StopAt(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

        def on_train_end(self, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(binary(), epochs=4, callbacks=[StopAt(), BackupAndRestore(tmp_path)])
    history = fit(binary(), epochs=4, callbacks=[BackupAndRestore(tmp_path)])
    assert len(history["loss"]) == 2


def refusal(model, folder):
    before = bits(model)
    x, y = (X, Y) if model.input_shape == (None, 5, 3) else (np.ones((10, 5), int), Y)
    try:
        fit(model, x, y, epochs=4, callbacks=[BackupAndRestore(folder)])
    finally:
        assert bits(model)[: len(before)] == before


def interrupted_weights(kept):
    """The bytes of the first array of floats in a backup."""
    with np.load(io.BytesIO(kept)) as file:
        arrays = [file[name] for name in file.files if file[name].dtype.kind == "f"]
    return arrays[0].tobytes()


def test_a_backup_of_something_else_is_refused(tmp_path):
    interrupted(tmp_path)
    kept = (tmp_path / "training.npz").read_bytes()
    where = "BackupAndRestore: the backup must"
    shapes = "shapes [[3, 18], [6, 18], [2, 18], [6, 1], [1]]"
    for model, sentence in (
        (words(), f"{where} have the weights of this model; got {shapes}."),
        (binary(4), f"{where} have the weights of this model; got {shapes}."),
        (binary(optimizer="rmsprop"),
         f"{where} have the state of this RMSprop; got 'Adam' with momentum, velocity."),
        (binary(metrics=["mae"]), f"{where} have 1 metrics; got 0."),
    ):  # fmt: skip
        with says(ModelFormatError, sentence):
            refusal(model, tmp_path)
        assert (tmp_path / "training.npz").read_bytes() == kept
    np.savez(tmp_path / "training.npz", tree=np.frombuffer(b"[1]", np.uint8))
    with says(ModelFormatError, f"{where} be one of this version; got another file."):
        refusal(binary(), tmp_path)
    weights = kept.index(interrupted_weights(kept))
    flipped = kept[:weights] + bytes([kept[weights] ^ 1]) + kept[weights + 1 :]
    for damage in (b"", kept[:-40], b"no zip", flipped):
        (tmp_path / "training.npz").write_bytes(damage)
        with pytest.raises(
            ModelFormatError, match="^BackupAndRestore: the backup must be a so"
        ):
            refusal(binary(), tmp_path)


@pytest.mark.parametrize(
    ("options", "kind", "sentence"),
    [
        ({"backup_dir": ""}, ValueError, "backup_dir must be a path; got ''."),
        ({"backup_dir": 3}, ValueError, "backup_dir must be a path; got 3."),
        ({"save_freq": 0}, ValueError, "save_freq must be at least 1; got 0."),
        ({"save_freq": "often"}, ValueError,
         "save_freq must be 'epoch' or a number of batches; got 'often'."),
        ({"save_freq": None}, TypeError, "save_freq must be an integer; got None."),
        ({"delete_checkpoint": 1}, TypeError,
         "delete_checkpoint must be True or False; got 1."),
    ],
)  # fmt: skip
def test_arguments_are_refused_in_one_sentence(options, kind, sentence):
    with says(kind, f"BackupAndRestore: {sentence}"):
        BackupAndRestore(**{"backup_dir": "b", **options})
