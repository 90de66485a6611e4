"""The progress line: its exact text, in a terminal and elsewhere, and how often it is drawn."""

import io
import re
import sys
from functools import partial

import numpy as np
import pytest
from small_models import binary, data

from fastgru._progress import Progress
from fastgru.callbacks import Callback, CallbackList, LambdaCallback

BAR = "━" * 20


class Clock:
    """A clock that stands still until it is set forward."""

    now = 1000.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def painted(done, count, took, rest):
    """Return a state of the line with its colours; `done` of the 20 cells are full."""
    green = f"\x1b[32m{'━' * done}\x1b[0m" if done else ""
    white = f"\x1b[37m{'━' * (20 - done)}\x1b[0m" if done < 20 else ""
    return f"\r\x1b[1m{count}\x1b[0m {green}{white} \x1b[1m{took}\x1b[0m {rest}"


@pytest.fixture
def clock(monkeypatch):
    """Let every progress line of CallbackList go by one clock."""
    clock = Clock()
    monkeypatch.setattr("fastgru.callbacks.progress.Progress", partial(Progress, clock=clock))
    return clock


def fit(callbacks, clock, step_times, val_logs=None):
    """Call the hooks of a training whose loss is 1/steps done."""
    callbacks.on_train_begin()
    for epoch in range(callbacks.params["epochs"]):
        callbacks.on_epoch_begin(epoch)
        for batch, seconds in enumerate(step_times):
            callbacks.on_train_batch_begin(batch)
            clock.now += seconds
            logs = {"loss": 1 / (batch + 1), "accuracy": 0.0005}
            callbacks.on_train_batch_end(batch, lambda logs=logs: logs)
        if val_logs:
            callbacks.on_test_begin()
            callbacks.on_test_batch_end(0, lambda: val_logs)
            callbacks.on_test_end(val_logs)
            logs = {**logs, **{f"val_{name}": value for name, value in val_logs.items()}}
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end(logs)


