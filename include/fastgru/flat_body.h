/* Included by tiles_body.h; has no guard on purpose. Loops over numbers that lie one behind the
 * other. */

/* LOOP with the usual kinds as constants, so that each is a loop of vectors. */
#define EACH_KIND(LOOP)                                                                        \
    if (kind == FASTGRU_SIGMOID) {                                                             \
        LOOP(FASTGRU_SIGMOID)                                                                  \
    } else if (kind == FASTGRU_TANH) {                                                         \
        LOOP(FASTGRU_TANH)                                                                     \
    } else if (kind == FASTGRU_RELU) {                                                         \
        LOOP(FASTGRU_RELU)                                                                     \
    } else {                                                                                   \
        LOOP(kind)                                                                             \
    }

static void FN(activate)(ptrdiff_t n, int kind, const REAL *a, REAL *y)
{
#define LOOP(KIND)                                                                             \
    FASTGRU_IVDEP                                                                              \
    for (ptrdiff_t i = 0; i < n; ++i)                                                          \
        y[i] = BASE(activate)(KIND, a[i]);
    EACH_KIND(LOOP)
#undef LOOP
}

static void FN(activate_backward)(ptrdiff_t n, int kind, const REAL *a, const REAL *y,
                                  const REAL *dy, REAL *da)
{
#define LOOP(KIND)                                                                             \
    FASTGRU_IVDEP                                                                              \
    for (ptrdiff_t i = 0; i < n; ++i)                                                          \
        da[i] = dy[i] * BASE(slope)(KIND, a[i], y[i]);
    EACH_KIND(LOOP)
#undef LOOP
}

#undef EACH_KIND

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
