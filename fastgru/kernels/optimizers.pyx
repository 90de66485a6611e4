"""One fused pass of each update rule, straight over the flat parameters.

    SGD      m = momentum m - lr g;   p += m, or with nesterov p += momentum m - lr g
    RMSprop  v = rho v + (1 - rho) g^2;   [a = rho a + (1 - rho) g];
             i = lr g / sqrt(v [- a^2] + eps);   [m = momentum m + i]; p -= i or m
    Adam     m += (1 - b1) (g - m);   v += (1 - b2) (g^2 - v);
             p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)

Rules, defaults and order of operations are those of Keras 3.15 (Adam: arXiv:1412.6980).
All arrays are (R, O): a stretch of ordinary parameters is one row of them; an embedding is
its table, with `used` (R) telling which rows have a gradient at all. The gradient of the
others is zero and is not read, but their slots decay as the rule says. g and used are zero
on return, ready for the next batch to add to.
"""
from cython cimport floating
from libc.math cimport sqrt, sqrtf

from fastgru.kernels cimport isa, threads


cdef inline floating root(floating a) noexcept nogil:
    if floating is float:
        return sqrtf(a)
    else:
        return sqrt(a)


def sgd(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m,
        unsigned char[::1] used, double learning_rate, double momentum, bint nesterov):
    """One step of gradient descent.

    Adds: p, m (R, O); m is None without momentum
    Out:  g (R, O), used (R) or None: zero on return
    """
    cdef Py_ssize_t i, j, O = p.shape[1]
    cdef floating lr = learning_rate, mu = momentum, step
    cdef bint heavy = m is not None, sparse = used is not None, active = True
    with nogil:
        for i in range(p.shape[0]):
            if sparse:
                active = used[i]
                used[i] = 0
            if not heavy:
                if active:
                    for j in range(O):
                        p[i, j] -= lr * g[i, j]
                        g[i, j] = 0
            elif active:
                for j in range(O):
                    step = lr * g[i, j]
                    m[i, j] = mu * m[i, j] - step
                    p[i, j] += mu * m[i, j] - step if nesterov else m[i, j]
                    g[i, j] = 0
            else:
                for j in range(O):
                    m[i, j] = mu * m[i, j]
                    p[i, j] += mu * m[i, j] if nesterov else m[i, j]


def rmsprop(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] v,
            floating[:, ::1] a, floating[:, ::1] m, unsigned char[::1] used,
            double learning_rate, double rho, double momentum, double epsilon):
    """One step of RMSprop.

    Adds: p, v (R, O)   a (R, O), or None unless centered   m, or None without momentum
    Out:  g (R, O), used (R) or None: zero on return
    """
    cdef Py_ssize_t i, j, O = p.shape[1]
    cdef floating lr = learning_rate, keep = rho, new = 1 - rho, mu = momentum
    cdef floating eps = epsilon, grad, square, step
    cdef bint centered = a is not None, heavy = m is not None, sparse = used is not None
    cdef bint active = True
    with nogil:
        for i in range(p.shape[0]):
            if sparse:
                active = used[i]
                used[i] = 0
            for j in range(O):
                grad = g[i, j] if active else 0
                v[i, j] = keep * v[i, j] + new * grad * grad
                square = v[i, j]
                if centered:
                    a[i, j] = keep * a[i, j] + new * grad
                    square = square - a[i, j] * a[i, j]
                step = lr * grad / root(square + eps)
                if heavy:
                    m[i, j] = mu * m[i, j] + step
                    step = m[i, j]
                p[i, j] -= step
                if active:
                    g[i, j] = 0


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
