"""GRU over a whole sequence: the backward pass, shared out to threads.

gru_gradients.pyx has the equations. Small passes are cut by rows of the batch
(gru_shards.pyx); in large ones rows are taken back through time first, and what does not
depend on the order of steps is then cut by columns of D.
"""
from cython cimport floating

from fastgru.kernels cimport isa, threads
from fastgru.kernels.gru cimport Gradients, Pass, Range, share
from fastgru.kernels.gru_gradients cimport (
    add_range, backward_rows, pack_backward, pack_dx, set_dx, set_ranges,
)
from fastgru.kernels.gru_shards cimport backward_shards

# Columns of D in the smallest task: whole tiles of every instruction set.
cdef enum:
    COLUMNS = 144


def gru_backward(const floating[:, ::1] x, const floating[:, ::1] W,
                 const floating[:, ::1] U, const Py_ssize_t[::1] counts,
                 const floating[:, ::1] h, const floating[:, ::1] gates,
                 const floating[:, ::1] dstates, Py_ssize_t skip, floating[:, ::1] dh,
                 floating[:, ::1] D, floating[:, ::1] dx, floating[:, ::1] dW,
                 floating[:, ::1] dU, floating[::1] dbW, floating[::1] dbU,
                 floating[::1] PUt, floating[::1] PWt, int act, int rec, bint reset_after):
    """Add the gradients of a loss into dW, dU, dbW, dbU; set dh to that of the first states.

    In:   x (N, I)   W (I, 3H)   U (H, 3H)   counts (T); h, gates (N, 4H) as `gru_forward`
          left them, all kept
          dh (B, H): gradient of the final states
          dstates (N - skip, H): gradient of the states h[skip:N], or None where there is
          none; that of h[:skip] is zero
    Out:  dh   dx (N, I), or None where nobody needs it
    Adds: dW (I, 3H)   dU (H, 3H)   dbW, dbU (3H)
    Scratch:  D (N, 4H), which may be `gates` with reset_after   PUt, and PWt where dx is
              wanted, as long as `packed_sizes` says
    """
    cdef Pass p
    cdef Py_ssize_t N = x.shape[0], H = U.shape[0], I = x.shape[1]
    cdef bint keep_dx = dx is not None
    cdef Gradients g
    if N == 0:
        return
    p.single, p.batch_major = floating is float, False
    p.reset_after, p.act, p.rec = reset_after, act, rec
    p.T, p.B, p.I, p.H, p.N, p.skip = counts.shape[0], counts[0], I, H, N, skip
    p.counts, p.PU = &counts[0], &PUt[0]
    p.h, p.gates = <void*> &h[0, 0], <void*> &gates[0, 0]
    p.dstates = NULL
    if dstates is not None and dstates.shape[0]:
        p.dstates = &dstates[0, 0]
    p.dh, p.D = &dh[0, 0], &D[0, 0]
    g.p = &p
    g.x, g.dW, g.dU, g.dbW, g.dbU = &x[0, 0], &dW[0, 0], &dU[0, 0], &dbW[0], &dbU[0]
    g.dx, g.PWt = NULL, NULL
    if keep_dx:
        g.dx, g.PWt = &dx[0, 0], &PWt[0]
    with nogil:
        run_backward(&g, &W[0, 0], &U[0, 0])


cdef void run_backward(Gradients* g, const floating* W, const floating* U) noexcept nogil:
    cdef Pass* p = g.p
    g.W, g.U = W, U
    set_ranges(g)
    if backward_shards(g):
        return
    pack_backward(U, p.H, p.reset_after, <floating*> p.PU)
    if g.dx:
        pack_dx(g, W)
    share(p, 3.0 * p.N * p.H * p.H, 3 * p.H * p.H, backward_task)
    by_columns(g)


cdef void backward_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Pass* p = <Pass*> context
    cdef Py_ssize_t first = number * p.slice
    cdef Py_ssize_t last = min(first + p.slice, p.B)
    if p.single:
        backward_rows(p, <float> 0, first, last, 0, p.T, p.N)
    else:
        backward_rows(p, <double> 0, first, last, 0, p.T, p.N)


cdef void by_columns(Gradients* g) noexcept nogil:
    """What does not depend on the order of steps, cut by columns of D.

    Every number is summed by one task in the order of the rows, whatever the threads.
    """
    cdef Pass* p = g.p
    cdef int n, workers = threads.worth(3.0 * p.N * p.H * (p.I * (2 if g.dx else 1) + p.H))
    # Two tasks for each thread: every task reads all of x or h.
    g.columns = COLUMNS * max(1, (6 * p.H) // (2 * workers * COLUMNS))
    g.tasks = 0
    for n in range(g.count):
        g.tasks += (g.ranges[n].width + g.columns - 1) // g.columns
    g.slices = 0 if g.dx == NULL else 1 + p.N // 256
    threads.run(workers, g.tasks + g.slices, columns_task, g)


cdef void columns_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Gradients* g = <Gradients*> context
    cdef isa.rows all = isa.rows(g.p.counts, g.p.T, 0, g.p.B)
    cdef Range* r = &g.ranges[0]
    cdef Py_ssize_t first
    if number >= g.tasks:
        number -= g.tasks
        first = g.p.N * number // g.slices
        if g.p.single:
            set_dx(g, <float> 0, first, g.p.N * (number + 1) // g.slices - first, 0)
        else:
            set_dx(g, <double> 0, first, g.p.N * (number + 1) // g.slices - first, 0)
        return
    while number >= (r.width + g.columns - 1) // g.columns:
        number -= (r.width + g.columns - 1) // g.columns
        r += 1
    first = number * g.columns
    if g.p.single:
        add_range(g, r, &all, 0, first, min(g.columns, r.width - first), <float*> r.out,
                  <float*> r.db)
    else:
        add_range(g, r, &all, 0, first, min(g.columns, r.width - first), <double*> r.out,
                  <double*> r.db)
