"""Losses: the weighted sum over rows, and its gradient, in one pass.

Every function takes scores (R, C) and targets, weights (R) or None (all one), and `scale`;
it returns sum_i w_i l_i in double and sets ds = scale w_i dl_i/ds, or leaves ds alone
where it is None. The files `losses_*.pyx` keep to it. Definitions and the clipping of
probabilities to [eps, 1 - eps] are those of Keras 3.15, eps = 1e-7: where a probability is
clipped, its gradient is zero.

`link` says what the scores are: PROBABILITY; LOGIT, for which the loss is exact at any
size; LINKED, the logits of an activation that ends the model, so that value and gradient
are the ones of PROBABILITY without forming p (1 - p).
"""
from cython cimport floating
from libc.math cimport exp, fabs, log, log1p
from libc.stdint cimport int32_t

from fastgru.kernels.losses cimport (
    LINKED,
    LOGIT,
    PROBABILITY,
    highest,
    lowest,
    probability,
    row_mass,
)


def in_unit_interval(const floating[::1] y):
    """Whether all numbers lie in [0, 1]; NaN does not."""
    cdef Py_ssize_t i
    for i in range(y.shape[0]):
        if not 0 <= y[i] <= 1:
            return False
    return True


def binary_crossentropy(const floating[:, ::1] s, const floating[:, ::1] y,
                        const floating[::1] w, double scale, floating[:, ::1] ds, int link):
    """l_i = mean_c -y log p - (1 - y) log(1 - p);   s = p, or p = 1 / (1 + exp(-s)).

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, p, slope, e, a
    cdef double low = lowest(<floating> 0), high = highest(<floating> 0)
    cdef double left = log(low / (1 - low)), right = log(high / (1 - high))
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            value = 0
            if weighted:
                weight = w[i]
            for c in range(C):
                a = s[i, c]
                if link == PROBABILITY:
                    p = low if a < low else high if a > high else a
                    value -= y[i, c] * log(p) + (1 - y[i, c]) * log1p(-p)
                    slope = (p - y[i, c]) / (p * (1 - p)) if p == a else 0
                    if a != a:
                        slope = a
                else:
                    if link == LINKED:
                        a = left if a < left else right if a > right else a
                    e = exp(-fabs(a))
                    # exp sees only -|a|, so this is exact for any finite a.
                    value += (a if a > 0 else 0) - a * y[i, c] + log1p(e)
                    p = (1 if a >= 0 else e) / (1 + e)
                    slope = p - y[i, c] if link == LOGIT or left < a < right else 0
                    if a != a:
                        slope = a
                if keep:
                    ds[i, c] = <floating> (scale * weight * slope / C)
            total += weight * value / C
    return total


def categorical_crossentropy(const floating[:, ::1] s, const floating[:, ::1] y,
                             const floating[::1] w, double scale, floating[:, ::1] ds,
                             int link):
    """l_i = -sum_c y_c log p_c;   p = s / sum(s), or p = softmax(s).

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, top, mass, p, log_p, seen
    cdef double low = lowest(<floating> 0), high = highest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            row_mass(C, &s[i, 0], link, &top, &mass)
            value = 0
            # seen: the part of the targets whose probability is not clipped.
            seen = 0
            for c in range(C):
                p = probability(s[i, c], link, top, mass)
                log_p = log_probability(s[i, c], p, link, top, mass, low, high)
                value -= y[i, c] * log_p
                if link == LOGIT or not (p < low or p > high):
                    seen += y[i, c]
            total += weight * value
            if keep:
                for c in range(C):
                    p = probability(s[i, c], link, top, mass)
                    ds[i, c] = <floating> (scale * weight * row_slope(
                        p, y[i, c], seen, link, mass, low, high))
    return total


def sparse_categorical_crossentropy(const floating[:, ::1] s, const int32_t[::1] y,
                                    const floating[::1] w, double scale,
                                    floating[:, ::1] ds, int link):
    """l_i = -log p_{y_i};   p = s / sum(s), or p = softmax(s).

    In:   s (R, C)   y (R), all in [0, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, weight = 1, top, mass, p, seen
    cdef double low = lowest(<floating> 0), high = highest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            row_mass(C, &s[i, 0], link, &top, &mass)
            c = y[i]
            p = probability(s[i, c], link, top, mass)
            total -= weight * log_probability(s[i, c], p, link, top, mass, low, high)
            seen = 0 if link != LOGIT and (p < low or p > high) else 1
            if keep:
                for c in range(C):
                    p = probability(s[i, c], link, top, mass)
                    ds[i, c] = <floating> (scale * weight * row_slope(
                        p, 1 if c == y[i] else 0, seen, link, mass, low, high))
    return total


cdef inline double log_probability(double s, double p, int link, double top,
                                   double mass, double low, double high) noexcept nogil:
    if link == LOGIT:
        return s - top - log(mass)
    return log(low if p < low else high if p > high else p)


cdef inline double row_slope(double p, double y, double seen, int link,
                             double mass, double low, double high) noexcept nogil:
    """dl/ds of one entry; `seen` is the sum of the targets that are not clipped."""
    cdef bint clipped = link != LOGIT and (p < low or p > high)
    if link != PROBABILITY:
        return p * seen - (0 if clipped else y)
    return (seen - (0 if clipped else y / p)) / mass
