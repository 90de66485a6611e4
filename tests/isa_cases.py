"""What test_isa.py computes twice: exactly in float64, and with each instruction set.

Run as a program, `isa_cases.py results.npz [n]`, it compares the kernels of the instruction
set that FASTGRU_ISA names with those results, of GRUs every n-th, and ends with an
AssertionError where they differ.
"""

import sys
from itertools import islice

import gru_kernel
import isa_masked
import numpy as np
import reference
from numpy.testing import assert_allclose

from fastgru import Sequential
from fastgru.kernels import activations, isa, optimizers
from fastgru.layers import GRU, Dense, InputLayer
from fastgru.models.compiled import build

DTYPES = (np.float32, np.float64)
#: Around whole vectors and tiles of every instruction set, and far from them.
UNITS = (1, 3, 15, 16, 17, 31, 33, 48, 100)
BATCHES = (*range(1, 10), 17)
WIDTHS = (1, 7, 19, 50)
# Sums of up to 400 products in gradients: 3e-6 and 5e-15 of the largest entry measured.
ROUNDING = {np.float32: 1e-5, np.float64: 2e-14}
SPECIAL = np.array([-np.inf, np.inf, np.nan, 0, -0.0, 1e-40, -1e-40, 90, -90, 3e38, -3e38])
DENSE = (1, 3, 11, 12, 13, 23, 24, 25, 47, 48, 49, 100, 145, 193)


