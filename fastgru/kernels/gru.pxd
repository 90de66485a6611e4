"""A GRU's forward pass, for other kernels: fill a Pass, then call run_forward."""
from cython cimport floating

from fastgru.kernels cimport threads


cdef struct Pass:
    # Whether float32; the form; whether all gates are kept; whether x is (B, T, I), with as
    # many rows in each step; the activations' kinds.
    bint single, reset_after, keep, batch_major
    int act, rec
    # C: rows of gates; slice: rows of the batch in a task; see `gru_forward` for the rest.
    Py_ssize_t T, B, I, H, N, C, final, slice
    const Py_ssize_t* counts
    const Py_ssize_t* starts
    const void* x
    const void* PW
    const void* PU
    const void* b
    const void* bq
    void* h
    void* gates
    void* q
    # Backward only.
    const void* dstates
    Py_ssize_t skip
    void* dh
    void* D

# Columns from `source` on of D, to be multiplied with A^T into out and summed into db.
cdef struct Range:
    const void* A
    Py_ssize_t stride, rows, source, width
    void* out
    void* db

# What a backward pass shares out after the time loop.
cdef struct Gradients:
    Pass* p
    const void* x
    void* dW
    void* dU
    void* dbW
    void* dbU
    void* dx
    const void* PWt
    Range ranges[4]
    int count
    const void* W
    const void* U
    # How it is shared out: by columns of D and rows of dx, or by shards, see gru_shards.pyx.
    Py_ssize_t columns, tasks, slices
    void* own
    Py_ssize_t size, steps

cdef void forward_rows(Pass* p, floating _, Py_ssize_t first, Py_ssize_t last) noexcept nogil
cdef void share(Pass* p, double multiplications, Py_ssize_t weights,
                threads.task_type task) noexcept nogil
cdef void run_forward(Pass* p) noexcept nogil
cdef void pack_forward(Py_ssize_t I, Py_ssize_t H, const floating* W, const floating* U,
                       const floating* bW, const floating* bU, floating* PW, floating* PU,
                       floating* b, bint reset_after) noexcept nogil
