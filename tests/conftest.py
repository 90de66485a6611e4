"""`python -m pytest` in the checkout must find the installed package, not the bare folder."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]

# `python -m` puts the current folder first. Its fastgru/ is of use only if built in place.
if not list((ROOT / "fastgru" / "kernels").glob("gru.*.*")):
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]

# Keras' programs are run once or twice each: translating them took most of the time.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

if find_spec("fastgru") is None:
    raise ImportError("tests: fastgru must be installed; run `pip install '.[test]'` first.")
