"""EarlyStopping: when it stops a training, what it restores, and that Keras does the same."""

import os
import random
import re
import warnings

import pytest

from fastgru.callbacks import CallbackList, EarlyStopping


class Model:
    """What EarlyStopping sees of a model; the weights tell after which epoch they were read."""

    def __init__(self):
        self.stop_training = False
        self.weights = ["none"]

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)


def stopping_case(rng):
    """Return the arguments of an EarlyStopping and the logs of two trainings, at random."""

    # Multiples of 1/16: Keras compares in float32, where these are exact too.
    def value():
        return rng.randint(0, 12) / 16

    def odd():
        return rng.choice([None, float("nan"), float("inf"), -float("inf")])

    name, mode, keras_mode = rng.choice(
        [
            ("val_loss", "auto", "auto"),
            ("loss", "auto", "auto"),
            ("loss", "min", "min"),
            ("loss", "max", "max"),
            ("val_accuracy", "auto", "max"),
            ("acc", "auto", "max"),
            ("val_auc_2", "auto", "max"),
            ("mae", "auto", "min"),
            ("val_accuracy", "min", "min"),
        ]
    )
    arguments = {
        "monitor": name,
        "min_delta": rng.choice([0, 0, 1 / 16, -2 / 16]),
        "patience": rng.randint(0, 3),
        "baseline": rng.choice([None, None, value()]),
        "restore_best_weights": rng.random() < 0.6,
        "start_from_epoch": rng.choice([0, 0, 0, 1, 3]),
    }
    trainings = [
        [odd() if rng.random() < 0.06 else value() for _ in range(rng.randint(1, 12))]
        for _ in range(2)
    ]
    return {**arguments, "mode": mode}, {**arguments, "mode": keras_mode}, trainings


def outcome(stopping, trainings, first_epoch):
    """Run scripted trainings and return all that an EarlyStopping did and holds."""
    results = []
    for training, values in enumerate(trainings):
        model = Model()
        stopping.set_model(model)
        stopping.on_train_begin({})
        for epoch, value in enumerate(values, first_epoch):
            model.weights = [f"{training}:{epoch}"]
            logs = {"other": 1.0} if value is None else {stopping.monitor: value}
            stopping.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        stopping.on_train_end({})
        held = [stopping.stopped_epoch, stopping.best_epoch, stopping.wait]
        held += [repr(stopping.best), stopping.best_weights]
        results.append((epoch, model.stop_training, model.weights, *held))
    return results


def test_early_stopping_does_what_keras_does():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras").callbacks
    rng = random.Random(7)
    stopped = restored = 0
    for case in range(600):
        ours, theirs, trainings = stopping_case(rng)
        first_epoch = rng.choice([0, 0, 2])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = outcome(EarlyStopping(**ours), trainings, first_epoch)
            expected = outcome(keras.EarlyStopping(**theirs), trainings, first_epoch)
        assert got == expected, (case, ours, trainings)
        stopped += sum(result[1] for result in got)
        restored += sum(result[2] != [f"{i}:{result[0]}"] for i, result in enumerate(got))
    # The cases are of use only if they do both, often.
    assert stopped > 400 and restored > 200


def test_early_stopping_tells_what_it_did(capsys):
    model = Model()
    stopping = EarlyStopping("loss", verbose=1, restore_best_weights=True)
    callbacks = CallbackList(stopping, model=model)
    callbacks.on_train_begin()
    for epoch, loss in enumerate([3.0, 2.0, 2.5]):
        model.weights = [epoch]
        callbacks.on_epoch_end(epoch, {"loss": loss})
    assert model.stop_training and model.weights == [2]
    callbacks.on_train_end()
    assert model.weights == [1]
    assert capsys.readouterr().out == (
        "Epoch 3: early stopping\nThe weights are those of epoch 2.\n"
    )


def test_early_stopping_warns_when_its_metric_is_missing():
    stopping = EarlyStopping()
    stopping.set_model(Model())
    sentence = (
        "EarlyStopping: monitor must be one of the logged metrics (accuracy, loss); "
        "got 'val_loss'."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(sentence)}$"):
        stopping.on_epoch_end(0, {"accuracy": 1.0, "loss": 2.0})
    assert not stopping.model.stop_training


def test_early_stopping_refuses_an_unknown_mode():
    sentence = "EarlyStopping: mode must be 'auto', 'min' or 'max'; got 'largest'."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        EarlyStopping(mode="largest")


def test_a_monitor_that_is_no_word_is_refused():
    with pytest.raises(TypeError) as caught:
        EarlyStopping(monitor=3)
    assert str(caught.value) == "EarlyStopping: monitor must be the name of a metric; got 3."


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"patience": -1}, ValueError, "patience must be at least 0; got -1"),
        ({"patience": 1.5}, TypeError, "patience must be an integer; got 1.5"),
        ({"min_delta": "a"}, TypeError, "min_delta must be a number; got 'a'"),
        ({"baseline": "a"}, TypeError, "baseline must be a number; got 'a'"),
        ({"restore_best_weights": 1}, TypeError,
         "restore_best_weights must be True or False; got 1"),
        ({"start_from_epoch": "a"}, TypeError, "start_from_epoch must be an integer; got 'a'"),
        ({"start_from_epoch": -1}, ValueError, "start_from_epoch must be at least 0; got -1"),
    ],
)  # fmt: skip
def test_early_stopping_refuses_what_it_cannot_count_with(given, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape('EarlyStopping: ' + sentence)}[.]$"):
        EarlyStopping(**given)


def test_a_baseline_may_be_infinite():
    assert EarlyStopping(baseline=float("inf")).baseline == float("inf")
