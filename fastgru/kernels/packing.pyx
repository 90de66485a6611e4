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
    cdef Py_ssize_t T = mask.shape[0], B = mask.shape[1], longest = 0, N = 0, t, b
    if T == 0 or B == 0:
        starts[0] = 0
        for b in range(B):
            order[b] = place[b] = b
            lengths[b] = 0
        for t in range(T):
            counts[t] = starts[t + 1] = 0
        return 0, 0
    N = plan_rows(&mask[0, 0], T, B, &order[0], &place[0], &lengths[0], &counts[0],
                  &starts[0], &rows[0], &states[0, 0], &longest)
    return longest, N


cdef Py_ssize_t plan_rows(const unsigned char* mask, Py_ssize_t T, Py_ssize_t B,
                          Py_ssize_t* order, Py_ssize_t* place, Py_ssize_t* lengths,
                          Py_ssize_t* counts, Py_ssize_t* starts, Py_ssize_t* rows,
                          Py_ssize_t* states, Py_ssize_t* longest_row) noexcept nogil:
    """As `plan`; returns N."""
    cdef Py_ssize_t t, b, n, N, longest = 0
    for b in range(B):
        lengths[b] = 0
    for t in range(T):
        counts[t] = 0
        for b in range(B):
            # counts[n]: rows with more than n true steps.
            if mask[t * B + b]:
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
            if mask[t * B + b]:
                rows[starts[lengths[b]] + place[b]] = t * B + b
                lengths[b] += 1
            states[t * B + b] = lengths[b]
    for t in range(T):
        for b in range(B):
            n = states[t * B + b]
            states[t * B + b] = (starts[n] if n < lengths[b] else N) + place[b]
    longest_row[0] = longest
    return N


def gather(const floating[:, ::1] x, const Py_ssize_t[::1] index, floating[:, ::1] y):
    """y[i] = x[index[i]].

    In:   x (R, F)   index (N)
    Out:  y (N, F)
    """
    if index.shape[0] and y.shape[1]:
        with nogil:
            gather_rows(index.shape[0], y.shape[1], &x[0, 0], &index[0], &y[0, 0])


def gather_steps(const floating[:, :, ::1] x, const Py_ssize_t[::1] index,
                 floating[:, :, ::1] y):
    """y[t, i] = x[index[i], t].

    In:   x (n, T or more, F)   index (B), all in [0, n)
    Out:  y (T, B, F)
    """
    cdef Py_ssize_t T = y.shape[0], B = y.shape[1], F = y.shape[2], steps = x.shape[1], t, i
    if T == 0 or B == 0 or F == 0:
        return
    with nogil:
        for t in range(T):
            for i in range(B):
                memcpy(&y[t, i, 0], &x[0, 0, 0] + (index[i] * steps + t) * F,
                       F * sizeof(floating))


cdef void gather_rows(Py_ssize_t n, Py_ssize_t F, const floating* x, const Py_ssize_t* index,
                      floating* y) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        memcpy(y + i * F, x + index[i] * F, F * sizeof(floating))


def scatter(const floating[:, ::1] x, const Py_ssize_t[::1] index, floating[:, ::1] y):
    """y = 0, then y[index[i]] += x[i].

    In:   x (N, F)   index (N)
    Out:  y (R, F)
    """
    if y.shape[0] and y.shape[1]:
        with nogil:
            memset(&y[0, 0], 0, y.shape[0] * y.shape[1] * sizeof(floating))
            if index.shape[0]:
                add_to_rows(index.shape[0], y.shape[1], &x[0, 0], &index[0], &y[0, 0])


cdef void add_to_rows(Py_ssize_t n, Py_ssize_t F, const floating* x, const Py_ssize_t* index,
                      floating* y) noexcept nogil:
    cdef Py_ssize_t i, j
    cdef floating* row
    for i in range(n):
        row = y + index[i] * F
        for j in range(F):
            row[j] += x[i * F + j]
