"""GRU over a whole sequence: the forward pass and its exact gradient.

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
final = N, h (N + B, H). Only the running ones: starts = 0, final = 0, h (B, H).
"""
from cython cimport floating

from fastgru.kernels.blas cimport add_columns, matmul, tile
from fastgru.kernels.gates cimport (
    after_backward_row, after_forward_row, before_backward_row, before_forward_row,
    before_reset_backward_row, before_reset_row,
)


def gru_forward(const floating[:, ::1] x, const floating[:, ::1] W, const floating[:, ::1] U,
                const floating[::1] bW, const floating[::1] bU,
                const Py_ssize_t[::1] counts, const Py_ssize_t[::1] starts,
                Py_ssize_t final, floating[:, ::1] h, floating[:, ::1] gates,
                floating[:, ::1] q, floating[::1] b, int act, int rec, bint reset_after):
    """Fill h from x and its first states; keep gates for `gru_backward`.

    In:   x (N, I)   W (I, 3H)   U (H, 3H)   bW, bU (3H)   counts (T)   starts (T + 1)
          h: its rows that are read before they are written
    Out:  h   gates (C, 4H), counts[0] <= C <= N; fewer rows than N are used again and again
    Scratch:  q (counts[0], 3H)   b (3H)
    """
    cdef Py_ssize_t T = counts.shape[0], I = x.shape[1], H = U.shape[0], C = gates.shape[0]
    cdef Py_ssize_t t = 0, end, row = 0, used, n, j
    if T == 0:
        return
    with nogil:
        for j in range(3 * H):
            b[j] = bW[j] + bU[j] if j < 2 * H or not reset_after else bW[j]
        while t < T:
            used = 0
            end = t
            while end < T and used + counts[end] <= C:
                used += counts[end]
                end += 1
            # x W does not depend on the state: one product for as many steps as fit.
            tile(used, 3 * H, &b[0], &gates[0, 0], 4 * H)
            matmul(False, False, used, 3 * H, I, &x[row, 0], I, &W[0, 0], 3 * H,
                   True, &gates[0, 0], 4 * H)
            row += used
            used = 0
            while t < end:
                n = counts[t]
                step(n, counts[t + 1] if t + 1 < T else 0, H, &U[0, 0], &bU[2 * H],
                     &h[starts[t], 0], &h[starts[t + 1], 0] if t + 1 < T else &h[final, 0],
                     &h[final, 0], &gates[used, 0], &q[0, 0], act, rec, reset_after)
                used += n
                t += 1


cdef void step(Py_ssize_t n, Py_ssize_t going_on, Py_ssize_t H, const floating* U,
               const floating* bq, const floating* h_prev, floating* h_next,
               floating* h_final, floating* gates, floating* q, int act, int rec,
               bint reset_after) noexcept nogil:
    cdef Py_ssize_t b
    cdef floating* out
    if reset_after:
        matmul(False, False, n, 3 * H, H, h_prev, H, U, 3 * H, False, q, 3 * H)
        for b in range(n):
            out = (h_next if b < going_on else h_final) + b * H
            after_forward_row(act, rec, H, gates + b * 4 * H, q + b * 3 * H, bq,
                              h_prev + b * H, out)
        return
    matmul(False, False, n, 2 * H, H, h_prev, H, U, 3 * H, False, q, 3 * H)
    for b in range(n):
        before_reset_row(rec, H, gates + b * 4 * H, q + b * 3 * H, h_prev + b * H)
    matmul(False, False, n, H, H, gates + 3 * H, 4 * H, U + 2 * H, 3 * H, False,
           q + 2 * H, 3 * H)
    for b in range(n):
        out = (h_next if b < going_on else h_final) + b * H
        before_forward_row(act, rec, H, gates + b * 4 * H, q + b * 3 * H, h_prev + b * H,
                           out)


