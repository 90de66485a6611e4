"""Rows of a table by number: y[i] = E[ids[i]], and its gradient, on the used rows only."""
from cython cimport floating
from libc.stdint cimport int32_t
from libc.string cimport memcpy


def first_outside(const int32_t[::1] ids, Py_ssize_t V):
    """Place of the first id that is not in [0, V), or -1.

    In:   ids (n)
    """
    cdef Py_ssize_t i, found = -1
    with nogil:
        for i in range(ids.shape[0]):
            if ids[i] < 0 or ids[i] >= V:
                found = i
                break
    return found


def embedding_forward(const int32_t[::1] ids, const floating[:, ::1] E,
                      floating[:, ::1] y):
    """y[i] = E[ids[i]].

    In:   ids (R), all in [0, V)   E (V, O)
    Out:  y (R, O)
    """
    cdef Py_ssize_t R = ids.shape[0], O = E.shape[1], i
    with nogil:
        for i in range(R):
            memcpy(&y[i, 0], &E[ids[i], 0], O * sizeof(floating))


def embedding_backward(const int32_t[::1] ids, const floating[:, ::1] dy,
                       floating[:, ::1] dE, unsigned char[::1] used):
    """Add dy[i] into dE[ids[i]], and mark that row as used.

    In:   ids (R)   dy (R, O)
    Adds: dE (V, O)   used (V): set to 1
    """
    cdef Py_ssize_t R = ids.shape[0], O = dE.shape[1], i, j
    cdef floating* row
    with nogil:
        for i in range(R):
            row = &dE[ids[i], 0]
            used[ids[i]] = 1
            for j in range(O):
                row[j] += dy[i, j]
