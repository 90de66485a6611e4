"""What mutants.py breaks: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function. Those of the gates are in mutants_gates.py.
"""

from mutants_gates import GATES_SECTIONS

TILES = "include/fastgru/tiles_body.h"
GRU = "fastgru/kernels/gru.pyx"
BACK = "fastgru/kernels/gru_backward.pyx"
BOUND = "fastgru/kernels/gru_bound.pyx"

TILE = [
    ("c[i][0] = c[i][1] = c[i][2] = (VEC){0}", "c[i][1] = c[i][2] = (VEC){0}"),
    ("k < K; ++k", "k < K - 1; ++k"),
    ("P += 3 * VL", "P += 2 * VL"),
    ("u1 = LOAD(P + VL)", "u1 = LOAD(P + 2 * VL)"),
    ("A[i * sr + k * sk]", "A[i * sk + k * sr]"),
    ("A[i * sr + k * sk]", "A[k * sk]"),
    ("c[i][2] += u2 * a", "c[i][2] = u2 * a"),
    ("acc + (3 * i + 1) * VL", "acc + (3 * i) * VL"),
]
SOME_ROWS = [
    ("left >= 8", "left >= 4"),
    ("left >= 4", "left >= 3"),
    ("left >= 2", "left >= 1"),
    ("return 8", "return 7"),
    ("FN(tile)(2, K, A", "FN(tile)(1, K, A"),
]
FOUR_BLOCKS = [
    ("block = 3 * VL * K", "block = 3 * VL"),
    ("k < K; ++k", "k < K - 1; ++k"),
    ("LOAD(P + j * block + VL) * A[k]", "LOAD(P + j * block) * A[k]"),
    ("c[j][0] += LOAD(P + j * block) * A[k]", "c[j][0] += LOAD(P) * A[k]"),
    ("acc + (3 * j + 2) * VL", "acc + (3 * j + 1) * VL"),
]
PACKED_SIZE = [
    ("gated ? VL : 3 * VL", "VL"),
    ("columns + step - 1", "columns"),
    ("gated ? 3 : 1", "1"),
]
PACK = [
    ("step = gated ? VL : 3 * VL", "step = 3 * VL"),
    ("group = gated ? columns : VL", "group = VL"),
    ("begin + k < K ? begin + k : begin + k - K", "k"),
    ("begin + k < K ?", "begin + k <= K ?"),
    ("gated ? first : first + v * VL", "first"),
    ("columns - start < VL ? columns - start : VL", "VL"),
    ("M + row * sk", "M + k * sk"),
    ("(first + v * group) * sc", "(first + v * group)"),
    ("(first + v * group) * sc", "first * sc"),
    ("n == VL && sc == 1", "n == VL"),
    ("from[l * sc]", "from[l]"),
    ("from[l * sc] : 0", "from[l * sc] : 1"),
]
SUMS = [
    ("return 1;", "return 4;"),
    ("A, sa, 1, P", "A, 1, sa, P"),
    ("(left, K", "(1, K"),
]
PUT = [
    ("group = gated ? columns : VL", "group = VL"),
    ("start = gated ? first : first + v * VL", "start = first"),
    ("at = first + v * group", "at = first"),
    ("columns - start < VL ? columns - start : VL", "VL"),
    ("acc + v * VL", "acc"),
    ("accumulate ? LOAD(to) : bias", "bias"),
    ("bias ? LOAD(bias + at) : (VEC){0}", "(VEC){0}"),
    ("LOAD(bias + at)", "LOAD(bias + first)"),
    ("l < n; ++l", "l < n - 1; ++l"),
    ("accumulate ? to[l] : bias", "bias"),
    ("bias[at + l]", "bias[l]"),
]
PRODUCT = [
    ("gated ? VL : 3 * VL", "VL"),
    ("first += blocks * step", "first += step"),
    ("columns - first > 3 * step", "columns - first > 2 * step"),
    ("columns - first > 3 * step", "columns - first > 4 * step"),
    ("rows == 1 && ", ""),
    ("A + row * sa, sa", "A, sa"),
    ("i < took * blocks", "i < took"),
    ("acc + 3 * i * VL", "acc"),
    ("first + (four ? i * step : 0)", "first"),
    ("(row + (four ? 0 : i)) * so", "row * so"),
    ("row += took", "row += 1"),
    ("P += 3 * VL * K * blocks", "P += 3 * VL * K"),
]
OUTER = [
    ("A += DEPTH * sa", "A += 0"),
    ("B += DEPTH * sb", "B += 0"),
    ("K - k < DEPTH ? K - k : DEPTH", "K"),
    ("columns - first < 3 * VL ? columns - first : 3 * VL", "3 * VL"),
    ("B + first, sb", "B, sb"),
    ("A + row, 1, sa", "A, 1, sa"),
    ("++i, ++row", "++i"),
    ("row * so + first", "row * so"),
    ("to[l] +=", "to[l] ="),
    ("acc[3 * VL * i + l]", "acc[l]"),
]
ADD_ROWS = [
    ("row < rows", "row < rows - 1"),
    ("total[l] +=", "total[l] ="),
    ("A[row * sa + l]", "A[row * columns + l]"),
]
FINISH = [
    ("act != FASTGRU_TANH || rec", "act != FASTGRU_TANH && rec"),
    ("H - u < VL ? H - u : VL", "VL"),
    ("H - u >= VL", "H - u > VL"),
    ("H - u >= VL", "1"),
    ("block < 3", "block < 2"),
    ("gates + block * H, n);\n        memcpy(bias", "gates, n);\n        memcpy(bias"),
    ("memcpy(bias, bq, n)", "memcpy(bias, bq, 0)"),
    ("memcpy(prev, h_prev, n)", "memcpy(prev, h_prev, 0)"),
    ("VL, VL, g, VL, q, bias, prev", "VL, VL, g, VL, q, bq, prev"),
    ("block < 4", "block < 3"),
    ("gates + block * H, g + block * VL", "gates + block * VL, g + block * VL"),
    ("memcpy(h_next, next, n)", "memcpy(h_next, next, n - sizeof(REAL))"),
]
AFTER_STEP = [
    ("H - first > 3 * VL", "H - first > 4 * VL"),
    ("H - first > 3 * VL", "H - first > 2 * VL"),
    ("rows == 1 && ", ""),
    ("first += blocks * VL", "first += VL"),
    ("h_prev + row * H, H, P", "h_prev, H, P"),
    ("row + (four ? 0 : i)", "row"),
    ("first + (four ? i * VL : 0)", "first"),
    ("gates + b * 4 * H + u", "gates + b * 4 * H"),
    ("acc + 3 * i * VL", "acc"),
    ("bq + u", "bq"),
    ("h_prev + b * H + u", "h_prev + u"),
    ("b < going_on ?", "b <= going_on ?"),
    ("b < going_on ? h_next : h_final", "h_next"),
    ("P += 3 * VL * H * blocks", "P += 3 * VL * H"),
]
STEPS = {
    "AFTER_BACKWARD": [
        ("gates += 4 * H", "gates += 3 * H"),
        ("act == FASTGRU_TANH && ", ""),
        ("dh += H", "dh += 0"),
        ("D += 4 * H", "D += 3 * H"),
    ],
    "BEFORE_RESET": [("q += 3 * H", "q += 2 * H"), ("rec == FASTGRU_SIGMOID", "1")],
    "BEFORE_STEP": [
        ("b < going_on ?", "b <= going_on ?"),
        ("(b < going_on ? h_next : h_final) + b * H", "(b < going_on ? h_next : h_final)"),
        ("act == FASTGRU_TANH && ", ""),
    ],
    "BEFORE_BACKWARD": [("h_prev += H", "h_prev += 0"), (" && rec == FASTGRU_SIGMOID", "")],
    "BEFORE_RESET_BACKWARD": [
        ("h_prev, D + 3 * H, dh,\n", "h_prev, D, dh,\n"),
        ("rec == FASTGRU_SIGMOID", "1"),
    ],
}
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
    ("(tiles + n - 1) // n", "tiles // n"),
    ("(p.B + p.slice - 1) // p.slice", "p.B // p.slice"),
]
FORWARD_TASK = [
    ("number * p.slice", "number * 8"),
    ("min(first + p.slice, p.B)", "first + p.slice"),
]
FORWARD_ROWS = [
    ("p.counts[t], last) - first", "p.counts[t], last)"),
    ("whole = last - first == p.B", "whole = True"),
    ("(row if p.keep else 0) + first", "(row if p.keep else 0)"),
    ("x + (row + first) * I", "x + row * I"),
    ("x + (row + first) * I", "x + first * I"),
    ("t == end", "t >= end"),
    ("            ahead = 0", "            ahead = end"),
    ("            at = row if p.keep else 0", "            at = row"),
    ("ahead + p.counts[end] <= p.C", "ahead + p.counts[end] < p.C"),
    ("p.C - (row if p.keep else 0)", "p.C"),
    ("ahead += p.counts[end]", "ahead += p.counts[t]"),
    ("x + row * I, I", "x, I"),
    ("at += p.counts[t - 1]", "at += p.counts[t]"),
    ("step(p, t, first, n, gates + at * 4 * H)", "step(p, t, first, n, gates)"),
    ("row += p.counts[t]", "row += n"),
]
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
RUN_BACKWARD = [
    ("2 * p.H, p.I", "0, p.I"),
    ("2 * p.H, p.I", "p.H, p.I"),
    ("W, 1, 3 * p.H", "W, 3 * p.H, 1"),
]
PACK_BACKWARD = [
    ("isa.pack(3 * H, 0, H, False, U, 1, 3 * H", "isa.pack(3 * H, 0, H, False, U, 3 * H, 1"),
    ("isa.pack(2 * H, 0, H", "isa.pack(2 * H, H, H"),
    ("U + 2 * H", "U + H"),
    ("isa.packed_size(2 * H, H", "isa.packed_size(H, H"),
]
BACKWARD_TASK = [
    ("number * p.slice", "number * 8"),
    ("min(first + p.slice, p.B)", "first + p.slice"),
]
BACKWARD_ROWS = [
    ("<floating*> p.dh + first * H", "<floating*> p.dh"),
    ("range(p.T - 1, -1, -1)", "range(p.T - 1, 0, -1)"),
    ("min(p.counts[t], last) - first", "p.counts[t] - first"),
    ("at = row + first", "at = row"),
    ("continue", "return"),
    ("row >= p.skip", "row > p.skip"),
    ("dstates != NULL and row >= p.skip", "dstates != NULL and row >= p.skip + n"),
    ("dh[i] += dstates", "dh[i] = dstates"),
    ("(at - p.skip) * H", "at * H"),
    ("(at - p.skip) * H", "(row - p.skip) * H"),
    ("range(n * H)", "range(H)"),
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
SHARE_GRADIENTS = [
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
    ("1 + p.N // 256", "p.N // 256"),
]
DX_SLICE = [
    ("p.N * (number + 1) // g.slices - first", "p.N // g.slices"),
    ("p.D + first * 4 * p.H", "p.D"),
    ("isa.product(n, 3 * p.H", "isa.product(n, 2 * p.H"),
    ("g.dx + first * p.I", "g.dx"),
]
GRADIENT_PIECE = [
    ("number >= (r.width", "number > (r.width"),
    ("number -= (r.width + COLUMNS - 1) // COLUMNS", "number -= 1"),
    ("first = number * COLUMNS", "first = 0"),
    ("min(COLUMNS, r.width - first)", "COLUMNS"),
    ("r.source + first", "r.source"),
    ("p.N, r.rows, n", "p.N - p.counts[0], r.rows, n"),
    ("<floating*> r.out + first", "<floating*> r.out"),
    ("isa.add_rows(p.N", "isa.add_rows(p.counts[0]"),
    ("<floating*> r.db + first", "<floating*> r.db"),
]
BOUND_INIT = [
    ("T, B, I, H, T * B, T * B, T * B", "T, B, I, H, T * B, T * B, T * B - B"),
    ("p.b + 3 * H *", "p.b + 2 * H *"),
    ("4 if single else 8", "4"),
    ("B, NULL", "0, NULL"),
    ('self.back.PU = self.address("PUt")', "pass"),
    ('self.bU = self.address("bW"), self.address("bU")',
     'self.bU = self.address("bW"), self.address("bW")'),
    ('self.g.dbU = self.address("dbW"), self.address("dbU")',
     'self.g.dbU = self.address("dbU"), self.address("dbW")'),
]  # fmt: skip
BOUND_FORWARD = [
    ("self.ahead.x = self.back.x = pointer(x)",
     "self.ahead.x = pointer(x)\n        if self.back.x == NULL: self.back.x = self.ahead.x"),
    ("self.pack(<double> 0)", "pass"),
]  # fmt: skip
BOUND_BACKWARD = [
    ("NULL if dstates is None else pointer(dstates)", "NULL"),
    ("self.back.x, NULL, NULL", "self.back.x, self.g.dx, self.g.PWt"),
    ("        if want_dx:", "        if False:"),
]

SECTIONS = GATES_SECTIONS | {
    (TILES, "FN(tile)("): TILE,
    (TILES, "FN(some_rows)("): SOME_ROWS,
    (TILES, "FN(four_blocks)("): FOUR_BLOCKS,
    (TILES, "FN(packed_size)("): PACKED_SIZE,
    (TILES, "FN(pack)("): PACK,
    (TILES, "FN(sums)("): SUMS,
    (TILES, "FN(put)("): PUT,
    (TILES, "FN(product)("): PRODUCT,
    (TILES, "FN(outer)("): OUTER,
    (TILES, "FN(add_rows)("): ADD_ROWS,
    (TILES, "FN(finish)("): FINISH,
    (TILES, "FN(after_step)("): AFTER_STEP,
    **{(TILES, f"FN({name.lower()})("): pairs for name, pairs in STEPS.items()},
    (GRU, "cdef tuple sizes("): SIZES,
    (GRU, "cdef void pack_forward("): PACK_FORWARD,
    (GRU, "cdef void share("): SHARE,
    (GRU, "cdef void forward_task("): FORWARD_TASK,
    (GRU, "cdef void forward_rows("): FORWARD_ROWS,
    (GRU, "cdef void step("): STEP,
    (BACK, "cdef void run_backward("): RUN_BACKWARD,
    (BACK, "cdef void pack_backward("): PACK_BACKWARD,
    (BACK, "cdef void backward_task("): BACKWARD_TASK,
    (BACK, "cdef void backward_rows("): BACKWARD_ROWS,
    (BACK, "cdef void step_backward("): STEP_BACKWARD,
    (BACK, "cdef void share_gradients("): SHARE_GRADIENTS,
    (BACK, "cdef void dx_slice("): DX_SLICE,
    (BACK, "cdef void gradient_piece("): GRADIENT_PIECE,
    (BOUND, "def __init__("): BOUND_INIT,
    (BOUND, "def forward("): BOUND_FORWARD,
    (BOUND, "def backward("): BOUND_BACKWARD,
}

# Why the tests are right not to notice.
EQUIVALENT = {}
