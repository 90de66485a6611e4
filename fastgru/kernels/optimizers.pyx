"""Adam in one fused pass, straight over the flat parameters.

    m += (1 - b1) (g - m);   v += (1 - b2) (g^2 - v);
    p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)

The rule and its order of operations are those of Keras 3.15 (arXiv:1412.6980); the other
rules, and all that can be around a rule, are in `optimizer_rules.pyx`. All arrays are
(R, O): a stretch of ordinary parameters is one row of them; an embedding is its table, with
`used` (R) telling which rows have a gradient at all. The gradient of the others is zero and
is not read, but their slots decay as the rule says. g and used are zero on return, ready
for the next batch to add to.
"""
from cython cimport floating

from fastgru.kernels cimport isa, threads


def adam(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m, floating[:, ::1] v,
         unsigned char[::1] used, double alpha, double beta_1, double beta_2,
         double epsilon):
    """One step of Adam; alpha is the learning rate with both bias corrections inside.

    Adds: p, m, v (R, O)
    Out:  g (R, O), used (R) or None: zero on return
    """
    cdef Adam a
    cdef Py_ssize_t R = p.shape[0], O = p.shape[1]
    if R * O == 0:
        return
    a.single = floating is float
    a.p, a.g, a.m, a.v = &p[0, 0], &g[0, 0], &m[0, 0], &v[0, 0]
    a.used = NULL if used is None else &used[0]
    a.alpha, a.new_1, a.new_2, a.epsilon = alpha, 1 - beta_1, 1 - beta_2, epsilon
    # One stretch is cut anywhere, a table between its rows.
    a.O = O if used is not None else 1
    a.n = R if used is not None else R * O
    a.slice = max(1, SLICE // a.O)
    with nogil:
        # A number of a parameter costs about what ten multiplications do.
        threads.run(threads.worth(10.0 * R * O), (a.n + a.slice - 1) // a.slice, adam_task, &a)


cdef enum:
    SLICE = 1 << 14

cdef struct Adam:
    bint single
    void* p
    void* g
    void* m
    void* v
    unsigned char* used
    double alpha, new_1, new_2, epsilon
    Py_ssize_t O, n, slice


cdef void adam_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Adam* a = <Adam*> context
    if a.single:
        adam_slice(a, <float> 0, number * a.slice)
    else:
        adam_slice(a, <double> 0, number * a.slice)


cdef void adam_slice(Adam* a, floating _, Py_ssize_t first) noexcept nogil:
    cdef Py_ssize_t last = min(first + a.slice, a.n), O = a.O, i
    if a.used == NULL:
        adam_rows(a, <floating> 0, first, last - first, True)
        return
    for i in range(first, last):
        adam_rows(a, <floating> 0, i * O, O, a.used[i])
        a.used[i] = 0


cdef inline void adam_rows(Adam* a, floating _, Py_ssize_t at, Py_ssize_t n,
                           bint active) noexcept nogil:
    isa.adam_stretch(n, <floating*> a.p + at, <floating*> a.g + at if active else NULL,
                     <floating*> a.m + at, <floating*> a.v + at, <floating> a.alpha,
                     <floating> a.new_1, <floating> a.new_2, <floating> a.epsilon)
