"""What the loss kernels share: the clipping of probabilities and the sums of a row."""
from cython cimport floating
from libc.math cimport INFINITY, exp

cpdef enum Link:
    PROBABILITY
    LOGIT
    LINKED


cdef inline double lowest(floating _) noexcept nogil:
    return <floating> 1e-7


cdef inline double highest(floating _) noexcept nogil:
    """1 - 1e-7 in the scores' precision: in float32 that is 1 - 1.19e-7, as in Keras."""
    return <floating> (1 - 1e-7)


cdef inline double clipped(double p, double low, double high) noexcept nogil:
    return low if p < low else high if p > high else p


cdef inline void row_mass(Py_ssize_t C, const floating* s, int link, double* top,
                          double* mass) noexcept nogil:
    """The largest score and sum exp(s - top); for probabilities 0 and their sum."""
    cdef Py_ssize_t c
    top[0] = 0 if link == PROBABILITY else -INFINITY
    mass[0] = 0
    if link != PROBABILITY:
        for c in range(C):
            if not s[c] <= top[0]:
                top[0] = s[c]
    for c in range(C):
        mass[0] += s[c] if link == PROBABILITY else exp(s[c] - top[0])


cdef inline double probability(double s, int link, double top, double mass) noexcept nogil:
    return s / mass if link == PROBABILITY else exp(s - top) / mass
