"""SciPy's BLAS is had without scipy.linalg, and scipy.linalg can be had afterwards."""

import pytest
from fresh_python import run_python

BLAS = "scipy.linalg.cython_blas"
IMPORT = "import sys; import fastgru.kernels.dense;"


def printed(code):
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_kernels_need_no_scipy_linalg():
    assert printed(IMPORT + "print('scipy.linalg' in sys.modules)") == "False"


@pytest.mark.parametrize("first", ["fastgru.kernels.dense", BLAS])
def test_scipy_linalg_is_whole_in_either_order(first):
    code = (
        f"import {first}; import fastgru.kernels.dense; import {BLAS}, scipy.linalg;"
        f"print('dgemm' in {BLAS}.__pyx_capi__, scipy.linalg.inv([[2.0]])[0, 0])"
    )
    assert printed(code) == "True 0.5"


def test_where_it_is_not_found_as_a_file_scipy_finds_it():
    code = (
        "import importlib.machinery as m, sys; find = m.PathFinder.find_spec;"
        "m.PathFinder.find_spec = lambda name, *rest: None if name == 'scipy' and "
        "sys._getframe(1).f_code.co_name == '_load_alone' else find(name, *rest);"
        + IMPORT
        + "print('scipy.linalg' in sys.modules)"
    )
    assert printed(code) == "True"
