"""Layer normalization of rows, and its gradient."""
from cython cimport floating
from libc.math cimport sqrt


cdef double sum_of(Py_ssize_t n, const floating* p) noexcept nogil:
    # Four sums at a time: one would wait for each addition before it.
    cdef double a = 0, b = 0, c = 0, d = 0
    cdef Py_ssize_t i
    for i in range(0, n - 3, 4):
        a += p[i]
        b += p[i + 1]
        c += p[i + 2]
        d += p[i + 3]
    for i in range(n - n % 4, n):
        a += p[i]
    return (a + b) + (c + d)


cdef double squares_of(Py_ssize_t n, const floating* p, double mean) noexcept nogil:
    cdef double a = 0, b = 0
    cdef Py_ssize_t i
    for i in range(0, n - 1, 2):
        a += (p[i] - mean) * (p[i] - mean)
        b += (p[i + 1] - mean) * (p[i + 1] - mean)
    if n % 2:
        a += (p[n - 1] - mean) * (p[n - 1] - mean)
    return a + b


def layer_norm_forward(const floating[:, ::1] x, const floating[::1] gamma,
                       const floating[::1] beta, double epsilon, floating[:, ::1] y,
                       floating[:, ::1] n, floating[::1] inverse):
    """y = gamma n + beta with n = (x - mean) / sqrt(variance + epsilon), row by row.

    In:   x (R, C)   gamma, beta (C), or None
    Out:  y (R, C)   n (R, C), which may be y if gamma and beta are None
          inverse (R): 1 / sqrt(variance + epsilon)
    """
    cdef Py_ssize_t R = x.shape[0], C = x.shape[1], i, c
    cdef bint scaled = gamma is not None, moved = beta is not None
    cdef double mean, over
    with nogil:
        for i in range(R):
            mean = sum_of(C, &x[i, 0]) / C
            over = 1 / sqrt(squares_of(C, &x[i, 0], mean) / C + epsilon)
            inverse[i] = <floating> over
            for c in range(C):
                n[i, c] = <floating> ((x[i, c] - mean) * over)
            for c in range(C):
                y[i, c] = (gamma[c] if scaled else 1) * n[i, c] + (beta[c] if moved else 0)


def layer_norm_backward(const floating[:, ::1] n, const floating[::1] inverse,
                        const floating[::1] gamma, const floating[:, ::1] dy,
                        floating[:, ::1] dx, floating[::1] dgamma, floating[::1] dbeta):
    """Add the gradient of a loss with dL/dy = dy into dgamma and dbeta; set dx.

    In:   n, inverse, gamma as for `layer_norm_forward`   dy (R, C)
    Out:  dx (R, C)
    Adds: dgamma, dbeta (C), or None
    """
    cdef Py_ssize_t R = n.shape[0], C = n.shape[1], i, c
    cdef bint scaled = gamma is not None, moved = dbeta is not None
    cdef double total, along
    with nogil:
        for i in range(R):
            total = along = 0
            for c in range(C):
                dx[i, c] = dy[i, c] * gamma[c] if scaled else dy[i, c]
                total += dx[i, c]
                along += dx[i, c] * n[i, c]
            total /= C
            along /= C
            for c in range(C):
                dx[i, c] = <floating> (inverse[i] * (dx[i, c] - total - n[i, c] * along))
            if scaled:
                for c in range(C):
                    dgamma[c] += dy[i, c] * n[i, c]
            if moved:
                for c in range(C):
                    dbeta[c] += dy[i, c]
