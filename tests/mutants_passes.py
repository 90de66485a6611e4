"""What mutants.py breaks around the kernels: (file, function): [(text, what it becomes), ...].

The way forward, arrays bound once, and threads. Each text occurs once in its function.
"""

GRU = "fastgru/kernels/gru.pyx"
BOUND = "fastgru/kernels/gru_bound.pyx"
STAGE = "fastgru/kernels/stage.pyx"
POOL = "include/fastgru/pool.h"

SIZES = [
    ("isa.packed_size(H, H, True, _))", "isa.packed_size(H, 2 * H, False, _))"),
    ("isa.packed_size(3 * H, I, False, _)", "isa.packed_size(I, 3 * H, False, _)"),
]
PACK_FORWARD = [
    ("isa.pack(I, 0, H, True, W, 3 * H, 1, PW)", "isa.pack(I, 0, H, True, W, 1, 3 * H, PW)"),
    ("isa.pack(H, 0, H, True, U, 3 * H, 1, PU)", "isa.pack(H, 1, H, True, U, 3 * H, 1, PU)"),
    ("isa.pack(H, 0, 2 * H, False", "isa.pack(H, 0, H, False"),
    ("U + 2 * H", "U + H"),
    ("isa.packed_size(H, 2 * H, False", "isa.packed_size(H, H, False"),
    ("bW[j] + bU[j] if", "bW[j] if"),
    ("bW[j] + bU[j] if", "bU[j] if"),
    ("j < 2 * H and reset_after", "reset_after"),
    ("j < 2 * H and reset_after", "j < H and reset_after"),
    (" and reset_after", ""),
    ("b[3 * H + j] = bU[2 * H + j]", "b[3 * H + j] = bU[H + j]"),
]
SHARE = [
    ("(p.B + 7) // 8", "p.B // 8"),
    ("n == 1 or tiles == 1", "tiles == 1"),
    ("p.slice = p.B", "p.slice = 8"),
    ("(tiles + slices - 1) // slices", "tiles // slices"),
    ("(p.B + p.slice - 1) // p.slice", "p.B // p.slice"),
]
FORWARD_TASK = [
    ("number * p.slice", "number * 8"),
    ("min(first + p.slice, p.B)", "first + p.slice"),
]
FORWARD_ROWS = [
    ("p.counts[t], last) - first", "p.counts[t], last)"),
    ("dense = p.keep or last - first == p.B", "dense = True"),
    ("dense = p.keep or last - first == p.B", "dense = p.keep"),
    ("at = row if p.keep else 0", "at = row"),
    ("b, gates + (at + first) * 4 * H)", "b, gates + at * 4 * H)"),
    ("step(p, t, first, n, gates + (at + first) * 4 * H)", "step(p, t, first, n, gates)"),
    ("p.counts[t] if dense else p.B", "p.B"),
    ("row += p.counts[t]", "row += n"),
]
# Fewer steps at a time would only be slower.
AHEAD = [
    ("n = min(count, last) - first", "n = min(count, last)"),
    ("whole = last - first == p.B", "whole = True"),
    ("count if p.keep or whole else p.B", "count"),
    ("count if p.keep or whole else p.B", "p.B"),
    ("n = p.counts[end]", "n = p.counts[t]"),
    ("elif p.counts[end] != count", "elif False"),
    ("room -= n if whole else apart", "room -= n"),
    ("room < 0", "False"),
    ("n, p.T * I, 4 * H, steps", "n, I, 4 * H, steps"),
    ("n, p.T * I, 4 * H, steps", "n, p.T * I, 4 * H, 1"),
    ("steps, I, apart * 4 * H, n", "steps, p.T * I, apart * 4 * H, n"),
    ("p.T * I, PW", "I, PW"),
    ("x + row * I, I", "x, I"),
    ("steps, count * I", "steps, p.B * I"),
    ("x + (row + first) * I", "x + row * I"),
    ("x + (row + first) * I", "x + first * I"),
    ("False, gates, apart * 4 * H)", "False, gates, 4 * H)"),
]  # fmt: skip
STEP = [
    ("p.counts[t + 1] if t + 1 < p.T else 0", "p.counts[t] if t + 1 < p.T else 0"),
    ("t + 1 < p.T else 0", "t + 1 < p.T else n + first"),
    ("else 0) - first", "else 0)"),
    ("p.starts[t] + first", "p.starts[t]"),
    ("p.starts[t] + first", "p.starts[t + 1] + first"),
    ("p.starts[t + 1] + first", "p.starts[t + 1]"),
    ("p.final + first", "p.final"),
    ("<floating*> p.q + first * 3 * H", "<floating*> p.q"),
    ("isa.product(n, H, 2 * H, False", "isa.product(n, H, H, False"),
    ("gates + 3 * H, 4 * H", "h_prev, H"),
    ("isa.packed_size(H, 2 * H, False", "isa.packed_size(H, H, False"),
    ("q + 2 * H, 3 * H", "q + H, 3 * H"),
]
BOUND_INIT = [
    ("T, B, I, H, T * B, T * B, T * B", "T, B, I, H, T * B, T * B, T * B - B"),
    ("p.b + 3 * H *", "p.b + 2 * H *"),
    ("4 if single else 8", "4"),
    ("B, NULL", "0, NULL"),
    ('self.bU = self.address("bW"), self.address("bU")',
     'self.bU = self.address("bW"), self.address("bW")'),
    ('self.g.dbU = self.address("dbW"), self.address("dbU")',
     'self.g.dbU = self.address("dbU"), self.address("dbW")'),
]  # fmt: skip
RUN_AHEAD = [
    ("p.x = self.back.x = x",
     "p.x = x\n        if self.back.x == NULL: self.back.x = x"),
    ("<float*> self.U, <float*> self.bW", "<float*> self.U, <float*> self.bU"),
    ("<double*> self.U, <double*> self.bW", "<double*> self.U, <double*> self.bU"),
]  # fmt: skip
RUN_BACK = [
    ("self.dx if want_dx else NULL", "NULL"),
    ("self.dx if want_dx else NULL", "self.dx"),
    ("self.PWt if want_dx else NULL", "NULL"),
]
BOUND_FORWARD = [
    ("p.B if self.sequences else p.N", "p.N"),
    ("p.B if self.sequences else p.N", "p.B"),
]
BOUND_ITEM = [("4 if self.ahead.single else 8", "4"), ("4 if self.ahead.single else 8", "8")]
BOUND_BACKWARD = [
    ("dy if p.T > 1 else NULL", "NULL"),
    ("if self.sequences:", "if p.T > 1:"),
    ("(p.T - 1) * states", "0"),
    ("memcpy(p.dh, dy, states)", "memcpy(p.dh, dy, states // 2)"),
]
DENSE_INIT = [
    ('self.a, self.y = self.address("a")', 'self.a, self.y = self.address("y")'),
    ('self.address("b"), self.address("db")', 'self.address("b"), NULL'),
    ('self.address("b"), self.address("db")', 'NULL, self.address("db")'),
]
DENSE_FORWARD = [("return self.y", "return self.a"), ("self.x = x", "self.x = self.y")]
DENSE_BACKWARD = [("self.dx if want_dx else NULL", "dy")]
AFFINE = [
    ("self.W, self.units, 1", "self.W, 1, self.units"),
    ("self.b, False", "self.b, True"),
    ("if self.act:", "if not self.act:"),
    ("self.rows * self.units, self.act", "self.units, self.act"),
]
DENSE_GRADIENTS = [
    ("&R, 1, 0, R", "&R, 1, 0, R - 1"),
    ("if self.act:", "if not self.act:"),
    ("isa.activate_backward(R * O", "isa.activate_backward(O"),
    ("            dy = da", "            pass"),
    (
        "isa.outer(&all, I, O, <const floating*> self.x",
        "isa.outer(&all, I, O, <floating*> self.a",
    ),
    ("<floating*> self.db)", "<floating*> NULL)"),
    ("self.W, 1, O", "self.W, I, 1"),
    ("if want_dx:", "if False:"),
    ("isa.product(R, O, I", "isa.product(R, O - 1, I"),
]
CHAIN_FORWARD = [
    ("at = stage.forward(at)", "stage.forward(at)"),
    ("numbers(x, self.size)", "numbers(x, -1)"),
]
CHAIN_BACKWARD = [
    ("numbers(dy, self.size_out)", "numbers(dy, -1)"),
    ("len(self.stages) - 1", "len(self.stages) - 2"),
    ("first - 1, -1", "first, -1"),
    ("at = (<Stage>", "(<Stage>"),
    ("want_dx or i > first", "want_dx"),
    ("want_dx or i > first", "i > first"),
]
NUMBERS = [("size >= 0 and ", ""), ("view.len != size", "view.len > size")]
# Whose tasks a thread does first is a matter of speed.
POOL_WORK = [("i < pool.shares", "i < 1"), ("< end)", "<= end)")]
POOL_RUN = [
    ("tasks * (i + 1) / threads", "tasks / threads * (i + 1)"),
    ("tasks * i / threads", "0"),
    ("pool.shares = threads", "pool.shares = threads - 1"),
]

