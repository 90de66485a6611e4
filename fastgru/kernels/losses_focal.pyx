"""Focal cross-entropies (arXiv:1708.02002): what is already right counts less.

Arguments, results and links are those of `losses.pyx`; definitions are those of Keras 3.15,
which clips the probabilities of logits too.
"""
from cython cimport floating
from libc.math cimport exp, fabs, log, log1p, pow

from fastgru.kernels.losses cimport (
    PROBABILITY,
    clipped,
    highest,
    lowest,
    probability,
    row_mass,
)


def binary_focal_crossentropy(const floating[:, ::1] s, const floating[:, ::1] y,
                              const floating[::1] w, double scale, floating[:, ::1] ds,
                              int link, double gamma, bint balanced, double alpha):
    """l_i = mean_c a (y (1 - p) + (1 - y) p)^gamma (-y log p - (1 - y) log(1 - p)).

    a = y alpha + (1 - y)(1 - alpha) where `balanced`, or 1;  only the logarithms are clipped.

    In:   s, y (R, C)   w (R) or None
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, p, n, q, e, t, far, focus, entropy, slope, part
    cdef double low = lowest(<floating> 0), high = highest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            value = 0
            for c in range(C):
                p, t = s[i, c], y[i, c]
                n = 1 - p
                if link != PROBABILITY:
                    e = exp(-fabs(p))
                    n = (e if p >= 0 else 1) / (1 + e)
                    p = (1 if p >= 0 else e) / (1 + e)
                q = clipped(p, low, high)
                entropy = -t * log(q) - (1 - t) * log1p(-q)
                far = t * n + (1 - t) * p
                focus = pow(far, gamma)
                part = t * alpha + (1 - t) * (1 - alpha) if balanced else 1
                value += part * focus * entropy
                if keep:
                    slope = steepness(far, gamma) * (1 - 2 * t) * entropy
                    if link != PROBABILITY:
                        slope = slope * p * n + (focus * (p - t) if q == p else 0)
                    elif q == p:
                        slope += focus * (p - t) / (p * n)
                    if p != p:
                        slope = p
                    ds[i, c] = <floating> (scale * weight * part * slope / C)
            total += weight * value / C
    return total


cdef inline double steepness(double far, double gamma) noexcept nogil:
    """The derivative of far^gamma; 0 where it is infinite, for the entropy there is none."""
    return 0 if far == 0 and gamma < 1 else gamma * pow(far, gamma - 1)


def categorical_focal_crossentropy(const floating[:, ::1] s, const floating[:, ::1] y,
                                   const floating[::1] w, double scale,
                                   floating[:, ::1] ds, int link, double gamma,
                                   const double[::1] alpha):
    """l_i = -sum_c alpha_c (1 - p)^gamma y log p;   p = s / sum(s), or softmax(s), clipped.

    In:   s, y (R, C)   w (R) or None   alpha (C)
    Out:  ds (R, C), or None
    """
    cdef Py_ssize_t R = s.shape[0], C = s.shape[1], i, c
    cdef double total = 0, value, weight = 1, top, mass, p, slope, mean
    cdef double low = lowest(<floating> 0), high = highest(<floating> 0)
    cdef bint weighted = w is not None, keep = ds is not None
    with nogil:
        for i in range(R):
            if weighted:
                weight = w[i]
            row_mass(C, &s[i, 0], link, &top, &mass)
            # mean: sum_c p dl/dp, which the normalisation takes away.
            value = mean = 0
            for c in range(C):
                p = probability(s[i, c], link, top, mass)
                value += focal(p, alpha[c] * y[i, c], gamma, low, high, &slope)
                mean += p * slope
            total += weight * value
            if keep:
                for c in range(C):
                    p = probability(s[i, c], link, top, mass)
                    focal(p, alpha[c] * y[i, c], gamma, low, high, &slope)
                    slope = slope - mean
                    slope = slope / mass if link == PROBABILITY else slope * p
                    ds[i, c] = <floating> (scale * weight * slope)
    return total


cdef inline double focal(double p, double y, double gamma, double low, double high,
                         double* slope) noexcept nogil:
    """-y (1 - p)^gamma log p with p clipped, and its derivative by p."""
    cdef double q = clipped(p, low, high), focus = pow(1 - q, gamma)
    slope[0] = 0
    if not (p < low or p > high):
        slope[0] = y * (gamma * pow(1 - q, gamma - 1) * log(q) - focus / q)
    return -y * focus * log(q)
