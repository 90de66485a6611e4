/* Included by tiles_body.h; has no guard on purpose. One step of a GRU, forward and backward.
 */

/* What a tile's sums belong to: a vector of units of one row for each three of them. */
struct FN(places) {
    REAL *gates[8], *h_next[8];
    const REAL *h_prev[8];
};

/* The places from `i` to `end`, all first halves before the second ones. */
FASTGRU_INLINE void FN(finish_kind)(int act, int rec, int keep, int i, int end,
                                    const struct FN(places) * at, ptrdiff_t H, REAL *acc)
{
    for (int k = i; k < end; ++k)
        BASE(after_forward_zr)(rec, keep, VL, H, at->gates[k], acc + 3 * k * VL);
    for (int k = i; k < end; ++k)
        BASE(after_forward_g)(act, keep, VL, H, at->gates[k], acc + 3 * k * VL, at->h_prev[k],
                              at->h_next[k]);
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

/* Places with n < VL units, the last of their rows, whose sums began with zero. A part of a
 * vector costs as much as a whole one, and far less than single units: they are finished in
 * copies of full width. */
static FASTGRU_APART void FN(finish_part)(int act, int rec, int keep, int i, int end,
                                          ptrdiff_t n, const REAL *bq,
                                          const struct FN(places) * at, ptrdiff_t H, REAL *acc)
{
    REAL gates[8][4 * VL] = {{0}}, prev[8][VL] = {{0}}, next[8][VL], bias[VL] = {0};
    struct FN(places) copy = {0};
    const size_t size = (size_t)n * sizeof(REAL);
    memcpy(bias, bq, size);
    for (int k = i; k < end; ++k) {
        REAL *sum = acc + 3 * k * VL;
        for (int block = 0; block < 3; ++block)
            memcpy(gates[k] + block * VL, at->gates[k] + block * H, size);
        memcpy(prev[k], at->h_prev[k], size);
        STORE(sum, LOAD(sum) + LOAD(gates[k]));
        STORE(sum + VL, LOAD(sum + VL) + LOAD(gates[k] + VL));
        STORE(sum + 2 * VL, LOAD(sum + 2 * VL) + LOAD(bias));
        copy.gates[k] = gates[k];
        copy.h_prev[k] = prev[k];
        copy.h_next[k] = next[k];
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
    /* What does not come from h: p_z, p_r, and the bias of q_g. */
    struct FN(ends) ends = {.from_row = {4 * H, 4 * H, 0}, .from_block = VL};
    int blocks;
    for (ptrdiff_t first = 0; first < H; first += blocks * VL) {
        blocks = FN(blocks)(rows, H - first, VL);
        const int whole = H - first < blocks * VL ? blocks - 1 : blocks;
        ends.begun = whole;
        ends.from[2] = bq + first;
        for (ptrdiff_t row = 0; row < rows;) {
            ends.from[0] = gates + row * 4 * H + first;
            ends.from[1] = ends.from[0] + H;
            const int took =
                FN(sums)(blocks, 3, rows - row, H, h_prev + row * H, H, P, &ends, acc);
            for (int j = 0, i = 0; j < blocks; ++j)
                for (ptrdiff_t b = row; b < row + took; ++b, ++i) {
                    const ptrdiff_t u = first + j * VL;
                    at.gates[i] = gates + b * 4 * H + u;
                    at.h_prev[i] = h_prev + b * H + u;
                    at.h_next[i] = (b < going_on ? h_next : h_final) + b * H + u;
                }
            FN(finish)(act, rec, keep, 0, whole * took, &at, H, acc);
            if (whole < blocks)
                FN(finish_part)(act, rec, keep, whole * took, blocks * took, H % VL,
                                bq + first + whole * VL, &at, H, acc);
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
