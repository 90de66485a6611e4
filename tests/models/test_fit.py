"""fit: the numbers it reports, how it takes its arguments, and what callbacks see of it."""

import copy
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import binary, bits, classes, data, fit, ids, words

from fastgru.callbacks import Callback, History, LambdaCallback
from fastgru.optimizers import SGD, Adam, RMSprop

X, Y = data()
#: What Keras 3.15 (JAX) reports for the same weights and data, batches of 4, no shuffling.
KERAS = [
    (
        lambda: binary(optimizer=Adam(0.05), metrics=["accuracy"]),
        (X, Y),
        {"validation_split": 0.3},
        {
            "loss": [0.654044, 0.562232, 0.493315],
            "accuracy": [4 / 7, 6 / 7, 6 / 7],
            "val_loss": [0.557475, 0.478380, 0.398839],
            "val_accuracy": [1, 1, 1],
        },
    ),
    (
        lambda: classes(optimizer=RMSprop(0.02), metrics=["accuracy"]),
        (X, np.arange(10) % 4),
        {},
        {"loss": [1.446480, 1.370079, 1.356619], "accuracy": [0.2, 0.3, 0.3]},
    ),
    (
        lambda: words(optimizer=SGD(2.0), metrics=["accuracy"]),
        (ids(), Y),
        {},
        {"loss": [0.720722, 0.721238, 0.637339], "accuracy": [0.4, 0.6, 0.6]},
    ),
]


@pytest.mark.parametrize(("make", "xy", "options", "expected"), KERAS)
def test_a_few_epochs_reproduce_the_losses_of_keras(make, xy, options, expected):
    history = fit(make(), *xy, epochs=3, **options)
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        assert_allclose(history[name], values, atol=1e-5, err_msg=name)


def test_the_history_holds_floats_by_name_and_says_how_it_came_about():
    model = binary(metrics=["accuracy", "mae"])
    history = model.fit(X, Y, 4, 3, verbose=0, validation_split=0.3, initial_epoch=1)
    names = ["accuracy", "loss", "mae"]
    assert list(history.history) == [*names, *(f"val_{name}" for name in names)]
    assert {type(v) for values in history.history.values() for v in values} == {float}
    assert {len(values) for values in history.history.values()} == {2}
    assert history.epoch == [1, 2]
    assert history.params == {"verbose": 0, "epochs": 3, "steps": 2}
    assert type(history) is History and model.history is history and history.model is model


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_validation_split_is_the_last_share_before_any_shuffling(shuffle):
    split, given = binary(), binary()
    given.rng = copy.deepcopy(split.rng)
    held = {"validation_data": (X[7:], Y[7:])}
    one = fit(split, X, Y, epochs=2, shuffle=shuffle, validation_split=0.3)
    two = fit(given, X[:7], Y[:7], epochs=2, shuffle=shuffle, **held)
    assert one == two and bits(split) == bits(given)
    both = fit(binary(), X, Y, validation_split=0.5, **held)
    assert both == fit(binary(), X, Y, **held), "validation_data overrides the split"


def test_the_validation_loss_is_that_of_evaluate():
    model = binary(metrics=["accuracy"])
    values = fit(model, X, Y, validation_data=[X[:3], Y[:3].tolist()])
    found = model.evaluate(X[:3], Y[:3], verbose=0, return_dict=True)
    assert {name: values[f"val_{name}"][0] for name in found} == found


def test_no_epochs_is_no_training():
    model, seen = binary(), []
    watch = LambdaCallback(
        on_train_begin=lambda logs: seen.append("begin"),
        on_epoch_begin=lambda epoch, logs: seen.append(epoch),
        on_train_end=lambda logs: seen.append(logs),
    )
    before = bits(model)
    for options in ({"epochs": 0}, {"epochs": 2, "initial_epoch": 2}, {"initial_epoch": 9}):
        assert fit(model, callbacks=[watch], **options) == {}
    assert seen == ["begin", {}] * 3 and bits(model)[: len(before)] == before


def test_a_batch_size_beyond_the_data_is_one_batch_and_none_is_32():
    x, y = data(40)
    for size, least, options in ((10**30, 40, {}), (None, 32, {}), (np.int8(32), 32, {})):
        model, sizes = binary(), []
        steps = LambdaCallback(on_train_batch_end=lambda batch, logs, s=sizes: s.append(batch))
        fit(model, x, y, batch_size=size, callbacks=[steps], **options)
        assert len(sizes) == math.ceil(40 / least)
        assert model.history.params["steps"] == len(sizes)


def test_a_short_last_batch_counts_by_its_samples():
    still = binary(optimizer=SGD(0.0))
    parts = [still.evaluate(X[a:b], Y[a:b], verbose=0) for a, b in ((0, 4), (4, 8), (8, 10))]
    (loss,) = fit(still)["loss"]
    assert_allclose(loss, np.average(parts, weights=[4, 4, 2]), rtol=1e-7)
    assert abs(loss - np.mean(parts)) > 1e-4
    assert_allclose(still.evaluate(X, Y, batch_size=4, verbose=0), loss, rtol=1e-7)


