"""Callbacks that save, log and slow down: alone, and call for call beside Keras."""

import csv
import os
import random
import sys
import warnings

import numpy as np
import pytest
from small_models import binary, bits, data, fit, says

from fastgru import callbacks as ours
from fastgru.callbacks import (
    CSVLogger,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    ReduceLROnPlateau,
    TensorBoard,
    TerminateOnNaN,
)
from fastgru.models import load_model

X, Y = data()


class Optimizer:
    learning_rate = 0.5


class Model:
    """What these callbacks see of a model; it notes its saves."""

    def __init__(self):
        self.optimizer, self.saved, self.stop_training = Optimizer(), [], False

    def save(self, path, overwrite):
        self.saved.append((os.path.basename(path), overwrite))

    save_weights = save


@pytest.fixture(scope="module")
def theirs():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras").callbacks


def training(rng, names, epochs=7, batches=3):
    """Random logs of batches and epochs, in sixteenths, which float32 holds exactly."""

    def logs():
        return {name: rng.randint(1, 12) / 16 for name in names}

    return [([logs() for _ in range(batches)], logs()) for _ in range(epochs)]


def drive(callback, model, epochs):
    """Call a callback as a training does; what is in the logs behind each epoch."""
    seen = []
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": len(epochs), "steps": 3})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        callback.on_train_begin()
        for epoch, (batches, logs) in enumerate(epochs):
            callback.on_epoch_begin(epoch)
            for number, part in enumerate(batches):
                callback.on_train_batch_begin(number)
                callback.on_train_batch_end(number, dict(part))
            logs = dict(logs)
            callback.on_epoch_end(epoch, logs)
            seen.append((logs, model.optimizer.learning_rate, model.stop_training))
        callback.on_train_end()
    return seen


def test_the_rate_falls_when_keras_lets_it_fall(theirs):
    rng = random.Random(4)
    reductions = 0
    for _ in range(200):
        options = {
            "monitor": rng.choice(["val_loss", "loss", "missing"]),
            "factor": rng.choice([0.5, 0.25]),
            "patience": rng.randint(0, 3),
            "mode": rng.choice(["min", "max"]),
            "min_delta": rng.choice([0, 1 / 16]),
            "cooldown": rng.randint(0, 2),
            "min_lr": rng.choice([0, 0.125]),
        }
        logs = training(rng, ["val_loss", "loss"], rng.randint(1, 12))
        found = drive(ReduceLROnPlateau(**options), Model(), logs)
        assert found == drive(theirs.ReduceLROnPlateau(**options), Model(), logs), options
        reductions += found[-1][1] < 0.5
    assert 50 < reductions < 200


def test_checkpoints_are_saved_when_and_where_keras_saves_them(theirs, tmp_path):
    rng = random.Random(5)
    saves = 0
    for _ in range(150):
        weights = rng.random() < 0.3
        name = rng.choice(["m", "{epoch:02d}-{val_loss:.2f}", "sub/{epoch}", "{loss}"])
        options = {
            "monitor": rng.choice(["val_loss", "loss", "missing"]),
            "save_best_only": rng.random() < 0.6,
            "save_weights_only": weights,
            "mode": rng.choice(["min", "max"]),
            "save_freq": rng.choice(["epoch", "epoch", 1, 2, 4, 5]),
            "initial_value_threshold": rng.choice([None, None, 0.5]),
        }
        if options["save_freq"] != "epoch" and rng.random() < 0.5:
            name = "{epoch}-{batch:03d}"
        path = str(tmp_path / (name + (".weights.h5" if weights else ".keras")))
        logs = training(rng, ["val_loss", "loss"])
        models = Model(), Model()
        drive(ModelCheckpoint(path, **options), models[0], logs)
        other = theirs.ModelCheckpoint(path, **options)
        other.set_model(models[1])
        # Keras fails without it where it saves within the first epoch.
        other._set_monitor_op()
        drive(other, models[1], logs)
        assert models[0].saved == models[1].saved, options
        saves += len(models[0].saved)
    assert saves > 500


def test_a_csv_file_is_that_of_keras(theirs, tmp_path):
    rng = random.Random(6)
    for names in (["loss", "accuracy"], ["loss", "val_loss"], []):
        for separator, append in ((",", False), (";", True)):
            files = tmp_path / "ours.csv", tmp_path / "theirs.csv"
            for _ in range(2):
                logs = training(rng, names)
                if names:
                    logs[3][1].pop(names[0])
                for file, kind in zip(files, (CSVLogger, theirs.CSVLogger), strict=True):
                    drive(kind(str(file), separator, append), Model(), logs)
            text = [file.read_text() for file in files]
            assert text[0] == text[1] and text[0].count("\n") == (15 if append else 8)
            for file in files:
                file.unlink()


