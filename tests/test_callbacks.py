"""Callbacks: which hooks are called when, and with what."""

import os
import random
import re

import numpy as np
import pytest

from fastgru.callbacks import Callback, CallbackList, EarlyStopping, History, LambdaCallback

HOOKS = [name for name in dir(Callback) if name.startswith("on_")]
OLD_HOOKS = [name for name in HOOKS if name in ("on_batch_begin", "on_batch_end")]
NEW_HOOKS = [name for name in HOOKS if name not in OLD_HOOKS]


class Model:
    """What a CallbackList sees of a model."""

    history = None


def recorder(base, hooks, record, label):
    """Return a callback, derived from `base`, that notes every call of `hooks`."""

    def note(hook):
        def called(self, *args, logs=None):
            if "batch" not in hook:
                *args, logs = args
            record.append((label, hook, tuple(args), logs))

        return called

    return type("Recorder", (base,), {hook: note(hook) for hook in hooks})()


def run(callbacks, wrap=lambda logs: logs):
    """Call the hooks in the order of a training, an evaluation and a prediction."""
    train, val = {"loss": np.float32(0.5), "accuracy": 1}, {"loss": 0.25, "accuracy": 0.75}
    callbacks.on_train_begin()
    for epoch in range(2):
        callbacks.on_epoch_begin(epoch)
        for batch in range(3):
            callbacks.on_train_batch_begin(batch)
            callbacks.on_train_batch_end(batch, wrap(train))
        callbacks.on_test_begin()
        callbacks.on_test_batch_begin(0)
        callbacks.on_test_batch_end(0, wrap(val))
        callbacks.on_test_end(val)
        logs = {**train, **{f"val_{name}": value for name, value in val.items()}}
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end(logs)
    callbacks.on_predict_begin()
    callbacks.on_predict_batch_begin(0)
    callbacks.on_predict_batch_end(0, wrap({"outputs": ((1.0, 2.0),)}))
    callbacks.on_predict_end()


def test_hooks_are_called_as_keras_calls_them():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras").callbacks
    ours, theirs, models = [], [], [Model(), Model()]
    setting = {"verbose": 0, "epochs": 2, "steps": 3}
    watchers = [
        recorder(Callback, NEW_HOOKS, ours, "new"),
        recorder(Callback, OLD_HOOKS, ours, "old"),
    ]
    run(CallbackList(watchers, models[0], **setting), wrap=lambda logs: lambda: logs)
    watchers = [
        recorder(keras.Callback, NEW_HOOKS, theirs, "new"),
        recorder(keras.Callback, OLD_HOOKS, theirs, "old"),
    ]
    run(keras.CallbackList(watchers, add_history=True, model=models[1], **setting))
    assert ours == theirs
    assert [list(entry[-1]) for entry in ours] == [list(entry[-1]) for entry in theirs]
    assert {hook for _, hook, _, _ in ours} == set(HOOKS)
    assert models[0].history.history == models[1].history.history
    assert list(models[0].history.history) == list(models[1].history.history)
    assert models[0].history.params == models[1].history.params
    assert models[0].history.epoch == models[1].history.epoch == [0, 1]


def test_set_up_comes_before_the_first_hook():
    model, seen = Model(), []

    class Watcher(Callback):
        def on_train_begin(self, logs=None):
            seen.append((self.model, self.params, self.model.history))

    callbacks = CallbackList(Watcher(), model=model, verbose=0, epochs=7, steps=None)
    callbacks.on_train_begin()
    assert seen == [(model, {"verbose": 0, "epochs": 7, "steps": None}, callbacks.history)]


def test_batch_logs_are_asked_for_only_where_a_callback_wants_them():
    calls = []

    def averages():
        calls.append(1)
        return {"loss": np.float64(1.5)}

    class EpochsOnly(Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    callbacks = CallbackList([EpochsOnly(), EarlyStopping()], model=Model())
    callbacks.on_train_begin()
    for batch in range(5):
        callbacks.on_train_batch_begin(batch)
        callbacks.on_train_batch_end(batch, averages)
        callbacks.on_test_batch_end(batch, averages)
        callbacks.on_predict_batch_end(batch, averages)
    assert not calls

    got = []
    watchers = [
        LambdaCallback(on_train_batch_end=lambda batch, logs: got.append(logs)),
        LambdaCallback(on_batch_end=lambda batch, logs: got.append(logs)),
    ]
    callbacks = CallbackList(watchers, model=Model())
    callbacks.on_train_begin()
    callbacks.on_train_batch_end(0, averages)
    callbacks.on_train_batch_end(1, averages)
    assert len(calls) == 2 and len(got) == 4
    assert got[0] is got[1] and got[1] is not got[2]
    assert got[0] == {"loss": 1.5} and type(got[0]["loss"]) is float


def test_a_hook_given_at_the_start_of_training_is_called():
    got = []

    class Late(Callback):
        def on_train_begin(self, logs=None):
            self.on_train_batch_begin = lambda batch, logs: got.append((batch, logs))

    callbacks = CallbackList(Late(), model=Model())
    callbacks.on_train_batch_begin(0)
    callbacks.on_train_begin()
    callbacks.on_train_batch_begin(1)
    assert got == [(1, {})]


def test_logs_of_the_loop_stay_as_they_are_and_additions_reach_the_history():
    logs = {"loss": np.float32(0.1)}
    adds = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(learning_rate=0.5))
    callbacks = CallbackList(adds, model=Model())
    callbacks.on_train_begin()
    callbacks.on_epoch_end(0, logs)
    assert logs == {"loss": np.float32(0.1)}
    assert callbacks.history.history == {
        "loss": [float(np.float32(0.1))],
        "learning_rate": [0.5],
    }


