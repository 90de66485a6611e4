/* Included by tiles_body.h; has no guard on purpose. The tile: sums in registers. */

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

/* Where the sums of some rows and blocks begin and where they go: at from[v] and at `to` for
 * the first row and block, the rest so many numbers further. Blocks from `begun` on begin with
 * zero; the sums of those from `stored` on go to acc, block after block, in each row after
 * row. */
struct FN(ends) {
    int begun, stored;
    const REAL *from[3];
    ptrdiff_t from_row[3], from_block;
    REAL *to;
    ptrdiff_t to_row, to_vector, to_block;
};

/* The sums of `rows` rows and `blocks` blocks at once. Few rows have few sums, which wait for
 * each other, and one block alone comes from the outer caches far slower than several side by
 * side. */
FASTGRU_INLINE void FN(wide)(const int rows, const int blocks, ptrdiff_t K, const REAL *A,
                             ptrdiff_t sa, const REAL *P, const struct FN(ends) * at, REAL *acc)
{
    VEC c[8][3];
    const ptrdiff_t block = 3 * VL * K;
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) {
        if (j >= at->begun) {
#pragma GCC unroll 8
            for (int i = 0; i < rows; ++i)
                c[j * rows + i][0] = c[j * rows + i][1] = c[j * rows + i][2] = (VEC){0};
            continue;
        }
        const REAL *from[3];
        for (int v = 0; v < 3; ++v)
            from[v] = at->from[v] + j * at->from_block;
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i)
            for (int v = 0; v < 3; ++v) {
                c[j * rows + i][v] = LOAD(from[v]);
                from[v] += at->from_row[v];
                IN_TURN(from[v]);
            }
    }
    for (ptrdiff_t k = 0; k < K; ++k, P += 3 * VL) {
#pragma GCC unroll 4
        for (int j = 0; j < blocks; ++j) {
            VEC u0 = LOAD(P + j * block), u1 = LOAD(P + j * block + VL);
            VEC u2 = LOAD(P + j * block + 2 * VL);
            if (rows > 1) {
                HOLD(u0);
                HOLD(u1);
                HOLD(u2);
            }
#pragma GCC unroll 8
            for (int i = 0; i < rows; ++i) {
                c[j * rows + i][0] += u0 * A[i * sa + k];
                c[j * rows + i][1] += u1 * A[i * sa + k];
                c[j * rows + i][2] += u2 * A[i * sa + k];
            }
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) {
        REAL *to = acc + 3 * j * rows * VL;
        if (j < at->stored) {
            to = at->to + j * at->to_block;
#pragma GCC unroll 8
            for (int i = 0; i < rows; ++i) {
                STORE(to, c[j * rows + i][0]);
                STORE(to + at->to_vector, c[j * rows + i][1]);
                STORE(to + 2 * at->to_vector, c[j * rows + i][2]);
                to += at->to_row;
                IN_TURN(to);
            }
            continue;
        }
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i)
            for (int v = 0; v < 3; ++v)
                STORE(to + (3 * i + v) * VL, c[j * rows + i][v]);
    }
}

/* How many blocks to take at once for `rows` rows, with so many columns or units left: as many
 * as there are registers for, in equal shares. More rows than a tile has find their block in
 * the cache again. */
FASTGRU_INLINE int FN(blocks)(ptrdiff_t rows, ptrdiff_t left, ptrdiff_t step)
{
    const ptrdiff_t most = rows == 1                     ? 4
                           : rows <= 4 && TILE_ROWS == 8 ? (rows == 2 ? 4 : 2)
                           : rows == 2                   ? 2
                                                         : 1;
    const ptrdiff_t count = (left + step - 1) / step, shares = (count + most - 1) / most;
    return (int)((count + shares - 1) / shares);
}

/* Sums of as many rows as fit with one block or several; returns how many rows. A call of its
 * own: inlined, the constants of the activations would push the sums out of the registers. */
static FASTGRU_APART int FN(sums)(int blocks, int vectors, ptrdiff_t left, ptrdiff_t K,
                                  const REAL *A, ptrdiff_t sa, const REAL *P,
                                  const struct FN(ends) * at, REAL *acc)
{
    const struct span all = {0, K};
    if (vectors == 2)
        return FN(some_rows)(2, left, &all, &all + 1, A, sa, 1, P, acc);
    if (vectors == 1)
        return FN(some_rows)(1, left, &all, &all + 1, A, sa, 1, P, acc);
    const int rows = left < TILE_ROWS ? (int)left : TILE_ROWS;
#define CASE(ROWS, BLOCKS)                                                                     \
    case 8 * ROWS + BLOCKS:                                                                    \
        FN(wide)(ROWS, BLOCKS, K, A, sa, P, at, acc);                                          \
        break;
    switch (8 * rows + blocks) {
        CASE(1, 1)
        CASE(1, 2)
        CASE(1, 3)
        CASE(1, 4)
        CASE(2, 1)
        CASE(2, 2)
        CASE(3, 1)
        CASE(4, 1)
#if TILE_ROWS == 8
        CASE(2, 3)
        CASE(2, 4)
        CASE(3, 2)
        CASE(4, 2)
        CASE(5, 1)
        CASE(6, 1)
        CASE(7, 1)
        CASE(8, 1)
#endif
    }
#undef CASE
    return rows;
}