def test_nan_ends_a_training_where_keras_ends_it(theirs, capsys):
    logs = training(random.Random(7), ["loss"])
    for wrong in (np.nan, np.inf, -np.inf):
        logs[2][0][1]["loss"] = wrong
        found = drive(TerminateOnNaN(), Model(), logs)
        assert found == drive(theirs.TerminateOnNaN(), Model(), logs)
        assert [stopped for _, _, stopped in found] == [False] * 2 + [True] * 5
        with says(RuntimeError, f"fit: the loss must be finite; got {wrong} behind batch 1."):
            drive(TerminateOnNaN(raise_error=True), Model(), logs)
    assert "got nan behind batch 1. The training ends here.\n" in capsys.readouterr().out


def test_a_training_with_nan_stops_at_its_batch():
    model = binary()
    x = X.copy()
    x[5] = np.nan
    history = fit(model, x, Y, epochs=3, callbacks=[TerminateOnNaN()])
    assert model.optimizer.iterations == 2 and len(history["loss"]) == 1


def test_arguments_are_those_of_keras(theirs):
    import inspect

    for name in ("ModelCheckpoint", "ReduceLROnPlateau", "CSVLogger", "TerminateOnNaN",
                 "BackupAndRestore", "TensorBoard", "ProgbarLogger", "EarlyStopping",
                 "LearningRateScheduler", "LambdaCallback", "History"):  # fmt: skip
        found = [
            {
                key: value.default
                for key, value in inspect.signature(getattr(module, name)).parameters.items()
                if value.kind != inspect.Parameter.VAR_KEYWORD
            }
            for module in (ours, theirs)
        ]
        assert found[0] == found[1], name


def test_checkpoints_of_a_training_are_models(tmp_path):
    path, seen = tmp_path / "deep/{epoch}-{val_loss:.3f}.keras", []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(bits(model)))
    model = binary(metrics=["accuracy"])
    history = fit(
        model, epochs=3, validation_split=0.3, callbacks=[keep, ModelCheckpoint(path)]
    )
    names = [f"{epoch + 1}-{loss:.3f}.keras" for epoch, loss in enumerate(history["val_loss"])]
    assert sorted(os.listdir(tmp_path / "deep")) == names
    for name, expected in zip(names, seen, strict=True):
        assert bits(load_model(tmp_path / "deep" / name)) == expected


def test_verbose_says_what_was_done(tmp_path, capsys):
    path = tmp_path / "best.keras"
    watch = [ModelCheckpoint(path, "loss", 1, save_best_only=True, mode="max"),
             ReduceLROnPlateau("loss", patience=1, mode="max", verbose=1)]  # fmt: skip
    history = fit(binary(), epochs=2, callbacks=watch)
    first, second = history["loss"]
    assert second < first
    assert capsys.readouterr().out == (
        f"Epoch 1: loss from none to {first:.5f}, saving to {path}\n"
        f"Epoch 2: loss {second:.5f} is not better than {first:.5f}\n"
        "Epoch 2: learning rate 0.0001\n"
    )
    fit(binary(), callbacks=[ModelCheckpoint(path, verbose=1)])
    assert capsys.readouterr().out == f"Epoch 1: saving to {path}\n"


def test_a_csv_file_has_a_row_as_soon_as_its_epoch_has_ended(tmp_path):
    path, rows = tmp_path / "log.csv", []

    def read(epoch, logs):
        rows.append(list(csv.reader(path.open())))

    history = fit(binary(), epochs=2, validation_split=0.3,
                  callbacks=[CSVLogger(path), LambdaCallback(on_epoch_end=read)])  # fmt: skip
    assert [len(row) for row in rows] == [2, 3]
    assert rows[1][0] == ["epoch", "loss", "val_loss"]
    numbers = [[float(entry) for entry in row] for row in rows[1][1:]]
    expected = zip([0, 1], history["loss"], history["val_loss"], strict=True)
    assert numbers == [list(row) for row in expected]


