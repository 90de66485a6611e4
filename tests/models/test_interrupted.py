"""What an exception in the middle of fit, evaluate or predict leaves behind: nothing."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import F, T, bits, data, fit, ids, predict, set_by_formula, words

from fastgru import Sequential
from fastgru.callbacks import Callback, LambdaCallback
from fastgru.layers import GRU, Activation, Dense, Dropout, InputLayer
from fastgru.utils import set_random_seed

X, Y = data()


class Broken(Exception):
    """What a user's callback raises."""


def model():
    """With dropout, so that the state of the generator counts too."""
    set_random_seed(7)
    layers = [InputLayer((T, F)), GRU(6), Dropout(0.5), Dense(1, "sigmoid")]
    made = set_by_formula(Sequential(layers))
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return made


def failing(hook, at, error):
    """A callback that raises in a hook, at the given call of it."""
    calls = []

    def called(*args, logs=None):
        calls.append(args)
        if len(calls) == at + 1:
            raise error

    return LambdaCallback(**{hook: called})


class StopBehind(Callback):
    """Stop behind a batch of the first epoch."""

    def __init__(self, batch):
        self.batch = batch

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == self.batch


#: A hook that fails, at which call, and behind which batch training had then come.
HOOKS = [
    ("on_train_begin", 0, None),
    ("on_epoch_begin", 0, None),
    ("on_train_batch_begin", 1, 0),
    ("on_train_batch_end", 0, 0),
    ("on_train_batch_end", 1, 1),
    ("on_test_begin", 0, 1),
    ("on_test_batch_begin", 0, 1),
    ("on_test_batch_end", 0, 1),
    ("on_test_end", 0, 1),
    ("on_epoch_end", 0, 1),
    ("on_train_end", 0, 1),
]
OPTIONS = {"validation_split": 0.3, "shuffle": True}


@pytest.mark.parametrize("error", [Broken("oh"), KeyboardInterrupt(), SystemExit(3)])
@pytest.mark.parametrize(("hook", "at", "batch"), HOOKS)
def test_the_next_fit_goes_on_as_if_training_had_been_stopped_there(hook, at, batch, error):
    failed, stopped = model(), model()
    with pytest.raises(type(error)) as caught:
        fit(failed, callbacks=[failing(hook, at, error)], **OPTIONS)
    assert caught.value is error
    if batch is not None:
        fit(stopped, callbacks=[StopBehind(batch)], **OPTIONS)
    elif hook == "on_epoch_begin":
        assert_array_equal(failed.get_weights()[0], stopped.get_weights()[0])
    assert predict(failed, X).tobytes() == predict(stopped, X).tobytes()
    assert fit(failed, epochs=2, **OPTIONS) == fit(stopped, epochs=2, **OPTIONS)
    assert bits(failed) == bits(stopped)
    assert failed.optimizer.iterations == stopped.optimizer.iterations
    assert failed.evaluate(X, Y, verbose=0) == stopped.evaluate(X, Y, verbose=0)


class Fragile(Activation):
    """A layer whose backward fails once."""

    def __init__(self):
        super().__init__("linear", name="fragile")
        self.broken = True

    def forward(self, x, mask=None):
        def backward(dy, want_dx=True):
            if self.broken:
                self.broken = False
                raise KeyboardInterrupt
            return dy

        return x, mask, backward


def fragile(broken):
    made = Sequential([InputLayer((T, F)), GRU(6), Fragile(), Dense(1, "sigmoid")])
    made.layers[1].broken = broken
    set_by_formula(made).compile("adam", "binary_crossentropy")
    return made


def test_half_a_backward_pass_leaves_no_gradient():
    failed, never = fragile(True), fragile(False)
    with pytest.raises(KeyboardInterrupt):
        fit(failed)
    assert fit(failed, epochs=2) == fit(never, epochs=2)
    assert bits(failed) == bits(never)


@pytest.mark.parametrize("phase", ["test", "predict"])
@pytest.mark.parametrize("error", [Broken("oh"), KeyboardInterrupt()])
def test_evaluate_and_predict_can_be_interrupted_and_called_again(phase, error):
    one = model()
    call = (
        one.predict
        if phase == "predict"
        else lambda x, **options: one.evaluate(x, Y, **options)
    )
    expected = np.array(call(X, verbose=0))
    for moment in ("begin", "batch_begin", "batch_end", "end"):
        watch = failing(f"on_{phase}_{moment}", 0, error)
        with pytest.raises(type(error)):
            call(X, batch_size=4, verbose=0, callbacks=[watch])
        assert_array_equal(np.array(call(X, verbose=0)), expected)


def test_ids_outside_are_found_before_anything_is_trained():
    for dtype in (np.int32, np.int64, np.float64):
        failed, never = words(), words()
        wrong = ids(dtype=dtype)
        wrong[-1, -1] = 10
        sentence = r"^fit: ids must lie in \[0, 10\) for embedding; got 0(\.0)? to 10(\.0)?\."
        with pytest.raises(IndexError, match=sentence):
            fit(failed, wrong, Y)
        assert failed.optimizer.iterations == 0
        assert fit(failed, ids(), Y) == fit(never, ids(), Y)
        assert bits(failed) == bits(never)
