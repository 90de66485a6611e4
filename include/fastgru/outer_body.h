/* Included by tiles_body.h; has no guard on purpose. Products over all steps: gradients of
 * weights. */

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