def by_hand(model, orders):
    for order in orders:
        for start in range(0, len(order), 4):
            index = order[start : start + 4]
            model.train_on_batch(X[index], Y[index])
    return bits(model)


def test_without_shuffling_samples_come_in_order():
    model = binary()
    fit(model, epochs=2)
    assert bits(model) == by_hand(binary(), [np.arange(10)] * 2)


def test_shuffling_takes_a_new_order_of_all_samples_in_each_epoch():
    for word in (True, np.True_, "batch"):
        model = binary()
        rng = copy.deepcopy(model.rng)
        orders = [rng.permutation(10) for _ in range(3)]
        assert len({tuple(order) for order in orders}) == 3
        fit(model, epochs=3, shuffle=word)
        assert bits(model) == by_hand(binary(), orders)


def test_a_callback_stops_the_training_behind_a_batch():
    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model = binary()
    history = fit(model, epochs=5, callbacks=[Stop()], validation_split=0.1)
    assert len(history["loss"]) == len(history["val_loss"]) == 1 and model.stop_training
    assert bits(model) == by_hand(binary(), [np.arange(8)])
    assert len(fit(model, epochs=2)["loss"]) == 2 and not model.stop_training


def test_hooks_come_in_the_order_of_the_work():
    seen = []
    hooks = [name for name in dir(Callback) if re.fullmatch(r"on_(train|test|epoch)_.*", name)]
    named = {hook: lambda *args, h=hook, **logs: seen.append(h[3:]) for hook in hooks}
    fit(binary(), callbacks=[LambdaCallback(**named)], validation_split=0.3)
    batches = ["train_batch_begin", "train_batch_end"] * 2
    test = ["test_begin", "test_batch_begin", "test_batch_end", "test_end"]
    assert seen == ["train_begin", "epoch_begin", *batches, *test, "epoch_end", "train_end"]


def test_a_callback_may_predict_and_evaluate_without_changing_the_training():
    class Curious(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.predict(X[:3], verbose=0)
            self.model(X[:2])

        def on_epoch_end(self, epoch, logs=None):
            self.model.evaluate(X[:5], Y[:5], verbose=0)

    plain, watched = binary(), binary()
    assert fit(plain, epochs=3) == fit(watched, epochs=3, callbacks=[Curious()])
    assert bits(plain) == bits(watched)


def test_logs_of_batches_are_running_means_and_what_is_added_is_kept():
    losses = []
    add = LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]),
        on_epoch_end=lambda epoch, logs: logs.update(extra=epoch),
    )
    history = fit(binary(), epochs=2, callbacks=add)
    assert history["extra"] == [0, 1]
    assert [losses[2], losses[5]] == history["loss"] and losses[0] != losses[2]


#: The end of a line: "0s 12ms/step" or, without a bar, "0s - 12ms/step", and what it shows.
TIMES = r"\d+s (- )?\d+[mu]?s/step"
NUMBERS = r" - loss: 0\.\d{4} - val_loss: 0\.\d{4}\n"


@pytest.mark.parametrize(
    ("verbose", "text"),
    [
        (0, ""),
        (1, f"Epoch 1/2\n3/3 ━{{20}} {TIMES}{NUMBERS}Epoch 2/2\n3/3 ━{{20}} {TIMES}{NUMBERS}"),
        (2, f"Epoch 1/2\n3/3 - {TIMES}{NUMBERS}Epoch 2/2\n3/3 - {TIMES}{NUMBERS}"),
    ],
)
def test_verbose_is_silence_a_bar_or_lines(verbose, text, capsys):
    held = {"validation_data": (X, Y)}
    fit(binary(), epochs=2, verbose=verbose, **held)
    assert re.fullmatch(text, capsys.readouterr().out)
    if verbose == 1:
        fit(binary(), epochs=2, verbose="auto", **held)
        assert re.fullmatch(text, capsys.readouterr().out)


def test_evaluate_and_predict_show_a_line_of_their_own(capsys):
    model = binary(metrics=["accuracy"])
    model.evaluate(X, Y, batch_size=4)
    model.predict(X, 4, verbose=2)
    line = rf"3/3 ━{{20}} {TIMES} - accuracy: 0\.\d{{4}} - loss: 0\.\d{{4}}\n"
    assert re.fullmatch(line + f"3/3 - {TIMES}\n", capsys.readouterr().out)


def test_outputs_do_not_depend_on_the_batch_size():
    out = binary()(X)
    for size in (1, 3, 10, 64):
        assert_allclose(binary().predict(X, size, verbose=0), out, rtol=1e-6)
    assert_array_equal(binary().predict(X, 10, verbose=0), out)


def test_a_validation_that_a_callback_broke_off_is_whole_the_next_time():
    seen = []

    class Break(Callback):
        def on_test_begin(self, logs=None):
            seen.append(0)

        def on_test_batch_end(self, batch, logs=None):
            seen[-1] += 1
            self.model.stop_evaluating = len(seen) == 1

    options = {"validation_batch_size": 2, "validation_steps": 3}
    fit(binary(), epochs=2, validation_data=(X, Y), callbacks=[Break()], **options)
    assert seen == [1, 3]
