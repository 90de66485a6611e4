"""BLAS at one thread while our kernels call it.

Threaded products of this size lose more to the lock inside OpenBLAS than they gain, and
OpenBLAS before 0.3.33 can return wrong products when threaded calls of different kinds
overlap (OpenBLAS #5836). The setting belongs to the process, so it is counted: the first
one in lowers it, the last one out restores what was there.
"""

import contextlib
import ctypes
import os
import threading
from itertools import product
from pathlib import Path

_lock = threading.Lock()
_depth = 0
_libraries = None
_restore = []
# How deep the calling thread is inside.
_mine = threading.local()


def _after_fork():
    """A child has only the thread that forked: the others have left, as far as it goes."""
    global _lock, _depth
    _lock = threading.Lock()
    others, _depth = _depth, getattr(_mine, "depth", 0)
    if others and not _depth:
        _put_back()


def _put_back():
    for put, threads in _restore:
        if threads != 1:
            put(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _scipy_libraries():
    """(get, set) for the threads of each BLAS that SciPy calls: its own where it has one."""
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    # NumPy's is a libscipy_openblas too: only the folder tells whose it is.
    own = [
        library for library in found
        if {"scipy", "scipy.libs"} & {*Path(library.filepath or "").parts[-3:-1]}
    ]  # fmt: skip
    return [_accessors(library) for library in own or found]


def _accessors(library):
    """The functions that get and set the number of threads of one library.

    OpenBLAS's own where it can be had: threadpoolctl lets, from its version 3.8 on, only the
    first thread that has set a number set it again, and says nothing to the others.
    """
    if library.internal_api == "openblas" and library.threading_layer == "pthreads":
        functions = ctypes.CDLL(library.filepath)
        for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
            names = (f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set"))
            found = [getattr(functions, name, None) for name in names]
            if all(found):
                return tuple(found)
    return library.get_num_threads, library.set_num_threads


@contextlib.contextmanager
def one_blas_thread():
    """Hold SciPy's BLAS at one thread inside the `with` block, in any nesting."""
    global _depth, _libraries, _restore
    with _lock:
        if _depth == 0:
            if _libraries is None:
                _libraries = _scipy_libraries()
            _restore = [(put, get()) for get, put in _libraries]
            for put, threads in _restore:
                if threads != 1:
                    put(1)
        _depth += 1
        _mine.depth = getattr(_mine, "depth", 0) + 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            _mine.depth -= 1
            if _depth == 0:
                _put_back()
