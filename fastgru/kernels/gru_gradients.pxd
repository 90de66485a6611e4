"""The pieces of a GRU's backward pass; kernels/gru_gradients.pyx says what each does."""
from cython cimport floating

from fastgru.kernels cimport isa
from fastgru.kernels.gru cimport Gradients, Pass, Range

cdef void pack_backward(const floating* U, Py_ssize_t H, bint reset_after,
                        floating* P) noexcept nogil
cdef void pack_dx(Gradients* g, const floating* W) noexcept nogil
cdef Py_ssize_t backward_rows(Pass* p, floating _, Py_ssize_t first, Py_ssize_t last,
                              Py_ssize_t begin, Py_ssize_t end,
                              Py_ssize_t row) noexcept nogil
cdef void set_ranges(Gradients* g) noexcept nogil
cdef void set_dx(Gradients* g, floating _, Py_ssize_t first, Py_ssize_t n,
                 Py_ssize_t base) noexcept nogil
cdef void add_range(Gradients* g, Range* r, isa.rows* of, Py_ssize_t base, Py_ssize_t first,
                    Py_ssize_t n, floating* out, floating* db) noexcept nogil
