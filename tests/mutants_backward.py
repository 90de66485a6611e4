"""What mutants.py breaks in the way back: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function.
"""

BACK = "fastgru/kernels/gru_backward.pyx"
GRADIENTS = "fastgru/kernels/gru_gradients.pyx"
SHARDS = "fastgru/kernels/gru_shards.pyx"

RUN_BACKWARD = [
    ("g.W, g.U = W, U", "g.W, g.U = W, W"),
    ("if backward_shards(g):\n        return", "backward_shards(g)"),
    ("if g.dx:", "if not g.dx:"),
]
BACKWARD_TASK = [
    ("number * p.slice", "number * 8"),
    ("min(first + p.slice, p.B)", "first + p.slice"),
]
BY_COLUMNS = [
    ("range(g.count)", "range(g.count - 1)"),
    ("g.tasks += ", "g.tasks = "),
    ("g.ranges[n].width + g.columns - 1", "g.ranges[n].width"),
    ("1 + p.N // 256", "p.N // 256"),
    ("g.tasks + g.slices", "g.tasks"),
]
COLUMNS_TASK = [
    ("0, g.p.B)", "0, g.p.counts[g.p.T - 1])"),
    ("number -= g.tasks", "pass"),
    ("first = g.p.N * number // g.slices", "first = 256 * number"),
    ("<float> 0, first, g.p.N * (number + 1) // g.slices - first",
     "<float> 0, first, g.p.N // g.slices"),
    ("<double> 0, first, g.p.N * (number + 1) // g.slices - first",
     "<double> 0, first, g.p.N // g.slices"),
    ("number >= (r.width", "number > (r.width"),
    ("number -= (r.width + g.columns - 1) // g.columns", "number -= 1"),
    ("first = number * g.columns", "first = 0"),
    ("min(g.columns, r.width - first), <float*>", "g.columns, <float*>"),
    ("min(g.columns, r.width - first), <double*>", "g.columns, <double*>"),
]  # fmt: skip
PACK_BACKWARD = [
    ("isa.pack(3 * H, 0, H, False, U, 1, 3 * H", "isa.pack(3 * H, 0, H, False, U, 3 * H, 1"),
    ("isa.pack(2 * H, 0, H", "isa.pack(2 * H, H, H"),
    ("U + 2 * H", "U + H"),
    ("isa.packed_size(2 * H, H", "isa.packed_size(H, H"),
]
PACK_DX = [
    ("2 * p.H, p.I", "0, p.I"),
    ("2 * p.H, p.I", "p.H, p.I"),
    ("W, 1, 3 * p.H", "W, 3 * p.H, 1"),
]
BACKWARD_ROWS = [
    ("<floating*> p.dh + first * H", "<floating*> p.dh"),
    ("range(end - 1, begin - 1, -1)", "range(end - 1, begin, -1)"),
    ("base -= p.counts[t]", "pass"),
    ("in_d(p, at, base) * 4 * H", "at * 4 * H"),
    ("return base", "return row + 1"),
    ("min(p.counts[t], last) - first", "p.counts[t] - first"),
    ("at = row + first", "at = row"),
    ("continue", "return base"),
    ("row >= p.skip", "row > p.skip"),
    ("dstates != NULL and row >= p.skip", "dstates != NULL and row >= p.skip + n"),
    ("dh[i] += dstates", "dh[i] = dstates"),
    ("(at - p.skip) * H", "at * H"),
    ("(at - p.skip) * H", "(row - p.skip) * H"),
    ("range(n * H)", "range(H)"),
]
IN_D = [
    ("row if p.D == p.gates else row - base", "row"),
    ("row if p.D == p.gates else row - base", "row - base"),
    ("p.D == p.gates", "p.D != p.gates"),
]
STEP_BACKWARD = [
    ("isa.product(n, 3 * H, H, False, D + H", "isa.product(n, 2 * H, H, False, D + H"),
    ("isa.product(n, 3 * H, H, False, D + H", "isa.product(n, 3 * H, H, False, D"),
    ("none, True, dh, H)\n        return", "none, False, dh, H)\n        return"),
    ("isa.packed_size(2 * H, H", "isa.packed_size(H, H"),
    ("False, D + 3 * H, 4 * H)", "True, D + 3 * H, 4 * H)"),
    ("isa.product(n, H, H, False, D, 4 * H", "isa.product(n, H, H, False, D + H, 4 * H"),
    ("isa.product(n, 2 * H, H, False, D + H", "isa.product(n, 2 * H, H, False, D"),
    ("isa.product(n, 2 * H, H, False, D + H", "isa.product(n, H, H, False, D + H"),
]
SET_RANGES = [
    ("Range(p.h, H, H, H, 3 * H, g.dU, g.dbU)", "Range(p.h, H, H, 0, 3 * H, g.dU, g.dbU)"),
    ("Range(p.h, H, H, H, 3 * H, g.dU, g.dbU)", "Range(p.h, H, H, H, 3 * H, g.dU, NULL)"),
    ("Range(p.h, H, H, H, 2 * H, g.dU, NULL)", "Range(p.h, H, H, 0, 2 * H, g.dU, NULL)"),
    ("p.gates + 3 * H * item", "p.gates + 2 * H * item"),
    ("4 * H, H, 0, H,", "4 * H, H, 3 * H, H,"),
    ("<char*> g.dU + 2 * H * item", "<char*> g.dU + H * item"),
    ("Range(g.x, I, I, H, 2 * H, g.dW", "Range(g.x, I, I, 2 * H, 2 * H, g.dW"),
    ("Range(g.x, I, I, 0, H", "Range(g.x, I, I, 3 * H, H"),
    ("<char*> g.dW + 2 * H * item", "<char*> g.dW + H * item"),
    ("<char*> g.dbW + 2 * H * item", "<char*> g.dbW + H * item"),
    ("g.count = n + 2", "g.count = n + 1"),
]
SET_DX = [
    ("isa.product(n, 3 * p.H", "isa.product(n, 2 * p.H"),
    ("in_d(p, first, base)", "first"),
    ("in_d(p, first, base)", "in_d(p, base, first)"),
    ("g.dx + first * p.I", "g.dx"),
]
ADD_RANGE = [
    ("in_d(p, base, base)", "base"),
    ("in_d(p, base, base)", "0"),
    ("r.source + first", "r.source"),
    ("(of, r.rows, n", "(of, r.rows, n - 1"),
    ("r.stride, D", "r.rows, D"),
    ("out + first", "out"),
    ("r.A + base * r.stride", "r.A"),
    ("db + first", "db"),
]
# Where the plan cuts is a matter of speed, but no row may be left out.
PLAN = [("return (p.B + p.slice - 1) // p.slice", "return p.B // p.slice")]
LINES = [("(numbers + 15)", "numbers")]
BACKWARD_SHARDS = [
    ("malloc(shards * g.size", "malloc(g.size"),
    ("2 * p.H)), shards", "2 * p.H)), shards - 1"),
    ("add_up(g, <float> 0, shards)", "pass"),
    ("add_up(g, <double> 0, shards)", "pass"),
]
OWN_SIZE = [
    ("(p.I + H + 2)", "(p.I + H)"),
    (" + lines(transposed_size(p, _))", ""),
]
BACKWARD_SHARD = [
    ("0, number * p.slice", "0, 0"),
    ("min((number + 1) * p.slice, p.B)", "p.B"),
    ("if number > 0", "if number > 1"),
    ("number * g.size", "0"),
    ("row, end = base, begin", "end = begin"),
    ("end - begin", "1"),
    ("memset(own, 0, 3 * H * (p.I + H + 2)", "memset(own, 0, 3 * H * (p.I + H)"),
    ("own, own + 3 * H * p.I", "own, own"),
    ("if p.D != p.gates", "if True"),
    ("g.dbU = own + 3 * H * (p.I + H + 1)", "g.dbU = own + 3 * H * (p.I + H)"),
    ("own += lines(3 * H * (p.I + H + 2))", "pass"),
    ("<const floating*> g.U", "<const floating*> g.W"),
    ("of.first, of.last, begin", "of.first, p.B, begin"),
    ("of.first, of.last, begin", "0, of.last, begin"),
    ("range(g.count)", "range(g.count - 1)"),
    ("0, r.width", "0, r.width - 1"),
    ("<const floating*> g.W", "<const floating*> g.U"),
    ("n > 0", "n > 1"),
    ("row + of.first, n", "row, n"),
    ("row += p.counts[t]", "row += n"),
]
ADD_UP = [
    ("range(shards - 1)", "range(shards - 2)"),
    ("add(own, W", "add(own, 0"),
    ("add(own + W, U", "add(own, U"),
    ("add(own + W + U, 3 * H", "add(own + W, 3 * H"),
    ("add(own + W + U + 3 * H", "add(own + W + U"),
    ("own += g.size", "pass"),
]
ADD = [("range(n)", "range(n - 1)"), ("total[i] +=", "total[i] =")]

