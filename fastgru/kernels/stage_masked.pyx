"""Stages that say which steps count: Embedding and Masking. See stage.pyx."""
cimport cython
from cython cimport floating
from libc.stdint cimport int32_t
from libc.string cimport memcpy

from fastgru.kernels.packing cimport differs
from fastgru.kernels.stage cimport Stage


@cython.final
cdef class EmbeddingStage(Stage):
    """y[t, b] = E[x[b, t]]; x (B, T) int32, as users have it.

    arrays: E, dE (V, O)   used (V): rows with a gradient   ids (T B)   y (T B, O)
            mask (T B): set where the id is not 0, or None
    outside: called with the first id that is not in [0, V); must raise
    """
    cdef Py_ssize_t T, B, V, units
    cdef bint single
    cdef object outside
    cdef void* E
    cdef void* dE
    cdef unsigned char* used
    cdef unsigned char* mask
    cdef int32_t* ids
    cdef void* y

    def __init__(self, dict arrays, Py_ssize_t T, Py_ssize_t B, Py_ssize_t V, Py_ssize_t O,
                 bint single, outside):
        self.T, self.B, self.V, self.units, self.single = T, B, V, O, single
        self.outside = outside
        self.E, self.dE, self.y = self.address("E"), self.address("dE"), self.address("y")
        self.used = <unsigned char*> self.address("used")
        self.mask = <unsigned char*> self.address("mask")
        self.ids = <int32_t*> self.address("ids")

    cdef const void* forward(self, const void* x) except NULL:
        cdef const int32_t* ids = <const int32_t*> x
        cdef Py_ssize_t width = self.units * (4 if self.single else 8), t, b, i = 0
        for t in range(self.T):
            for b in range(self.B):
                self.ids[i] = ids[b * self.T + t]
                if not 0 <= self.ids[i] < self.V:
                    self.outside(self.ids[i])
                    raise IndexError("EmbeddingStage: an id lies outside the table.")
                if self.mask != NULL:
                    self.mask[i] = self.ids[i] != 0
                memcpy(<char*> self.y + i * width, <char*> self.E + self.ids[i] * width, width)
                i += 1
        return self.y

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        with nogil:
            if self.single:
                self.add(<const float*> dy)
            else:
                self.add(<const double*> dy)
        return NULL

    cdef void add(self, const floating* dy) noexcept nogil:
        cdef Py_ssize_t O = self.units, i, j
        cdef floating* row
        for i in range(self.T * self.B):
            row = <floating*> self.dE + self.ids[i] * O
            self.used[self.ids[i]] = 1
            for j in range(O):
                row[j] += dy[i * O + j]


@cython.final
cdef class MaskingStage(Stage):
    """Steps whose features all equal `value` do not count, and become zero.

    arrays: y, dx (R, width)   mask (R)
    """
    cdef Py_ssize_t rows, width
    cdef bint single
    cdef double value
    cdef unsigned char* mask
    cdef void* y
    cdef void* dx

    def __init__(self, dict arrays, Py_ssize_t R, Py_ssize_t width, double value, bint single):
        self.rows, self.width, self.value, self.single = R, width, value, single
        self.mask = <unsigned char*> self.address("mask")
        self.y, self.dx = self.address("y"), self.address("dx")

    cdef const void* forward(self, const void* x) except NULL:
        with nogil:
            if self.single:
                self.look(<const float*> x)
                self.masked(<const float*> x, <float*> self.y)
            else:
                self.look(<const double*> x)
                self.masked(<const double*> x, <double*> self.y)
        return self.y

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        with nogil:
            if self.single:
                self.masked(<const float*> dy, <float*> self.dx)
            else:
                self.masked(<const double*> dy, <double*> self.dx)
        return self.dx

    cdef void look(self, const floating* x) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self.rows):
            self.mask[i] = differs(x + i * self.width, <floating> self.value, self.width)

    cdef void masked(self, const floating* x, floating* y) noexcept nogil:
        # A product, not a choice: NaN in a step that does not count would go unseen.
        cdef Py_ssize_t i, j
        cdef floating factor
        for i in range(self.rows):
            factor = self.mask[i]
            for j in range(self.width):
                y[i * self.width + j] = factor * x[i * self.width + j]
