"""Activations of whole arrays, and their gradients.

KINDS maps Keras' names to the numbers of include/fastgru/activations.h, for everything
that acts on one number; softmax, its logarithm and sparsemax act on rows.
"""
from cython cimport floating
from libc.math cimport INFINITY, exp, log

from fastgru.kernels cimport isa

cdef extern from "fastgru/activations.h" nogil:
    int FASTGRU_LINEAR, FASTGRU_SIGMOID, FASTGRU_TANH, FASTGRU_RELU, FASTGRU_RELU6
    int FASTGRU_LEAKY_RELU, FASTGRU_ELU, FASTGRU_SELU, FASTGRU_HARD_SIGMOID
    int FASTGRU_HARD_SIGMOID_KERAS2
    int FASTGRU_SOFTPLUS, FASTGRU_SOFTSIGN, FASTGRU_EXPONENTIAL, FASTGRU_SILU, FASTGRU_GELU
    int FASTGRU_HARD_TANH, FASTGRU_HARD_SHRINK, FASTGRU_SOFT_SHRINK, FASTGRU_LOG_SIGMOID
    int FASTGRU_SQUAREPLUS, FASTGRU_SPARSE_PLUS, FASTGRU_SPARSE_SIGMOID, FASTGRU_MISH
    int FASTGRU_HARD_SILU, FASTGRU_TANH_SHRINK

KINDS = {
    "linear": FASTGRU_LINEAR, "sigmoid": FASTGRU_SIGMOID, "tanh": FASTGRU_TANH,
    "relu": FASTGRU_RELU, "relu6": FASTGRU_RELU6, "leaky_relu": FASTGRU_LEAKY_RELU,
    "elu": FASTGRU_ELU, "selu": FASTGRU_SELU, "hard_sigmoid": FASTGRU_HARD_SIGMOID,
    "hard_sigmoid_keras2": FASTGRU_HARD_SIGMOID_KERAS2,
    "softplus": FASTGRU_SOFTPLUS, "softsign": FASTGRU_SOFTSIGN,
    "exponential": FASTGRU_EXPONENTIAL, "silu": FASTGRU_SILU, "gelu": FASTGRU_GELU,
    # Keras' celu has a scale of 1, as elu.
    "celu": FASTGRU_ELU, "hard_tanh": FASTGRU_HARD_TANH, "hard_shrink": FASTGRU_HARD_SHRINK,
    "soft_shrink": FASTGRU_SOFT_SHRINK, "log_sigmoid": FASTGRU_LOG_SIGMOID,
    "squareplus": FASTGRU_SQUAREPLUS, "sparse_plus": FASTGRU_SPARSE_PLUS,
    "sparse_sigmoid": FASTGRU_SPARSE_SIGMOID, "mish": FASTGRU_MISH,
    "hard_silu": FASTGRU_HARD_SILU, "tanh_shrink": FASTGRU_TANH_SHRINK,
}
# The derivative of these cannot be had from their output.
NEEDS_INPUT = frozenset(["silu", "gelu", "mish", "hard_silu", "tanh_shrink"])


def activation_forward(int kind, const floating[::1] a, floating[::1] y):
    """y = act(a), elementwise; y may be a.

    In:   a (n)
    Out:  y (n)
    """
    with nogil:
        isa.activate(a.shape[0], kind, &a[0], &y[0])


def activation_backward(int kind, const floating[::1] a, const floating[::1] y,
                        const floating[::1] dy, floating[::1] da):
    """da = dy act'(a); da may be dy. a is read for the kinds in NEEDS_INPUT only.

    In:   a, y, dy (n)
    Out:  da (n)
    """
    with nogil:
        isa.activate_backward(a.shape[0], kind, &a[0], &y[0], &dy[0], &da[0])


def softmax_forward(const floating[:, ::1] a, floating[:, ::1] y, bint logarithm):
    """y = softmax(a) row by row, or its logarithm; y may be a.

    In:   a (R, C)
    Out:  y (R, C)
    """
    cdef Py_ssize_t R = a.shape[0], C = a.shape[1], i, c
    cdef double top, total
    with nogil:
        for i in range(R):
            top = -INFINITY
            for c in range(C):
                # NaN wins, so that a row with one is NaN throughout.
                if not a[i, c] <= top:
                    top = a[i, c]
            total = 0
            for c in range(C):
                total += exp(a[i, c] - top)
            for c in range(C):
                if logarithm:
                    y[i, c] = <floating> (a[i, c] - top - log(total))
                else:
                    y[i, c] = <floating> (exp(a[i, c] - top) / total)


def softmax_backward(const floating[:, ::1] y, const floating[:, ::1] dy,
                     floating[:, ::1] da, bint logarithm):
    """da = y (dy - sum(y dy)), or for the logarithm da = dy - exp(y) sum(dy).

    In:   y, dy (R, C)
    Out:  da (R, C), which may be dy
    """
    cdef Py_ssize_t R = y.shape[0], C = y.shape[1], i, c
    cdef double total
    with nogil:
        for i in range(R):
            total = 0
            for c in range(C):
                total += dy[i, c] if logarithm else y[i, c] * dy[i, c]
            for c in range(C):
                if logarithm:
                    da[i, c] = <floating> (dy[i, c] - exp(y[i, c]) * total)
                else:
                    da[i, c] = <floating> (y[i, c] * (dy[i, c] - total))


def sparsemax_forward(const floating[:, ::1] a, floating[:, ::1] y):
    """y = max(a - t, 0) row by row, with the t that makes it sum to 1; y may be a.

    t follows from those that stay positive, found by leaving out one after the other that
    does not: at most C rounds, and no memory for a sorted row.

    In:   a (R, C)
    Out:  y (R, C)
    Source: arXiv:1602.02068; Michelot 1986
    """
    cdef Py_ssize_t R = a.shape[0], C = a.shape[1], i, c, left, found
    cdef double top, total, t
    with nogil:
        for i in range(R):
            top = -INFINITY
            for c in range(C):
                if a[i, c] > top:
                    top = a[i, c]
            # What is compared with NaN stays, so that a row with one is NaN throughout.
            found, left, t = C + 1, C + 2, -INFINITY
            while found < left:
                left, found, total = found, 0, 0
                for c in range(C):
                    if not a[i, c] - top <= t:
                        found += 1
                        total += a[i, c] - top
                t = (total - 1) / found
            for c in range(C):
                y[i, c] = 0 if a[i, c] - top <= t else <floating> (a[i, c] - top - t)


def sparsemax_backward(const floating[:, ::1] y, const floating[:, ::1] dy,
                       floating[:, ::1] da):
    """da = dy - mean(dy) over the positive y of a row, 0 elsewhere.

    In:   y, dy (R, C)
    Out:  da (R, C), which may be dy
    """
    cdef Py_ssize_t R = y.shape[0], C = y.shape[1], i, c, count
    cdef double total
    with nogil:
        for i in range(R):
            count, total = 0, 0
            for c in range(C):
                if y[i, c] > 0:
                    count += 1
                    total += dy[i, c]
            for c in range(C):
                da[i, c] = <floating> (dy[i, c] - total / count) if y[i, c] > 0 else 0
