"""A built model's layers as one compiled call: for single steps and for small batches.

A program is made for one batch size and one number of steps. It keeps pointers to the
weights and to scratch memory of its own, so that a call costs what its arithmetic costs;
the arguments' memoryviews alone would cost more than a small GRU. It belongs to one
thread, and to the weights it was made with: the model sees to both.
"""
cimport cython
from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.string cimport memcpy

import numpy as np

from fastgru.kernels cimport isa
from fastgru.kernels.gru cimport Pass
from fastgru.kernels.program_ops cimport (
    ACTIVATION, DENSE, EMBEDDING, GRU, LOG_SOFTMAX, MASKING, SOFTMAX, Op, run_op,
)

cdef enum:
    MOST = 32


@cython.final
cdef class Program:
    """Layers for batches of B rows and T steps; arrays in and out are time-major.

    Add layers from the input on, then call it. With `carry` the states of a call are the
    first states of the next one.
    """
    cdef Op ops[MOST]
    cdef int count
    cdef readonly bint single, carry, ids
    cdef readonly Py_ssize_t B, T, width
    cdef readonly tuple shape_in, shape_out
    # The width and, while there is one, the time axis of what the last layer gives.
    cdef Py_ssize_t now, steps
    cdef bint sequence
    # Which steps count, (T, B), where a layer so far says so.
    cdef unsigned char* mask
    cdef list kept
    cdef readonly list states
    cdef object empty, dtype, allocate
    cdef tuple exact
    cdef char format

    def __cinit__(self, Py_ssize_t B, Py_ssize_t T, Py_ssize_t width, bint single, allocate,
                  bint carry=False, bint ids=False):
        self.B, self.T, self.width, self.single, self.carry = B, T, width, single, carry
        self.ids = ids
        self.now, self.steps, self.sequence, self.count = width, T, True, 0
        self.mask = NULL
        self.kept, self.states = [], []
        self.dtype = np.dtype(np.float32 if single else np.float64)
        self.empty, self.allocate = np.empty, allocate
        self.format = c"i" if ids else c"f" if single else c"d"

    cdef void* keep(self, array) except NULL:
        """The address of an array that lives as long as the program does."""
        self.kept.append(array)
        return <void*> <size_t> array.ctypes.data

    def new(self, size):
        """Scratch memory, on a cache line."""
        return self.allocate(size, self.dtype)

    cdef Op* next(self) except NULL:
        if self.count == MOST:
            raise ValueError(f"Program: layers must be at most {MOST}; got more.")
        self.count += 1
        cdef Op* op = &self.ops[self.count - 1]
        op.rows = self.B * (self.steps if self.sequence else 1)
        op.width = self.now
        return op

    def embedding(self, E, bint mask_zero=False):
        """E (V, O): ids become rows of it; with `mask_zero` steps of id 0 do not count."""
        cdef Op* op = self.next()
        op.kind, op.width, op.units = EMBEDDING, E.shape[0], E.shape[1]
        op.W = self.keep(E.copy() if self.carry else E)
        self.now = op.units
        op.out = self.keep(self.new(op.rows * op.units))
        if mask_zero:
            self.new_mask(op)

    def masking(self, double value):
        """Steps whose numbers all equal `value` do not count, and become zero."""
        cdef Op* op = self.next()
        op.kind, op.units, op.value, op.T, op.B = MASKING, self.now, value, self.steps, self.B
        op.out = self.keep(self.new(op.rows * self.now))
        self.new_mask(op)

    cdef void new_mask(self, Op* op) except *:
        self.mask = op.mask = <unsigned char*> self.keep(np.empty(op.rows, np.uint8))

    cdef Py_ssize_t* integers(self, Py_ssize_t n) except NULL:
        return <Py_ssize_t*> self.keep(np.empty(n, np.intp))

    def gru(self, PW, PU, b, int act, int rec, bint reset_after, bint sequences,
            Py_ssize_t chunk, bint zeroed=False):
        """PW, PU, b from `gru_pack`; chunk: rows of gates to keep in the cache; zeroed:
        steps that do not count give zeros."""
        cdef Op* op = self.next()
        cdef Pass* p = &op.gru
        cdef Py_ssize_t B = self.B, T = self.steps
        cdef Py_ssize_t H = b.shape[0] // 4
        op.kind, op.carry, op.units = GRU, self.carry, H
        p.single, p.reset_after, p.keep = self.single, reset_after, False
        p.act, p.rec, p.batch_major = act, rec, False
        p.T, p.B, p.I, p.H, p.N, p.C = T, B, self.now, H, T * B, max(B, min(T * B, chunk))
        p.final = T * B if sequences else 2 * B
        op.T, op.B, op.sequences, op.zeroed, op.mask = T, B, sequences, zeroed, self.mask
        starts = np.arange(T + 1, dtype=np.intp)
        starts = starts * B if sequences else starts % 2 * B
        p.starts = <const Py_ssize_t*> self.keep(starts)
        p.counts = <const Py_ssize_t*> self.keep(np.full(T, B, np.intp))
        p.PW, p.PU, p.b = self.keep(PW), self.keep(PU), self.keep(b)
        p.bq = <const char*> p.b + 3 * H * (4 if self.single else 8)
        h = self.new((p.final + B) * H).reshape(-1, H)
        h[:] = 0
        p.h, p.gates = self.keep(h), self.keep(self.new(p.C * 4 * H))
        p.q = self.keep(self.new(B * 3 * H))
        op.out = <char*> p.h + (B if sequences else p.final) * H * (4 if self.single else 8)
        self.states.append(h[:B])
        if op.mask != NULL:
            op.order, op.place = self.integers(B), self.integers(B)
            op.lengths, op.starts = self.integers(B), self.integers(T + 1)
            op.picked, op.at = self.integers(T * B), self.integers(T * B)
            op.packed = self.keep(self.new(T * B * p.I))
            op.out = self.keep(self.new((T if sequences else 1) * B * H))
            if self.count > 1 and self.ops[self.count - 2].kind == MASKING:
                self.ops[self.count - 2].skips = True
            if not sequences:
                self.mask = NULL
        self.now, self.sequence = H, sequences

    def dense(self, W, b, int act):
        """W (width, O), b (O) or None, and the kind of the activation behind it."""
        cdef Op* op = self.next()
        cdef Py_ssize_t I = W.shape[0], O = W.shape[1], size
        op.kind, op.units, op.act = DENSE, O, act
        cdef void* P
        cdef const void* M = self.keep(W)
        if self.single:
            size = isa.packed_size(I, O, False, <float> 0)
        else:
            size = isa.packed_size(I, O, False, <double> 0)
        P = self.keep(self.new(size))
        if self.single:
            isa.pack(I, 0, O, False, <const float*> M, O, 1, <float*> P)
        else:
            isa.pack(I, 0, O, False, <const double*> M, O, 1, <double*> P)
        op.W = P
        # A copy, as the packed matrix is: a stream keeps the weights it was made with.
        op.b = NULL if b is None else self.keep(b.copy())
        self.now = O
        op.out = self.keep(self.new(op.rows * O))

    def activation(self, int act, bint softmax=False, bint logarithm=False):
        """An activation by its kind, or a softmax over the last axis."""
        cdef Op* op = self.next()
        op.kind = ACTIVATION if not softmax else LOG_SOFTMAX if logarithm else SOFTMAX
        op.units, op.act = self.now, act
        op.out = self.keep(self.new(op.rows * self.now))

    def finish(self, shape_out=None, exact=None):
        """Fix the shapes; call it once, behind the last layer. x must have shape `exact`."""
        self.exact = exact
        self.shape_in = tuple([self.T, self.B] + ([] if self.ids else [self.width]))
        self.shape_out = shape_out or tuple(
            ([self.T] if self.sequence else []) + [self.B, self.now])
        return self

    def run_many(self, const unsigned char[::1] x, unsigned char[::1] out):
        """`run` over and over: x holds inputs, out takes outputs, one behind the other.

        Returns False where an id lies outside the table.
        """
        cdef Py_ssize_t item = 4 if self.single else 8
        cdef Py_ssize_t a = self.T * self.B * (4 if self.ids else self.width * item)
        cdef Py_ssize_t b = self.B * (self.T if self.sequence else 1) * self.now * item
        cdef Py_ssize_t i, count = x.shape[0] // a
        if x.shape[0] % a or out.shape[0] != count * b:
            raise ValueError("run_many: x and out must hold whole inputs and outputs.")
        with nogil:
            for i in range(count):
                if self.forward(&x[i * a], &out[i * b], b) >= 0:
                    break
            else:
                i = count
        return i == count

    @property
    def turns(self):
        """Whether `run` takes batch-major input as well."""
        return self.count > 0 and self.ops[0].kind in (GRU, MASKING)

    def run(self, x, out=None, bint batch_major=False):
        """Outputs for x, of `shape_in` or any shape of as many numbers.

        With `batch_major`, where the program `turns`, x is (B, T, width); the result is
        time-major as ever. Returns a new array of `shape_out`, or `out`; None where x is
        no packed array of the program's dtype and size.
        """
        cdef Py_buffer view, to
        cdef bint fits
        cdef Py_ssize_t item = 4 if self.ids or self.single else 8
        cdef Py_ssize_t size = self.T * self.B * (1 if self.ids else self.width) * item
        cdef Py_ssize_t given
        if out is None:
            out = self.empty(self.shape_out, self.dtype)
        try:
            PyObject_GetBuffer(x, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
        except (TypeError, ValueError, BufferError):
            return None
        fits = (view.len == size and view.format != NULL and view.format[0] == self.format
                and view.format[1] == 0 and (self.exact is None or same(&view, self.exact)))
        if not fits:
            PyBuffer_Release(&view)
            return None
        try:
            PyObject_GetBuffer(out, &to, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE)
        except (TypeError, ValueError, BufferError):
            PyBuffer_Release(&view)
            raise ValueError(
                "stream.step: out must be a packed array that can be written to; "
                f"got {type(out).__name__}."
            ) from None
        given = self.now * self.B * (self.T if self.sequence else 1) * (4 if self.single else 8)
        fits = (to.len == given and same(&to, self.shape_out) and to.format != NULL
                and to.format[1] == 0 and to.format[0] == (c"f" if self.single else c"d"))
        cdef Py_ssize_t wrong = -1
        self.ops[0].gru.batch_major = batch_major
        if fits:
            with nogil:
                wrong = self.forward(view.buf, to.buf, given)
        PyBuffer_Release(&view)
        PyBuffer_Release(&to)
        if not fits:
            raise ValueError(
                f"stream.step: out must have shape {self.shape_out} and dtype {self.dtype}; "
                f"got {np.shape(out)} and {np.asarray(out).dtype}."
            )
        return None if wrong >= 0 else out

    cdef Py_ssize_t forward(self, const void* x, void* out, Py_ssize_t size) noexcept nogil:
        """Run the layers; the place of an id outside the table, or -1."""
        cdef int i
        cdef Py_ssize_t wrong
        for i in range(self.count):
            if self.single:
                wrong = run_op(&self.ops[i], <const float*> x)
            else:
                wrong = run_op(&self.ops[i], <const double*> x)
            if wrong >= 0:
                return wrong
            x = self.ops[i].out
        memcpy(out, x, size)
        return -1


cdef bint same(Py_buffer* view, tuple shape) except -1:
    """Whether a buffer has this shape."""
    cdef int i
    if view.ndim != len(shape):
        return False
    for i in range(view.ndim):
        if view.shape[i] != shape[i]:
            return False
    return True
