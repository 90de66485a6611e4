"""What mutants.py breaks in the products: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function.
"""

TILE_BODY = "include/fastgru/tile_body.h"
PRODUCT_BODY = "include/fastgru/product_body.h"
OUTER_BODY = "include/fastgru/outer_body.h"
SPANS = "include/fastgru/spans.h"

TILE = [
    ("c[i][0] = c[i][1] = c[i][2] = (VEC){0}", "c[i][1] = c[i][2] = (VEC){0}"),
    ("span < end; ++span", "span < end - 1; ++span"),
    ("A + span->begin * sk", "A + span->begin"),
    ("A + span->begin * sk", "A"),
    ("k < span->count", "k < span->count - 1"),
    ("a += sk", "a += 1"),
    ("P += 3 * VL", "P += 2 * VL"),
    ("LOAD(P + VL) : u0", "LOAD(P) : u0"),
    ("LOAD(P + 2 * VL) : u0", "LOAD(P + VL) : u0"),
    ("u0 * a[i * sr]", "u0 * a[0]"),
    ("u1 * a[i * sr]", "u1 * a[i * sk]"),
    ("c[i][2] += u2", "c[i][2] = u2"),
    ("acc + (3 * i + 1) * VL", "acc + (3 * i) * VL"),
    ("acc + (3 * i + 2) * VL", "acc + (3 * i + 1) * VL"),
    ("vectors > 1)\n                    c", "vectors > 2)\n                    c"),
    ("vectors > 1)\n            STORE", "vectors > 2)\n            STORE"),
]
SOME_ROWS = [
    ("left >= 8", "left >= 4"),
    ("left >= 4", "left >= 3"),
    ("left >= 2", "left >= 1"),
    ("FN(tile)(8, vectors", "FN(tile)(7, vectors"),
    ("FN(tile)(4, vectors", "FN(tile)(3, vectors"),
    ("FN(tile)(2, vectors", "FN(tile)(1, vectors"),
]
WIDE = [
    ("block = 3 * VL * K", "block = 3 * VL"),
    ("k < K; ++k", "k < K - 1; ++k"),
    ("++k, P += 3 * VL", "++k, P += 2 * VL"),
    ("u0 = LOAD(P + j * block),", "u0 = LOAD(P),"),
    ("LOAD(P + j * block + VL)", "LOAD(P + j * block)"),
    ("c[j * rows + i][0] += u0 * A[i * sa + k]", "c[j * rows + i][0] += u0 * A[k]"),
    ("c[j * rows + i][1] += u1", "c[j + i][1] += u1"),
    ("u2 * A[i * sa + k]", "u2 * A[i * sa]"),
    ("j >= at->begun", "j > at->begun"),
    ("at->from[v] + j * at->from_block", "at->from[v]"),
    ("from[v] += at->from_row[v]", "from[v] += at->from_row[0]"),
    ("acc + 3 * j * rows * VL", "acc"),
    ("j < at->stored", "j <= at->stored"),
    ("at->to + j * at->to_block", "at->to"),
    ("STORE(to + at->to_vector,", "STORE(to,"),
    ("to += at->to_row", "to += 0"),
    ("to + (3 * i + v) * VL", "to + 3 * i * VL"),
]
# Fewer blocks at once would only be slower.
BLOCKS = [("(left + step - 1) / step", "left / step"), ("? 4\n", "? 5\n")]
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
    ("{0, K}", "{0, K - 1}"),
    ("vectors == 2", "vectors == 3"),
    ("(2, left, &all, &all + 1, A, sa, 1", "(1, left, &all, &all + 1, A, sa, 1"),
    ("(1, left, &all, &all + 1, A, sa, 1", "(1, left, &all, &all + 1, A, 1, sa"),
    ("left < TILE_ROWS ? (int)left : TILE_ROWS", "TILE_ROWS"),
    ("FN(wide)(ROWS, BLOCKS", "FN(wide)(ROWS, 1"),
    ("CASE(3, 1)", ""),
    ("CASE(2, 2)", ""),
    ("return rows;", "return 1;"),
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
    ("group = gated ? columns : VL", "group = VL"),
    (".from_block = step", ".from_block = 0"),
    ("down = accumulate ? so : 0", "down = 0"),
    ("down = accumulate ? so : 0", "down = so"),
    ("at.to_row = so", "at.to_row = 0"),
    ("at.to_vector = group", "at.to_vector = VL"),
    ("at.to_block = step", "at.to_block = 0"),
    ("first += blocks * step", "first += step"),
    ("left = columns - first", "left = columns"),
    ("gated || left >= 3 * VL", "left >= 3 * VL"),
    ("(left + VL - 1) / VL", "left / VL"),
    ("left < blocks * step ? blocks - 1 : blocks", "blocks"),
    ("accumulate || bias ? whole : 0", "accumulate ? whole : 0"),
    ("accumulate || bias ? whole : 0", "bias ? whole : 0"),
    ("accumulate || bias ? whole : 0", "blocks"),
    ("accumulate ? at.to : bias + first", "bias + first"),
    ("accumulate ? at.to : bias + first", "accumulate ? at.to : bias"),
    ("first) + v * group", "first)"),
    ("g < groups", "g < 1"),
    ("out + g * go", "out"),
    ("row * so;", "row;"),
    ("A + g * ga + row * sa,", "A + row * sa,"),
    ("A + g * ga + row * sa,", "A + g * ga,"),
    ("j = whole; j", "j = 0; j"),
    ("(j * took + i) * VL", "i * VL"),
    ("first + j * step", "first"),
    ("to + i * so", "to"),
    ("row += took", "row += 1"),
    ("P += 3 * VL * K * blocks", "P += 3 * VL * K"),
]
NEXT_SPANS = [
    ("at->step < of->steps", "at->step < of->steps - 1"),
    ("rows < of->last ? rows : of->last", "of->last"),
    ("rows < of->last ? rows : of->last", "rows"),
    ("- of->first - at->done", "- at->done"),
    ("- of->first - at->done", "- of->first"),
    ("left < DEPTH - depth ? left : DEPTH - depth", "left"),
    ("take > 0", "take > 1"),
    ("at->row + of->first + at->done", "at->row + of->first"),
    ("at->row + of->first + at->done", "at->row + at->done"),
    ("spans[count - 1].begin + spans[count - 1].count == begin", "1"),
    ("spans[count - 1].count += take", "spans[count - 1].count = take"),
    ("depth += take", "depth += 1"),
    ("at->done += take", "at->done = take"),
    ("at->row += rows", "at->row += of->last - of->first"),
    ("at->done = 0", "at->done = 1"),
]
OUTER_SUMS = [
    ("(3, left, span, end, A, 1, sa", "(3, left, span, end, A, sa, 1"),
    ("vectors == 2", "vectors == 1"),
    ("(1, left, span, end, A, 1, sa", "(1, left, span, end, A, sa, 1"),
]
ADD_UP = [
    ("k < depth", "k < depth - 1"),
    ("P += 3 * VL", "P += VL"),
    ("c[v] += LOAD", "c[v] = LOAD"),
    ("LOAD(P + v * VL)", "LOAD(P)"),
    ("sums + v * VL", "sums"),
    ("l < n", "l < n - 1"),
    ("total[l] +=", "total[l] ="),
]
OUTER = [
    ("columns - first < 3 * VL ? columns - first : 3 * VL", "3 * VL"),
    ("(width + VL - 1) / VL", "width / VL"),
    ("i < count; to", "i < 1; to"),
    ("to += spans[i++].count * 3 * VL", "++i"),
    ("FN(pack)(spans[i].count", "FN(pack)(spans[0].count"),
    ("B + spans[i].begin * sb", "B"),
    ("sb + first, sb", "sb, sb"),
    ("(to - P) / (3 * VL)", "spans[0].count"),
    ("total + first", "total"),
    ("spans + count", "spans + 1"),
    ("A + row, sa", "A, sa"),
    ("++i, ++row", "++i, row += 2"),
    ("row * so + first", "row * so"),
    ("out + row * so", "out"),
    ("sum[l] +=", "sum[l] ="),
    ("acc[3 * VL * i + l]", "acc[l]"),
]

TILES_SECTIONS = {
    (TILE_BODY, "FN(tile)("): TILE,
    (TILE_BODY, "FN(some_rows)("): SOME_ROWS,
    (TILE_BODY, "FN(wide)("): WIDE,
    (TILE_BODY, "FN(blocks)("): BLOCKS,
    (PRODUCT_BODY, "FN(packed_size)("): PACKED_SIZE,
    (PRODUCT_BODY, "FN(pack)("): PACK,
    (TILE_BODY, "FN(sums)("): SUMS,
    (PRODUCT_BODY, "FN(put)("): PUT,
    (PRODUCT_BODY, "FN(product)("): PRODUCT,
    (SPANS, "int next_spans("): NEXT_SPANS,
    (OUTER_BODY, "FN(outer_sums)("): OUTER_SUMS,
    (OUTER_BODY, "FN(add_up)("): ADD_UP,
    (OUTER_BODY, "FN(outer)("): OUTER,
}
