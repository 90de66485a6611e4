/* Included by gates.h with REAL and FN defined; has no guard on purpose.
 *
 * Each function has one body; `act` and `rec` (the candidate's and the gates'
 * activation) are constants in the call for the usual pair, so that the compiler makes
 * a vector loop of it. n units are worked on; the blocks of gates and of D lie H apart.
 * h_next may be h_prev. */

/* Two halves, so that a caller can do the first for some rows and then the second: within
 * one row every operation waits for the one before it. a holds a_z, a_r and q_g, n apart; z
 * and r take the place of its first two. Of gates the third block holds p_g. */
FASTGRU_INLINE void FN(after_forward_zr)(int rec, int keep, ptrdiff_t n, ptrdiff_t H,
                                         REAL *gates, REAL *a)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < n; ++j) {
        const REAL a_z = a[j], a_r = a[n + j];
        const REAL z = FN(activate)(rec, a_z), r = FN(activate)(rec, a_r);
        a[j] = z;
        a[n + j] = r;
        if (keep) {
            gates[j] = FN(kept)(rec, a_z, z);
            gates[H + j] = FN(kept)(rec, a_r, r);
        }
    }
}

FASTGRU_INLINE void FN(after_forward_g)(int act, int keep, ptrdiff_t n, ptrdiff_t H,
                                        REAL *gates, const REAL *a, const REAL *h_prev,
                                        REAL *h_next)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < n; ++j) {
        const REAL z = a[j], q_g = a[2 * n + j];
        const REAL a_g = gates[2 * H + j] + a[n + j] * q_g;
        const REAL g = FN(activate)(act, a_g);
        h_next[j] = g + z * (h_prev[j] - g);
        if (keep) {
            gates[2 * H + j] = FN(kept)(act, a_g, g);
            gates[3 * H + j] = q_g;
        }
    }
}

/* dh: dL/dh_next on entry, its share z * dL/dh_next of dL/dh_prev on return. */
FASTGRU_INLINE void FN(after_backward_row)(int act, int rec, ptrdiff_t H, const REAL *gates,
                                           const REAL *h_prev, REAL *dh, REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL k_z = gates[j], k_r = gates[H + j], k_g = gates[2 * H + j];
        const REAL z = FN(output)(rec, k_z), r = FN(output)(rec, k_r);
        const REAL g = FN(output)(act, k_g), q_g = gates[3 * H + j], d = dh[j];
        const REAL dp_g = d * (1 - z) * FN(slope)(act, k_g, g);
        D[j] = dp_g;
        D[H + j] = d * (h_prev[j] - g) * FN(slope)(rec, k_z, z);
        D[2 * H + j] = dp_g * q_g * FN(slope)(rec, k_r, r);
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
        const REAL a_z = gates[j] + q[j], a_r = gates[H + j] + q[H + j];
        const REAL z = FN(activate)(rec, a_z), r = FN(activate)(rec, a_r);
        gates[j] = FN(kept)(rec, a_z, z);
        gates[H + j] = FN(kept)(rec, a_r, r);
        gates[3 * H + j] = r * h_prev[j];
    }
}

FASTGRU_INLINE void FN(before_forward_row)(int act, int rec, ptrdiff_t H, REAL *gates,
                                           const REAL *q, const REAL *h_prev, REAL *h_next)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL a_g = gates[2 * H + j] + q[2 * H + j];
        const REAL z = FN(output)(rec, gates[j]), g = FN(activate)(act, a_g);
        h_next[j] = g + z * (h_prev[j] - g);
        gates[2 * H + j] = FN(kept)(act, a_g, g);
    }
}

FASTGRU_INLINE void FN(before_backward_row)(int act, int rec, ptrdiff_t H, const REAL *gates,
                                            const REAL *h_prev, const REAL *dh, REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL k_z = gates[j], k_g = gates[2 * H + j], d = dh[j];
        const REAL z = FN(output)(rec, k_z), g = FN(output)(act, k_g);
        D[j] = d * (1 - z) * FN(slope)(act, k_g, g);
        D[H + j] = d * (h_prev[j] - g) * FN(slope)(rec, k_z, z);
    }
}

/* drh (H): gradient of r * h, that is dp_g U_g^T. */
FASTGRU_INLINE void FN(before_reset_backward_row)(int rec, ptrdiff_t H, const REAL *gates,
                                                  const REAL *h_prev, const REAL *drh, REAL *dh,
                                                  REAL *D)
{
    FASTGRU_IVDEP
    for (ptrdiff_t j = 0; j < H; ++j) {
        const REAL k_r = gates[H + j], r = FN(output)(rec, k_r);
        D[2 * H + j] = drh[j] * h_prev[j] * FN(slope)(rec, k_r, r);
        dh[j] = dh[j] * FN(output)(rec, gates[j]) + drh[j] * r;
    }
}
