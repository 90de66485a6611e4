"""A contender in a process of its own, and the handle by which it is commanded.

Libraries for the same cores disturb one another inside one process: two OpenMP runtimes, BLAS
settings, threads that spin while they wait. Here each is alone, and only one is at work.
"""

# The worker sets variables before NumPy is loaded: no import of it up here.
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
import traceback

#: What the usual runtimes read; the rest is said to the libraries through `set_threads`.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Failed(Exception):
    """What went wrong inside a worker, as text."""


class Worker:
    """Commands to one contender. Each waits for its answer and raises Failed for an error."""

    def __init__(self, name, threads=None):
        self.name = name
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(name, threads, theirs), name=name, daemon=True
        )
        self.process.start()
        theirs.close()
        self.about = self._answer()

    def ask(self, verb, *args):
        try:
            self.pipe.send((verb, args))
        except OSError as gone:
            raise Failed(f"its process is gone: {gone}") from gone
        return self._answer()

    def _answer(self):
        try:
            fine, value = self.pipe.recv()
        except EOFError:
            self.process.join(5)
            raise Failed(f"its process died with code {self.process.exitcode}") from None
        if not fine:
            raise Failed(value)
        return value

    def stop(self):
        self.pipe.close()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()


def serve(name, threads, pipe):
    """The worker's life: answer with what it is, then answer commands until the pipe closes."""
    import peers

    os.environ.update(peers.environment(name))
    if threads:
        hold(threads)
    quiet()
    try:
        bench = Bench(name, peers.load(name), threads)
        pipe.send((True, bench.about()))
    except ImportError as missing:
        pipe.send((False, f"not installed: {missing}"))
        return
    except Exception:  # noqa: BLE001, whatever it is, the other side reports it
        pipe.send((False, traceback.format_exc()))
        return
    while True:
        try:
            verb, args = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, getattr(bench, verb)(*args)))
        except Exception:  # noqa: BLE001, as above
            pipe.send((False, traceback.format_exc()))


def hold(threads):
    """Keep this process, and those it starts, on so many cores."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        # The last ones: systems like to serve interrupts on the first.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def quiet():
    """Drop what libraries print while they start; errors travel by the pipe."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


class Bench:
    """The commands, inside the worker."""

    def __init__(self, name, peer, threads):
        self.name, self.peer, self.model, self.call = name, peer, None, None
        if threads and hasattr(peer, "set_threads"):
            peer.set_threads(threads)

    def about(self):
        cold = [name for name in ("predict", "fit") if hasattr(self.peer, f"cold_{name}")]
        return {"versions": self.peer.VERSIONS, "threads": self.peer.threads(), "cold": cold}

    def prove(self, mode, case):
        """Build the model and do what is to be timed once; None if the peer cannot.

        Returns what proof.py compares, by name.
        """
        self.model = self.call = None
        model = self.peer.prepare(case)
        if not hasattr(model, mode):
            return None
        self.model = model
        return run_once(model, mode, case)

    def start(self, mode, case):
        """Get ready to time a mode; returns the seconds of one warm call."""
        self.call, self.per_call = timed_call(self.model, mode, case)
        self.call()
        start = time.perf_counter()
        self.call()
        return time.perf_counter() - start

    def time(self, repetitions):
        """(median seconds, cores kept busy) of one round."""
        # The other contenders have had the caches since the last round.
        for _ in range(max(1, repetitions // 10)):
            self.call()
        spans, clock = [], time.perf_counter
        busy, began = time.process_time(), clock()
        for _ in range(repetitions):
            start = clock()
            self.call()
            spans.append(clock() - start)
        busy, lasted = time.process_time() - busy, clock() - began
        return statistics.median(spans) / self.per_call, busy / lasted

    def cold(self, what, file):
        """Seconds of a fresh process that imports the peer and reaches a result."""
        command = [sys.executable, os.path.join(os.path.dirname(__file__), "cold.py")]
        start = time.perf_counter()
        command += [self.name, what, file]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        lasted = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(done.stderr)
        return lasted

    def release(self):
        self.model = self.call = None


def run_once(model, mode, case):
    import numpy as np

    if mode == "step":
        for t in range(case.shape[1]):
            p = model.step(np.ascontiguousarray(case.x[:, t]))
        return {"p": np.array(p)}
    if mode in ("infer", "predict"):
        return {"p": np.array(getattr(model, mode)())}
    loss = model.fit(case.x, case.y) if mode == "fit" else getattr(model, mode)()
    return {"loss": float(loss), **model.weights()}


def timed_call(model, mode, case):
    """(the call to time, how many units of work it holds)."""
    import numpy as np
    from cases import FIT_BATCHES

    if mode == "fit":
        x = np.tile(case.x, (FIT_BATCHES, 1, 1))
        y = np.tile(np.concatenate(case.targets), (FIT_BATCHES // 2, 1))
        return lambda: model.fit(x, y), FIT_BATCHES
    if mode == "step":
        x = np.ascontiguousarray(case.x[:, 0])
        return lambda: model.step(x), 1
    return getattr(model, mode), 1
