"""`fastgru bench`: what a GRU takes on this machine."""

import statistics
import time

import numpy as np

from fastgru import Sequential, get_num_threads
from fastgru.layers import GRU, Dense, Input

_SECONDS, _LEAST = 0.7, 5  # of each measurement, and its least number of calls


def bench(options):
    model, x, y = _model(options)
    stream = model.stream()
    steps = options.batch * options.steps
    print(
        f"GRU({options.units}) and Dense(1), float32: batches of {options.batch} samples, "
        f"{options.steps} steps, {options.features} features; {get_num_threads()} threads"
    )
    for name, call, count in (
        ("predict, a batch", lambda: model.predict_on_batch(x), steps),
        ("train, a batch", lambda: model.train_on_batch(x, y), steps),
        ("stream, one step", lambda: stream.step(x[0, 0]), 1),
    ):
        seconds = median(call)
        print(f"{name:18} {seconds * 1e6:12,.1f} us {count / seconds:14,.0f} steps/s")


def median(call):
    """Seconds of a call: the median of many, after one that is not counted."""
    call()
    times, end = [], time.perf_counter() + _SECONDS
    while len(times) < _LEAST or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _model(options):
    model = Sequential([
        Input((options.steps, options.features)), GRU(options.units),
        Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile("adam", "binary_crossentropy")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((options.batch, options.steps, options.features), np.float32)
    return model, x, rng.integers(0, 2, (options.batch, 1)).astype(np.float32)
