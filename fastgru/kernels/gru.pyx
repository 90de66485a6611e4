"""GRU over a whole sequence: the forward pass. gru_backward.pyx has its exact gradient.

    p = x W + bW                 z = rec(p_z + q_z)          h' = (1 - z) * g + z * h
    q = h U + bU                 r = rec(p_r + q_r)

    reset after the product:     g = act(p_g + r * q_g)
    reset before the product:    g = act(p_g + (r * h) U_g)

Blocks in the order z, r, g. The first form is arXiv:1406.1078v1 and Keras with
`reset_after=True`, the second arXiv:1406.1078v3 and Keras with `reset_after=False`.

Rows are packed. A mask drops steps, and a dropped step only carries the state, so a row's
sequence is its true steps and nothing else: rows are sorted by their number of true steps,
longest first, and step t works on its first counts[t] rows. x, gates and D then hold
N = sum(counts) rows, one step after the other; without a mask that is (T, B, .) flattened.

Where the states lie is an argument. Step t reads its states from the rows of h that begin
at starts[t] and writes them to those that begin at starts[t + 1]; a row that ends there is
written to `final` + its number instead. All states kept: starts = cumulative counts,
final = N, h (N + B, H). Only the running ones: starts = 0, B, 0, B, ..., final = 2 B,
h (3 B, H).

Rows of a batch do not meet until the gradients of the parameters: a task takes some rows
through all time steps, and no thread waits for another at a step. What a row gets does not
depend on the rows beside it, so neither do results on the number of threads.
"""
from cython cimport floating

from fastgru.kernels cimport isa, threads

# Rows for which W is read at a time.
cdef enum:
    AHEAD = 128


def packed_sizes(Py_ssize_t I, Py_ssize_t H, bint single):
    """Numbers in the packed forms of W, U, U^T and W^T."""
    if single:
        return sizes(I, H, <float> 0)
    return sizes(I, H, <double> 0)


cdef tuple sizes(Py_ssize_t I, Py_ssize_t H, floating _):
    # U^T and U are in two parts where the reset gate acts before the product: for both
    # forms there is room.
    cdef Py_ssize_t two = isa.packed_size(H, 2 * H, False, _) + isa.packed_size(H, H, False, _)
    cdef Py_ssize_t back = isa.packed_size(2 * H, H, False, _) + isa.packed_size(H, H, False, _)
    return (isa.packed_size(I, H, True, _), max(two, isa.packed_size(H, H, True, _)),
            max(back, isa.packed_size(3 * H, H, False, _)),
            isa.packed_size(3 * H, I, False, _))


def gru_pack(const floating[:, ::1] W, const floating[:, ::1] U, const floating[::1] bW,
             const floating[::1] bU, floating[::1] PW, floating[::1] PU, floating[::1] b,
             bint reset_after):
    """Lay out the weights as `gru_forward` reads them.

    In:   W (I, 3H)   U (H, 3H)   bW, bU (3H)
    Out:  PW, PU as long as `packed_sizes` says
          b (4H): the biases of p, with those of q_z and q_r inside; then that of q_g
    """
    with nogil:
        pack_forward(W.shape[0], U.shape[0], &W[0, 0], &U[0, 0], &bW[0], &bU[0], &PW[0],
                     &PU[0], &b[0], reset_after)


cdef void pack_forward(Py_ssize_t I, Py_ssize_t H, const floating* W, const floating* U,
                       const floating* bW, const floating* bU, floating* PW, floating* PU,
                       floating* b, bint reset_after) noexcept nogil:
    cdef Py_ssize_t j
    isa.pack(I, 0, H, True, W, 3 * H, 1, PW)
    if reset_after:
        isa.pack(H, 0, H, True, U, 3 * H, 1, PU)
    else:
        isa.pack(H, 0, 2 * H, False, U, 3 * H, 1, PU)
        isa.pack(H, 0, H, False, U + 2 * H, 3 * H, 1,
                 PU + isa.packed_size(H, 2 * H, False, <floating> 0))
    for j in range(3 * H):
        b[j] = bW[j] + bU[j] if j < 2 * H and reset_after else bW[j]
    for j in range(H):
        b[3 * H + j] = bU[2 * H + j]


def gru_forward(const floating[:, ::1] x, const floating[::1] PW, const floating[::1] PU,
                const floating[::1] b, const Py_ssize_t[::1] counts,
                const Py_ssize_t[::1] starts, Py_ssize_t final, floating[:, ::1] h,
                floating[:, ::1] gates, floating[:, ::1] q, int act, int rec,
                bint reset_after):
    """Fill h from x and its first states; keep gates for `gru_backward`.

    In:   x (N, I)   PW, PU, b from `gru_pack`   counts (T)   starts (T + 1)
          h: its rows that are read before they are written
    Out:  h   gates (C, 4H), counts[0] <= C; fewer rows than N are used again and again
    Scratch:  q (counts[0], 3H), or None where reset_after
    """
    cdef Pass p
    if x.shape[0] == 0:
        return
    p.single, p.batch_major = floating is float, False
    p.reset_after, p.act, p.rec = reset_after, act, rec
    p.T, p.B, p.I, p.H = counts.shape[0], counts[0], x.shape[1], b.shape[0] // 4
    p.N = x.shape[0]
    p.C, p.keep, p.final = gates.shape[0], gates.shape[0] >= x.shape[0], final
    p.counts, p.starts = &counts[0], &starts[0]
    p.x, p.PW, p.PU, p.b, p.bq = &x[0, 0], &PW[0], &PU[0], &b[0], &b[3 * p.H]
    p.h, p.gates, p.q = &h[0, 0], &gates[0, 0], NULL if q is None else &q[0, 0]
    with nogil:
        run_forward(&p)


