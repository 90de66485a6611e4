"""A GRU's training pass with its arrays bound once."""
from fastgru.kernels.gru cimport Gradients, Pass
from fastgru.kernels.stage cimport Stage


cdef class Bound(Stage):
    cdef Pass ahead, back
    cdef Gradients g
    cdef bint sequences
    cdef void* W
    cdef void* U
    cdef void* bW
    cdef void* bU
    cdef void* dx
    cdef void* PWt

    cdef Py_ssize_t item(self) noexcept nogil
    cdef void run_ahead(self, const void* x) noexcept nogil
    cdef void run_back(self, bint want_dx) noexcept nogil
