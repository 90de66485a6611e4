"""Floor 1: compiled kernels. Arrays in, arrays out; no allocation, no checks, no GIL."""

import contextlib
import importlib.util
import os
import sys
from importlib.machinery import PathFinder

_BLAS = "scipy.linalg.cython_blas"


@contextlib.contextmanager
def _blas_alone():
    """While the block runs, SciPy's `cython_blas` is there without the rest of scipy.linalg,
    whose import takes longer than NumPy's and which nothing here needs.

    Behind it the name is free again: a user's import finds the same module by SciPy's own
    way, and sets what that sets. Where anything is unusual, the block imports it that way too.
    """
    alone = _BLAS not in sys.modules and _load_alone()
    try:
        yield
    finally:
        if alone:
            del sys.modules[_BLAS]


def _load_alone():
    if os.name == "nt":  # `import scipy` first says where its libraries are
        return False
    with contextlib.suppress(ImportError, AttributeError, TypeError):
        package = PathFinder.find_spec("scipy").submodule_search_locations
        spec = PathFinder.find_spec(_BLAS, [os.path.join(path, "linalg") for path in package])
        module = importlib.util.module_from_spec(spec)
        sys.modules[_BLAS] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[_BLAS]
            raise
        return True
    return False


with _blas_alone():
    import fastgru.kernels.dense  # noqa: F401  the one that cimports it
