/* Included by tiles.h once for each instruction set and precision; has no guard on purpose.
 * REAL, VL (numbers in a vector), TILE_ROWS, FN and BASE (the name without the instruction
 * set: inlined from gates.h, so compiled for this one) are defined.
 *
 * A packed matrix is a stream: block after block of three vectors of columns, and in a
 * block row after row. For the gates the three vectors are the same VL units of z, r, g;
 * for a plain matrix they are 3 VL neighbouring columns. Columns that are not there are 0. */

typedef REAL FN(vec) __attribute__((vector_size(VL * sizeof(REAL))));
typedef REAL FN(loose)
    __attribute__((vector_size(VL * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
#define VEC FN(vec)
#define LOAD(from) ((VEC)(*(const FN(loose) *)(from)))
#define STORE(to, v) (*(FN(loose) *)(to) = (v))
#define MOST_SUMS (8 * 3 * VL)

/* acc (rows, 3 VL) = A P for rows of A (rows, K) and one block P (K, 3 VL), all sums in
 * registers; of the three vectors the first `vectors`. A's elements lie sr apart from row to
 * row and sk from column to column; its K columns are those of the spans, P's lie without
 * gaps. `rows`, `vectors` and, where it is 1, `sk` are constants in the call. */
FASTGRU_INLINE void FN(tile)(const int rows, const int vectors, const struct span *span,
                             const struct span *end, const REAL *A, ptrdiff_t sr,
                             const ptrdiff_t sk, const REAL *P, REAL *acc)
{
    VEC c[TILE_ROWS][3];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
        c[i][0] = c[i][1] = c[i][2] = (VEC){0};
    for (; span < end; ++span) {
        const REAL *a = A + span->begin * sk;
        for (ptrdiff_t k = 0; k < span->count; ++k, a += sk, P += 3 * VL) {
            /* Down a column every number lies in a line of its own, of which a tile reads a
             * part: they fall out of the cache before the next tile wants the rest. */
            if (sk != 1)
                PREFETCH(a + 8 * sk);
            const VEC u0 = LOAD(P);
            const VEC u1 = vectors > 1 ? LOAD(P + VL) : u0;
            const VEC u2 = vectors > 2 ? LOAD(P + 2 * VL) : u0;
#pragma GCC unroll 8
            for (int i = 0; i < rows; ++i) {
                c[i][0] += u0 * a[i * sr];
                if (vectors > 1)
                    c[i][1] += u1 * a[i * sr];
                if (vectors > 2)
                    c[i][2] += u2 * a[i * sr];
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        STORE(acc + (3 * i) * VL, c[i][0]);
        if (vectors > 1)
            STORE(acc + (3 * i + 1) * VL, c[i][1]);
        if (vectors > 2)
            STORE(acc + (3 * i + 2) * VL, c[i][2]);
    }
}

/* The largest tile that fits into the rows left; returns how many it took. The sums of a
 * row do not depend on the tile it is in, so neither do results on how rows are dealt out. */
FASTGRU_INLINE int FN(some_rows)(const int vectors, ptrdiff_t left, const struct span *span,
                                 const struct span *end, const REAL *A, ptrdiff_t sr,
                                 const ptrdiff_t sk, const REAL *P, REAL *acc)
{
#if TILE_ROWS == 8
    if (left >= 8) {
        FN(tile)(8, vectors, span, end, A, sr, sk, P, acc);
        return 8;
    }
#endif
    if (left >= 4) {
        FN(tile)(4, vectors, span, end, A, sr, sk, P, acc);
        return 4;
    }
    if (left >= 2) {
        FN(tile)(2, vectors, span, end, A, sr, sk, P, acc);
        return 2;
    }
    FN(tile)(1, vectors, span, end, A, sr, sk, P, acc);
    return 1;
}

/* The same for one row and `blocks` blocks at once: three sums alone would wait for each
 * other. */
FASTGRU_INLINE void FN(row)(const int blocks, ptrdiff_t K, const REAL *A, const REAL *P,
                            REAL *acc)
{
    VEC c[4][3];
    const ptrdiff_t block = 3 * VL * K;
#pragma GCC unroll 4
    for (int j = 0; j < blocks; ++j)
        c[j][0] = c[j][1] = c[j][2] = (VEC){0};
    for (ptrdiff_t k = 0; k < K; ++k, P += 3 * VL) {
#pragma GCC unroll 4
        for (int j = 0; j < blocks; ++j) {
            c[j][0] += LOAD(P + j * block) * A[k];
            c[j][1] += LOAD(P + j * block + VL) * A[k];
            c[j][2] += LOAD(P + j * block + 2 * VL) * A[k];
        }
    }
#pragma GCC unroll 4
    for (int j = 0; j < blocks; ++j) {
        STORE(acc + (3 * j) * VL, c[j][0]);
        STORE(acc + (3 * j + 1) * VL, c[j][1]);
        STORE(acc + (3 * j + 2) * VL, c[j][2]);
    }
}

/* How many blocks to take at once for `rows` rows, with so many columns or units left. */
FASTGRU_INLINE int FN(blocks)(ptrdiff_t rows, ptrdiff_t left, ptrdiff_t step)
{
    return rows > 1 || left <= step ? 1 : left <= 2 * step ? 2 : left <= 3 * step ? 3 : 4;
}

/* Numbers that a packed matrix takes: K rows, `columns` units or columns. */
static ptrdiff_t FN(packed_size)(ptrdiff_t K, ptrdiff_t columns, int gated)
{
    const ptrdiff_t step = gated ? VL : 3 * VL;
    return (columns + step - 1) / step * step * K * (gated ? 3 : 1);
}

/* M[k][c] is M[k * sk + c * sc]; gated: `columns` units, their gates `columns` apart. The
 * rows are taken from row `begin` on and around: D has its blocks in another order than W. */
static void FN(pack)(ptrdiff_t K, ptrdiff_t begin, ptrdiff_t columns, int gated, const REAL *M,
                     ptrdiff_t sk, ptrdiff_t sc, REAL *P)
{
    const ptrdiff_t step = gated ? VL : 3 * VL, group = gated ? columns : VL;
    for (ptrdiff_t first = 0; first < columns; first += step)
        for (ptrdiff_t k = 0; k < K; ++k)
            for (int v = 0; v < 3; ++v, P += VL) {
                const ptrdiff_t row = begin + k < K ? begin + k : begin + k - K;
                const ptrdiff_t start = gated ? first : first + v * VL;
                const ptrdiff_t n = columns - start < VL ? columns - start : VL;
                const REAL *from = M + row * sk + (first + v * group) * sc;
                if (n == VL && sc == 1)
                    STORE(P, LOAD(from));
                else
                    for (ptrdiff_t l = 0; l < VL; ++l)
                        P[l] = l < n ? from[l * sc] : 0;
            }
}

/* Sums of one or more rows with one block, or of one row with several. acc holds block
 * after block, row after row; returns how many rows. A call of its own: inlined, the
 * constants of the activations would push the sums out of the registers. */
static FASTGRU_APART int FN(sums)(int blocks, int vectors, ptrdiff_t left, ptrdiff_t K,
                                  const REAL *A, ptrdiff_t sa, const REAL *P, REAL *acc)
{
    const struct span all = {0, K};
    if (blocks == 4)
        FN(row)(4, K, A, P, acc);
    else if (blocks == 3)
        FN(row)(3, K, A, P, acc);
    else if (blocks == 2)
        FN(row)(2, K, A, P, acc);
    else if (vectors == 3)
        return FN(some_rows)(3, left, &all, &all + 1, A, sa, 1, P, acc);
    else if (vectors == 2)
        return FN(some_rows)(2, left, &all, &all + 1, A, sa, 1, P, acc);
    else
        return FN(some_rows)(1, left, &all, &all + 1, A, sa, 1, P, acc);
    return 1;
}

/* One row's sums of one block to where they belong in out. */
FASTGRU_INLINE void FN(put)(const REAL *acc, ptrdiff_t first, ptrdiff_t columns, int gated,
                            const REAL *bias, int accumulate, REAL *out)
{
    const ptrdiff_t group = gated ? columns : VL;
    for (int v = 0; v < 3; ++v) {
        const ptrdiff_t start = gated ? first : first + v * VL, at = first + v * group;
        const ptrdiff_t n = columns - start < VL ? columns - start : VL;
        const REAL *from = acc + v * VL;
        REAL *to = out + at;
        if (n == VL)
            STORE(to, LOAD(from) + (accumulate ? LOAD(to) : bias ? LOAD(bias + at) : (VEC){0}));
        else
            for (ptrdiff_t l = 0; l < n; ++l)
                to[l] = from[l] + (accumulate ? to[l] : bias ? bias[at + l] : 0);
    }
}

/* out = A P [+ bias], or out += A P. out's rows lie `so` apart. */
static void FN(product)(ptrdiff_t rows, ptrdiff_t K, ptrdiff_t columns, int gated,
                        const REAL *A, ptrdiff_t sa, const REAL *P, const REAL *bias,
                        int accumulate, REAL *out, ptrdiff_t so)
{
    const ptrdiff_t step = gated ? VL : 3 * VL;
    REAL acc[MOST_SUMS];
    int blocks;
    for (ptrdiff_t first = 0; first < columns; first += blocks * step) {
        const ptrdiff_t left = columns - first;
        const int vectors = gated || left >= 3 * VL ? 3 : (int)((left + VL - 1) / VL);
        blocks = FN(blocks)(rows, left, step);
        for (ptrdiff_t row = 0; row < rows;) {
            const int took = FN(sums)(blocks, vectors, rows - row, K, A + row * sa, sa, P, acc);
            for (int i = 0; i < took * blocks; ++i)
                FN(put)(acc + 3 * i * VL, first + (blocks > 1 ? i * step : 0), columns, gated,
                        bias, accumulate, out + (row + (blocks > 1 ? 0 : i)) * so);
            row += took;
        }
        P += 3 * VL * K * blocks;
    }
}

/* Sums over rows of A and one packed block, for some columns of A. */
static FASTGRU_APART int FN(outer_sums)(int vectors, ptrdiff_t left, const struct span *span,
                                        const struct span *end, const REAL *A, ptrdiff_t sa,
                                        const REAL *P, REAL *acc)
{
    if (vectors == 3)
        return FN(some_rows)(3, left, span, end, A, 1, sa, P, acc);
    if (vectors == 2)
        return FN(some_rows)(2, left, span, end, A, 1, sa, P, acc);
    return FN(some_rows)(1, left, span, end, A, 1, sa, P, acc);
}

/* total (n) += the sums of the columns of a packed block of `depth` rows. */
FASTGRU_INLINE void FN(add_up)(ptrdiff_t depth, ptrdiff_t n, const REAL *P, REAL *total)
{
    VEC c[3] = {{0}};
    REAL sums[3 * VL];
    for (ptrdiff_t k = 0; k < depth; ++k, P += 3 * VL)
        for (int v = 0; v < 3; ++v)
            c[v] += LOAD(P + v * VL);
    for (int v = 0; v < 3; ++v)
        STORE(sums + v * VL, c[v]);
    for (ptrdiff_t l = 0; l < n; ++l)
        total[l] += sums[l];
}

/* out (rows, columns) += A^T B, summed over the rows `of` A (., rows) and B (., columns);
 * total (columns), if given, += the sum of those rows of B. */
static void FN(outer)(const fastgru_rows *of, ptrdiff_t rows, ptrdiff_t columns, const REAL *A,
                      ptrdiff_t sa, const REAL *B, ptrdiff_t sb, REAL *out, ptrdiff_t so,
                      REAL *total)
{
    REAL acc[MOST_SUMS], P[DEPTH * 3 * VL];
    struct span spans[DEPTH];
    struct walk walk = {.of = of};
    int count;
    /* The depth is cut outermost: a piece of A stays in the cache for all columns. */
    while ((count = next_spans(&walk, spans)) > 0)
        for (ptrdiff_t first = 0; first < columns; first += 3 * VL) {
            const ptrdiff_t width = columns - first < 3 * VL ? columns - first : 3 * VL;
            const int vectors = (int)((width + VL - 1) / VL);
            REAL *to = P;
            for (int i = 0; i < count; to += spans[i++].count * 3 * VL)
                FN(pack)(spans[i].count, 0, width, 0, B + spans[i].begin * sb + first, sb, 1,
                         to);
            if (total)
                FN(add_up)((to - P) / (3 * VL), width, P, total + first);
            for (ptrdiff_t row = 0; row < rows;) {
                const int took = FN(outer_sums)(vectors, rows - row, spans, spans + count,
                                                A + row, sa, P, acc);
                for (int i = 0; i < took; ++i, ++row) {
                    REAL *sum = out + row * so + first;
                    FASTGRU_IVDEP
                    for (ptrdiff_t l = 0; l < width; ++l)
                        sum[l] += acc[3 * VL * i + l];
                }
            }
        }
}

/* What a tile's sums belong to: a vector of units of one row for each three of them. */
struct FN(places) {
    REAL *gates[8], *h_next[8];
    const REAL *bq[8], *h_prev[8];
};

/* The places from `i` to `end`, all first halves before the second ones. */
FASTGRU_INLINE void FN(finish_kind)(int act, int rec, int keep, int i, int end,
                                    const struct FN(places) * at, ptrdiff_t H, REAL *acc)
{
    for (int k = i; k < end; ++k)
        BASE(after_forward_zr)(rec, keep, VL, H, at->gates[k], acc + 3 * k * VL);
    for (int k = i; k < end; ++k)
        BASE(after_forward_g)(act, keep, VL, H, at->gates[k], acc + 3 * k * VL, at->bq[k],
                              at->h_prev[k], at->h_next[k]);
}

static FASTGRU_APART void FN(finish)(int act, int rec, int keep, int i, int end,
                                     const struct FN(places) * at, ptrdiff_t H, REAL *acc)
{
    if (act != FASTGRU_TANH || rec != FASTGRU_SIGMOID)
        FN(finish_kind)(act, rec, keep, i, end, at, H, acc);
    else if (keep)
        FN(finish_kind)(FASTGRU_TANH, FASTGRU_SIGMOID, 1, i, end, at, H, acc);
    else
        FN(finish_kind)(FASTGRU_TANH, FASTGRU_SIGMOID, 0, i, end, at, H, acc);
}

/* Places with n < VL units, the last of their rows. A part of a vector costs as much as a
 * whole one, and far less than single units: they are finished in copies of full width. */
static FASTGRU_APART void FN(finish_part)(int act, int rec, int keep, int i, int end,
                                          ptrdiff_t n, const struct FN(places) * at,
                                          ptrdiff_t H, REAL *acc)
{
    REAL gates[8][4 * VL] = {{0}}, prev[8][VL] = {{0}}, next[8][VL], bias[VL] = {0};
    struct FN(places) copy = {0};
    const size_t size = (size_t)n * sizeof(REAL);
    memcpy(bias, at->bq[i], size);
    for (int k = i; k < end; ++k) {
        for (int block = 0; block < 3; ++block)
            memcpy(gates[k] + block * VL, at->gates[k] + block * H, size);
        memcpy(prev[k], at->h_prev[k], size);
        copy.gates[k] = gates[k];
        copy.h_prev[k] = prev[k];
        copy.h_next[k] = next[k];
        copy.bq[k] = bias;
    }
    FN(finish)(act, rec, keep, i, end, &copy, VL, acc);
    for (int k = i; k < end; ++k) {
        for (int block = 0; keep && block < 4; ++block)
            memcpy(at->gates[k] + block * H, gates[k] + block * VL, size);
        memcpy(at->h_next[k], next[k], size);
    }
}

/* One step, reset after the product, for `rows` rows: kernels/gru.pyx says what they are.
 * P is U, packed by gates. Without `keep` gates need not hold anything afterwards. */
static void FN(after_step)(ptrdiff_t rows, ptrdiff_t going_on, ptrdiff_t H, const REAL *P,
                           const REAL *bq, const REAL *h_prev, REAL *h_next, REAL *h_final,
                           REAL *gates, int act, int rec, int keep)
{
    REAL acc[MOST_SUMS];
    struct FN(places) at;
    int blocks;
    for (ptrdiff_t first = 0; first < H; first += blocks * VL) {
        blocks = FN(blocks)(rows, H - first, VL);
        for (ptrdiff_t row = 0; row < rows;) {
            const int took = FN(sums)(blocks, 3, rows - row, H, h_prev + row * H, H, P, acc);
            const int count = took * blocks;
            for (int i = 0; i < count; ++i) {
                const ptrdiff_t b = row + (blocks > 1 ? 0 : i);
                const ptrdiff_t u = first + (blocks > 1 ? i * VL : 0);
                at.gates[i] = gates + b * 4 * H + u;
                at.bq[i] = bq + u;
                at.h_prev[i] = h_prev + b * H + u;
                at.h_next[i] = (b < going_on ? h_next : h_final) + b * H + u;
            }
            const int part = H - first < blocks * VL, whole = part ? blocks - 1 : count;
            FN(finish)(act, rec, keep, 0, whole, &at, H, acc);
            if (part)
                FN(finish_part)(act, rec, keep, whole, count, H % VL, &at, H, acc);
            row += took;
        }
        P += 3 * VL * H * blocks;
    }
}

static void FN(after_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,
                               const REAL *h_prev, REAL *dh, REAL *D, int act, int rec)
{
    for (ptrdiff_t b = 0; b < rows; ++b, gates += 4 * H, h_prev += H, dh += H, D += 4 * H)
        if (act == FASTGRU_TANH && rec == FASTGRU_SIGMOID)
            BASE(after_backward_row)(FASTGRU_TANH, FASTGRU_SIGMOID, H, gates, h_prev, dh, D);
        else
            BASE(after_backward_row)(act, rec, H, gates, h_prev, dh, D);
}

/* Reset before the product: the same in four parts, with products of two gates between. */
static void FN(before_reset)(ptrdiff_t rows, ptrdiff_t H, REAL *gates, const REAL *q,
                             const REAL *h_prev, int rec)
{
    for (ptrdiff_t b = 0; b < rows; ++b, gates += 4 * H, q += 3 * H, h_prev += H)
        if (rec == FASTGRU_SIGMOID)
            BASE(before_reset_row)(FASTGRU_SIGMOID, H, gates, q, h_prev);
        else
            BASE(before_reset_row)(rec, H, gates, q, h_prev);
}

static void FN(before_step)(ptrdiff_t rows, ptrdiff_t going_on, ptrdiff_t H, const REAL *q,
                            const REAL *h_prev, REAL *h_next, REAL *h_final, REAL *gates,
                            int act, int rec)
{
    for (ptrdiff_t b = 0; b < rows; ++b, gates += 4 * H, q += 3 * H, h_prev += H) {
        REAL *next = (b < going_on ? h_next : h_final) + b * H;
        if (act == FASTGRU_TANH && rec == FASTGRU_SIGMOID)
            BASE(before_forward_row)(FASTGRU_TANH, FASTGRU_SIGMOID, H, gates, q, h_prev, next);
        else
            BASE(before_forward_row)(act, rec, H, gates, q, h_prev, next);
    }
}

static void FN(before_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,
                                const REAL *h_prev, const REAL *dh, REAL *D, int act, int rec)
{
    for (ptrdiff_t b = 0; b < rows; ++b, gates += 4 * H, h_prev += H, dh += H, D += 4 * H)
        if (act == FASTGRU_TANH && rec == FASTGRU_SIGMOID)
            BASE(before_backward_row)(FASTGRU_TANH, FASTGRU_SIGMOID, H, gates, h_prev, dh, D);
        else
            BASE(before_backward_row)(act, rec, H, gates, h_prev, dh, D);
}

/* The gradient of r * h lies in D's fourth block, which is free in this form. */
static void FN(before_reset_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,
                                      const REAL *h_prev, REAL *dh, REAL *D, int rec)
{
    for (ptrdiff_t b = 0; b < rows; ++b, gates += 4 * H, h_prev += H, dh += H, D += 4 * H)
        if (rec == FASTGRU_SIGMOID)
            BASE(before_reset_backward_row)(FASTGRU_SIGMOID, H, gates, h_prev, D + 3 * H, dh,
                                            D);
        else
            BASE(before_reset_backward_row)(rec, H, gates, h_prev, D + 3 * H, dh, D);
}

static void FN(activate)(ptrdiff_t n, int kind, const REAL *a, REAL *y)
{
#define LOOP(KIND)                                                                             \
    FASTGRU_IVDEP                                                                              \
    for (ptrdiff_t i = 0; i < n; ++i)                                                          \
        y[i] = BASE(activate)(KIND, a[i]);
    if (kind == FASTGRU_SIGMOID) {
        LOOP(FASTGRU_SIGMOID)
    } else if (kind == FASTGRU_TANH) {
        LOOP(FASTGRU_TANH)
    } else if (kind == FASTGRU_RELU) {
        LOOP(FASTGRU_RELU)
    } else {
        LOOP(kind)
    }
#undef LOOP
}

static void FN(activate_backward)(ptrdiff_t n, int kind, const REAL *a, const REAL *y,
                                  const REAL *dy, REAL *da)
{
#define LOOP(KIND)                                                                             \
    FASTGRU_IVDEP                                                                              \
    for (ptrdiff_t i = 0; i < n; ++i)                                                          \
        da[i] = dy[i] * BASE(slope)(KIND, a[i], y[i]);
    if (kind == FASTGRU_SIGMOID) {
        LOOP(FASTGRU_SIGMOID)
    } else if (kind == FASTGRU_TANH) {
        LOOP(FASTGRU_TANH)
    } else if (kind == FASTGRU_RELU) {
        LOOP(FASTGRU_RELU)
    } else {
        LOOP(kind)
    }
#undef LOOP
}

/* g NULL: a stretch whose gradient is zero. Otherwise g is zero on return. */
static void FN(adam)(ptrdiff_t n, REAL *p, REAL *g, REAL *m, REAL *v, REAL alpha, REAL new_1,
                     REAL new_2, REAL eps)
{
    if (g) {
        FASTGRU_IVDEP
        for (ptrdiff_t i = 0; i < n; ++i) {
            m[i] += new_1 * (g[i] - m[i]);
            v[i] += new_2 * (g[i] * g[i] - v[i]);
            p[i] -= alpha * m[i] / (BASE(root)(v[i]) + eps);
            g[i] = 0;
        }
    } else {
        FASTGRU_IVDEP
        for (ptrdiff_t i = 0; i < n; ++i) {
            m[i] -= new_1 * m[i];
            v[i] -= new_2 * v[i];
            p[i] -= alpha * m[i] / (BASE(root)(v[i]) + eps);
        }
    }
}

static const TABLE FN(table) = {
    FN(packed_size),
    FN(pack),
    FN(product),
    FN(outer),
    FN(after_step),
    FN(after_backward),
    FN(before_reset),
    FN(before_step),
    FN(before_backward),
    FN(before_reset_backward),
    FN(activate),
    FN(activate_backward),
    FN(adam),
};

#undef VEC
#undef LOAD
#undef STORE
#undef MOST_SUMS
