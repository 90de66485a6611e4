"""A walk over a stretch of parameters that does all of an optimiser's step on the way."""

# A rule changes n parameters by their gradients; a, b and c are its slots, NULL where it
# has fewer. What it writes to g is lost.
ctypedef void (*rule_f32)(const double* of, Py_ssize_t n, float* p, float* g, float* a,
                          float* b, float* c) noexcept nogil
ctypedef void (*rule_f64)(const double* of, Py_ssize_t n, double* p, double* g, double* a,
                          double* b, double* c) noexcept nogil

cdef struct Pass:
    rule_f32 f32
    rule_f64 f64
    bint single
    # Whether a row without a gradient stays as it is.
    bint idle
    void* p
    void* g
    void* slots[3]
    void* average
    unsigned char* used
    double numbers[6]
    double scale, limit, decay, follow
    bint overwrite
    Py_ssize_t O, n, slice

cdef class Around:
    cdef readonly object average
    cdef public double scale, limit, decay, follow
    cdef public bint overwrite
    cdef void* at

cdef void surround(Pass* a, Around around) noexcept
cdef void run(Pass* a, Py_ssize_t R, Py_ssize_t O) noexcept nogil
