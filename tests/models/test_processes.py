"""The same bits in every thread and process, and nothing in the process changed by it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fresh_python import run_python
from small_models import (
    F,
    T,
    binary,
    bits,
    data,
    fit,
    ids,
    predict,
    set_by_formula,
    waves,
    words,
)

import fastgru
from fastgru import Sequential
from fastgru.callbacks import LambdaCallback
from fastgru.layers import GRU, Dense

X, Y = data()


def in_threads(functions):
    """Results of functions that run at the same time, each in a thread of its own."""
    start = threading.Barrier(len(functions))

    def call(function):
        start.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def inputs():
    """Batches of many shapes, for which a thread needs memory of many sizes."""
    shapes = [(n, t) for n in (1, 3, 10, 33) for t in (1, 4, 9)]
    return [waves(n, t, F, phase=n + t) for n, t in shapes]


@pytest.mark.parametrize("call", ["predict", "__call__"])
def test_eight_threads_predict_the_bits_of_one(call):
    layers = [GRU(6, input_shape=(None, F), return_sequences=True), GRU(9), Dense(2, "softmax")]
    model = set_by_formula(Sequential(layers))
    options = {"verbose": 0, "batch_size": 7} if call == "predict" else {}

    def work(offset=0):
        order = np.roll(np.arange(12), offset)
        outputs = {i: getattr(model, call)(inputs()[i], **options).tobytes() for i in order}
        return [outputs[i] for i in range(12)]

    wanted = work()
    for found in in_threads([lambda i=i: [work(i + j) for j in range(4)] for i in range(8)]):
        assert found == [wanted] * 4


def train_binary():
    model = binary(units=9)
    return fit(model, epochs=8), bits(model), predict(model, X).tobytes()


def train_words():
    model = words()
    return fit(model, ids(), Y, epochs=8), bits(model), predict(model, ids()).tobytes()


def test_models_trained_at_the_same_time_equal_those_trained_in_turn():
    wanted = [train_binary(), train_words()]
    assert in_threads([train_binary, train_words] * 3) == wanted * 3


def test_one_model_predicts_while_another_is_trained():
    still = binary()
    wanted = predict(still, X).tobytes()

    def often():
        return {predict(still, X).tobytes() for _ in range(50)}

    results = in_threads([train_binary, often, often])
    assert results == [train_binary(), {wanted}, {wanted}]


TRAIN = """
import hashlib, sys
from small_models import *
from fastgru.layers import Dropout
from fastgru.utils import set_random_seed
set_random_seed(4)
model = Sequential([GRU(8, input_shape=(T, F)), Dropout(0.3), Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy", "mae"])
history = fit(model, *data(), epochs=3, shuffle=True, validation_split=0.3)
print(hashlib.sha256(bits(model) + repr(history).encode()).hexdigest())
"""


def test_fresh_processes_give_the_same_bits_whatever_the_hash_seed():
    runs = [run_python("-c", TRAIN, PYTHONHASHSEED=seed) for seed in ("0", "1", "4242")]
    assert [run.returncode for run in runs] == [0, 0, 0], runs[0].stderr
    assert len({run.stdout for run in runs}) == 1 and len(runs[0].stdout) == 65


FORK = """
import os, signal, threading
from small_models import *
model, wide = binary(), binary(units=96)
x, y = data(200)
fit(model, epochs=2)
fit(wide, x, y, batch_size=200)
thread = threading.Thread(target=fit, args=(binary(),))
thread.start()
thread.join()
wanted = predict(model, x).tobytes(), predict(wide, x, batch_size=200).tobytes()
for _ in range(10):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        found = predict(model, x).tobytes(), predict(wide, x, batch_size=200).tobytes()
        fit(wide, x, y, batch_size=200)
        os._exit(0 if found == wanted else 1)
    assert os.waitpid(child, 0)[1] == 0
assert predict(model, x).tobytes() == wanted[0]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_children_after_fork_predict_the_same_bits_and_can_train():
    done = run_python("-W", "ignore", "-c", FORK)
    assert done.returncode == 0, done.stderr


def test_importing_fastgru_loads_nothing_heavy():
    code = "import sys, fastgru; print(*sys.modules)"
    loaded = run_python("-c", code).stdout.split()
    heavy = {"scipy", "scipy.linalg", "h5py", "rich", "pandas", "threadpoolctl", "numpy.ma"}
    assert "fastgru" in loaded and "fastgru.models" not in loaded
    assert not heavy & set(loaded)
    code = "from fastgru import Sequential, layers, optimizers; import sys; print(*sys.modules)"
    assert not (heavy - {"scipy", "scipy.linalg", "threadpoolctl", "numpy.ma"}) & set(
        run_python("-c", code).stdout.split()
    )


def settings():
    """What a process can set about threads, as BLAS and fastgru tell it."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    pools = [
        (pool["filepath"], pool["num_threads"]) for pool in threadpoolctl.threadpool_info()
    ]
    return pools, fastgru.get_num_threads()


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "__call__", "train_on_batch"])
def test_the_thread_settings_of_blas_are_left_as_they_were(call):
    model = binary()
    predict(model, X)
    before = settings()
    arguments = (X,) if call in ("predict", "__call__") else (X, Y)
    silent = {"verbose": 0} if call in ("fit", "evaluate", "predict") else {}
    getattr(model, call)(*arguments, **silent)
    assert settings() == before
    with pytest.raises(ValueError, match="x must have shape"):
        getattr(model, call)(X[..., :2], *arguments[1:], **silent)
    assert settings() == before


@pytest.mark.parametrize("phase", ["train", "test", "predict"])
def test_the_thread_settings_of_blas_come_back_after_an_exception(phase):
    model, before = binary(), settings()

    def fail(batch, logs):
        raise KeyboardInterrupt

    call = {"train": model.fit, "test": model.evaluate, "predict": model.predict}[phase]
    arguments = (X,) if phase == "predict" else (X, Y)
    watch = LambdaCallback(**{f"on_{phase}_batch_end": fail})
    with pytest.raises(KeyboardInterrupt):
        call(*arguments, verbose=0, callbacks=[watch])
    assert settings() == before


def test_numbers_below_the_normal_ones_stay_what_they_are():
    tiny = np.float32([1e-40, 1e-44])

    def kept():
        product = tiny * np.float32(0.5)
        return (product != 0).all() and np.finfo(np.float32).smallest_subnormal > 0

    def work():
        train_binary()
        return kept()

    assert work() and all(in_threads([work, work]))
    code = "import numpy as np, fastgru.models; print(np.float32(1e-40) * np.float32(0.5) > 0)"
    assert run_python("-c", code).stdout.strip() == "True"


def test_states_that_decay_to_nothing_are_numbers_to_the_end():
    model = set_by_formula(Sequential([GRU(6, input_shape=(None, F), return_sequences=True)]))
    weights = model.get_weights()
    weights[2][...] = 0
    model.set_weights([1e-3 * weights[0], 1e-3 * weights[1], weights[2]])
    x = np.zeros((2, 400, F), np.float32)
    x[:, 0] = 1
    out = predict(model, x)
    assert np.isfinite(out).all() and np.abs(out[:, 0]).min() > 0
    # z is one half, so that a state loses a bit a step and ends as a subnormal, then zero.
    assert (np.abs(out[:, -1]) < 1e-38).all()
    assert (np.abs(out[:, 100]) > 0).all() and T < 100


def test_other_threads_run_while_a_kernel_does():
    """Were the lock held, the others would see nothing between its beginning and its end."""
    model = Sequential([GRU(128, input_shape=(300, 64)), Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((32, 300, 64), np.float32), np.ones((32, 1), np.float32)
    for call in (lambda: model.predict_on_batch(x), lambda: model.train_on_batch(x, y)):
        call()
        began, ended, seen = threading.Event(), threading.Event(), 0

        def work(call=call, began=began, ended=ended):
            began.set()
            for _ in range(3):
                call()
            ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        began.wait()
        while not ended.is_set():
            seen += 1
        thread.join()
        assert seen > 1000
