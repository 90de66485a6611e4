"""A layer of a Program: what it is, where its numbers are, how it runs."""
from cython cimport floating

from fastgru.kernels.gru cimport Pass

cdef enum Kind:
    EMBEDDING
    MASKING
    GRU
    DENSE
    ACTIVATION
    SOFTMAX
    LOG_SOFTMAX

cdef struct Op:
    Kind kind
    Pass gru
    bint carry, sequences, zeroed
    # MASKING only: what reads its output reads no steps that do not count.
    bint skips
    # rows of the input, its width, that of the output; the table or the packed matrix
    Py_ssize_t rows, width, units
    const void* W
    const void* b
    int act
    double value
    void* out
    # Which steps count, (T, B): written by EMBEDDING and MASKING, read by GRU; or NULL.
    unsigned char* mask
    # Where those steps go, as `plan` in packing.pyx names them; rows is picked, states at.
    Py_ssize_t T, B
    Py_ssize_t* order
    Py_ssize_t* place
    Py_ssize_t* lengths
    Py_ssize_t* starts
    Py_ssize_t* picked
    Py_ssize_t* at
    void* packed

# Returns the place of an id outside the table, or -1.
cdef Py_ssize_t run_op(Op* op, const floating* x) noexcept nogil
