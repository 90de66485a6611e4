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
    """Whether one of n numbers is not `value`: most rows show it in the first number.

    The inner loop has no exit and no fixed length, so that compilers make vectors of it.
    """
    cdef Py_ssize_t i, j
    cdef int found = n > 0 and row[0] != value
    for i in range(0, n, 64):
        if found:
            return True
        for j in range(i, min(i + 64, n)):
            found |= row[j] != value
    return found
