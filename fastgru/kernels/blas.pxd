"""Row-major matrix product on SciPy's BLAS. The only file that knows BLAS is column-major."""
from cython cimport floating
from scipy.linalg.cython_blas cimport dgemm, sgemm

# SciPy's BLAS integer: int in LP64 builds, its default.
ctypedef int blas_int


cdef inline void matmul(bint trans_a, bint trans_b, Py_ssize_t rows, Py_ssize_t columns,
                        Py_ssize_t depth, const floating* A, Py_ssize_t stride_a,
                        const floating* B, Py_ssize_t stride_b, bint accumulate,
                        floating* C, Py_ssize_t stride_c) noexcept nogil:
    """C = op(A) @ op(B), or C += it.   op(A) (rows, depth), op(B) (depth, columns).

    A stride is the distance between two rows of the matrix as it is stored.
    """
    cdef char N = b"N"
    cdef char T = b"T"
    cdef blas_int m = <blas_int> rows, n = <blas_int> columns, k = <blas_int> depth
    cdef blas_int lda = <blas_int> stride_a, ldb = <blas_int> stride_b
    cdef blas_int ldc = <blas_int> stride_c
    cdef floating one = 1
    cdef floating beta = 1 if accumulate else 0
    # Row-major C = A B is column-major C^T = B^T A^T: swap the operands, keep the flags.
    # The casts drop const, which SciPy's signatures lack (scipy/scipy#14262).
    if floating is float:
        sgemm(&T if trans_b else &N, &T if trans_a else &N, &n, &m, &k, &one,
              <float*> B, &ldb, <float*> A, &lda, &beta, C, &ldc)
    else:
        dgemm(&T if trans_b else &N, &T if trans_a else &N, &n, &m, &k, &one,
              <double*> B, &ldb, <double*> A, &lda, &beta, C, &ldc)


cdef inline void tile(Py_ssize_t rows, Py_ssize_t n, const floating* row, floating* out,
                      Py_ssize_t stride) noexcept nogil:
    """Each of `rows` rows of out (rows, n) = row."""
    cdef Py_ssize_t i, j
    for i in range(rows):
        for j in range(n):
            out[i * stride + j] = row[j]


cdef inline void add_columns(Py_ssize_t rows, Py_ssize_t n, const floating* A,
                             Py_ssize_t stride, floating* total) noexcept nogil:
    """total (n) += the sum of the rows of A (rows, n)."""
    cdef Py_ssize_t i, j
    for i in range(rows):
        for j in range(n):
            total[j] += A[i * stride + j]
