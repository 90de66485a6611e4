"""The update rules, each a loop over n neighbouring parameters.

    SGD       m = momentum m - lr g;   p += m, or with nesterov p += momentum m - lr g
    RMSprop   v = rho v + (1 - rho) g^2;   [a = rho a + (1 - rho) g];
              i = lr g / sqrt(v [- a^2] + eps);   [m = momentum m + i]; p -= i or m
    Adam      m += (1 - b1) (g - m);   v += (1 - b2) (g^2 - v);   [h = max(h, v)]
              p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v or h) + eps)
    Nadam     m, v as Adam's;   p -= (km m + kg g) / (sqrt(kv v) + eps)
    Adamax    m as Adam's;   u = max(b2 u, |g|);   p -= lr / (1 - b1^t) m / (u + eps)
    Adagrad   a += g^2;   p -= lr g / sqrt(a + eps)
    Adadelta  v = rho v + (1 - rho) g^2;   d = g sqrt(x + eps) / sqrt(v + eps);
              x = rho x + (1 - rho) d^2;   p -= lr d
    Lion      p -= lr sign(b1 m + (1 - b1) g);   m = b2 m + (1 - b2) g

Rules, defaults and order of operations are those of Keras 3.15. Every function takes p, g
and slots (R, O), `used` (R) or None as `optimizers.pyx` says, and an `Around` or None; it
adds to p and the slots, and g and used are zero on return. Slots that a rule can do without
are None then. No array is empty.
"""
from cython cimport floating
from libc.math cimport fabs, fabsf, sqrt, sqrtf

from fastgru.kernels cimport isa
from fastgru.kernels.optimizer_pass cimport Around, Pass, run, surround


cdef inline floating root(floating a) noexcept nogil:
    if floating is float:
        return sqrtf(a)
    else:
        return sqrt(a)


cdef inline floating size(floating a) noexcept nogil:
    if floating is float:
        return fabsf(a)
    else:
        return fabs(a)


cdef inline void* place(floating[:, ::1] array) noexcept:
    return NULL if array is None else &array[0, 0]


cdef void walk(Pass* a, floating[:, ::1] p, floating[:, ::1] g, void* first, void* second,
               void* third, unsigned char[::1] used, Around around) noexcept:
    """Fill in all of a pass but its rule and numbers, and run it."""
    cdef Py_ssize_t R = p.shape[0], O = p.shape[1]
    a.single = floating is float
    a.p, a.g = &p[0, 0], &g[0, 0]
    a.slots[0], a.slots[1], a.slots[2] = first, second, third
    a.used = NULL if used is None else &used[0]
    surround(a, around)
    with nogil:
        run(a, R, O)


cdef void sgd_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* m,
                   floating* _, floating* __) noexcept nogil:
    cdef floating lr = of[0], mu = of[1], step
    cdef bint nesterov = of[2] != 0
    cdef Py_ssize_t j
    if m == NULL:
        for j in range(n):
            p[j] -= lr * g[j]
    elif nesterov:
        for j in range(n):
            step = lr * g[j]
            m[j] = mu * m[j] - step
            p[j] += mu * m[j] - step
    else:
        for j in range(n):
            m[j] = mu * m[j] - lr * g[j]
            p[j] += m[j]


def sgd(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m,
        unsigned char[::1] used, double learning_rate, double momentum, bint nesterov,
        Around around=None):
    """One step of gradient descent; m is None without momentum."""
    cdef Pass a
    a.f32, a.f64, a.idle = sgd_rule[float], sgd_rule[double], m is None
    a.numbers[0], a.numbers[1], a.numbers[2] = learning_rate, momentum, nesterov
    walk(&a, p, g, place(m), NULL, NULL, used, around)


cdef void rmsprop_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* v,
                       floating* a, floating* m) noexcept nogil:
    cdef floating lr = of[0], keep = of[1], new = 1 - of[1], mu = of[2], eps = of[3]
    cdef floating square, step
    cdef Py_ssize_t j
    for j in range(n):
        v[j] = keep * v[j] + new * g[j] * g[j]
        square = v[j]
        if a != NULL:
            a[j] = keep * a[j] + new * g[j]
            square = square - a[j] * a[j]
        step = lr * g[j] / root(square + eps)
        if m != NULL:
            m[j] = mu * m[j] + step
            step = m[j]
        p[j] -= step


def rmsprop(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] v,
            floating[:, ::1] a, floating[:, ::1] m, unsigned char[::1] used,
            double learning_rate, double rho, double momentum, double epsilon,
            Around around=None):
    """One step of RMSprop; a is None unless centered, m is None without momentum."""
    cdef Pass of
    of.f32, of.f64, of.idle = rmsprop_rule[float], rmsprop_rule[double], False
    of.numbers[0], of.numbers[1] = learning_rate, rho
    of.numbers[2], of.numbers[3] = momentum, epsilon
    walk(&of, p, g, place(v), place(a), place(m), used, around)


cdef void adam_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* m,
                    floating* v, floating* h) noexcept nogil:
    cdef floating alpha = of[0], new_1 = of[1], new_2 = of[2], eps = of[3]
    cdef Py_ssize_t j
    if h == NULL:
        isa.adam_stretch(n, p, g, m, v, alpha, new_1, new_2, eps)
        return
    for j in range(n):
        m[j] += new_1 * (g[j] - m[j])
        v[j] += new_2 * (g[j] * g[j] - v[j])
        h[j] = h[j] if h[j] > v[j] else v[j]
        p[j] -= alpha * m[j] / (root(h[j]) + eps)


