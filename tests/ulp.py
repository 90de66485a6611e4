"""exp, tanh and the logistic function in float32, of the instruction set in FASTGRU_ISA.

Run as a program, it prints the largest errors, and ends with an AssertionError if one is
above 4 units in the last place, or if a special value is wrong.
"""

import numpy as np
import reference

from fastgru.kernels import activations, isa

#: Every 97th of all floats, subnormal ones included: 44 million.
STRIDE = 97
MOST = 4.0
#: Where an implementation changes its mind: small and large, under- and overflow.
EDGES = (0.0, 1e-38, 0.25, 0.5, 0.6, 0.625, 1.0, 8.66, 9.01, 17.3, 44.0, 51.9, 52.0, 87.3365,
         88.0296, 88.3762, 88.7228, 89.0, 103.2789, 103.972, 104.0, 127.0, 3.4e38)  # fmt: skip
#: NaN of either sign, quiet and signalling, with something in it.
NANS = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7FD12345], np.uint32)
INFINITE = {"exponential": (0, np.inf), "tanh": (-1, 1), "sigmoid": (0, 1)}


def of_bits(bits):
    return np.asarray(bits).astype(np.uint32).view(np.float32)


def apply(name, a):
    y = np.full_like(a, np.nan)
    activations.activation_forward(activations.KINDS[name], a, y)
    return y


def samples():
    """The sample in pieces of odd sizes, then 4001 neighbours of every edge."""
    for first in range(0, 2**32, STRIDE * 999983):
        yield of_bits(np.arange(first, min(first + STRIDE * 999983, 2**32), STRIDE))
    for edge in EDGES:
        bits = int(np.float32(edge).view(np.uint32))
        near = of_bits(np.arange(max(bits - 2000, 0), bits + 2001))
        yield near
        yield -near


def error(name, a):
    """The largest error over finite a, in units in the last place of the exact result."""
    a = a[np.isfinite(a)]
    y = apply(name, a)
    with np.errstate(all="ignore"):
        exact = reference.ACTIVATIONS[name](a.astype(np.float64))
        rounded = exact.astype(np.float32)
    infinite = np.isinf(rounded)
    np.testing.assert_array_equal(y[infinite], rounded[infinite], name)
    y, exact, unit = y[~infinite], exact[~infinite], np.spacing(np.abs(rounded[~infinite]))
    return float((np.abs(y - exact) / unit).max(initial=0))


def check_specials(name):
    low, high = INFINITE[name]
    for n in range(1, 40):
        # In whole vectors, and in what is left behind them.
        assert np.isnan(apply(name, of_bits(np.resize(NANS, n)))).all(), name
        np.testing.assert_array_equal(apply(name, np.full(n, -np.inf, np.float32)), low, name)
        np.testing.assert_array_equal(apply(name, np.full(n, np.inf, np.float32)), high, name)
        for zero in (0.0, -0.0):
            y = apply(name, np.full(n, zero, np.float32))
            exact = {"exponential": 1.0, "tanh": zero, "sigmoid": 0.5}[name]
            np.testing.assert_array_equal(y, exact, name)
            assert (np.signbit(y) == np.signbit(exact)).all(), name


def main():
    for name in INFINITE:
        check_specials(name)
        worst = max(error(name, a) for a in samples())
        assert worst <= MOST, f"{isa.NAME}: {name} is wrong by {worst:.3f} ulp"
        print(f"{isa.NAME} {name} {worst:.3f}")


if __name__ == "__main__":
    main()
