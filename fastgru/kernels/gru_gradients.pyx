"""The exact gradient of gru.pyx for some rows, whose words are used here.

    dp_g = d (1 - z) act'(g)     d = dL/dh'              dh += z d
    dp_z = d (h - g) rec'(z)

    reset after:     dq_g = dp_g r     dp_r = dp_g q_g rec'(r)     dh += [dp_z dp_r dq_g] U^T
    reset before:    s = dp_g U_g^T    dp_r = s h rec'(r)
                     dh += s r + [dp_z dp_r] [U_z U_r]^T

A row of D is dp_g dp_z dp_r dq_g: its first 3H numbers are the gradient of p, its last 3H
that of q. The time loop makes D and dh and nothing else; what does not depend on the order
of steps is one product over all N rows afterwards. With the reset gate after the product, D
may take the place of the gates: a number is read before the one that replaces it is written.
"""
from cython cimport floating

from fastgru.kernels cimport isa
from fastgru.kernels.gru cimport Gradients, Pass, Range


cdef void pack_backward(const floating* U, Py_ssize_t H, bint reset_after,
                        floating* P) noexcept nogil:
    """U^T, or [U_z U_r]^T and then U_g^T where the reset gate acts before the product."""
    if reset_after:
        isa.pack(3 * H, 0, H, False, U, 1, 3 * H, P)
    else:
        isa.pack(2 * H, 0, H, False, U, 1, 3 * H, P)
        isa.pack(H, 0, H, False, U + 2 * H, 1, 3 * H,
                 P + isa.packed_size(2 * H, H, False, <floating> 0))


cdef void pack_dx(Gradients* g, const floating* W) noexcept nogil:
    """W^T, with its rows in the order of D's first three blocks."""
    cdef Pass* p = g.p
    isa.pack(3 * p.H, 2 * p.H, p.I, False, W, 1, 3 * p.H, <floating*> g.PWt)


cdef Py_ssize_t backward_rows(Pass* p, floating _, Py_ssize_t first, Py_ssize_t last,
                              Py_ssize_t begin, Py_ssize_t end,
                              Py_ssize_t row) noexcept nogil:
    """Rows first to last of the batch back through steps `end` - 1 to `begin`: D and dh.

    `row` is that of step `end`; returns that of `begin`, with which D begins.
    """
    cdef Py_ssize_t H = p.H, base = row, n, t, i, at
    cdef floating* dh = <floating*> p.dh + first * H
    cdef const floating* dstates = <const floating*> p.dstates
    for t in range(begin, end):
        base -= p.counts[t]
    for t in range(end - 1, begin - 1, -1):
        row -= p.counts[t]
        n = min(p.counts[t], last) - first
        if n <= 0:
            continue
        at = row + first
        step_backward(p, n, <const floating*> p.gates + at * 4 * H,
                      <const floating*> p.h + at * H, dh,
                      <floating*> p.D + in_d(p, at, base) * 4 * H)
        if dstates != NULL and row >= p.skip:
            for i in range(n * H):
                dh[i] += dstates[(at - p.skip) * H + i]
    return base


cdef inline Py_ssize_t in_d(Pass* p, Py_ssize_t row, Py_ssize_t base) noexcept nogil:
    """Where a row lies in D, which begins with row `base` unless it has the gates' place."""
    return row if p.D == p.gates else row - base


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


cdef void set_ranges(Gradients* g) noexcept nogil:
    """The products D^T x and D^T h: columns of D from H on are z, r and q of dU, and z and r
    of dW; those from 0 on are g of dW."""
    cdef Pass* p = g.p
    cdef Py_ssize_t H = p.H, I = p.I, item = 4 if p.single else 8
    cdef int n
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


cdef void set_dx(Gradients* g, floating _, Py_ssize_t first, Py_ssize_t n,
                 Py_ssize_t base) noexcept nogil:
    """n rows of dx = dp W^T from row `first` on; D begins with row `base`."""
    cdef Pass* p = g.p
    isa.product(n, 3 * p.H, p.I, False,
                <const floating*> p.D + in_d(p, first, base) * 4 * p.H, 4 * p.H,
                <const floating*> g.PWt, <const floating*> NULL, False,
                <floating*> g.dx + first * p.I, p.I)


cdef void add_range(Gradients* g, Range* r, isa.rows* of, Py_ssize_t base, Py_ssize_t first,
                    Py_ssize_t n, floating* out, floating* db) noexcept nogil:
    """n columns of dU or dW, and of their biases' gradients, summed over some rows.

    D begins with row `base`, which is the first one that `of` counts from.
    """
    cdef Pass* p = g.p
    cdef const floating* A = <const floating*> r.A + base * r.stride
    cdef const floating* D = <const floating*> p.D + in_d(p, base, base) * 4 * p.H
    D += r.source + first
    isa.outer(of, r.rows, n, A, r.stride, D, 4 * p.H, out + first, 3 * p.H,
              NULL if db == NULL else db + first)