BACKWARD_SECTIONS = {
    (BACK, "cdef void run_backward("): RUN_BACKWARD,
    (BACK, "cdef void backward_task("): BACKWARD_TASK,
    (BACK, "cdef void by_columns("): BY_COLUMNS,
    (BACK, "cdef void columns_task("): COLUMNS_TASK,
    (GRADIENTS, "cdef void pack_backward("): PACK_BACKWARD,
    (GRADIENTS, "cdef void pack_dx("): PACK_DX,
    (GRADIENTS, "cdef Py_ssize_t backward_rows("): BACKWARD_ROWS,
    (GRADIENTS, "cdef inline Py_ssize_t in_d("): IN_D,
    (GRADIENTS, "cdef void step_backward("): STEP_BACKWARD,
    (GRADIENTS, "cdef void set_ranges("): SET_RANGES,
    (GRADIENTS, "cdef void set_dx("): SET_DX,
    (GRADIENTS, "cdef void add_range("): ADD_RANGE,
    (SHARDS, "cdef Py_ssize_t plan("): PLAN,
    (SHARDS, "cdef inline Py_ssize_t lines("): LINES,
    (SHARDS, "cdef bint backward_shards("): BACKWARD_SHARDS,
    (SHARDS, "cdef Py_ssize_t own_size("): OWN_SIZE,
    (SHARDS, "cdef void backward_shard("): BACKWARD_SHARD,
    (SHARDS, "cdef void add_up("): ADD_UP,
    (SHARDS, "cdef inline void add("): ADD,
}