def scalars(folder):
    """{name: [(step, value)]} of the event files in a folder."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = {}
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        while content:
            size = int.from_bytes(content[:8], "little")
            event = event_pb2.Event.FromString(content[12 : 12 + size])
            content = content[16 + size :]
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_gets_the_logs_under_keras_names(tmp_path):
    pytest.importorskip("tensorboardX")
    watch = TensorBoard(tmp_path, histogram_freq=2, write_steps_per_second=True, update_freq=2)
    history = fit(binary(), epochs=3, validation_split=0.2, callbacks=[watch])
    found, held = scalars(tmp_path / "train"), scalars(tmp_path / "validation")

    def column(row):
        return [(epoch, float(np.float32(value))) for epoch, value in enumerate(row)]

    assert found["epoch_loss"] == column(history["loss"])
    assert held["epoch_loss"] == column(history["val_loss"])
    assert found["epoch_learning_rate"] == column([0.001] * 3)
    assert [step for step, _ in found["batch_loss"]] == [2, 4, 6]
    assert [step for step, _ in held["evaluation_loss_vs_iterations"]] == [2, 4, 6]
    assert all(value > 0 for _, value in found["epoch_steps_per_second"])
    weights = "gru/kernel", "gru/recurrent_kernel", "gru/bias", "dense/kernel", "dense/bias"
    for name in weights:
        assert [step for step, _ in found[f"{name}/histogram"]] == [0, 2]


def test_without_tensorboardx_a_training_says_so(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    watch = TensorBoard(tmp_path / "logs")
    sentence = (
        "TensorBoard: the package tensorboardX must be installed; got an environment without "
        "it. pip install 'fastgru[tensorboard]' brings it."
    )
    with says(ImportError, sentence):
        fit(binary(), callbacks=[watch])


def test_a_progress_line_that_is_passed_is_the_one_that_is_drawn(capsys):
    line = ProgbarLogger()
    fit(binary(), epochs=2, callbacks=[line], verbose=2)
    first = capsys.readouterr().out
    fit(binary(), epochs=2, verbose=2)
    assert first.count("Epoch") == capsys.readouterr().out.count("Epoch") == 2
    fit(binary(), epochs=2, callbacks=[line], verbose=0)
    assert capsys.readouterr().out == ""


def test_hooks_of_batches_are_empty_where_nothing_is_done_there():
    from fastgru.callbacks import BackupAndRestore, CallbackList

    idle = [ModelCheckpoint("m.keras"), BackupAndRestore("b"), TensorBoard()]
    busy = [ModelCheckpoint("m.keras", save_freq=2), TensorBoard(update_freq="batch")]
    assert CallbackList(idle)._batch_hooks["on_train_batch_end"] == ()
    assert len(CallbackList(busy)._batch_hooks["on_train_batch_end"]) == 2

    class Own(ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert len(CallbackList([Own("m.keras")])._batch_hooks["on_train_batch_end"]) == 1


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: ModelCheckpoint("m.txt"), ValueError,
         "ModelCheckpoint: filepath must end in .keras or .h5 or .safetensors; got 'm.txt'."),
        (lambda: ModelCheckpoint("m.keras", save_weights_only=True), ValueError,
         "ModelCheckpoint: filepath must end in .weights.h5; got 'm.keras'."),
        (lambda: ModelCheckpoint(3), TypeError,
         "ModelCheckpoint: filepath must be a path; got 3."),
        (lambda: ModelCheckpoint("m.keras", save_freq=1.5), TypeError,
         "ModelCheckpoint: save_freq must be an integer; got 1.5."),
        (lambda: ModelCheckpoint("m.keras", mode="up"), ValueError,
         "ModelCheckpoint: mode must be 'auto', 'min' or 'max'; got 'up'."),
        (lambda: ReduceLROnPlateau(factor=1), ValueError,
         "ReduceLROnPlateau: factor must be below 1; got 1."),
        (lambda: ReduceLROnPlateau(patience=None), TypeError,
         "ReduceLROnPlateau: patience must be an integer; got None."),
        (lambda: CSVLogger(None), TypeError, "CSVLogger: filename must be a path; got None."),
        (lambda: CSVLogger("a", ", "), ValueError,
         "CSVLogger: separator must be one character; got ', '."),
        (lambda: TensorBoard(update_freq="often"), ValueError,
         "TensorBoard: update_freq must be one of 'epoch', 'batch'; got 'often'."),
        (lambda: TensorBoard(histogram_freq=-1), ValueError,
         "TensorBoard: histogram_freq must be at least 0; got -1."),
        (lambda: TerminateOnNaN(1), TypeError,
         "TerminateOnNaN: raise_error must be True or False; got 1."),
    ],
)  # fmt: skip
def test_arguments_are_refused_in_one_sentence(make, kind, sentence):
    with says(kind, sentence):
        make()


def test_a_name_that_the_logs_lack_is_told(tmp_path):
    path = tmp_path / "{val_loss}.keras"
    sentence = "ModelCheckpoint: names in filepath must be of {epoch}, {loss}; got 'val_loss'."
    with pytest.raises(KeyError) as caught:
        fit(binary(), callbacks=[ModelCheckpoint(path)])
    assert caught.value.args == (sentence,)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (lambda epoch: 0.5**epoch, [1.0, 0.5, 0.25]),
        (lambda epoch, rate: rate * 0.5, [0.0005, 0.00025, 0.000125]),
        (lambda epoch, start=8.0: start / 2**epoch, [0.001, 0.0005, 0.000125]),
        (lambda *given: float(len(given)), [2.0, 2.0, 2.0]),
        (max, [0.001, 1.0, 2.0]),
    ],
)
def test_a_schedule_gets_the_rate_if_it_takes_it(schedule, rates):
    scheduler = LearningRateScheduler(schedule)
    found = fit(binary(), X, Y, epochs=3, callbacks=[scheduler])["learning_rate"]
    assert found == pytest.approx(rates, rel=1e-6)


def test_a_threshold_is_a_number():
    sentence = "ModelCheckpoint: initial_value_threshold must be a number; got 'low'."
    with says(TypeError, sentence):
        ModelCheckpoint("m.keras", initial_value_threshold="low")