def gru_backward(const floating[:, ::1] x, const floating[:, ::1] W,
                 const floating[:, ::1] U, const Py_ssize_t[::1] counts,
                 const floating[:, ::1] h, const floating[:, ::1] gates,
                 const floating[:, ::1] dstates, Py_ssize_t skip, floating[:, ::1] dh,
                 floating[:, ::1] D, floating[:, ::1] dx, floating[:, ::1] dW,
                 floating[:, ::1] dU, floating[::1] dbW, floating[::1] dbU, int act, int rec,
                 bint reset_after):
    """Add the gradients of a loss into dW, dU, dbW, dbU; set dh to that of the first states.

    In:   x, W, U, counts as for `gru_forward`; h, gates (N, 4H) as it left them, all kept
          dh (B, H): gradient of the final states
          dstates (N - skip, H): gradient of the states h[skip:N], or None where there is
          none; that of h[:skip] is zero
    Out:  dh   dx (N, I), or None where nobody needs it
    Adds: dW (I, 3H)   dU (H, 3H)   dbW, dbU (3H)
    Scratch:  D (N, 4H)
    """
    cdef Py_ssize_t T = counts.shape[0], N = x.shape[0], I = x.shape[1], H = U.shape[0]
    cdef Py_ssize_t t, i, j, n, row = N
    cdef bint keep_dx = dx is not None, has_dstates = dstates is not None
    if T == 0:
        return
    with nogil:
        for t in range(T - 1, -1, -1):
            n = counts[t]
            row -= n
            step_backward(n, H, &U[0, 0], &h[row, 0], &gates[row, 0], &dh[0, 0], &D[row, 0],
                          act, rec, reset_after)
            if has_dstates and row >= skip:
                for i in range(n):
                    for j in range(H):
                        dh[i, j] += dstates[row - skip + i, j]
        # The rest does not depend on the order of steps: one product for all.
        if reset_after:
            matmul(True, False, H, 3 * H, N, &h[0, 0], H, &D[0, H], 4 * H, True,
                   &dU[0, 0], 3 * H)
            add_columns(N, 3 * H, &D[0, H], 4 * H, &dbU[0])
        else:
            matmul(True, False, H, 2 * H, N, &h[0, 0], H, &D[0, H], 4 * H, True,
                   &dU[0, 0], 3 * H)
            matmul(True, False, H, H, N, &gates[0, 3 * H], 4 * H, &D[0, 0], 4 * H, True,
                   &dU[0, 2 * H], 3 * H)
        matmul(True, False, I, 2 * H, N, &x[0, 0], I, &D[0, H], 4 * H, True,
               &dW[0, 0], 3 * H)
        matmul(True, False, I, H, N, &x[0, 0], I, &D[0, 0], 4 * H, True,
               &dW[0, 2 * H], 3 * H)
        add_columns(N, 2 * H, &D[0, H], 4 * H, &dbW[0])
        add_columns(N, H, &D[0, 0], 4 * H, &dbW[2 * H])
        if keep_dx:
            matmul(False, True, N, I, 2 * H, &D[0, H], 4 * H, &W[0, 0], 3 * H, False,
                   &dx[0, 0], I)
            matmul(False, True, N, I, H, &D[0, 0], 4 * H, &W[0, 2 * H], 3 * H, True,
                   &dx[0, 0], I)


cdef void step_backward(Py_ssize_t n, Py_ssize_t H, const floating* U,
                        const floating* h_prev, const floating* gates, floating* dh,
                        floating* D, int act, int rec,
                        bint reset_after) noexcept nogil:
    cdef Py_ssize_t b
    if reset_after:
        for b in range(n):
            after_backward_row(act, rec, H, gates + b * 4 * H, h_prev + b * H, dh + b * H,
                               D + b * 4 * H)
        matmul(False, True, n, H, 3 * H, D + H, 4 * H, U, 3 * H, True, dh, H)
        return
    for b in range(n):
        before_backward_row(act, rec, H, gates + b * 4 * H, h_prev + b * H, dh + b * H,
                            D + b * 4 * H)
    # D's fourth block is free in this form: it holds the gradient of r * h.
    matmul(False, True, n, H, H, D, 4 * H, U + 2 * H, 3 * H, False, D + 3 * H, 4 * H)
    for b in range(n):
        before_reset_backward_row(rec, H, gates + b * 4 * H, h_prev + b * H,
                                  D + b * 4 * H + 3 * H, dh + b * H, D + b * 4 * H)
    matmul(False, True, n, H, 2 * H, D + H, 4 * H, U, 3 * H, True, dh, H)
