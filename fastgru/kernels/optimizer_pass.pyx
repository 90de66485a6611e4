"""One walk over parameters: gradient, weight decay, rule and moving average together.

    g = clip(scale g, limit);   p -= decay p;   p, slots = rule(p, g, slots)
    average += follow (p - average);   if overwrite: p = average

Order of operations: Keras 3.15. A walk goes in blocks that stay in the cache from the first
of these loops to the last, so that memory is read and written once. Neighbouring rows of a
table that are alike in having a gradient are one run; the gradient of the others is zero
and is not read.
"""
from cython cimport floating
from libc.string cimport memset

from fastgru.kernels cimport threads

cdef enum:
    BLOCK = 1 << 10
    SLICE = 1 << 14


cdef class Around:
    """What a step does to a stretch before its rule and behind it.

    Parameters
    ----------
    average : array (R, O), optional
        The moving average of the parameters.

    Attributes
    ----------
    scale : float, default 1.0
        What the gradient is multiplied with.
    limit : float, default 0.0
        What its numbers are cut to, from -limit to limit; 0.0 for not at all.
    decay : float, default 0.0
        The share of the parameters that is taken off.
    follow : float, default 0.0
        The share of its way to the parameters that the average goes.
    overwrite : bool, default False
        Whether the parameters become the average.
    """

    def __init__(self, average=None):
        self.average = average
        self.scale = 1.0
        self.at = NULL
        if average is not None:
            self.at = <void*> <Py_ssize_t> average.__array_interface__["data"][0]


cdef void surround(Pass* a, Around around) noexcept:
    a.scale, a.limit, a.decay, a.follow, a.overwrite, a.average = 1, 0, 0, 0, False, NULL
    if around is not None:
        a.scale, a.limit, a.decay = around.scale, around.limit, around.decay
        a.follow, a.overwrite, a.average = around.follow, around.overwrite, around.at


cdef void run(Pass* a, Py_ssize_t R, Py_ssize_t O) noexcept nogil:
    # One stretch is cut anywhere, a table between its rows.
    a.O = 1 if a.used == NULL else O
    a.n = R * O if a.used == NULL else R
    a.slice = max(1, SLICE // a.O)
    # A number of a parameter costs about what ten multiplications do.
    threads.run(threads.worth(10.0 * R * O), (a.n + a.slice - 1) // a.slice, task, a)


cdef void task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Pass* a = <Pass*> context
    if a.single:
        slice_of(a, <float> 0, number * a.slice)
    else:
        slice_of(a, <double> 0, number * a.slice)


cdef void slice_of(Pass* a, floating _, Py_ssize_t first) noexcept nogil:
    cdef Py_ssize_t last = min(first + a.slice, a.n), O = a.O, i
    cdef bint active
    cdef bint leave = a.idle and a.decay == 0 and a.average == NULL
    if a.used == NULL:
        stretch(a, <floating> 0, first, last, True)
        return
    while first < last:
        active = a.used[first]
        i = first
        while i < last and (a.used[i] != 0) == active:
            a.used[i] = 0
            i += 1
        if active or not leave:
            stretch(a, <floating> 0, first * O, i * O, active)
        first = i


cdef void stretch(Pass* a, floating _, Py_ssize_t first, Py_ssize_t last,
                  bint active) noexcept nogil:
    cdef floating zeros[BLOCK]
    cdef floating* g
    cdef Py_ssize_t n
    while first < last:
        n = min(last - first, BLOCK)
        if active:
            g = <floating*> a.g + first
            prepare(n, g, <floating> a.scale, <floating> a.limit)
        else:
            g = &zeros[0]
            memset(g, 0, n * sizeof(floating))
        block(a, n, first, g, active)
        first += n


cdef inline void prepare(Py_ssize_t n, floating* g, floating scale,
                         floating limit) noexcept nogil:
    cdef Py_ssize_t j
    if scale != 1:
        for j in range(n):
            g[j] = scale * g[j]
    if limit > 0:
        for j in range(n):
            # In this form a NaN stays one.
            g[j] = -limit if g[j] < -limit else limit if g[j] > limit else g[j]


cdef inline void block(Pass* a, Py_ssize_t n, Py_ssize_t at, floating* g,
                       bint active) noexcept nogil:
    cdef floating* p = <floating*> a.p + at
    cdef floating decay = <floating> a.decay
    cdef floating* slots[3]
    cdef Py_ssize_t j
    for j in range(3):
        slots[j] = NULL if a.slots[j] == NULL else <floating*> a.slots[j] + at
    if decay != 0:
        for j in range(n):
            p[j] -= decay * p[j]
    if active or not a.idle:
        if floating is float:
            a.f32(a.numbers, n, p, g, slots[0], slots[1], slots[2])
        else:
            a.f64(a.numbers, n, p, g, slots[0], slots[1], slots[2])
    if active:
        memset(g, 0, n * sizeof(floating))
    if a.average != NULL:
        go_after(n, p, <floating*> a.average + at, <floating> a.follow, a.overwrite)


cdef inline void go_after(Py_ssize_t n, floating* p, floating* average, floating follow,
                          bint overwrite) noexcept nogil:
    cdef floating stay = 1 - follow
    cdef Py_ssize_t j
    for j in range(n):
        average[j] = stay * average[j] + follow * p[j]
    if overwrite:
        for j in range(n):
            p[j] = average[j]


def follow(floating[:, ::1] p, floating[:, ::1] average, double share, bint overwrite):
    """The moving average alone, in a step that does not change the parameters.

    Adds: average (R, O)
    Out:  p (R, O), set if `overwrite`
    """
    if p.shape[0] * p.shape[1]:
        go_after(p.shape[0] * p.shape[1], &p[0, 0], &average[0, 0], <floating> share, overwrite)


def collect(floating[:, ::1] g, unsigned char[::1] used, floating[:, ::1] total,
            unsigned char[::1] touched):
    """Move gradients over to their sum of several batches.

    Adds: total (R, O); touched (R), or None where used is: rows of total that are not zero
    Out:  g (R, O), used (R) or None: zero on return
    """
    cdef Py_ssize_t i, j, O = g.shape[1]
    cdef bint sparse = used is not None
    with nogil:
        for i in range(g.shape[0]):
            if sparse:
                if not used[i]:
                    continue
                used[i], touched[i] = 0, 1
            for j in range(O):
                total[i, j] += g[i, j]
                g[i, j] = 0


def square_sum(floating[:, ::1] g, unsigned char[::1] used):
    """The sum of squares of g (R, O), or of its rows that are `used` (R), in double."""
    cdef Py_ssize_t i, O = g.shape[1]
    cdef double total = 0
    if O == 0:
        return 0.0
    with nogil:
        for i in range(g.shape[0]):
            if used is None or used[i]:
                total += squares(O, &g[i, 0])
    return total


cdef inline double squares(Py_ssize_t n, const floating* g) noexcept nogil:
    # Eight sums, which do not wait for one another.
    cdef double sums[8]
    cdef Py_ssize_t j, k
    memset(sums, 0, sizeof(sums))
    for j in range(0, n - 7, 8):
        for k in range(8):
            sums[k] += <double> g[j + k] * <double> g[j + k]
    for j in range(n - n % 8, n):
        sums[0] += <double> g[j] * <double> g[j]
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + (
        (sums[2] + sums[6]) + (sums[3] + sums[7]))
