"""GRU over a whole sequence: the exact gradient of gru.pyx, whose words are used here.

    dp_g = d (1 - z) act'(g)     d = dL/dh'              dh += z d
    dp_z = d (h - g) rec'(z)

    reset after:     dq_g = dp_g r     dp_r = dp_g q_g rec'(r)     dh += [dp_z dp_r dq_g] U^T
    reset before:    s = dp_g U_g^T    dp_r = s h rec'(r)
                     dh += s r + [dp_z dp_r] [U_z U_r]^T

A row of D is dp_g dp_z dp_r dq_g: its first 3H numbers are the gradient of p, its last 3H
that of q. The time loop makes D and dh and nothing else; what does not depend on the order
of steps is one product over all N rows afterwards.
"""
from cython cimport floating

from fastgru.kernels cimport isa, threads
from fastgru.kernels.gru cimport Gradients, Pass, Range, share

# Columns of D in a task: whole tiles of every instruction set.
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
    Scratch:  D (N, 4H)   PUt, and PWt where dx is wanted, as long as `packed_sizes` says
    """
    cdef Pass p
    cdef Py_ssize_t N = x.shape[0], H = U.shape[0], I = x.shape[1]
    cdef bint keep_dx = dx is not None
    cdef Gradients g
    if N == 0:
        return
    p.single = floating is float
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
    pack_backward(U, p.H, p.reset_after, <floating*> p.PU)
    share(p, 3.0 * p.N * p.H * p.H, backward_task)
    if g.dx:
        # D has the blocks of p in the order g, z, r.
        isa.pack(3 * p.H, 2 * p.H, p.I, False, W, 1, 3 * p.H, <floating*> g.PWt)
    share_gradients(g)


cdef void pack_backward(const floating* U, Py_ssize_t H, bint reset_after,
                        floating* P) noexcept nogil:
    """U^T, or [U_z U_r]^T and then U_g^T where the reset gate acts before the product."""
    if reset_after:
        isa.pack(3 * H, 0, H, False, U, 1, 3 * H, P)
    else:
        isa.pack(2 * H, 0, H, False, U, 1, 3 * H, P)
        isa.pack(H, 0, H, False, U + 2 * H, 1, 3 * H,
                 P + isa.packed_size(2 * H, H, False, <floating> 0))


cdef void backward_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Pass* p = <Pass*> context
    cdef Py_ssize_t first = number * p.slice
    cdef Py_ssize_t last = min(first + p.slice, p.B)
    if p.single:
        backward_rows(p, <float> 0, first, last)
    else:
        backward_rows(p, <double> 0, first, last)


cdef void backward_rows(Pass* p, floating _, Py_ssize_t first,
                        Py_ssize_t last) noexcept nogil:
    """Rows first to last of the batch back through all steps: D and dh."""
    cdef Py_ssize_t H = p.H, row = p.N, n, t, i, at
    cdef floating* dh = <floating*> p.dh + first * H
    cdef const floating* dstates = <const floating*> p.dstates
    for t in range(p.T - 1, -1, -1):
        row -= p.counts[t]
        n = min(p.counts[t], last) - first
        if n <= 0:
            continue
        at = row + first
        step_backward(p, n, <const floating*> p.gates + at * 4 * H,
                      <const floating*> p.h + at * H, dh, <floating*> p.D + at * 4 * H)
        if dstates != NULL and row >= p.skip:
            for i in range(n * H):
                dh[i] += dstates[(at - p.skip) * H + i]


cdef void step_backward(Pass* p, Py_ssize_t n, const floating* gates,
                        const floating* h_prev, floating* dh, floating* D) noexcept nogil:
    cdef Py_ssize_t H = p.H
    cdef const floating* P = <const floating*> p.PU
    cdef const floating* none = NULL
    if p.reset_after:
        isa.after_backward(n, H, gates, h_prev, dh, D, p.act, p.rec)
        isa.product(n, 3 * H, H, False, D + H, 4 * H, P, none, True, dh, H)
        return
    isa.before_backward(n, H, gates, h_prev, dh, D, p.act, p.rec)
    # D's fourth block is free in this form: it holds the gradient of r * h.
    isa.product(n, H, H, False, D, 4 * H, P + isa.packed_size(2 * H, H, False, <floating> 0),
                none, False, D + 3 * H, 4 * H)
    isa.before_reset_backward(n, H, gates, h_prev, dh, D, p.rec)
    isa.product(n, 2 * H, H, False, D + H, 4 * H, P, none, True, dh, H)


cdef void share_gradients(Gradients* g) noexcept nogil:
    """What does not depend on the order of steps, cut by columns of D.

    Every number is summed by one task in the order of the rows, whatever the threads.
    """
    cdef Pass* p = g.p
    cdef Py_ssize_t H = p.H, I = p.I, item = 4 if p.single else 8
    cdef int n
    # Columns of D from H on are z, r and q of dU; z and r of dW; those from 0 on its g.
    if p.reset_after:
        n = 1
        g.ranges[0] = Range(p.h, H, H, H, 3 * H, g.dU, g.dbU)
    else:
        n = 2
        g.ranges[0] = Range(p.h, H, H, H, 2 * H, g.dU, NULL)
        g.ranges[1] = Range(<char*> p.gates + 3 * H * item, 4 * H, H, 0, H,
                            <char*> g.dU + 2 * H * item, NULL)
    g.ranges[n] = Range(g.x, I, I, H, 2 * H, g.dW, g.dbW)
    g.ranges[n + 1] = Range(g.x, I, I, 0, H, <char*> g.dW + 2 * H * item,
                            <char*> g.dbW + 2 * H * item)
    g.count = n + 2
    g.tasks = 0
    for n in range(g.count):
        g.tasks += (g.ranges[n].width + COLUMNS - 1) // COLUMNS
    g.slices = 0 if g.dx == NULL else 1 + p.N // 256
    threads.run(threads.worth(3.0 * p.N * H * (I * (2 if g.dx else 1) + H)),
                g.tasks + g.slices, gradients_task, g)


cdef void gradients_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Gradients* g = <Gradients*> context
    if number >= g.tasks:
        if g.p.single:
            dx_slice(g, <float> 0, number - g.tasks)
        else:
            dx_slice(g, <double> 0, number - g.tasks)
    elif g.p.single:
        gradient_piece(g, <float> 0, number)
    else:
        gradient_piece(g, <double> 0, number)


cdef void dx_slice(Gradients* g, floating _, Py_ssize_t number) noexcept nogil:
    """A share of the rows of dx = dp W^T."""
    cdef Pass* p = g.p
    cdef Py_ssize_t first = p.N * number // g.slices
    cdef Py_ssize_t n = p.N * (number + 1) // g.slices - first
    isa.product(n, 3 * p.H, p.I, False, <const floating*> p.D + first * 4 * p.H, 4 * p.H,
                <const floating*> g.PWt, <const floating*> NULL, False,
                <floating*> g.dx + first * p.I, p.I)


cdef void gradient_piece(Gradients* g, floating _, Py_ssize_t number) noexcept nogil:
    """Some columns of dU or dW, and of their biases' gradients."""
    cdef Pass* p = g.p
    cdef Range* r = &g.ranges[0]
    cdef Py_ssize_t first, n
    cdef const floating* D
    while number >= (r.width + COLUMNS - 1) // COLUMNS:
        number -= (r.width + COLUMNS - 1) // COLUMNS
        r += 1
    first = number * COLUMNS
    n = min(COLUMNS, r.width - first)
    D = <const floating*> p.D + r.source + first
    isa.outer(p.N, r.rows, n, <const floating*> r.A, r.stride, D, 4 * p.H,
              <floating*> r.out + first, 3 * p.H)
    if r.db != NULL:
        isa.add_rows(p.N, n, D, 4 * p.H, <floating*> r.db + first)
