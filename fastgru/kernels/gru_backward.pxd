"""A GRU's backward pass, for other kernels."""
from cython cimport floating

from fastgru.kernels.gru cimport Gradients

cdef void run_backward(Gradients* g, const floating* W, const floating* U) noexcept nogil