def test_outputs_of_predict_reach_the_hook_untouched():
    got, outputs = [], np.ones((1, 1))
    watch = LambdaCallback(on_predict_batch_end=lambda batch, logs: got.append(logs))
    callbacks = CallbackList([watch], model=Model(), where="predict")
    callbacks.on_predict_begin()
    callbacks.on_predict_batch_end(0, lambda: {"outputs": outputs, "note": "2"})
    assert got[0]["outputs"] is outputs and got[0]["note"] == "2"


def test_a_history_that_is_passed_is_the_one_that_is_used():
    history, model = History(), Model()
    for _ in range(2):
        callbacks = CallbackList([[history], (Callback(),)], model=model, epochs=2)
        assert callbacks.history is history
        assert sum(isinstance(entry, History) for entry in callbacks.callbacks) == 1
        callbacks.on_train_begin()
        callbacks.on_epoch_end(0, {"loss": 1.0})
        callbacks.on_train_end()
    assert model.history is history
    assert history.history == {"loss": [1.0, 1.0]} and history.epoch == [0]


def test_an_evaluation_leaves_the_history_of_the_model():
    model = Model()
    model.history = "of the training"
    callbacks = CallbackList(None, model=model, where="evaluate")
    callbacks.on_test_begin()
    callbacks.on_test_end({"loss": 1.0})
    assert model.history == "of the training"


@pytest.mark.parametrize(
    ("callbacks", "got"),
    [
        ("early", "str"),
        ([Callback(), 3], "int"),
        ([None], "NoneType"),
        ([[Callback(), [print]]], "builtin_function_or_method"),
        ([EarlyStopping], "the class fastgru.callbacks.early_stopping.EarlyStopping"),
        (random.Random(0), "random.Random"),
    ],
)
def test_what_is_no_callback_is_refused(callbacks, got):
    sentence = f"fit: callbacks must hold Callback objects; got {got}."
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        CallbackList(callbacks)


def test_errors_name_the_method():
    sentence = "predict: callbacks must hold Callback objects; got int."
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        CallbackList(1, where="predict")


@pytest.mark.parametrize("verbose", [3, "yes", None])
def test_an_unknown_verbose_is_refused(verbose):
    sentence = f"evaluate: verbose must be 'auto', 0, 1 or 2; got {verbose!r}."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        CallbackList(None, verbose=verbose, where="evaluate")


@pytest.mark.parametrize(
    ("hooks", "sentence"),
    [
        (
            {"on_epoch": print},
            "LambdaCallback: keywords must be hooks of Callback; got on_epoch.",
        ),
        ({"model": 1}, "LambdaCallback: keywords must be hooks of Callback; got model."),
        ({"on_epoch_end": 3}, "LambdaCallback: on_epoch_end must be callable; got 3."),
        ({"on_test_end": "f"}, "LambdaCallback: on_test_end must be callable; got 'f'."),
    ],
)
def test_lambda_callback_refuses_what_it_cannot_call(hooks, sentence):
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        LambdaCallback(**hooks)


def test_lambda_callback_calls_every_hook_it_was_given():
    got = []
    hooks = {hook: lambda *args, hook=hook, **_: got.append(hook) for hook in NEW_HOOKS}
    run(CallbackList(LambdaCallback(**hooks), model=Model()))
    assert set(got) == set(NEW_HOOKS)


def test_a_callback_need_not_call_the_constructor_of_its_base():
    class Bare(Callback):
        def __init__(self):
            pass

    bare = Bare()
    assert bare.model is None and bare.params is None
    run(CallbackList(bare, model=Model()))
    assert bare.params == {"verbose": 0, "epochs": 1, "steps": None}
