"""The layout of a masked batch, by addresses; kernels/packing.pyx says what each does."""
from cython cimport floating

cdef Py_ssize_t plan_rows(const unsigned char* mask, Py_ssize_t T, Py_ssize_t B,
                          Py_ssize_t* order, Py_ssize_t* place, Py_ssize_t* lengths,
                          Py_ssize_t* counts, Py_ssize_t* starts, Py_ssize_t* rows,
                          Py_ssize_t* states, Py_ssize_t* longest_row) noexcept nogil
cdef void gather_rows(Py_ssize_t n, Py_ssize_t F, const floating* x, const Py_ssize_t* index,
                      floating* y) noexcept nogil
cdef void add_to_rows(Py_ssize_t n, Py_ssize_t F, const floating* x, const Py_ssize_t* index,
                      floating* y) noexcept nogil


cdef inline bint differs(const floating* row, floating value, Py_ssize_t n) noexcept nogil:
    """Whether one of n numbers is not `value`; sixteen at a time: a loop of vectors."""
    cdef Py_ssize_t i, j
    cdef int found = 0
    for i in range(0, n - 15, 16):
        for j in range(16):
            found |= row[i + j] != value
        if found:
            return True
    for i in range(n - n % 16, n):
        if row[i] != value:
            return True
    return False
