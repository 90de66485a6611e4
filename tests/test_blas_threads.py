"""Products that are BLAS's: right in many threads at once, beside the user's own, and the
number of threads that BLAS uses is the user's again afterwards.

Numbers are small integers, so that every sum is exact and every product has one right value.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.linalg.blas
import threadpoolctl
from fastgru.kernels.dense import uses_blas
from fresh_python import run_python

from fastgru import Sequential, _blas_threads
from fastgru.layers import Dense, InputLayer
from fastgru.layers import dense as dense_module

R, I, O = 4096, 512, 512


@pytest.fixture(autouse=True)
def _four_threads_in_blas():
    with threadpoolctl.threadpool_limits(4, user_api="blas"):
        yield


def settings():
    """The libraries of this process and how many threads they use."""
    found = threadpoolctl.threadpool_info()
    return sorted((pool["filepath"], pool["num_threads"]) for pool in found)


def scipys():
    """How many threads each BLAS library has that our kernels may call."""
    return {get() for get, _ in _blas_threads._scipy_libraries()}


def integers(seed, *shape):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float32)


def exact(a, b):
    """a @ b in float64; not a sum of these exceeds what float32 holds exactly."""
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(np.float32)


class Problem:
    """A Dense layer, its input and its gradient, with the three products they must give."""

    def __init__(self, seed, rows=R):
        self.layer = Dense(O, use_bias=False)
        model = Sequential([InputLayer((I,)), self.layer])
        self.W, self.x, self.dy = (
            integers(seed + k, *shape) for k, shape in enumerate([(I, O), (rows, I), (rows, O)])
        )
        model.set_weights([self.W])
        self.layer.store.clear_gradients()
        self.y, self.dW = exact(self.x, self.W), exact(self.x.T, self.dy)
        self.dx = exact(self.dy, self.W.T)

    def solve(self):
        """Forward, backward and prediction; which of them were wrong."""
        y, _, backward = self.layer.forward(self.x)
        dx = backward(self.dy)
        dW = self.layer.gradients["kernel"]
        found = {"y": y, "dx": dx, "dW": dW, "predicted": self.layer.predict(self.x)[0]}
        wanted = {"y": self.y, "dx": self.dx, "dW": self.dW, "predicted": self.y}
        wrong = [k for k in found if not np.array_equal(found[k], wanted[k])]
        dW.fill(0)
        return wrong


class User:
    """Multiplies matrices until it is told to stop, with NumPy's BLAS and with SciPy's."""

    def __init__(self):
        self.a, self.b = integers(50, 700, 300), integers(51, 300, 500)
        self.wanted = exact(self.a, self.b)
        self.stop, self.rounds, self.wrong = threading.Event(), 0, []

    def work(self):
        while not self.stop.is_set():
            sgemm = scipy.linalg.blas.sgemm
            found = {
                "NN": self.a @ self.b,
                "TN": self.a.T.copy().T @ self.b,
                "NT": self.a @ self.b.T.copy().T,
                "scipy": sgemm(1.0, self.a, self.b),
                "scipy, turned": sgemm(1.0, self.b, self.a, trans_a=1, trans_b=1).T,
            }
            self.wrong += [k for k, c in found.items() if not np.array_equal(c, self.wanted)]
            self.rounds += 1


def test_products_of_all_kinds_at_once_are_right_beside_the_users_own():
    assert uses_blas(R, I, O)
    problems, user, before = [Problem(10 * k) for k in range(4)], User(), settings()
    with ThreadPoolExecutor(5) as pool:
        beside = pool.submit(user.work)
        try:
            for _ in range(5):
                assert list(pool.map(Problem.solve, problems)) == [[]] * 4
        finally:
            user.stop.set()
        beside.result()
    assert (user.wrong, user.rounds > 0) == ([], True)
    assert settings() == before
    assert scipys() == {4}


@pytest.mark.parametrize("call", ["fit", "train_on_batch", "evaluate", "predict", "__call__"])
def test_a_model_whose_products_are_blas_s_leaves_the_settings_alone(call, monkeypatch):
    inside = watched(monkeypatch)
    model = Sequential([InputLayer((I,)), Dense(O, "tanh"), Dense(O)])
    model.compile("sgd", "mse")
    x, y = integers(60, R, I), integers(61, R, O)
    before = settings()
    arguments = (x,) if call in ("predict", "__call__") else (x, y)
    options = {"verbose": 0, "batch_size": R} if call in ("fit", "evaluate", "predict") else {}
    getattr(model, call)(*arguments, **options)
    assert settings() == before
    # Where BLAS was called at all, it was with one thread.
    assert all(numbers == {1} for numbers in inside)
    assert inside or call not in ("fit", "train_on_batch")


def watched(monkeypatch):
    """A list of what `scipys` says inside each call of a kernel that calls BLAS."""
    found = []
    for name in ("dense_forward", "dense_backward"):
        kernel = getattr(dense_module, name)

        def watch(x, W, *rest, kernel=kernel):
            if uses_blas(len(x), *W.shape):
                found.append(scipys())
            kernel(x, W, *rest)

        monkeypatch.setattr(dense_module, name, watch)
    return found


FRESH = """
import numpy as np
from fastgru import _blas_threads
from fastgru.layers import dense

def scipys():
    return {get() for get, _ in _blas_threads._scipy_libraries()}

def kernel(x, W, b, y):
    found.append(dense_forward(x, W, b, y) or scipys())

found, dense_forward, dense.dense_forward = [], dense.dense_forward, kernel
ones = [np.ones(shape, np.float32) for shape in ((4096, 512), (512, 512), 512, (4096, 512))]
dense.run(kernel, *ones)
assert (ones[3] == 513).all()
print(found)
"""


def test_the_first_product_of_a_process_is_held_at_one_thread_too():
    """Whatever loads BLAS, and when: here nothing has asked for it before."""
    done = run_python("-c", FRESH, OPENBLAS_NUM_THREADS="4")
    assert (done.returncode, done.stdout) == (0, "[{1}]\n"), done.stderr


def test_the_first_in_lowers_the_number_and_the_last_out_restores_it():
    entered, leave = threading.Event(), threading.Event()

    def other():
        with _blas_threads.one_blas_thread():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=other, daemon=True)
    with _blas_threads.one_blas_thread():
        thread.start()
        entered.wait()
        with _blas_threads.one_blas_thread():
            assert scipys() == {1}
    # This thread has left, the other has not.
    assert scipys() == {1}
    leave.set()
    thread.join()
    assert scipys() == {4}


def test_a_library_that_is_numpys_alone_keeps_its_threads():
    """The user's `a @ b` in another thread is as fast as it was."""

    def numpys():
        return [threads for path, threads in settings() if "numpy.libs" in path]

    if not numpys():
        pytest.skip("NumPy and SciPy share a BLAS here")
    with _blas_threads.one_blas_thread():
        assert (numpys(), scipys()) == ([4], {1})


def test_an_exception_inside_restores_it_too():
    with pytest.raises(KeyError), _blas_threads.one_blas_thread():
        raise KeyError
    assert scipys() == {4}
