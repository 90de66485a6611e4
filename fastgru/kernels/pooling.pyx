"""Maximum and mean over windows of steps, and their gradients.

Step p of the result is over the steps p stride - left to p stride - left + size of x, those
of them that there are; each window has one at least.
"""
from cython cimport floating
from libc.stdint cimport int32_t


def max_forward(const floating[:, ::1] x, Py_ssize_t size, Py_ssize_t stride,
                Py_ssize_t left, floating[:, ::1] y, int32_t[:, ::1] which):
    """y = the maximum over each window; NaN where it has one.

    In:   x (T, N)
    Out:  y (P, N)   which (P, N): the step it is from, the first of equal ones
    """
    cdef Py_ssize_t T = x.shape[0], N = x.shape[1], P = y.shape[0], p, t, i, first, end
    with nogil:
        for p in range(P):
            first = max(p * stride - left, 0)
            end = min(p * stride - left + size, T)
            for i in range(N):
                y[p, i] = x[first, i]
                which[p, i] = <int32_t> first
            for t in range(first + 1, end):
                for i in range(N):
                    if x[t, i] > y[p, i] or x[t, i] != x[t, i]:
                        y[p, i] = x[t, i]
                        which[p, i] = <int32_t> t


def max_backward(const floating[:, ::1] dy, const int32_t[:, ::1] which,
                 floating[:, ::1] dx):
    """Set dx from dy.

    In:   dy, which (P, N)
    Out:  dx (T, N)
    """
    cdef Py_ssize_t P = dy.shape[0], N = dy.shape[1], p, i
    with nogil:
        dx[:, :] = 0
        for p in range(P):
            for i in range(N):
                dx[which[p, i], i] += dy[p, i]


def mean_forward(const floating[:, ::1] x, Py_ssize_t size, Py_ssize_t stride,
                 Py_ssize_t left, floating[:, ::1] y):
    """y = the mean over each window.

    In:   x (T, N)
    Out:  y (P, N)
    """
    cdef Py_ssize_t T = x.shape[0], N = x.shape[1], P = y.shape[0], p, t, i, first, end
    with nogil:
        for p in range(P):
            first = max(p * stride - left, 0)
            end = min(p * stride - left + size, T)
            for i in range(N):
                y[p, i] = x[first, i]
            for t in range(first + 1, end):
                for i in range(N):
                    y[p, i] += x[t, i]
            for i in range(N):
                y[p, i] /= end - first


def mean_backward(const floating[:, ::1] dy, Py_ssize_t size, Py_ssize_t stride,
                  Py_ssize_t left, floating[:, ::1] dx):
    """Set dx from dy.

    In:   dy (P, N)
    Out:  dx (T, N)
    """
    cdef Py_ssize_t T = dx.shape[0], N = dx.shape[1], P = dy.shape[0], p, t, i, first, end
    with nogil:
        dx[:, :] = 0
        for p in range(P):
            first = max(p * stride - left, 0)
            end = min(p * stride - left + size, T)
            for t in range(first, end):
                for i in range(N):
                    dx[t, i] += dy[p, i] / (end - first)
