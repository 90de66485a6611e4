"""Training passes of whole models on batches of one shape, with all arrays bound once.

A small GRU takes less time than the memoryviews of its kernels' arguments, and than the
calls from layer to layer. A Chain makes none of them: it hands addresses from stage to
stage.
"""
cimport cython
from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from cython cimport floating

from fastgru.kernels cimport isa


cdef class Stage:
    """Base of the stages. `arrays` names their arrays and keeps them."""

    def __cinit__(self, dict arrays, *_, **__):
        self.arrays = arrays

    cdef void* address(self, name) except? NULL:
        """Where the numbers of an array lie; NULL for None."""
        array = self.arrays[name]
        return NULL if array is None else <void*> numbers(array, -1)

    cdef const void* forward(self, const void* x) except NULL:
        return x

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        return dy


@cython.final
cdef class DenseStage(Stage):
    """y = act(x W + b) for R rows; kernels/dense.pyx and activations.pyx have the equations.

    arrays: W, dW (I, O)   b, db (O) or None   a, y, da (R, O), y being a where the
    derivative can be had from the output   dx (R, I)   P, PWt: packed W and W^T
    """
    # Not I: complex.h has a macro of that name.
    cdef Py_ssize_t rows, width, units
    cdef int act
    cdef bint single
    cdef const void* x
    cdef void* W
    cdef void* dW
    cdef void* b
    cdef void* db
    cdef void* a
    cdef void* y
    cdef void* da
    cdef void* dx
    cdef void* P
    cdef void* PWt

    def __init__(self, dict arrays, Py_ssize_t R, Py_ssize_t I, Py_ssize_t O, int act,
                 bint single):
        self.rows, self.width, self.units, self.act, self.single = R, I, O, act, single
        self.W, self.dW = self.address("W"), self.address("dW")
        self.b, self.db = self.address("b"), self.address("db")
        self.a, self.y = self.address("a"), self.address("y")
        self.da, self.dx = self.address("da"), self.address("dx")
        self.P, self.PWt = self.address("P"), self.address("PWt")

    cdef const void* forward(self, const void* x) except NULL:
        self.x = x
        with nogil:
            if self.single:
                self.affine(<float> 0)
            else:
                self.affine(<double> 0)
        return self.y

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        with nogil:
            if self.single:
                self.gradients(<const float*> dy, want_dx)
            else:
                self.gradients(<const double*> dy, want_dx)
        return self.dx if want_dx else NULL

    cdef void affine(self, floating _) noexcept nogil:
        isa.pack(self.width, 0, self.units, False, <const floating*> self.W, self.units, 1,
                 <floating*> self.P)
        isa.product(self.rows, self.width, self.units, False, <const floating*> self.x,
                    self.width, <const floating*> self.P, <const floating*> self.b, False,
                    <floating*> self.a, self.units)
        if self.act:
            isa.activate(self.rows * self.units, self.act, <const floating*> self.a,
                         <floating*> self.y)

    cdef void gradients(self, const floating* dy, bint want_dx) noexcept nogil:
        cdef Py_ssize_t R = self.rows, I = self.width, O = self.units
        cdef isa.rows all = isa.rows(&R, 1, 0, R)
        cdef floating* da = <floating*> self.da
        if self.act:
            isa.activate_backward(R * O, self.act, <const floating*> self.a,
                                  <const floating*> self.y, dy, da)
            dy = da
        isa.outer(&all, I, O, <const floating*> self.x, I, dy, O, <floating*> self.dW, O,
                  <floating*> self.db)
        if want_dx:
            isa.pack(O, 0, I, False, <const floating*> self.W, 1, O, <floating*> self.PWt)
            isa.product(R, O, I, False, dy, O, <const floating*> self.PWt,
                        <const floating*> NULL, False, <floating*> self.dx, I)


@cython.final
cdef class FactorStage(Stage):
    """y = factor x for n numbers; `draw` is called before each pass forward to set factor.

    arrays: factor, y, dx (n)
    """
    cdef Py_ssize_t n
    cdef bint single
    cdef object draw
    cdef void* factor
    cdef void* y
    cdef void* dx

    def __init__(self, dict arrays, Py_ssize_t n, draw, bint single):
        self.n, self.draw, self.single = n, draw, single
        self.factor, self.y = self.address("factor"), self.address("y")
        self.dx = self.address("dx")

    cdef const void* forward(self, const void* x) except NULL:
        self.draw()
        self.times(x, self.y)
        return self.y

    cdef const void* backward(self, const void* dy, bint want_dx) noexcept:
        self.times(dy, self.dx)
        return self.dx

    cdef void times(self, const void* a, void* y) noexcept:
        with nogil:
            if self.single:
                multiply(self.n, <const float*> self.factor, <const float*> a, <float*> y)
            else:
                multiply(self.n, <const double*> self.factor, <const double*> a, <double*> y)


cdef void multiply(Py_ssize_t n, const floating* a, const floating* b,
                   floating* y) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        y[i] = a[i] * b[i]


@cython.final
cdef class Chain:
    """Stages of which each takes what the one before gives.

    size: bytes of x and of the last stage's outputs
    """
    cdef tuple stages
    cdef Py_ssize_t size, size_out

    def __init__(self, stages, Py_ssize_t size, Py_ssize_t size_out):
        if not all(isinstance(stage, Stage) for stage in stages):
            raise TypeError("Chain: stages must be Stage objects; got something else.")
        self.stages, self.size, self.size_out = tuple(stages), size, size_out

    def forward(self, x):
        """Run the stages on x, time-major and packed; it must live until `backward`."""
        cdef const void* at = numbers(x, self.size)
        cdef Stage stage
        for stage in self.stages:
            at = stage.forward(at)

    def backward(self, dy, Py_ssize_t first=0, bint want_dx=False):
        """Add the gradients of the stages from `first` on; dx is the first one's business."""
        cdef const void* at = numbers(dy, self.size_out)
        cdef Py_ssize_t i
        for i in range(len(self.stages) - 1, first - 1, -1):
            at = (<Stage> self.stages[i]).backward(at, want_dx or i > first)


cdef const void* numbers(array, Py_ssize_t size) except? NULL:
    """Where a packed array of `size` bytes lies; the caller keeps it."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_C_CONTIGUOUS)
    PyBuffer_Release(&view)
    if size >= 0 and view.len != size:
        raise ValueError(f"Chain: an array must have {size} bytes; got {view.len}.")
    return view.buf