def adam(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m, floating[:, ::1] v,
         floating[:, ::1] h, unsigned char[::1] used, double alpha, double beta_1,
         double beta_2, double epsilon, Around around=None):
    """`optimizers.adam` with all that can be around it; h is None without amsgrad."""
    cdef Pass a
    a.f32, a.f64, a.idle = adam_rule[float], adam_rule[double], False
    a.numbers[0], a.numbers[1], a.numbers[2] = alpha, 1 - beta_1, 1 - beta_2
    a.numbers[3] = epsilon
    walk(&a, p, g, place(m), place(v), place(h), used, around)


cdef void nadam_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* m,
                     floating* v, floating* _) noexcept nogil:
    cdef floating km = of[0], kg = of[1], kv = of[2], new_1 = of[3], new_2 = of[4]
    cdef floating eps = of[5]
    cdef Py_ssize_t j
    for j in range(n):
        m[j] += new_1 * (g[j] - m[j])
        v[j] += new_2 * (g[j] * g[j] - v[j])
        p[j] -= (km * m[j] + kg * g[j]) / (root(kv * v[j]) + eps)


def nadam(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m, floating[:, ::1] v,
          unsigned char[::1] used, double km, double kg, double kv, double beta_1,
          double beta_2, double epsilon, Around around=None):
    """One step of Nadam; km and kg hold the learning rate and the bias corrections."""
    cdef Pass a
    a.f32, a.f64, a.idle = nadam_rule[float], nadam_rule[double], False
    a.numbers[0], a.numbers[1], a.numbers[2] = km, kg, kv
    a.numbers[3], a.numbers[4], a.numbers[5] = 1 - beta_1, 1 - beta_2, epsilon
    walk(&a, p, g, place(m), place(v), NULL, used, around)


cdef void adamax_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* m,
                      floating* u, floating* _) noexcept nogil:
    cdef floating alpha = of[0], new_1 = of[1], keep = of[2], eps = of[3], old
    cdef Py_ssize_t j
    for j in range(n):
        m[j] += new_1 * (g[j] - m[j])
        old = keep * u[j]
        u[j] = old if old > size(g[j]) else size(g[j])
        p[j] -= alpha * m[j] / (u[j] + eps)


def adamax(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m, floating[:, ::1] u,
           unsigned char[::1] used, double alpha, double beta_1, double beta_2,
           double epsilon, Around around=None):
    """One step of Adamax; alpha is the learning rate with the bias correction inside."""
    cdef Pass a
    a.f32, a.f64, a.idle = adamax_rule[float], adamax_rule[double], False
    a.numbers[0], a.numbers[1], a.numbers[2], a.numbers[3] = alpha, 1 - beta_1, beta_2, epsilon
    walk(&a, p, g, place(m), place(u), NULL, used, around)


cdef void adagrad_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* a,
                       floating* _, floating* __) noexcept nogil:
    cdef floating lr = of[0], eps = of[1]
    cdef Py_ssize_t j
    for j in range(n):
        a[j] += g[j] * g[j]
        p[j] -= lr * g[j] / root(a[j] + eps)


def adagrad(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] a,
            unsigned char[::1] used, double learning_rate, double epsilon,
            Around around=None):
    """One step of Adagrad."""
    cdef Pass of
    of.f32, of.f64, of.idle = adagrad_rule[float], adagrad_rule[double], True
    of.numbers[0], of.numbers[1] = learning_rate, epsilon
    walk(&of, p, g, place(a), NULL, NULL, used, around)


cdef void adadelta_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* v,
                        floating* x, floating* _) noexcept nogil:
    cdef floating lr = of[0], keep = of[1], new = 1 - of[1], eps = of[2], d
    cdef Py_ssize_t j
    for j in range(n):
        v[j] = keep * v[j] + new * g[j] * g[j]
        d = root(x[j] + eps) * g[j] / root(v[j] + eps)
        x[j] = keep * x[j] + new * d * d
        p[j] -= lr * d


def adadelta(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] v, floating[:, ::1] x,
             unsigned char[::1] used, double learning_rate, double rho, double epsilon,
             Around around=None):
    """One step of Adadelta."""
    cdef Pass a
    a.f32, a.f64, a.idle = adadelta_rule[float], adadelta_rule[double], False
    a.numbers[0], a.numbers[1], a.numbers[2] = learning_rate, rho, epsilon
    walk(&a, p, g, place(v), place(x), NULL, used, around)


cdef void lion_rule(const double* of, Py_ssize_t n, floating* p, floating* g, floating* m,
                    floating* _, floating* __) noexcept nogil:
    cdef floating lr = of[0], keep = of[1], new = 1 - of[1], keep_2 = of[2], new_2 = 1 - of[2]
    cdef floating way
    cdef Py_ssize_t j
    for j in range(n):
        way = keep * m[j] + new * g[j]
        # Zero and NaN are signs of their own.
        p[j] -= lr * (1 if way > 0 else -1 if way < 0 else way)
        m[j] = keep_2 * m[j] + new_2 * g[j]


def lion(floating[:, ::1] p, floating[:, ::1] g, floating[:, ::1] m,
         unsigned char[::1] used, double learning_rate, double beta_1, double beta_2,
         Around around=None):
    """One step of Lion."""
    cdef Pass a
    a.f32, a.f64, a.idle = lion_rule[float], lion_rule[double], False
    a.numbers[0], a.numbers[1], a.numbers[2] = learning_rate, beta_1, beta_2
    walk(&a, p, g, place(m), NULL, NULL, used, around)
