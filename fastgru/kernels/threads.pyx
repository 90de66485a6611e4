"""How many threads the kernels use, and their sharing out of tasks."""
import os

cdef extern from "fastgru/pool.h" nogil:
    void pool_run(int threads, Py_ssize_t tasks, task_type task, void* context)

# Waking a thread costs some ten microseconds: a million multiplications take ten.
cdef double WORTH_ONE = 1e6

cdef int most = 1


cdef void run(int threads, Py_ssize_t tasks, task_type task, void* context) noexcept nogil:
    pool_run(threads, tasks, task, context)


cdef int worth(double multiplications) noexcept nogil:
    cdef double threads = multiplications / WORTH_ONE
    return 1 if threads < 2 else most if threads > most else <int> threads


def set_num_threads(number):
    """Use at most this many threads in kernels; small work takes fewer.

    Results do not depend on it. At the start it is `FASTGRU_NUM_THREADS`, or the number of
    processors that the process may use.

    Parameters
    ----------
    number : int
        From 1 to 256.

    Raises
    ------
    ValueError
        If it is no such number.
    """
    global most
    if isinstance(number, bool) or not hasattr(number, "__index__") or not 1 <= number <= 256:
        raise ValueError(
            f"set_num_threads: number must be an integer from 1 to 256; got {number!r}."
        )
    most = number


def get_num_threads():
    """At most how many threads kernels use."""
    return most


def default():
    """FASTGRU_NUM_THREADS, or the processors that this process may use."""
    given = os.environ.get("FASTGRU_NUM_THREADS", "")
    if given:
        if not given.isdecimal() or not given.isascii() or not 1 <= int(given) <= 256:
            raise ImportError(
                "fastgru: FASTGRU_NUM_THREADS must be a whole number from 1 to 256; "
                f"got {given!r}."
            )
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 256)
    return min(os.cpu_count() or 1, 256)


set_num_threads(default())
