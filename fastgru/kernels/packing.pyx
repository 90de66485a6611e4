"""Which rows of a masked batch a GRU works on, and in which order; moving rows there.

A masked step only carries the state, so the steps of a row that count are packed one
behind the other, rows with more of them first. kernels/gru.pyx says how they are laid out.
"""
from cython cimport floating
from libc.string cimport memcpy, memset


def plan(const unsigned char[:, ::1] mask, Py_ssize_t[::1] order, Py_ssize_t[::1] place,
         Py_ssize_t[::1] lengths, Py_ssize_t[::1] counts, Py_ssize_t[::1] starts,
         Py_ssize_t[::1] rows, Py_ssize_t[:, ::1] states):
    """Lay out the true steps of a mask. Returns (longest row, N = true steps in all).

    In:   mask (T, B)
    Out:  order (B): batch row of each packed one, longest first, ties in order
          place (B): its inverse   lengths (B): true steps by batch row
          counts (T), starts (T + 1): as `gru_forward` takes them, all states kept;
          filled up to the longest row
          rows (T B): row of the (T B, .) input that each of the N packed rows is
          states (T, B): row of h in which the state after step t of batch row b lies
    """
    cdef Py_ssize_t T = mask.shape[0], B = mask.shape[1], t, b, n, N, longest = 0
    with nogil:
        for b in range(B):
            lengths[b] = 0
        for t in range(T):
            counts[t] = 0
            for b in range(B):
                # counts[n]: rows with more than n true steps.
                if mask[t, b]:
                    counts[lengths[b]] += 1
                    lengths[b] += 1
        # A counting sort: rows longer than this one come first, equal ones in order.
        for b in range(B):
            if lengths[b] > longest:
                longest = lengths[b]
        n = 0
        for t in range(longest, -1, -1):
            for b in range(B):
                if lengths[b] == t:
                    order[n] = b
                    place[b] = n
                    n += 1
        starts[0] = 0
        for t in range(longest):
            starts[t + 1] = starts[t] + counts[t]
        N = starts[longest]
        for b in range(B):
            lengths[b] = 0
        for t in range(T):
            for b in range(B):
                if mask[t, b]:
                    rows[starts[lengths[b]] + place[b]] = t * B + b
                    lengths[b] += 1
                states[t, b] = lengths[b]
        for t in range(T):
            for b in range(B):
                n = states[t, b]
                states[t, b] = (starts[n] if n < lengths[b] else N) + place[b]
    return longest, N


def gather(const floating[:, ::1] x, const Py_ssize_t[::1] index, floating[:, ::1] y):
    """y[i] = x[index[i]].

    In:   x (R, F)   index (N)
    Out:  y (N, F)
    """
    cdef Py_ssize_t F = y.shape[1], i
    with nogil:
        for i in range(index.shape[0]):
            memcpy(&y[i, 0], &x[index[i], 0], F * sizeof(floating))


def scatter(const floating[:, ::1] x, const Py_ssize_t[::1] index, floating[:, ::1] y):
    """y = 0, then y[index[i]] += x[i].

    In:   x (N, F)   index (N)
    Out:  y (R, F)
    """
    cdef Py_ssize_t F = x.shape[1], i, j
    cdef floating* row
    with nogil:
        if y.shape[0] > 0 and F > 0:
            memset(&y[0, 0], 0, y.shape[0] * F * sizeof(floating))
        for i in range(index.shape[0]):
            row = &y[index[i], 0]
            for j in range(F):
                row[j] += x[i, j]
