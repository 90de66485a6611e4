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
 * registers. A's elements lie sr apart from row to row and sk from column to column.
 * `rows` and, where it is 1, `sk` are constants in the call. */
FASTGRU_INLINE void FN(tile)(const int rows, ptrdiff_t K, const REAL *A, ptrdiff_t sr,
                             const ptrdiff_t sk, const REAL *P, REAL *acc)
{
    VEC c[TILE_ROWS][3];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
        c[i][0] = c[i][1] = c[i][2] = (VEC){0};
    for (ptrdiff_t k = 0; k < K; ++k, P += 3 * VL) {
        const VEC u0 = LOAD(P), u1 = LOAD(P + VL), u2 = LOAD(P + 2 * VL);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            const REAL a = A[i * sr + k * sk];
            c[i][0] += u0 * a;
            c[i][1] += u1 * a;
            c[i][2] += u2 * a;
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        STORE(acc + (3 * i) * VL, c[i][0]);
        STORE(acc + (3 * i + 1) * VL, c[i][1]);
        STORE(acc + (3 * i + 2) * VL, c[i][2]);
    }
}

/* The largest tile that fits into the rows left; returns how many it took. The sums of a
 * row do not depend on the tile it is in, so neither do results on how rows are dealt out. */
FASTGRU_INLINE int FN(some_rows)(ptrdiff_t left, ptrdiff_t K, const REAL *A, ptrdiff_t sr,
                                 const ptrdiff_t sk, const REAL *P, REAL *acc)
{
#if TILE_ROWS == 8
    if (left >= 8) {
        FN(tile)(8, K, A, sr, sk, P, acc);
        return 8;
    }
#endif
    if (left >= 4) {
        FN(tile)(4, K, A, sr, sk, P, acc);
        return 4;
    }
    if (left >= 2) {
        FN(tile)(2, K, A, sr, sk, P, acc);
        return 2;
    }
    FN(tile)(1, K, A, sr, sk, P, acc);
    return 1;
}

/* The same for one row and four blocks at once: three sums alone would wait for each other. */
FASTGRU_INLINE void FN(four_blocks)(ptrdiff_t K, const REAL *A, const REAL *P, REAL *acc)
{
    VEC c[4][3];
    const ptrdiff_t block = 3 * VL * K;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
        c[j][0] = c[j][1] = c[j][2] = (VEC){0};
    for (ptrdiff_t k = 0; k < K; ++k, P += 3 * VL) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
            c[j][0] += LOAD(P + j * block) * A[k];
            c[j][1] += LOAD(P + j * block + VL) * A[k];
            c[j][2] += LOAD(P + j * block + 2 * VL) * A[k];
        }
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        STORE(acc + (3 * j) * VL, c[j][0]);
        STORE(acc + (3 * j + 1) * VL, c[j][1]);
        STORE(acc + (3 * j + 2) * VL, c[j][2]);
    }
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

/* Sums of one or more rows with one block, or of one row with four. acc holds block after
 * block, row after row; returns how many blocks and rows. */
FASTGRU_INLINE int FN(sums)(int four, ptrdiff_t left, ptrdiff_t K, const REAL *A, ptrdiff_t sa,
                            const REAL *P, REAL *acc)
{
    if (four) {
        FN(four_blocks)(K, A, P, acc);
        return 1;
    }
    return FN(some_rows)(left, K, A, sa, 1, P, acc);
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
        const int four = rows == 1 && columns - first > 3 * step;
        blocks = four ? 4 : 1;
        for (ptrdiff_t row = 0; row < rows;) {
            const int took = FN(sums)(four, rows - row, K, A + row * sa, sa, P, acc);
            for (int i = 0; i < took * blocks; ++i)
                FN(put)(acc + 3 * i * VL, first + (four ? i * step : 0), columns, gated, bias,
                        accumulate, out + (row + (four ? 0 : i)) * so);
            row += took;
        }
        P += 3 * VL * K * blocks;
    }
}

