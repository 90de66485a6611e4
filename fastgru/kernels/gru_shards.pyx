"""A GRU's backward pass cut by rows of the batch, for passes that are small.

A shard of the rows is taken back through some steps and then into sums of its own, again
and again, by one task: D is read while it is in the core's cache. Were the sums cut
otherwise, two cores would spend more time on handing each other lines of memory than on
products. The plan depends on shapes alone, and sums are added up in the order of the shards,
so results do not depend on the number of threads.
"""
from cython cimport floating
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from fastgru.kernels cimport isa, threads
from fastgru.kernels.gru cimport Gradients, Pass, Range
from fastgru.kernels.gru_gradients cimport (
    add_range, backward_rows, pack_backward, pack_dx, set_dx, set_ranges,
)

cdef enum:
    # With more parameters than this, what every shard has of its own costs too much.
    MOST_PARAMETERS = 1 << 16
    MOST_SHARDS = 8
    # Rows of D at a time: what `outer` copies at a time.
    ROWS = 192

# Multiplications of a forward pass that are worth a shard.
cdef double WORTH = 2e6


cdef Py_ssize_t plan(Pass* p) noexcept nogil:
    """The number of shards, 1 where the pass is not to be cut like this; sets p.slice."""
    cdef Py_ssize_t tiles = (p.B + 7) // 8, shards = 1
    cdef double work = 3.0 * p.N * p.H * (p.I + p.H)
    if 3 * p.H * (p.I + p.H) > MOST_PARAMETERS:
        return 1
    while shards < MOST_SHARDS and 2 * shards <= tiles and work >= WORTH * shards * shards:
        shards *= 2
    p.slice = 8 * ((tiles + shards - 1) // shards)
    return (p.B + p.slice - 1) // p.slice


cdef inline Py_ssize_t lines(Py_ssize_t numbers) noexcept nogil:
    """Rounded up to whole cache lines."""
    return (numbers + 15) & ~<Py_ssize_t> 15


cdef bint backward_shards(Gradients* g) noexcept nogil:
    """The whole backward pass; False where it is not to be cut by rows."""
    cdef Pass* p = g.p
    cdef Py_ssize_t shards = plan(p)
    cdef void* raw
    if shards < 2:
        return False
    g.steps = (ROWS + p.slice - 1) // p.slice
    g.size = own_size(g, <float> 0) if p.single else own_size(g, <double> 0)
    raw = malloc(shards * g.size * (4 if p.single else 8) + 64)
    if raw == NULL:
        return False
    # On a cache line: vectors across two lines cost twice.
    g.own = <void*> ((<uintptr_t> raw + 63) & ~<uintptr_t> 63)
    threads.run(threads.worth(3.0 * p.N * p.H * (p.I * (2 if g.dx else 1) + 2 * p.H)), shards,
                backward_task, g)
    if p.single:
        add_up(g, <float> 0, shards)
    else:
        add_up(g, <double> 0, shards)
    free(raw)
    return True


cdef Py_ssize_t own_size(Gradients* g, floating _) noexcept nogil:
    """Numbers in a shard's sums, packed weights and D."""
    cdef Pass* p = g.p
    cdef Py_ssize_t H = p.H
    return (lines(3 * H * (p.I + H + 2)) + lines(transposed_size(p, _))
            + (lines(isa.packed_size(3 * H, p.I, False, _)) if g.dx else 0)
            + (0 if p.D == p.gates else min(g.steps, p.T) * p.B * 4 * H))


cdef inline Py_ssize_t transposed_size(Pass* p, floating _) noexcept nogil:
    cdef Py_ssize_t H = p.H
    if p.reset_after:
        return isa.packed_size(3 * H, H, False, _)
    return isa.packed_size(2 * H, H, False, _) + isa.packed_size(H, H, False, _)


cdef void backward_task(void* context, Py_ssize_t number) noexcept nogil:
    cdef Gradients* g = <Gradients*> context
    if g.p.single:
        backward_shard(g, <float> 0, number)
    else:
        backward_shard(g, <double> 0, number)


cdef void backward_shard(Gradients* all, floating _, Py_ssize_t number) noexcept nogil:
    """The first shard adds to the gradients themselves, the others to sums of their own."""
    cdef Gradients g = all[0]
    cdef Pass p = all.p[0]
    cdef Py_ssize_t H = p.H, t, row = p.N, base, n, k, begin, end = p.T
    cdef isa.rows of = isa.rows(NULL, 0, number * p.slice, min((number + 1) * p.slice, p.B))
    cdef floating* own = <floating*> g.own + number * g.size
    cdef Range* r
    g.p = &p
    if number > 0:
        memset(own, 0, 3 * H * (p.I + H + 2) * sizeof(floating))
        g.dW, g.dU, g.dbW = own, own + 3 * H * p.I, own + 3 * H * (p.I + H)
        g.dbU = own + 3 * H * (p.I + H + 1)
        set_ranges(&g)
    own += lines(3 * H * (p.I + H + 2))
    p.PU = own
    own += lines(transposed_size(&p, _))
    pack_backward(<const floating*> g.U, H, p.reset_after, <floating*> p.PU)
    if g.dx:
        g.PWt = own
        own += lines(isa.packed_size(3 * H, p.I, False, _))
        pack_dx(&g, <const floating*> g.W)
    if p.D != p.gates:
        p.D = own
    while end > 0:
        begin = max(0, end - g.steps)
        base = backward_rows(&p, _, of.first, of.last, begin, end, row)
        of.counts, of.steps = p.counts + begin, end - begin
        for k in range(g.count):
            r = &g.ranges[k]
            add_range(&g, r, &of, base, 0, r.width, <floating*> r.out, <floating*> r.db)
        if g.dx:
            row = base
            for t in range(begin, end):
                n = min(p.counts[t], of.last) - of.first
                if n > 0:
                    set_dx(&g, _, row + of.first, n, base)
                row += p.counts[t]
        row, end = base, begin


cdef void add_up(Gradients* g, floating zero, Py_ssize_t shards) noexcept nogil:
    cdef Py_ssize_t _, H = g.p.H, W = 3 * H * g.p.I, U = 3 * H * H
    cdef const floating* own = <const floating*> g.own
    for _ in range(shards - 1):
        own += g.size
        add(own, W, <floating*> g.dW)
        add(own + W, U, <floating*> g.dU)
        add(own + W + U, 3 * H, <floating*> g.dbW)
        add(own + W + U + 3 * H, 3 * H, <floating*> g.dbU)


cdef inline void add(const floating* a, Py_ssize_t n, floating* total) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        total[i] += a[i]
