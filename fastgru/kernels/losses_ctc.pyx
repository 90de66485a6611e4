"""Connectionist temporal classification: Graves et al. 2006, in log space.

Class 0 is the blank. Between the labels of a row, and at both ends, a path may have blanks:
its states are blank, label 1, blank, ..., label n, blank.
"""
from cython cimport floating
from libc.math cimport INFINITY, exp, log, log1p
from libc.stdint cimport int32_t, uint8_t


def scratch_size(Py_ssize_t T, Py_ssize_t C, Py_ssize_t L):
    """How many doubles `ctc` needs to work."""
    cdef Py_ssize_t S = 2 * L + 1
    return T * C + T * S + 2 * S + C


def ctc(const floating[:, :, ::1] s, const int32_t[:, ::1] labels, const uint8_t[:, ::1] mask,
        const floating[::1] w, double scale, floating[:, :, ::1] ds, double[::1] scratch,
        Py_ssize_t[::1] steps):
    """-sum_b w_b log(sum over paths of prod_t p_t),   p = softmax(s).

    In:   s (T, B, C)   labels (B, L), of each row the labels, then 0   w (B) or None
          mask (T, B) or None: steps that are 0 in it are passed over
    Out:  ds (T, B, C) or None: scale w_b times the gradient
    Work: scratch (scratch_size)   steps (T)
    """
    cdef Py_ssize_t T = s.shape[0], B = s.shape[1], C = s.shape[2], L = labels.shape[1]
    cdef Py_ssize_t S = 2 * L + 1, b, t, u, c, n, count
    cdef double total = 0, weight = 1, found
    cdef double* log_p = &scratch[0]
    cdef double* alpha = log_p + T * C
    cdef double* beta = alpha + T * S
    cdef double* share = beta + 2 * S
    cdef bint masked = mask is not None, weighted = w is not None, keep = ds is not None
    with nogil:
        for b in range(B):
            if weighted:
                weight = w[b]
            n = 0
            while n < L and labels[b, n] != 0:
                n += 1
            count = 0
            for t in range(T):
                if not masked or mask[t, b]:
                    steps[count] = t
                    log_softmax(C, &s[t, b, 0], log_p + count * C)
                    count += 1
                elif keep:
                    for c in range(C):
                        ds[t, b, c] = 0
            if count == 0:
                continue
            found = forward(count, C, n, &labels[b, 0] if L else NULL, log_p, alpha)
            total -= weight * found
            if not keep:
                continue
            for u in range(count - 1, -1, -1):
                backward(u, count, C, n, &labels[b, 0] if L else NULL, log_p, beta)
                shares(C, n, &labels[b, 0] if L else NULL, alpha + u * (2 * n + 1),
                       beta + (u % 2) * (2 * n + 1), found, share)
                for c in range(C):
                    ds[steps[u], b, c] = <floating> (
                        scale * weight * (exp(log_p[u * C + c]) - share[c]))
    return total


cdef inline double add(double a, double b) noexcept nogil:
    """log(exp(a) + exp(b))."""
    cdef double high = a if a > b else b, low = b if a > b else a
    if low == -INFINITY:
        return high
    return high + log1p(exp(low - high))


cdef inline int32_t label(Py_ssize_t state, const int32_t* labels) noexcept nogil:
    return labels[state // 2] if state % 2 else 0


cdef inline bint skips(Py_ssize_t state, const int32_t* labels) noexcept nogil:
    """Whether a path may come to a state from two before: past a blank, to another label."""
    return state % 2 == 1 and state > 1 and labels[state // 2] != labels[state // 2 - 1]


cdef inline void log_softmax(Py_ssize_t C, const floating* s, double* out) noexcept nogil:
    cdef double top = -INFINITY, mass = 0
    cdef Py_ssize_t c
    for c in range(C):
        if not s[c] <= top:
            top = s[c]
    for c in range(C):
        mass += exp(s[c] - top)
    mass = top + log(mass)
    for c in range(C):
        out[c] = s[c] - mass


cdef double forward(Py_ssize_t T, Py_ssize_t C, Py_ssize_t n, const int32_t* labels,
                    const double* log_p, double* alpha) noexcept nogil:
    """alpha[t, state]: log of all that leads there, step t included. Returns the whole."""
    cdef Py_ssize_t S = 2 * n + 1, t, k
    cdef double sum
    cdef double* now
    cdef double* before
    for k in range(S):
        alpha[k] = log_p[label(k, labels)] if k < 2 else -INFINITY
    for t in range(1, T):
        before, now = alpha + (t - 1) * S, alpha + t * S
        for k in range(S):
            sum = before[k]
            if k > 0:
                sum = add(sum, before[k - 1])
            if skips(k, labels):
                sum = add(sum, before[k - 2])
            now[k] = sum + log_p[t * C + label(k, labels)]
    now = alpha + (T - 1) * S
    return add(now[S - 1], now[S - 2]) if n else now[0]


cdef void backward(Py_ssize_t t, Py_ssize_t T, Py_ssize_t C, Py_ssize_t n,
                   const int32_t* labels, const double* log_p, double* beta) noexcept nogil:
    """beta[t % 2, state]: log of all that leads from there to the end, step t excluded."""
    cdef Py_ssize_t S = 2 * n + 1, k
    cdef double* now = beta + (t % 2) * S
    cdef double* after = beta + ((t + 1) % 2) * S
    cdef const double* p = log_p + (t + 1) * C
    cdef double sum
    for k in range(S):
        if t == T - 1:
            now[k] = 0 if k >= S - 2 else -INFINITY
            continue
        sum = after[k] + p[label(k, labels)]
        if k + 1 < S:
            sum = add(sum, after[k + 1] + p[label(k + 1, labels)])
        if k + 2 < S and skips(k + 2, labels):
            sum = add(sum, after[k + 2] + p[label(k + 2, labels)])
        now[k] = sum


cdef void shares(Py_ssize_t C, Py_ssize_t n, const int32_t* labels, const double* alpha,
                 const double* beta, double whole, double* share) noexcept nogil:
    """Of each class at one step, the share of all paths that go through it."""
    cdef Py_ssize_t k, c
    for c in range(C):
        share[c] = 0
    for k in range(2 * n + 1):
        share[label(k, labels)] += exp(alpha[k] + beta[k] - whole)
