"""What training needs is what docs/kernels.md says, and nothing grows with the calls."""

import sys

import pytest
from fresh_python import run_python

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="memory is read from /proc"
)

PREPARE = """
import ctypes, resource, sys
import numpy as np
import fastgru
from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding

fastgru.set_num_threads(1)

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

def peak():
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

def model(H, shape, *more):
    made = Sequential([GRU(H, input_shape=shape), *more, Dense(1, activation="sigmoid")])
    made.compile("adam", "binary_crossentropy")
    return made

def data(B, shape):
    return np.ones((B, *shape), np.float32), np.zeros((B, 1), np.float32)
"""


def numbers(script):
    done = run_python("-c", PREPARE + script)
    assert done.returncode == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


@pytest.mark.parametrize(
    "B, T, I, H", [(64, 200, 64, 128), (16, 100, 300, 256), (128, 50, 32, 512)]
)
def test_a_training_step_needs_what_the_formula_says(B, T, I, H):
    (grown,) = numbers(f"""
first = model(4, (2, 3))
first.train_on_batch(*data(2, (2, 3)))
x, y = data({B}, ({T}, {I}))
before = resident()
second = model({H}, ({T}, {I}))
# What initialisers needed and gave back is not the step's.
getattr(ctypes.CDLL(None), "malloc_trim", id)(0)
for _ in range(3):
    second.train_on_batch(x, y)
print(peak() - before)
""")
    P = 3 * H * (I + H + 2)
    formula = 4 * (T * B * (I + 5 * H) + 4 * P + 3 * H * I + 6 * H * H)
    assert abs(grown - formula) <= 0.1 * formula


@pytest.mark.parametrize("call", ["predict(x, verbose=0)", "train_on_batch(x, y)"])
def test_a_hundred_thousand_calls_leave_nothing_behind(call):
    (grown,) = numbers(f"""
made = model(4, (3, 2))
x, y = data(2, (3, 2))
def run(count):
    for _ in range(count):
        made.{call}
run(1000)
before = resident()
run(100_000)
print(resident() - before)
""")
    assert grown < 1 << 20
