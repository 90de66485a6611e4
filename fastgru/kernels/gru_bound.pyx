"""The GRU's kernels with their arrays bound once."""
from libc.string cimport memcpy, memset

from fastgru.kernels.gru cimport Pass, pack_forward, run_forward
from fastgru.kernels.gru_backward cimport run_backward


cdef class Bound(Stage):
    """A GRU's kernels for training on unmasked batches of one shape.

    Arrays are named as in `gru_pack`, `gru_forward` and `gru_backward`; h holds all states.
    With `sequences` the output is every state, otherwise the last one.
    """
    def __init__(self, dict arrays, Py_ssize_t T, Py_ssize_t B, Py_ssize_t I, Py_ssize_t H,
                 int act, int rec, bint reset_after, bint single, bint sequences):
        cdef Pass* p = &self.ahead
        self.sequences = sequences
        p.single, p.reset_after, p.keep, p.act, p.rec = single, reset_after, True, act, rec
        p.batch_major = False
        p.T, p.B, p.I, p.H, p.N, p.C, p.final = T, B, I, H, T * B, T * B, T * B
        p.counts = <const Py_ssize_t*> self.address("counts")
        p.starts = <const Py_ssize_t*> self.address("starts")
        p.PW, p.PU, p.b = self.address("PW"), self.address("PU"), self.address("b")
        p.bq = <const char*> p.b + 3 * H * (4 if single else 8)
        p.h, p.gates, p.q = self.address("h"), self.address("gates"), self.address("q")
        p.dh, p.D, p.skip, p.dstates = self.address("dh"), self.address("D"), B, NULL
        self.back = self.ahead
        self.back.PU = self.address("PUt")
        self.W, self.U = self.address("W"), self.address("U")
        self.bW, self.bU = self.address("bW"), self.address("bU")
        self.dx, self.PWt = self.address("dx"), self.address("PWt")
        self.g.dW, self.g.dU = self.address("dW"), self.address("dU")
        self.g.dbW, self.g.dbU = self.address("dbW"), self.address("dbU")
        self.g.p = &self.back

    cdef const void* forward(self, const void* x) except NULL:
        cdef Pass* p = &self.ahead
        cdef Py_ssize_t states = p.H * self.item()
        with nogil:
            memset(p.h, 0, p.B * states)
            self.run_ahead(x)
        return <const char*> p.h + (p.B if self.sequences else p.N) * states

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        cdef Pass* p = &self.back
        cdef Py_ssize_t states = p.B * p.H * self.item()
        with nogil:
            p.dstates = NULL
            if self.sequences:
                # dy of the last step is where dh begins; those before are added on the way.
                p.dstates = dy if p.T > 1 else NULL
                dy = <const char*> dy + (p.T - 1) * states
            memcpy(p.dh, dy, states)
            self.run_back(want_dx)
        return self.g.dx

    cdef Py_ssize_t item(self) noexcept nogil:
        return 4 if self.ahead.single else 8

    cdef void run_ahead(self, const void* x) noexcept nogil:
        """As `gru_pack` and `gru_forward`."""
        cdef Pass* p = &self.ahead
        p.x = self.back.x = x
        if p.single:
            pack_forward(p.I, p.H, <float*> self.W, <float*> self.U, <float*> self.bW,
                         <float*> self.bU, <float*> p.PW, <float*> p.PU, <float*> p.b,
                         p.reset_after)
        else:
            pack_forward(p.I, p.H, <double*> self.W, <double*> self.U, <double*> self.bW,
                         <double*> self.bU, <double*> p.PW, <double*> p.PU, <double*> p.b,
                         p.reset_after)
        run_forward(p)

    cdef void run_back(self, bint want_dx) noexcept nogil:
        """As `gru_backward`, for the x of the last `run_ahead`."""
        self.g.x = self.back.x
        self.g.dx = self.dx if want_dx else NULL
        self.g.PWt = self.PWt if want_dx else NULL
        if self.back.single:
            run_backward(&self.g, <float*> self.W, <float*> self.U)
        else:
            run_backward(&self.g, <double*> self.W, <double*> self.U)