def gru_cases():
    """(key, counts, B, I, H, how) of every GRU."""
    usual, other = ("tanh", "sigmoid"), ("softsign", "softsign")
    for reset_after in (True, False):
        for H in UNITS:
            for B in BATCHES:
                for pair in (usual, other) if H in (17, 33) and B in (1, 5) else (usual,):
                    # Rows that end early, but for a single one.
                    counts = [B, B, (B + 1) // 2, 1]
                    I = WIDTHS[(H + B) % 4]
                    how = gru_kernel.variant(reset_after, *pair)
                    yield f"gru {H} {B} {pair[0]} {reset_after}", counts, B, I, H, how


def gru_problem(counts, B, I, H, how):
    rng = np.random.default_rng(1000 * H + B)
    args = gru_kernel.problem(rng, counts, B, I, H, how, scale=(I + H) ** -0.5)
    drows = rng.standard_normal((sum(counts) + B, H))
    # The values that float32 has too.
    args = {name: array.astype(np.float32).astype(np.float64) for name, array in args.items()}
    return args, drows.astype(np.float32).astype(np.float64)


def adam_cases():
    """(key, p, gradients, used) of three steps each."""
    rng = np.random.default_rng(5)
    for shape in ((1, 1), (1, 37), (1, 33001), (13, 7)):
        used = rng.integers(0, 2, (3, shape[0]), np.uint8) if shape[0] > 1 else [None] * 3
        p, *g = rng.standard_normal((4, *shape)).astype(np.float32)
        g = [a if u is None else a * u[:, None] for a, u in zip(g, used, strict=True)]
        yield f"adam {shape}", p, g, used


def program_cases():
    """(key, B, T, widths of input, GRU or None, Dense; its activation)."""
    for number, O in enumerate(DENSE):
        B, T = BATCHES[number % 10], 1 + number % 3
        kind = ("linear", "sigmoid", "softmax", "relu")[number % 4]
        yield f"dense {O}", B, T, WIDTHS[number % 4], None, O, kind
        yield f"stack {O}", B, T, WIDTHS[number % 4], UNITS[number % 9], O, kind


def program_weights(I, H, O):
    rng = np.random.default_rng(O)
    shapes = [] if H is None else [(I, 3 * H), (H, 3 * H), (2, 3 * H)]
    shapes += [(I if H is None else H, O), (O,)]
    return [0.5 * rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def exact_program(x, weights, H, kind):
    """x (T, B, I), float64."""
    *gru, W, b = (w.astype(np.float64) for w in weights)
    if H is not None:
        first = np.zeros((x.shape[1], H))
        x = reference.gru(x, first, gru[0], gru[1], *gru[2], return_sequences=True)
    return reference.dense(x, W, b, kind)


def program_input(B, T, I):
    return np.random.default_rng(B).standard_normal((T, B, I)).astype(np.float32)


def close(found, exact, dtype, message):
    assert found.dtype == dtype
    scale = max(1e-30, np.abs(exact).max())
    assert_allclose(found, exact, rtol=0, atol=ROUNDING[dtype] * scale, err_msg=message)


def check_gru(results, dtype, every):
    for key, counts, B, I, H, how in islice(gru_cases(), 0, None, every):
        args, drows = gru_problem(counts, B, I, H, how)
        args = {name: array.astype(dtype) for name, array in args.items()}
        h, _ = gru_kernel.forward(args, counts, how)
        close(h, results[f"{key} h"], dtype, key)
        running, _ = gru_kernel.forward(args, counts, how, running=True)
        np.testing.assert_array_equal(running, h[sum(counts) :], key)
        grads = gru_kernel.backward(args, counts, how, drows.astype(dtype))
        for name, grad in grads.items():
            close(grad, results[f"{key} {name}"], dtype, f"{key} {name}")


def check_activations(results):
    for name, kind in activations.KINDS.items():
        for dtype in DTYPES:
            for a in [
                SPECIAL.astype(dtype),
                *(results["a"][:n].astype(dtype) for n in range(1, 40)),
            ]:
                y = np.empty_like(a)
                activations.activation_forward(kind, a, y)
                with np.errstate(all="ignore"):
                    exact = reference.ACTIVATIONS[name](a.astype(np.float64)).astype(dtype)
                # a - tanh(a) loses what a and tanh(a) share, here of numbers below 1.
                atol = np.finfo(dtype).eps if name == "tanh_shrink" else 1e-37
                assert_allclose(y, exact, rtol=2e-6, atol=atol, err_msg=name)


def check_adam(results, dtype):
    for key, start, gradients, used in adam_cases():
        p, m, v = (
            start.astype(dtype),
            np.zeros(start.shape, dtype),
            np.zeros(start.shape, dtype),
        )
        for t, (g, u) in enumerate(zip(gradients, used, strict=True), 1):
            g, alpha = g.astype(dtype), 0.01 * np.sqrt(1 - 0.99**t) / (1 - 0.8**t)
            optimizers.adam(p, g, m, v, None if u is None else u.copy(), alpha, 0.8, 0.99, 1e-4)
            assert not g.any(), key
        close(p, results[key], dtype, key)


def check_programs(results, dtype):
    for key, B, T, I, H, O, kind in program_cases():
        name = np.dtype(dtype).name
        layers = [] if H is None else [GRU(H, return_sequences=True, dtype=name)]
        layers = [InputLayer((None, I)), *layers, Dense(O, kind, dtype=name)]
        model = Sequential(layers)
        model.set_weights(program_weights(I, H, O))
        program = build(model, B, T)
        close(program.run(program_input(B, T, I).astype(dtype)), results[key], dtype, key)


def prepare():
    """The exact results, by key."""
    found = {"a": np.random.default_rng(6).standard_normal(40) * 3}
    for key, counts, B, I, H, how in gru_cases():
        args, drows = gru_problem(counts, B, I, H, how)
        found[f"{key} h"] = gru_kernel.expected_rows(args, counts, how)
        for name, grad in gru_kernel.expected_gradients(args, counts, how, drows).items():
            found[f"{key} {name}"] = grad
    for key, p, gradients, _ in adam_cases():
        p, m, v = p.astype(np.float64), 0.0, 0.0
        for t, g in enumerate(gradients, 1):
            p, m, v = reference.adam_step(
                p, g.astype(np.float64), m, v, t, 0.01, 0.8, 0.99, 1e-4
            )
        found[key] = p
    for key, B, T, I, H, O, kind in program_cases():
        x = program_input(B, T, I).astype(np.float64)
        found[key] = exact_program(x, program_weights(I, H, O), H, kind)
    return found | isa_masked.prepare()


def main(path, every=1):
    with np.load(path) as file:
        results = dict(file)
    for dtype in DTYPES:
        check_gru(results, dtype, int(every))
        isa_masked.check(results, dtype, close)
        check_adam(results, dtype)
        check_programs(results, dtype)
    check_activations(results)
    sys.stdout.write(isa.NAME)


if __name__ == "__main__":
    main(*sys.argv[1:])
