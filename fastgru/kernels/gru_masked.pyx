"""A GRU's training pass over masked batches of one shape. See gru_bound.pyx and packing.pyx."""
cimport cython
from cython cimport floating
from libc.string cimport memset

from fastgru.kernels.gru cimport Pass
from fastgru.kernels.gru_bound cimport Bound
from fastgru.kernels.packing cimport add_to_rows, gather_rows, plan_rows


@cython.final
cdef class MaskedBound(Bound):
    """`Bound` for rows of which only some steps count.

    arrays besides: mask (T B), read at every `forward`; order, place, lengths (B), rows,
    states (T B) as in `plan`; packed (T B, I); y; dstates (T B + B, H); dx_full (T B, I).
    With `zeroed`, steps that do not count give zeros instead of the state before them.
    """
    cdef Py_ssize_t T, B
    cdef bint zeroed
    cdef const unsigned char* mask
    cdef Py_ssize_t* order
    cdef Py_ssize_t* place
    cdef Py_ssize_t* lengths
    cdef Py_ssize_t* rows
    cdef Py_ssize_t* states
    cdef void* packed
    cdef void* y
    cdef void* dstates
    cdef void* dx_full

    def bind(self, bint zeroed):
        """Call it once, behind the constructor."""
        self.T, self.B, self.zeroed = self.ahead.T, self.ahead.B, zeroed
        self.mask = <const unsigned char*> self.address("mask")
        self.order = <Py_ssize_t*> self.address("order")
        self.place = <Py_ssize_t*> self.address("place")
        self.lengths = <Py_ssize_t*> self.address("lengths")
        self.rows = <Py_ssize_t*> self.address("rows")
        self.states = <Py_ssize_t*> self.address("states")
        self.packed, self.y = self.address("packed"), self.address("y")
        self.dstates, self.dx_full = self.address("dstates"), self.address("dx_full")
        self.back.skip = 0
        return self

    cdef const void* forward(self, const void* x) except NULL:
        with nogil:
            if self.ahead.single:
                self.ahead_masked(<const float*> x)
            else:
                self.ahead_masked(<const double*> x)
        return self.y

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        with nogil:
            if self.ahead.single:
                self.back_masked(<const float*> dy, want_dx)
            else:
                self.back_masked(<const double*> dy, want_dx)
        return self.dx_full if want_dx else NULL

    cdef void ahead_masked(self, const floating* x) noexcept nogil:
        cdef Pass* p = &self.ahead
        cdef Py_ssize_t H = p.H, i, some
        cdef floating* h = <floating*> p.h
        cdef floating* y = <floating*> self.y
        p.N = plan_rows(self.mask, self.T, self.B, self.order, self.place, self.lengths,
                        <Py_ssize_t*> p.counts, <Py_ssize_t*> p.starts, self.rows,
                        self.states, &p.T)
        some = p.counts[0] if p.T else 0
        p.C = p.final = p.N
        p.B = some
        self.back.T, self.back.N, self.back.B, self.back.C = p.T, p.N, p.B, p.C
        self.back.final = p.final
        # The first states, and the last ones of rows without a single step.
        memset(h, 0, some * H * sizeof(floating))
        memset(h + (p.N + some) * H, 0, (self.B - some) * H * sizeof(floating))
        gather_rows(p.N, p.I, x, self.rows, <floating*> self.packed)
        if p.N:
            self.run_ahead(self.packed)
        if not self.sequences:
            gather_rows(self.B, H, h + p.N * H, self.place, y)
            return
        gather_rows(self.T * self.B, H, h, self.states, y)
        if self.zeroed:
            for i in range(self.T * self.B):
                if not self.mask[i]:
                    memset(y + i * H, 0, H * sizeof(floating))

    cdef void back_masked(self, const floating* dy, bint want_dx) noexcept nogil:
        cdef Pass* p = &self.back
        cdef Py_ssize_t H = p.H, i
        cdef floating* dh = <floating*> p.dh
        cdef floating* dstates = <floating*> self.dstates
        p.dstates = NULL
        if self.sequences:
            memset(dstates, 0, (p.N + self.B) * H * sizeof(floating))
            for i in range(self.T * self.B):
                if self.mask[i] or not self.zeroed:
                    add_to_rows(1, H, dy + i * H, self.states + i, dstates)
            dh = dstates + p.N * H
            p.dstates = dstates
        else:
            gather_rows(self.B, H, dy, self.order, dh)
        p.dh = dh
        if p.N:
            self.run_back(want_dx)
        if want_dx:
            memset(self.dx_full, 0, self.T * self.B * p.I * sizeof(floating))
            add_to_rows(p.N, p.I, <floating*> self.dx, self.rows, <floating*> self.dx_full)