cdef void run_forward(Pass* p) noexcept nogil:
    share(p, 3.0 * p.N * p.H * (p.I + p.H), 3 * p.H * (p.I + p.H), forward_task)


cdef void share(Pass* p, double multiplications, Py_ssize_t weights,
                threads.task_type task) noexcept nogil:
    """Cut the rows into slices, and let threads take them through the sequence.

    Eight rows fill a tile. `weights` are the numbers that each step reads: where they are
    most of a core's cache, every thread has one slice, so that they are read less often; or
    two where the first rows are longer than the last ones.
    """
    cdef int n = threads.worth(multiplications)
    cdef Py_ssize_t tiles = (p.B + 7) // 8, slices = n
    if n == 1 or tiles == 1:
        p.slice = p.B
    elif weights * (4 if p.single else 8) > 3 << 18:
        if p.counts[p.T - 1] < p.B:
            slices = 2 * n
        p.slice = 8 * ((tiles + slices - 1) // slices)
    else:
        p.slice = 8
    threads.run(n, (p.B + p.slice - 1) // p.slice, task, p)


cdef void forward_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Pass* p = <Pass*> context
    cdef Py_ssize_t first = number * p.slice
    cdef Py_ssize_t last = min(first + p.slice, p.B)
    if p.single:
        forward_rows(p, <float> 0, first, last)
    else:
        forward_rows(p, <double> 0, first, last)


cdef void forward_rows(Pass* p, floating _, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    """Rows first to last of the batch through all steps."""
    cdef const floating* x = <const floating*> p.x
    cdef const floating* PW = <const floating*> p.PW
    cdef const floating* b = <const floating*> p.b
    cdef floating* gates = <floating*> p.gates
    cdef Py_ssize_t H = p.H, row = 0, at = 0, n, t, end = 0
    # Slices meet neither in the rows that are kept nor, whatever step each is at, in those
    # that are used again.
    cdef bint dense = p.keep or last - first == p.B
    for t in range(p.T):
        n = min(p.counts[t], last) - first
        if n <= 0:
            return
        if t == end:
            at = row if p.keep else 0
            end = ahead(p, t, first, last, x, row, PW, b, gates + (at + first) * 4 * H)
        step(p, t, first, n, gates + (at + first) * 4 * H)
        at += p.counts[t] if dense else p.B
        row += p.counts[t]


cdef Py_ssize_t ahead(Pass* p, Py_ssize_t t, Py_ssize_t first, Py_ssize_t last,
                      const floating* x, Py_ssize_t row, const floating* PW,
                      const floating* b, floating* gates) noexcept nogil:
    """p = x W + b of rows first to last for some steps from t on, as many as `gates` has
    room for: it does not depend on the state, and W is read once for all. Step t begins with
    row `row` of x. Returns the step behind the last."""
    cdef Py_ssize_t I = p.I, H = p.H, count = p.counts[t], rows = 0, end = t, steps
    cdef Py_ssize_t room = p.C
    cdef Py_ssize_t n = min(count, last) - first
    cdef bint whole = last - first == p.B
    cdef Py_ssize_t apart = count if p.keep or whole else p.B
    while end < p.T and (end == t or rows + n <= AHEAD):
        if whole:
            n = p.counts[end]
        elif p.counts[end] != count:
            break
        room -= n if whole else apart
        if room < 0:
            break
        rows += n
        end += 1
    steps = end - t
    if p.batch_major and n < 8:
        # Less than a tile in a step: the steps of a row are more.
        isa.products(n, p.T * I, 4 * H, steps, I, H, True, x + (first * p.T + t) * I, I, PW, b,
                     False, gates, apart * 4 * H)
    elif p.batch_major:
        isa.products(steps, I, apart * 4 * H, n, I, H, True, x + (first * p.T + t) * I,
                     p.T * I, PW, b, False, gates, 4 * H)
    elif whole:
        isa.product(rows, I, H, True, x + row * I, I, PW, b, False, gates, 4 * H)
    else:
        isa.products(steps, count * I, apart * 4 * H, n, I, H, True, x + (row + first) * I, I,
                     PW, b, False, gates, 4 * H)
    return end


cdef void step(Pass* p, Py_ssize_t t, Py_ssize_t first, Py_ssize_t n,
               floating* gates) noexcept nogil:
    cdef Py_ssize_t H = p.H
    cdef Py_ssize_t going_on = (p.counts[t + 1] if t + 1 < p.T else 0) - first
    cdef floating* h = <floating*> p.h
    cdef const floating* PU = <const floating*> p.PU
    cdef const floating* h_prev = h + (p.starts[t] + first) * H
    cdef floating* h_next = h + (p.starts[t + 1] + first) * H
    cdef floating* h_final = h + (p.final + first) * H
    cdef floating* q
    if p.reset_after:
        isa.after_step(n, going_on, H, PU, <const floating*> p.bq, h_prev, h_next, h_final,
                       gates, p.act, p.rec, p.keep)
        return
    q = <floating*> p.q + first * 3 * H
    isa.product(n, H, 2 * H, False, h_prev, H, PU, <const floating*> NULL, False, q, 3 * H)
    isa.before_reset(n, H, gates, q, h_prev, p.rec)
    isa.product(n, H, H, False, gates + 3 * H, 4 * H,
                PU + isa.packed_size(H, 2 * H, False, <floating> 0),
                <const floating*> NULL, False, q + 2 * H, 3 * H)
    isa.before_step(n, going_on, H, q, h_prev, h_next, h_final, gates, p.act, p.rec)