def test_a_terminal_sees_the_line_grow(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    callbacks = CallbackList(None, verbose=1, epochs=2, steps=4)
    fit(callbacks, clock, [0.5, 0.25, 0.01, 0.25], {"loss": 0.75})
    metrics = "accuracy: 5.0000e-04 - loss"
    states = [
        painted(5, "1/4", "1s", f"500ms/step - {metrics}: 1.0000"),
        painted(10, "2/4", "0s", f"250ms/step - {metrics}: 0.5000"),
        # The third step ends too soon after the second to be drawn.
        painted(20, "4/4", "0s", f"170ms/step - {metrics}: 0.2500"),
        painted(20, "4/4", "1s", f"170ms/step - {metrics}: 0.2500 - val_loss: 0.7500\n"),
    ]
    expected = "".join(f"Epoch {epoch}/2\n{''.join(states)}" for epoch in (1, 2))
    assert sys.stdout.getvalue() == expected


def test_elsewhere_an_epoch_is_one_line_without_control_characters(clock, capsys):
    callbacks = CallbackList(None, verbose="auto", epochs=2, steps=4)
    fit(callbacks, clock, [0.5, 0.25, 0.01, 0.25], {"loss": 0.75})
    line = f"4/4 {BAR} 1s 170ms/step - accuracy: 5.0000e-04 - loss: 0.2500 - val_loss: 0.7500"
    assert capsys.readouterr().out == f"Epoch 1/2\n{line}\nEpoch 2/2\n{line}\n"


def test_verbose_2_prints_one_line_per_epoch(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    callbacks = CallbackList(None, verbose=2, epochs=2, steps=4)
    fit(callbacks, clock, [0.5, 0.25, 0.01, 0.25], {"loss": 0.75})
    line = "4/4 - 1s - 252ms/step - accuracy: 5.0000e-04 - loss: 0.2500 - val_loss: 0.7500"
    assert sys.stdout.getvalue() == f"Epoch 1/2\n{line}\nEpoch 2/2\n{line}\n"


def test_verbose_0_prints_nothing_and_asks_for_nothing(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    callbacks = CallbackList(None, verbose=0, epochs=2, steps=4)
    fit(callbacks, clock, [0.5] * 4)
    callbacks.on_train_batch_end(0, lambda: pytest.fail("the averages were asked for"))
    assert sys.stdout.getvalue() == ""


def test_a_single_epoch_has_no_heading(clock, capsys):
    fit(CallbackList(None, verbose=2, epochs=1, steps=2), clock, [1.0, 1.0])
    line = "2/2 - 2s - 1s/step - accuracy: 5.0000e-04 - loss: 0.5000\n"
    assert capsys.readouterr().out == line


def test_predict_shows_no_metrics(clock, capsys):
    for verbose in (1, 2):
        callbacks = CallbackList(None, verbose=verbose, steps=100, where="predict")
        callbacks.on_predict_begin()
        for batch in range(100):
            clock.now += 0.00002
            callbacks.on_predict_batch_end(batch, lambda: {"outputs": np.zeros(3)})
        callbacks.on_predict_end()
    assert capsys.readouterr().out == f"100/100 {BAR} 0s 20us/step\n100/100 - 0s - 20us/step\n"


def test_averages_are_asked_for_at_most_20_times_a_second():
    clock, stream, asked = Clock(), Terminal(), []
    bar = Progress(9_700, stream=stream, clock=clock)
    for _ in range(2):
        bar.start()
        for step in range(1, 9_701):
            clock.now += 0.0001
            bar.update(step, lambda: asked.append(clock.now) or {"loss": 1.0})
        bar.finish({"loss": 1.0})
    assert 36 <= len(asked) <= 40
    assert min(np.diff(asked)) >= 0.05 - 1e-9
    # An end of a line is a drawing too.
    assert min(when for when in asked if when > 1000.97) >= 1001.02 - 1e-9
    assert stream.getvalue().count("\r") == len(asked) + 2


def test_steps_that_become_long_are_drawn_soon():
    clock, stream = Clock(), Terminal()
    bar = Progress(1_000, stream=stream, clock=clock)
    bar.start()
    for step in range(1, 101):
        clock.now += 1e-5
        bar.update(step)
    before = stream.getvalue().count("\r")
    for step in range(101, 118):
        clock.now += 1.0
        bar.update(step)
    assert stream.getvalue().count("\r") > before


def test_averages_are_never_asked_for_where_the_line_cannot_be_redrawn():
    bar = Progress(3, stream=io.StringIO(), clock=Clock())
    bar.start()
    for step in range(1, 4):
        bar.update(step, lambda: pytest.fail("the averages were asked for"))


def test_a_user_who_wants_batch_logs_and_the_line_see_the_same(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    adds = LambdaCallback(on_train_batch_end=lambda batch, logs: logs.update(extra=2.0))
    fit(CallbackList(adds, verbose=1, steps=1), clock, [1.0])
    metrics = "accuracy: 5.0000e-04 - loss: 1.0000 - extra: 2.0000"
    assert sys.stdout.getvalue().startswith(painted(20, "1/1", "0s", f"1s/step - {metrics}"))


def test_a_shorter_state_wipes_out_the_longer_one_before():
    clock, stream = Clock(), Terminal()
    bar = Progress(2, stream=stream, clock=clock)
    bar.start()
    clock.now += 4000.0
    bar.update(1, {"loss": -1.0})
    clock.now += 1.0
    bar.update(2)
    bar.finish()
    assert stream.getvalue() == (
        painted(10, "1/2", "1:06:40", "4000s/step - loss: -1.0000")
        + painted(20, "2/2", "0s", "1s/step" + " " * 24)
        + painted(20, "2/2", "4001s", "1s/step\n")
    )


def test_an_unknown_number_of_steps_is_known_after_the_first_line():
    clock, stream = Clock(), Terminal()
    bar = Progress(None, stream=stream, clock=clock)
    for heading in ("Epoch 1/2", "Epoch 2/2"):
        bar.start(heading)
        for step in (1, 2):
            clock.now += 61.0
            bar.update(step)
        bar.finish()
    assert stream.getvalue() == (
        "Epoch 1/2\n\r      1/Unknown \x1b[1m61s\x1b[0m 61s/step"
        "\r      2/Unknown \x1b[1m122s\x1b[0m 61s/step"
        + painted(20, "2/2", "122s", "61s/step\n")
        + "Epoch 2/2\n"
        + painted(10, "1/2", "1:01", "61s/step")
        + painted(20, "2/2", "0s", "61s/step  ")
        + painted(20, "2/2", "122s", "61s/step\n")
    )


def test_an_epoch_that_ends_early_shows_how_far_it_came(clock, capsys):
    fit(CallbackList(None, verbose=2, steps=10), clock, [1.0] * 5)
    fit(CallbackList(None, verbose=1, steps=10), clock, [1.0] * 5)
    metrics = "accuracy: 5.0000e-04 - loss: 0.2000"
    assert capsys.readouterr().out == (
        f" 5/10 - 5s - 1s/step - {metrics}\n 5/10 {BAR} 5s 1s/step - {metrics}\n"
    )


def test_more_steps_than_announced_do_not_break_the_line():
    stream = io.StringIO()
    bar = Progress(9, stream=stream, clock=Clock())
    bar.start()
    bar.update(10)
    bar.finish()
    assert stream.getvalue() == f"10/10 {BAR} 0s 0s/step\n"


def test_values_of_any_kind_have_a_text():
    stream = io.StringIO()
    bar = Progress(1, verbose=2, stream=stream, clock=Clock())
    bar.start()
    bar.finish({"a": float("nan"), "b": 0, "c": -2, "d": 1234.56, "e": [1, 2], "f": "x"})
    texts = "a: nan - b: 0.0000e+00 - c: -2.0000 - d: 1234.5600 - e: 1.5000 - f: x"
    assert stream.getvalue() == f"1/1 - 0s - 0s/step - {texts}\n"


def test_a_live_line_is_cut_at_the_edge_of_the_terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("fastgru._progress._columns", lambda stream: 40)
    bar = Progress(2, stream=stream, clock=Clock())
    bar.start()
    bar.update(1, {"loss": 1.0})
    bar.finish({"loss": 1.0})
    assert stream.getvalue() == (
        painted(10, "1/2", "0s", "0s/step - l")
        + painted(10, "1/2", "0s", "0s/step - loss: 1.0000\n")
    )


def test_a_notebook_redraws_its_line():
    kind = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    stream = type("Derived", (kind,), {})()
    bar = Progress(1, stream=stream, clock=Clock())
    bar.start()
    bar.update(1)
    assert stream.getvalue() == painted(20, "1/1", "0s", "0s/step")


def test_a_notebook_redraws_four_times_a_second_and_is_not_flushed():
    class OutStream(io.StringIO):
        flushes = 0

        def flush(self):
            self.flushes += 1

    OutStream.__module__ = "ipykernel.iostream"
    stream, clock = OutStream(), Clock()
    bar = Progress(1000, stream=stream, clock=clock)
    bar.start()
    for step in range(1, 1001):
        clock.now += 0.015625
        bar.update(step)
    bar.finish()
    # One at the first step, four a second behind it, and the last.
    assert stream.getvalue().count("\r") == 1 + 62 + 1
    assert stream.flushes == 0
    assert set(re.findall("\x1b[^m]*m", stream.getvalue())) <= {
        f"\x1b[{code}m" for code in (0, 1, 32, 37)
    }


def test_a_stream_without_the_bars_character_gets_another():
    raw = io.BytesIO()
    bar = Progress(1, stream=io.TextIOWrapper(raw, encoding="ascii"), clock=Clock())
    bar.start()
    bar.finish({"über": 1.0})
    assert raw.getvalue() == b"1/1 ==================== 0s 0s/step - ?ber: 1.0000\n"


def test_no_stdout_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    bar = Progress(1)
    bar.start("Epoch 1/2")
    bar.update(1)
    bar.finish({"loss": 1.0})


def test_lines_of_short_epochs_are_written_together_and_all_of_them():
    class Counting(Terminal):
        writes = 0

        def write(self, text):
            self.writes += 1
            return super().write(text)

    found = []
    for may_wait in (False, True):
        clock, stream = Clock(), Counting()
        bar = Progress(2, stream=stream, clock=clock)
        bar.may_wait = may_wait
        for epoch in range(40):
            bar.start(f"Epoch {epoch + 1}/40")
            for seen in (1, 2):
                clock.now += 0.001
                bar.update(seen, {"loss": 1.0})
            bar.finish({"loss": float(epoch)})
        assert ("Epoch 40/40" in stream.getvalue()) is not may_wait
        bar.close()
        found.append(stream)
    apart, together = (
        # What stands on the screen in the end.
        [line.rpartition("\r")[2].rstrip() for line in one.getvalue().split("\n")]
        for one in found
    )
    assert together == apart
    assert len(apart) == 81 and "loss: 39.0000" in apart[-2]
    assert found[0].writes >= 80 and found[1].writes <= 5


def test_lines_do_not_wait_where_callbacks_may_print_and_are_shown_after_a_failure(capsys):
    class Failing(Callback):
        def on_epoch_end(self, epoch, logs=None):
            print("mine")  # before the epoch's own line
            raise KeyboardInterrupt

    model, (x, y) = binary(), data()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=2, callbacks=[Failing()])
    assert capsys.readouterr().out.splitlines() == ["Epoch 1/2", "mine"]

    def batches():
        yield x, y
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(batches(), epochs=2, steps_per_epoch=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("Epoch")] == ["Epoch 1/2", "Epoch 2/2"]
    assert lines[1].startswith("1/1")


class Slow(Terminal):
    """A terminal that takes its time: seconds of the clock for each text."""

    def __init__(self, clock, seconds):
        super().__init__()
        self.clock, self.seconds, self.writes = clock, seconds, 0

    def write(self, text):
        self.writes += 1
        self.clock.now += self.seconds
        return super().write(text)


@pytest.mark.parametrize(
    ("seconds", "batches", "step", "most"),
    [
        (0, 100_000, 0.0001, 10 / 0.05),  # 10 s of batches that take next to nothing
        (0, 20, 0.5, 20),
        (0.01, 10_000, 0.001, 10),  # 1 % of 10 s
        (0.2, 100, 0.1, 1),
    ],
)
def test_drawing_is_bounded_by_time_and_by_its_share_of_it(seconds, batches, step, most):
    clock = Clock()
    bar = Progress(batches, stream=Slow(clock, seconds), clock=clock)
    bar.start("Epoch 1/1")
    for seen in range(1, batches + 1):
        clock.now += step
        bar.update(seen, {"loss": 1.0})
    # Beside the heading, the first state and one that begins before the share is used up.
    assert bar._stream.writes <= most + 3
    bar.finish({"loss": 0.5})
    assert bar._stream.getvalue().endswith("loss: 0.5000\n")


def test_short_epochs_on_a_slow_terminal_are_shown_within_the_share():
    clock = Clock()
    bar = Progress(1, stream=Slow(clock, 0.02), clock=clock)
    bar.may_wait = True
    for epoch in range(1000):
        bar.start(f"Epoch {epoch + 1}/1000")
        clock.now += 0.01
        bar.update(1, {"loss": 1.0})
        bar.finish({"loss": 1.0})
    # 10 s, of which 0.1 s are five texts; one more at the beginning, one begun too early.
    assert bar._stream.writes <= 7
    bar.close()
    assert bar._stream.getvalue().count("Epoch") == 1000


def calls(function):
    """How many functions, of Python and of C, a call of it calls, itself included."""
    count = 0

    def look(frame, event, arg):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(look)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count - 1  # setprofile itself


def test_a_batch_that_draws_nothing_costs_a_few_calls_and_a_short_epoch_not_many(
    clock, monkeypatch
):
    monkeypatch.setattr(sys, "stdout", Terminal())
    watch = CallbackList(None, verbose=1, epochs=9, steps=100)
    watch.on_train_begin()
    watch.on_epoch_begin(0)
    logs = {"accuracy": 0.5, "loss": 0.7}

    def batch(number=1):
        watch.on_train_batch_begin(number)
        watch.on_train_batch_end(number, lambda: pytest.fail("nothing is to be drawn"))

    watch.on_train_batch_end(0, lambda: logs)

    def epoch():
        watch.on_epoch_end(0, logs)
        watch.on_epoch_begin(1)

    epoch()
    clock.now += 0.0002
    before = sys.stdout.getvalue()
    # The two hooks, that of the line, its update, the clock, whether it is time, and which
    # step looks next; the steps before that do not look.
    assert calls(batch) <= 10
    assert calls(lambda: batch(2)) <= 6
    # 20 us on a machine where the tutorial's epoch of 32 batches takes 5 ms.
    silent = CallbackList(None, verbose=0, epochs=9, steps=100)
    silent.on_train_begin()
    quiet = calls(lambda: [silent.on_epoch_end(0, logs), silent.on_epoch_begin(1)])
    assert calls(epoch) - quiet <= 80
    assert sys.stdout.getvalue() == before
