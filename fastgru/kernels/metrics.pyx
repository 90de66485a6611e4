"""Counts that metrics are made of, for the batches of a training."""
from cython cimport floating


def matches(const floating[:, ::1] p, const floating[:, ::1] y, double threshold):
    """How many of p (R, C) are on the side of the threshold that y (R, C), 0 or 1, says."""
    cdef Py_ssize_t R = p.shape[0], C = p.shape[1], i, c, count = 0
    cdef floating border = <floating> threshold  # as Keras compares
    with nogil:
        for i in range(R):
            for c in range(C):
                count += (1 if p[i, c] > border else 0) == y[i, c]
    return count