/* out (rows, columns) += A^T B, summed over K rows of A (K, rows) and B (K, columns). */
static void FN(outer)(ptrdiff_t K, ptrdiff_t rows, ptrdiff_t columns, const REAL *A,
                      ptrdiff_t sa, const REAL *B, ptrdiff_t sb, REAL *out, ptrdiff_t so)
{
    REAL acc[MOST_SUMS], P[DEPTH * 3 * VL];
    /* The depth is cut outermost: a piece of A stays in the cache for all columns. */
    for (ptrdiff_t k = 0; k < K; k += DEPTH, A += DEPTH * sa, B += DEPTH * sb) {
        const ptrdiff_t depth = K - k < DEPTH ? K - k : DEPTH;
        for (ptrdiff_t first = 0; first < columns; first += 3 * VL) {
            const ptrdiff_t width = columns - first < 3 * VL ? columns - first : 3 * VL;
            FN(pack)(depth, 0, width, 0, B + first, sb, 1, P);
            for (ptrdiff_t row = 0; row < rows;) {
                const int took = FN(some_rows)(rows - row, depth, A + row, 1, sa, P, acc);
                for (int i = 0; i < took; ++i, ++row) {
                    REAL *to = out + row * so + first;
                    FASTGRU_IVDEP
                    for (ptrdiff_t l = 0; l < width; ++l)
                        to[l] += acc[3 * VL * i + l];
                }
            }
        }
    }
}

/* total (columns) += the sum of the rows of A. */
static void FN(add_rows)(ptrdiff_t rows, ptrdiff_t columns, const REAL *A, ptrdiff_t sa,
                         REAL *total)
{
    for (ptrdiff_t row = 0; row < rows; ++row) {
        FASTGRU_IVDEP
        for (ptrdiff_t l = 0; l < columns; ++l)
            total[l] += A[row * sa + l];
    }
}

/* The units from u on, a vector of them or what is left: q (3 VL) is z, r, g after g. */
FASTGRU_INLINE void FN(finish)(int act, int rec, ptrdiff_t u, ptrdiff_t H, REAL *gates,
                               const REAL *q, const REAL *bq, const REAL *h_prev, REAL *h_next)
{
    if (act != FASTGRU_TANH || rec != FASTGRU_SIGMOID) {
        const ptrdiff_t n = H - u < VL ? H - u : VL;
        BASE(after_forward_row)(act, rec, n, H, gates, VL, q, bq, h_prev, h_next);
    } else if (H - u >= VL) {
        BASE(after_forward_row)(FASTGRU_TANH, FASTGRU_SIGMOID, VL, H, gates, VL, q, bq, h_prev,
                                h_next);
    } else {
        /* A part of a vector costs as much as a whole one, and far less than single units. */
        REAL g[4 * VL] = {0}, bias[VL] = {0}, prev[VL] = {0}, next[VL];
        const size_t n = (size_t)(H - u) * sizeof(REAL);
        for (int block = 0; block < 3; ++block)
            memcpy(g + block * VL, gates + block * H, n);
        memcpy(bias, bq, n);
        memcpy(prev, h_prev, n);
        BASE(after_forward_row)(FASTGRU_TANH, FASTGRU_SIGMOID, VL, VL, g, VL, q, bias, prev,
                                next);
        for (int block = 0; block < 4; ++block)
            memcpy(gates + block * H, g + block * VL, n);
        memcpy(h_next, next, n);
    }
}

/* One step, reset after the product, for `rows` rows: kernels/gru.pyx says what they are.
 * P is U, packed by gates. */
static void FN(after_step)(ptrdiff_t rows, ptrdiff_t going_on, ptrdiff_t H, const REAL *P,
                           const REAL *bq, const REAL *h_prev, REAL *h_next, REAL *h_final,
                           REAL *gates, int act, int rec)
{
    REAL acc[MOST_SUMS];
    int blocks;
    for (ptrdiff_t first = 0; first < H; first += blocks * VL) {
        const int four = rows == 1 && H - first > 3 * VL;
        blocks = four ? 4 : 1;
        for (ptrdiff_t row = 0; row < rows;) {
            const int took = FN(sums)(four, rows - row, H, h_prev + row * H, H, P, acc);
            for (int i = 0; i < took * blocks; ++i) {
                const ptrdiff_t b = row + (four ? 0 : i), u = first + (four ? i * VL : 0);
                FN(finish)(act, rec, u, H, gates + b * 4 * H + u, acc + 3 * i * VL, bq + u,
                           h_prev + b * H + u, (b < going_on ? h_next : h_final) + b * H + u);
            }
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
    FN(add_rows),
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
