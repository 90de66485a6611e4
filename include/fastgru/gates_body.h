/* Included by gates.h with REAL and FN defined; has no guard on purpose.
 *
 * Each function has one body; `act` and `rec` (the candidate's and the gates'
 * activation) are constants in the call for the usual pair, so that the compiler makes
 * a vector loop of it. h_next may be h_prev. */

FASTGRU_INLINE void FN(after_forward_row)(int act, int rec, ptrdiff_t H, REAL *gates,
                                          const REAL *q, const REAL *bq, const REAL *h_prev,
                                          REAL *h_next)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL q_g = q[2 * H + j] + bq[j];
        const REAL z = FN(activate)(rec, gates[j] + q[j]);
        const REAL r = FN(activate)(rec, gates[H + j] + q[H + j]);
        const REAL g = FN(activate)(act, gates[2 * H + j] + r * q_g);
        h_next[j] = g + z * (h_prev[j] - g);
        gates[j] = z;
        gates[H + j] = r;
        gates[2 * H + j] = g;
        gates[3 * H + j] = q_g;
    }
}

/* dh: dL/dh_next on entry, its share z * dL/dh_next of dL/dh_prev on return. */
FASTGRU_INLINE void FN(after_backward_row)(int act, int rec, ptrdiff_t H, const REAL *gates,
                                           const REAL *h_prev, REAL *dh, REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL z = gates[j], r = gates[H + j], g = gates[2 * H + j];
        const REAL q_g = gates[3 * H + j], d = dh[j];
        const REAL dp_g = d * (1 - z) * FN(slope)(act, 0, g);
        D[j] = dp_g;
        D[H + j] = d * (h_prev[j] - g) * FN(slope)(rec, 0, z);
        D[2 * H + j] = dp_g * q_g * FN(slope)(rec, 0, r);
        D[3 * H + j] = dp_g * r;
        dh[j] = d * z;
    }
}

/* Reset before the product: r * h must be known before its product with U_g. */
FASTGRU_INLINE void FN(before_reset_row)(int rec, ptrdiff_t H, REAL *gates, const REAL *q,
                                         const REAL *h_prev)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL r = FN(activate)(rec, gates[H + j] + q[H + j]);
        gates[j] = FN(activate)(rec, gates[j] + q[j]);
        gates[H + j] = r;
        gates[3 * H + j] = r * h_prev[j];
    }
}

FASTGRU_INLINE void FN(before_forward_row)(int act, ptrdiff_t H, REAL *gates, const REAL *q,
                                           const REAL *h_prev, REAL *h_next)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL g = FN(activate)(act, gates[2 * H + j] + q[2 * H + j]);
        h_next[j] = g + gates[j] * (h_prev[j] - g);
        gates[2 * H + j] = g;
    }
}

FASTGRU_INLINE void FN(before_backward_row)(int act, int rec, ptrdiff_t H, const REAL *gates,
                                            const REAL *h_prev, const REAL *dh, REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL z = gates[j], g = gates[2 * H + j], d = dh[j];
        D[j] = d * (1 - z) * FN(slope)(act, 0, g);
        D[H + j] = d * (h_prev[j] - g) * FN(slope)(rec, 0, z);
    }
}

/* drh (H): gradient of r * h, that is dp_g U_g^T. */
FASTGRU_INLINE void FN(before_reset_backward_row)(int rec, ptrdiff_t H, const REAL *gates,
                                                  const REAL *h_prev, const REAL *drh, REAL *dh,
                                                  REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL r = gates[H + j];
        D[2 * H + j] = drh[j] * h_prev[j] * FN(slope)(rec, 0, r);
        dh[j] = dh[j] * gates[j] + drh[j] * r;
    }
}
