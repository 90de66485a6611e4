"""BLAS at one thread while our kernels call it.

Threaded products of this size lose more to the lock inside OpenBLAS than they gain, and
OpenBLAS before 0.3.33 can return wrong products when threaded calls of different kinds
overlap (OpenBLAS #5836). The setting belongs to the process, so it is counted: the first
one in lowers it, the last one out restores what was there.
"""

import contextlib
import os
import threading

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
    for library, threads in _restore:
        if threads != 1:
            library.set_num_threads(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _scipy_libraries():
    """The BLAS libraries that SciPy calls: its own where it brings one, else all."""
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    own = [library for library in found if "scipy" in (library.filepath or "")]
    return own or found


@contextlib.contextmanager
def one_blas_thread():
    """Hold SciPy's BLAS at one thread inside the `with` block, in any nesting."""
    global _depth, _libraries, _restore
    with _lock:
        if _depth == 0:
            if _libraries is None:
                _libraries = _scipy_libraries()
            _restore = [(library, library.get_num_threads()) for library in _libraries]
            for library, threads in _restore:
                if threads != 1:
                    library.set_num_threads(1)
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
