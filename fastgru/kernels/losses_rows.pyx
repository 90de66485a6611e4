"""Losses of a whole row: KL divergence, cosine similarity, categorical hinge.

Arguments and results are those of `losses.pyx`; definitions are those of Keras 3.15.
"""
from cython cimport floating
from libc.math cimport log, sqrt

from fastgru.kernels.losses cimport clipped, lowest


def kl_divergence(const floating[:, ::1] s, const floating[:, ::1] y, const floating[::1] w,
                  double scale, floating[:, ::1] ds):
    """l_i = sum_c y log(y / s), both clipped to [eps, 1].

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, p, q, slope, low = lowest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            value = 0
            for c in range(C):
                p, q = clipped(s[i, c], low, 1), clipped(y[i, c], low, 1)
                value += q * log(q / p)
                slope = 0 if s[i, c] < low or s[i, c] > 1 else -q / p
                if keep:
                    ds[i, c] = <floating> (scale * weight * slope)
            total += weight * value
    return total


def cosine_similarity(const floating[:, ::1] s, const floating[:, ::1] y,
                      const floating[::1] w, double scale, floating[:, ::1] ds):
    """l_i = -sum_c s y / (|s| |y|), where a norm is at least eps.

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, weight = 1, ss, yy, cosine, slope, low = lowest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None, short_
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            ss = yy = cosine = 0
            for c in range(C):
                ss += <double> s[i, c] * s[i, c]
                yy += <double> y[i, c] * y[i, c]
                cosine += <double> s[i, c] * y[i, c]
            short_ = ss < low * low
            ss = sqrt(low * low if short_ else ss)
            yy = sqrt(low * low if yy < low * low else yy)
            cosine /= ss * yy
            total -= weight * cosine
            if keep:
                for c in range(C):
                    slope = y[i, c] / yy
                    if not short_:
                        slope -= cosine * s[i, c] / ss
                    ds[i, c] = <floating> (-scale * weight * slope / ss)
    return total


def categorical_hinge(const floating[:, ::1] s, const floating[:, ::1] y,
                      const floating[::1] w, double scale, floating[:, ::1] ds):
    """l_i = max(0, 1 + max_c (1 - y) s - sum_c y s).

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c, worst
    cdef double total = 0, weight = 1, right, wrong, value, a, slope
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            right = wrong = 0
            worst = 0
            for c in range(C):
                right += <double> y[i, c] * s[i, c]
                a = (1 - y[i, c]) * s[i, c]
                # The first of equal ones, and NaN for ever.
                if c == 0 or (wrong == wrong and not a <= wrong):
                    wrong, worst = a, c
            value = 1 + wrong - right
            if value <= 0:
                value = 0
            total += weight * value
            if keep:
                for c in range(C):
                    slope = (1 - y[i, c] if c == worst else 0) - y[i, c]
                    if value != value:
                        slope = value
                    ds[i, c] = <floating> (scale * weight * (slope if value != 0 else 0))
    return total
