"""What a Program does for each of its layers."""
from cython cimport floating
from libc.math cimport INFINITY, exp, log
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset

from fastgru.kernels cimport isa
from fastgru.kernels.gru cimport Pass, run_forward
from fastgru.kernels.packing cimport differs, gather_rows, plan_rows


cdef Py_ssize_t run_op(Op* op, const floating* x) noexcept nogil:
    cdef floating* out = <floating*> op.out
    cdef Py_ssize_t n = op.rows * op.units
    if op.kind == GRU:
        if op.mask == NULL:
            run_gru(op, x)
        else:
            run_masked(op, x, out)
    elif op.kind == DENSE:
        isa.product(op.rows, op.width, op.units, False, x, op.width, <const floating*> op.W,
                    <const floating*> op.b, False, out, op.units)
        if op.act:
            isa.activate(n, op.act, out, out)
    elif op.kind == ACTIVATION:
        isa.activate(n, op.act, x, out)
    elif op.kind == MASKING:
        set_mask(op, x, out)
    elif op.kind == EMBEDDING:
        return look_up(op, <const int32_t*> x, out)
    else:
        softmax(op.rows, op.units, x, out, op.kind == LOG_SOFTMAX)
    return -1


cdef inline void run_gru(Op* op, const floating* x) noexcept nogil:
    cdef Pass* p = &op.gru
    cdef floating* h = <floating*> p.h
    cdef size_t states = p.B * p.H * sizeof(floating)
    p.x = x
    if not op.carry:
        memset(h, 0, states)
    run_forward(p)
    if op.carry:
        memcpy(h, h + p.final * p.H, states)


cdef void run_masked(Op* op, const floating* x, floating* out) noexcept nogil:
    """The steps that count; kernels/packing.pyx says how they are laid out."""
    cdef Pass* p = &op.gru
    cdef Py_ssize_t B = op.B, T = op.T, H = p.H, some, final, i
    cdef floating* h = <floating*> p.h
    p.N = plan_rows(op.mask, T, B, op.order, op.place, op.lengths, <Py_ssize_t*> p.counts,
                    op.starts, op.picked, op.at, &p.T)
    some = p.counts[0] if p.T else 0
    p.B = some
    final = p.N if op.sequences else 2 * B
    p.final = final
    if op.sequences:
        p.starts = op.starts
    memset(h, 0, some * H * sizeof(floating))
    memset(h + (final + some) * H, 0, (B - some) * H * sizeof(floating))
    gather_rows(p.N, p.I, x, op.picked, <floating*> op.packed)
    if p.N:
        p.x = op.packed
        run_forward(p)
    if not op.sequences:
        gather_rows(B, H, h + final * H, op.place, out)
        return
    gather_rows(T * B, H, h, op.at, out)
    if op.zeroed:
        for i in range(T * B):
            if not op.mask[i]:
                memset(out + i * H, 0, H * sizeof(floating))


cdef inline Py_ssize_t look_up(Op* op, const int32_t* ids, floating* out) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(op.rows):
        if ids[i] < 0 or ids[i] >= op.width:
            return i
        if op.mask != NULL:
            op.mask[i] = ids[i] != 0
        memcpy(out + i * op.units, <const floating*> op.W + ids[i] * op.units,
               op.units * sizeof(floating))
    return -1


cdef inline void set_mask(Op* op, const floating* x, floating* out) noexcept nogil:
    cdef Py_ssize_t t, b, j, width = op.units
    cdef floating value = <floating> op.value
    cdef floating nothing = 0 * value  # NaN, should that be infinite: Keras multiplies too
    cdef const floating* row
    for t in range(op.T):
        for b in range(op.B):
            row = x + (b * op.T + t if op.gru.batch_major else t * op.B + b) * width
            op.mask[t * op.B + b] = differs(row, value, width)
            if op.mask[t * op.B + b]:
                memcpy(out, row, width * sizeof(floating))
            elif not op.skips:
                for j in range(width):
                    out[j] = nothing
            out += width


cdef inline void softmax(Py_ssize_t rows, Py_ssize_t C, const floating* a, floating* y,
                         bint logarithm) noexcept nogil:
    cdef Py_ssize_t i, c
    cdef double top, total
    for i in range(rows):
        top = -INFINITY
        for c in range(C):
            # NaN wins, so that a row with one is NaN throughout.
            if not a[i * C + c] <= top:
                top = a[i * C + c]
        total = 0
        for c in range(C):
            total += exp(a[i * C + c] - top)
        for c in range(C):
            if logarithm:
                y[i * C + c] = <floating> (a[i * C + c] - top - log(total))
            else:
                y[i * C + c] = <floating> (exp(a[i * C + c] - top) / total)
