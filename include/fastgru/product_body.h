/* Included by tiles_body.h; has no guard on purpose. Packing, and the product with a packed
 * matrix. */

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

/* One row's sums of one block from acc to where they belong in out. */
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

/* out = A P [+ bias], or out += A P, for `groups` groups of rows. Groups of A's rows lie `ga`
 * apart, of out's `go`, rows `sa` and `so`; a block of P is read for all of them. */
static void FN(product)(ptrdiff_t groups, ptrdiff_t ga, ptrdiff_t go, ptrdiff_t rows,
                        ptrdiff_t K, ptrdiff_t columns, int gated, const REAL *A, ptrdiff_t sa,
                        const REAL *P, const REAL *bias, int accumulate, REAL *out,
                        ptrdiff_t so)
{
    const ptrdiff_t step = gated ? VL : 3 * VL, group = gated ? columns : VL;
    const ptrdiff_t down = accumulate ? so : 0;
    REAL acc[MOST_SUMS];
    struct FN(ends) at = {.from_row = {down, down, down}, .from_block = step};
    at.to_row = so, at.to_vector = group, at.to_block = step;
    int blocks;
    for (ptrdiff_t first = 0; first < columns; first += blocks * step) {
        const ptrdiff_t left = columns - first;
        const int vectors = gated || left >= 3 * VL ? 3 : (int)((left + VL - 1) / VL);
        blocks = FN(blocks)(rows, left, step);
        const int whole = left < blocks * step ? blocks - 1 : blocks;
        at.begun = accumulate || bias ? whole : 0;
        at.stored = whole;
        for (ptrdiff_t g = 0; g < groups; ++g)
            for (ptrdiff_t row = 0; row < rows;) {
                REAL *to = out + g * go + row * so;
                at.to = to + first;
                for (int v = 0; at.begun && v < 3; ++v)
                    at.from[v] = (accumulate ? at.to : bias + first) + v * group;
                const int took = FN(sums)(blocks, vectors, rows - row, K, A + g * ga + row * sa,
                                          sa, P, &at, acc);
                for (int j = whole; j < blocks; ++j)
                    for (int i = 0; i < took; ++i)
                        FN(put)(acc + 3 * (j * took + i) * VL, first + j * step, columns, gated,
                                bias, accumulate, to + i * so);
                row += took;
            }
        P += 3 * VL * K * blocks;
    }
}
