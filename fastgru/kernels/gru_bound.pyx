"""The GRU's kernels with their arrays bound once."""
cimport cython
from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from cython cimport floating

from fastgru.kernels.gru cimport Gradients, Pass, pack_forward, run_forward
from fastgru.kernels.gru_backward cimport run_backward


cdef void* pointer(array) except? NULL:
    """Where the numbers of an array lie; the caller keeps the array."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_C_CONTIGUOUS)
    cdef void* found = view.buf
    PyBuffer_Release(&view)
    return found


@cython.final
cdef class Bound:
    """A GRU's kernels for training on unmasked batches of one shape, arrays bound once.

    Taking a dozen memoryviews costs more than a small step of a GRU. Arrays are named as
    in `gru_pack`, `gru_forward` and `gru_backward`.
    """
    cdef Pass ahead, back
    cdef Gradients g
    cdef dict arrays
    cdef void* W
    cdef void* U
    cdef void* bW
    cdef void* bU

    def __init__(self, dict arrays, Py_ssize_t T, Py_ssize_t B, Py_ssize_t I, Py_ssize_t H,
                 int act, int rec, bint reset_after, bint single):
        cdef Pass* p = &self.ahead
        self.arrays = arrays
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
        self.g.dW, self.g.dU = self.address("dW"), self.address("dU")
        self.g.dbW, self.g.dbU = self.address("dbW"), self.address("dbU")
        self.g.p = &self.back

    cdef void* address(self, name) except NULL:
        return <void*> <size_t> self.arrays[name].ctypes.data

    def forward(self, x):
        """As `gru_pack` and `gru_forward`."""
        self.ahead.x = self.back.x = pointer(x)
        with nogil:
            if self.ahead.single:
                self.pack(<float> 0)
            else:
                self.pack(<double> 0)
            run_forward(&self.ahead)

    cdef void pack(self, floating _) noexcept nogil:
        cdef Pass* p = &self.ahead
        pack_forward(p.I, p.H, <floating*> self.W, <floating*> self.U, <floating*> self.bW,
                     <floating*> self.bU, <floating*> p.PW, <floating*> p.PU,
                     <floating*> p.b, p.reset_after)

    def backward(self, dstates, bint want_dx):
        """As `gru_backward`, for the x of the last `forward`; skip is B."""
        self.back.dstates = NULL if dstates is None else pointer(dstates)
        self.g.x, self.g.dx, self.g.PWt = self.back.x, NULL, NULL
        if want_dx:
            self.g.dx, self.g.PWt = self.address("dx"), self.address("PWt")
        with nogil:
            if self.ahead.single:
                run_backward(&self.g, <float*> self.W, <float*> self.U)
            else:
                run_backward(&self.g, <double*> self.W, <double*> self.U)
