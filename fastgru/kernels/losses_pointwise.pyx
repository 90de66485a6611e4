"""Losses that are a mean over the row of one function of score and target.

Arguments and results are those of `losses.pyx`; definitions are those of Keras 3.15.
"""
from cython cimport floating
from libc.math cimport exp, fabs, log, log1p, tanh

from fastgru.kernels.losses cimport lowest

cpdef enum Point:
    SQUARED
    ABSOLUTE
    PERCENTAGE
    LOGARITHMIC
    HUBER
    LOG_COSH
    POISSON
    HINGE
    SQUARED_HINGE


def pointwise(const floating[:, ::1] s, const floating[:, ::1] y, const floating[::1] w,
              double scale, floating[:, ::1] ds, int point, double delta=1.0):
    """l_i = mean_c f(s, y); f by `point`, with Huber's `delta`.

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, slope = 0, low = lowest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            value = 0
            for c in range(C):
                value += at(point, s[i, c], y[i, c], delta, low, &slope)
                if keep:
                    ds[i, c] = <floating> (scale * weight * slope / C)
            total += weight * value / C
    return total


cdef inline double sign(double d) noexcept nogil:
    """0 at 0, and NaN of NaN."""
    return 1 if d > 0 else -1 if d < 0 else d


cdef inline double at(int point, double s, double y, double delta, double low,
                      double* slope) noexcept nogil:
    """f(s, y), and its derivative by s."""
    cdef double d = s - y, a = fabs(d), m
    if point == SQUARED:
        slope[0] = 2 * d
        return d * d
    if point == ABSOLUTE:
        slope[0] = sign(d)
        return a
    if point == PERCENTAGE:
        m = fabs(y)
        if m < low:
            m = low
        slope[0] = 100 * sign(d) / m
        return 100 * a / m
    if point == LOGARITHMIC:
        d = log1p(low if s < low else s) - log1p(low if y < low else y)
        slope[0] = 0 if s < low else 2 * d / (s + 1)
        return d * d
    if point == HUBER:
        if a <= delta:
            slope[0] = d
            return 0.5 * d * d
        slope[0] = delta * sign(d)
        return delta * a - 0.5 * delta * delta
    if point == LOG_COSH:
        slope[0] = tanh(d)
        return a + log1p(exp(-2 * a)) - log(2.0)
    if point == POISSON:
        slope[0] = 1 - y / (s + low)
        return s - y * log(s + low)
    m = 1 - y * s
    if m <= 0:
        slope[0] = 0
        return 0
    if point == HINGE:
        # m for NaN, which is not above 0.
        slope[0] = -y if m > 0 else m
        return m
    slope[0] = -2 * y * m
    return m * m
