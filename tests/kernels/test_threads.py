"""The number of threads changes no bit, and threads leave everything else alone."""

import threading
import time

import numpy as np
import pytest
from fresh_python import last_line, run_python
from small_models import bits, fit, ids, predict, set_by_formula, waves
from thread_cases import CASES, made, trained

from fastgru import Sequential
from fastgru.kernels import threads
from fastgru.layers import GRU, Dense, InputLayer

DEFAULT = "from fastgru.kernels import threads; print(threads.get_num_threads(), end='')"
numbers = pytest.mark.parametrize("number", [1, 4])


@pytest.fixture(autouse=True)
def _same_number_afterwards():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


def in_threads(*functions):
    """What functions return that run at the same time, each in a thread of its own."""
    found, start = [None] * len(functions), threading.Barrier(len(functions))

    def call(i):
        start.wait()
        found[i] = functions[i]()

    workers = [threading.Thread(target=call, args=(i,)) for i in range(len(functions))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


@pytest.mark.parametrize("name", CASES)
def test_training_and_prediction_do_not_depend_on_the_number_of_threads(name):
    threads.set_num_threads(1)
    weights, outputs = trained(name)
    assert np.isfinite(outputs).all()
    for number in (2, 3, 4, 7):
        threads.set_num_threads(number)
        again, other = trained(name)
        assert again == weights, number
        assert other.tobytes() == outputs.tobytes(), number


def test_large_work_starts_threads_and_small_work_none():
    done = run_python("-c", (
        "import os, thread_cases\n"
        "from fastgru.kernels import threads\n"
        "def count(): return len(os.listdir('/proc/self/task'))\n"
        "if not os.path.isdir('/proc/self/task'): raise SystemExit\n"
        "threads.set_num_threads(3)\n"
        "model, x, _ = thread_cases.made('small slices')\n"
        "model.predict(x[:1, :1], verbose=0)\n"
        "before = count()\n"
        "model.predict(x[:1, :2], verbose=0)\n"
        "assert count() == before\n"
        "model.predict(x, batch_size=len(x), verbose=0)\n"
        "assert count() == before + 2, (count(), before)\n"
    ))  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_eight_threads_may_predict_with_one_model():
    threads.set_num_threads(4)
    model, x, _ = made("stack")
    wanted = predict(model, x, batch_size=40)

    def several():
        return [predict(model, x, batch_size=40).tobytes() for _ in range(5)]

    for found in in_threads(*[several] * 8):
        assert found == [wanted.tobytes()] * 5


def test_two_models_may_train_at_the_same_time():
    threads.set_num_threads(4)
    names = ("stack", "holes", "large slices", "stack")
    wanted = {name: trained(name)[0] for name in names}
    found = in_threads(*[lambda name=name: trained(name)[0] for name in names])
    assert found == [wanted[name] for name in names]


FORK = """
import os, sys, threading
import thread_cases
from fastgru.kernels import threads
threads.set_num_threads(4)
model, x, _ = thread_cases.made("stack")
wanted = model.predict(x, batch_size=len(x), verbose=0).tobytes()
trained = thread_cases.trained("stack")[0]
done = threading.Event()

def work():
    while not done.is_set():
        other(x)

def in_child():
    for _ in range(3):
        assert model.predict(x, batch_size=len(x), verbose=0).tobytes() == wanted
    assert thread_cases.trained("stack")[0] == trained

{other}
busy = threading.Thread(target=work)
if {beside}:
    busy.start()
for _ in range(8):
    pid = os.fork()
    if not pid:
        try:
            in_child()
        except BaseException as error:
            sys.stderr.write(repr(error))
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert model.predict(x, batch_size=len(x), verbose=0).tobytes() == wanted
done.set()
if {beside}:
    busy.join()
"""
KERNEL = """
from fastgru.models.compiled import build
import numpy as np
program = build(model, *x.shape[:2])
x_turned = np.ascontiguousarray(x.swapaxes(0, 1))
def other(_):
    program.run(x_turned)
"""
PREDICT = """
def other(x):
    model.predict(x, verbose=0)
"""


@pytest.mark.parametrize(
    ("beside", "other"),
    [(False, KERNEL), (True, KERNEL), (True, PREDICT)],
    ids=["alone", "beside_a_kernel", "beside_predict"],
)
def test_a_child_after_fork_computes_the_same(beside, other):
    done = run_python("-c", FORK.format(beside=beside, other=other), timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_number_of_threads_is_read_from_the_environment():
    for number in ("1", "3", "200"):
        done = run_python("-c", DEFAULT, FASTGRU_NUM_THREADS=number)
        assert (done.returncode, done.stdout) == (0, number), done.stderr


def test_without_it_the_processors_of_the_process_count():
    code = f"import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1]); {DEFAULT}"
    done = run_python("-c", code, FASTGRU_NUM_THREADS="")
    assert (done.returncode, done.stdout) == (0, "1"), done.stderr


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", " 2", "1e1", "²", "9" * 20])
def test_a_wrong_number_of_threads_is_refused(given):
    assert last_line(run_python("-c", DEFAULT, FASTGRU_NUM_THREADS=given)) == (
        "ImportError: fastgru: FASTGRU_NUM_THREADS must be a whole number from 1 to 256; "
        f"got {given!r}."
    )


def tiny_stays():
    """Whether tiny numbers are numbers here, in float32 and in float64."""
    return np.float32(1e-40) * np.float32(1) != 0 and np.float64(1e-310) * np.float64(0.5) != 0


@numbers
@pytest.mark.parametrize("name", ["stack", "holes", "float64"])
def test_tiny_numbers_are_not_flushed_outside_the_kernels(name, number):
    threads.set_num_threads(number)
    assert tiny_stays()
    trained(name)
    assert tiny_stays()
    assert in_threads(lambda: (trained(name), tiny_stays())[1]) == [True]


@numbers
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tiny_numbers_inside_count_as_zero(dtype, number):
    threads.set_num_threads(number)
    tiny = {"float32": 1e-40, "float64": 1e-310}[dtype]
    found = []
    for small in (0.0, tiny):
        model = set_by_formula(
            Sequential([InputLayer((40, 7)), GRU(48, dtype=dtype), Dense(1, dtype=dtype)])
        )
        model.set_weights([np.where(np.abs(w) < 0.1, small, w) for w in model.get_weights()])
        x = waves(33, 40, 7, dtype=np.dtype(dtype))
        x[np.abs(x) < 0.3] = small
        model.compile("sgd", "mse")
        fit(model, x, waves(33, 1), batch_size=33)
        found.append((predict(model, x), *model.get_weights()))
    for with_zeros, with_tiny in zip(*found, strict=True):
        np.testing.assert_allclose(with_tiny, with_zeros, rtol=0, atol=1e-30)


def test_gradients_that_fade_to_nothing_are_the_bits_of_every_number_of_threads():
    found = []
    for number in (1, 4):
        threads.set_num_threads(number)
        model = set_by_formula(Sequential([InputLayer((300, 3)), GRU(48), Dense(1)]))
        model.set_weights([0.01 * w for w in model.get_weights()])
        model.compile("adam", "mse")
        fit(model, waves(16, 300, 3), waves(16, 1), batch_size=16)
        found.append(bits(model))
    assert found[0] == found[1]


def test_threads_sleep_when_there_is_nothing_to_do():
    threads.set_num_threads(4)
    trained("stack")
    before = time.process_time()
    threading.Event().wait(0.3)
    # Three threads that spin would take 0.9 s, one 0.3 s.
    assert time.process_time() - before < 0.1


def test_a_batch_of_ids_is_looked_up_the_same_in_all_threads():
    threads.set_num_threads(4)
    model, x, _ = made("padding")
    wanted = predict(model, x).tobytes()
    assert ids(3).max() < 10
    assert set(in_threads(*[lambda: predict(model, x).tobytes()] * 4)) == {wanted}
