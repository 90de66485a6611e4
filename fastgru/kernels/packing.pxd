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
