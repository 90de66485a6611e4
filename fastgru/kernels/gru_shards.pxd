"""A GRU's backward pass cut by rows of the batch."""
from fastgru.kernels.gru cimport Gradients

# The whole pass; False, and nothing done, where it is not to be cut like this.
cdef bint backward_shards(Gradients* g) noexcept nogil
