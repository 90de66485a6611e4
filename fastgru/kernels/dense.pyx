"""Affine map of rows: y = x W + b, and its gradient."""
from cython cimport floating

from fastgru.kernels.blas cimport add_columns, matmul, tile


def dense_forward(const floating[:, ::1] x, const floating[:, ::1] W,
                  const floating[::1] b, floating[:, ::1] y):
    """y = x W + b.

    In:   x (R, I)   W (I, O)   b (O), or None
    Out:  y (R, O)
    """
    cdef Py_ssize_t R = x.shape[0], I = x.shape[1], O = W.shape[1]
    cdef bint biased = b is not None
    with nogil:
        if biased:
            tile(R, O, &b[0], &y[0, 0], O)
        matmul(False, False, R, O, I, &x[0, 0], I, &W[0, 0], O, biased, &y[0, 0], O)


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
    with nogil:
        matmul(True, False, I, O, R, &x[0, 0], I, &dy[0, 0], O, True, &dW[0, 0], O)
        if biased:
            add_columns(R, O, &dy[0, 0], O, &db[0])
        if keep_dx:
            matmul(False, True, R, I, O, &dy[0, 0], O, &W[0, 0], O, False, &dx[0, 0], I)