PASSES_SECTIONS = {
    (GRU, "cdef tuple sizes("): SIZES,
    (GRU, "cdef void pack_forward("): PACK_FORWARD,
    (GRU, "cdef void share("): SHARE,
    (GRU, "cdef void forward_task("): FORWARD_TASK,
    (GRU, "cdef void forward_rows("): FORWARD_ROWS,
    (GRU, "cdef Py_ssize_t ahead("): AHEAD,
    (GRU, "cdef void step("): STEP,
    (BOUND, "def __init__("): BOUND_INIT,
    (BOUND, "cdef const void* forward("): BOUND_FORWARD,
    (BOUND, "cdef Py_ssize_t item("): BOUND_ITEM,
    (BOUND, "cdef void run_ahead("): RUN_AHEAD,
    (BOUND, "cdef void run_back("): RUN_BACK,
    (BOUND, "cdef const void* backward("): BOUND_BACKWARD,
    (STAGE, "def __init__(self, dict arrays"): DENSE_INIT,
    (STAGE, "cdef const void* forward(self, const void* x) except NULL:\n        self.x"): DENSE_FORWARD,
    (STAGE, "cdef const void* backward(self, const void* dy, bint want_dx) noexcept:\n        with"):
        DENSE_BACKWARD,
    (STAGE, "cdef void affine("): AFFINE,
    (STAGE, "cdef void gradients("): DENSE_GRADIENTS,
    (STAGE, "def forward("): CHAIN_FORWARD,
    (STAGE, "def backward("): CHAIN_BACKWARD,
    (STAGE, "cdef const void* numbers("): NUMBERS,
    (POOL, "static void pool_work("): POOL_WORK,
    (POOL, "static void pool_run("): POOL_RUN,
}  # fmt: skip
