"""Affine map of rows: y = x W + b, and its gradient."""
from cython cimport floating
from libc.stdlib cimport free, malloc

from fastgru.kernels cimport isa
from fastgru.kernels.blas cimport add_columns, matmul, tile

# From so many multiplications on a product is BLAS's.
cdef double LARGE = 1 << 22


def uses_blas(Py_ssize_t R, Py_ssize_t I, Py_ssize_t O):
    """Whether the products of R rows, I inputs and O outputs are BLAS's."""
    return (<double> R) * I * O >= LARGE


def packed_size(Py_ssize_t K, Py_ssize_t columns, bint single):
    """Numbers that a matrix (K, columns) takes, packed for the tiles."""
    if single:
        return isa.packed_size(K, columns, False, <float> 0)
    return isa.packed_size(K, columns, False, <double> 0)


def dense_forward(const floating[:, ::1] x, const floating[:, ::1] W,
                  const floating[::1] b, floating[:, ::1] y):
    """y = x W + b.

    In:   x (R, I)   W (I, O)   b (O), or None
    Out:  y (R, O)
    """
    cdef Py_ssize_t R = x.shape[0], I = x.shape[1], O = W.shape[1]
    cdef const floating* bias = NULL if b is None else &b[0]
    with nogil:
        if (<double> R) * I * O < LARGE:
            small_product(R, I, O, &x[0, 0], &W[0, 0], O, 1, bias, &y[0, 0])
        else:
            if bias != NULL:
                tile(R, O, bias, &y[0, 0], O)
            matmul(False, False, R, O, I, &x[0, 0], I, &W[0, 0], O, bias != NULL, &y[0, 0], O)


cdef void small_product(Py_ssize_t R, Py_ssize_t K, Py_ssize_t C, const floating* A,
                        const floating* M, Py_ssize_t sk, Py_ssize_t sc,
                        const floating* bias, floating* out) noexcept nogil:
    """out (R, C) = A (R, K) M + bias, where M[k][c] is M[k sk + c sc]."""
    cdef Py_ssize_t size = isa.packed_size(K, C, False, <floating> 0)
    cdef floating* P = <floating*> malloc(size * sizeof(floating))
    if P == NULL:
        # Then the product that needs no memory.
        if bias != NULL:
            tile(R, C, bias, out, C)
        matmul(False, sc != 1, R, C, K, A, K, M, sk if sc == 1 else sc, bias != NULL, out, C)
        return
    isa.pack(K, 0, C, False, M, sk, sc, P)
    isa.product(R, K, C, False, A, K, P, bias, False, out, C)
    free(P)


def dense_backward(const floating[:, ::1] x, const floating[:, ::1] W,
                   const floating[:, ::1] dy, floating[:, ::1] dx, floating[:, ::1] dW,
                   floating[::1] db):
    """Add the gradient of a loss with dL/dy = dy into dW and db; set dx.

    In:   x, W as for `dense_forward`   dy (R, O)
    Out:  dx (R, I), or None where nobody needs it
    Adds: dW (I, O)   db (O), or None
    """
    cdef Py_ssize_t R = x.shape[0], I = x.shape[1], O = W.shape[1]
    cdef bint keep_dx = dx is not None, biased = db is not None
    cdef bint small = (<double> R) * I * O < LARGE
    cdef isa.rows all = isa.rows(&R, 1, 0, R)
    with nogil:
        if small:
            isa.outer(&all, I, O, &x[0, 0], I, &dy[0, 0], O, &dW[0, 0], O,
                      &db[0] if biased else NULL)
        else:
            matmul(True, False, I, O, R, &x[0, 0], I, &dy[0, 0], O, True, &dW[0, 0], O)
            if biased:
                add_columns(R, O, &dy[0, 0], O, &db[0])
        if keep_dx and small:
            small_product(R, O, I, &dy[0, 0], &W[0, 0], 1, O, <const floating*> NULL, &dx[0, 0])
        elif keep_dx:
            matmul(False, True, R, I, O, &dy[0, 0], O, &W[0, 0], O, False, &dx[0, 0], I)
