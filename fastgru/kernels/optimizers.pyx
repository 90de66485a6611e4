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
    cdef Py_ssize_t i, j, O = p.shape[1]
    cdef floating lr = alpha, new_1 = 1 - beta_1, new_2 = 1 - beta_2, eps = epsilon
    cdef bint sparse = used is not None, active = True
    with nogil:
        for i in range(p.shape[0]):
            if sparse:
                active = used[i]
                used[i] = 0
            if active:
                for j in range(O):
                    m[i, j] += new_1 * (g[i, j] - m[i, j])
                    v[i, j] += new_2 * (g[i, j] * g[i, j] - v[i, j])
                    p[i, j] -= lr * m[i, j] / (root(v[i, j]) + eps)
                    g[i, j] = 0
            else:
                for j in range(O):
                    m[i, j] -= new_1 * m[i, j]
                    v[i, j] -= new_2 * v[i, j]
                    p[i, j] -= lr * m[i, j] / (root(v[i, j]) + eps)
