/* Included by table_main.c with REAL, EPSILON and FN defined; has no guard on purpose.
 *
 * Letters are those of docs/gru.md. Every array is a block of its own, exactly as long as
 * the kernel may use, so that a sanitizer sees a step beyond its end. */

#define TABLE FN(fastgru_table)

static REAL *FN(numbers)(ptrdiff_t n, double low, double high)
{
    REAL *a = room((size_t)n * sizeof(REAL));
    for (ptrdiff_t i = 0; i < n; ++i)
        a[i] = (REAL)uniform(low, high);
    return a;
}

static REAL *FN(copy)(ptrdiff_t n, const REAL *a)
{
    return memcpy(room((size_t)n * sizeof(REAL)), a, (size_t)n * sizeof(REAL));
}

/* Element c of row k of M, of which `pack` takes the rows from `begin` on and around. */
static double FN(element)(const REAL *M, ptrdiff_t K, ptrdiff_t begin, ptrdiff_t width,
                          int turned, ptrdiff_t k, ptrdiff_t c)
{
    const ptrdiff_t row = (begin + k) % K;
    return turned ? M[c * K + row] : M[row * width + c];
}

static void FN(check_product)(const TABLE *table, ptrdiff_t rows, ptrdiff_t K,
                              ptrdiff_t columns, int gated, int turned, int accumulate)
{
    const ptrdiff_t width = gated ? 3 * columns : columns, begin = K / 3;
    const ptrdiff_t sa = K + 2, so = width + 3, size = table->packed_size(K, columns, gated);
    const ptrdiff_t groups = 2, ga = rows * sa + 1, go = rows * so + 2;
    REAL *A = FN(numbers)(groups * ga, -1, 1), *M = FN(numbers)(K * width, -1, 1);
    REAL *bias = FN(numbers)(width, -1, 1), *out = FN(numbers)(groups * go, -1, 1);
    REAL *before = FN(copy)(groups * go, out), *P = FN(numbers)(size, 5, 6);
    table->pack(K, begin, columns, gated, M, turned ? 1 : width, turned ? K : 1, P);
    table->product(groups, ga, go, rows, K, columns, gated, A, sa, P, turned ? NULL : bias,
                   accumulate, out, so);
    for (ptrdiff_t at = 0; at < groups * go; ++at) {
        const ptrdiff_t group = at / go, i = at % go / so, c = at % go % so;
        double sum = before[at], terms = 0;
        if (i < rows && c < width) {
            const REAL *a = A + group * ga + i * sa;
            sum = accumulate ? sum : turned ? 0 : bias[c];
            for (ptrdiff_t k = 0; k < K; ++k) {
                const double m = FN(element)(M, K, begin, width, turned, k, c);
                sum += a[k] * m;
                terms += fabs(a[k] * m) + 1;
            }
        }
        close_to("product", out[at], sum, 2 * EPSILON * terms);
    }
    free(A), free(M), free(bias), free(out), free(before), free(P);
}

/* K rows in steps that become shorter, of which rows `first` to `last` of each count. */
static void FN(check_outer)(const TABLE *table, ptrdiff_t K, ptrdiff_t rows, ptrdiff_t columns,
                            ptrdiff_t first, ptrdiff_t last)
{
    const ptrdiff_t sa = rows + 1, sb = columns + 2, so = columns + 3;
    REAL *A = FN(numbers)(K * sa, -1, 1), *B = FN(numbers)(K * sb, -1, 1);
    REAL *out = FN(numbers)(rows * so, -1, 1), *before = FN(copy)(rows * so, out);
    REAL *total = FN(numbers)(columns, -1, 1), *start = FN(copy)(columns, total);
    ptrdiff_t *counts = room((size_t)K * sizeof(ptrdiff_t)), steps = 0;
    char *counted = room((size_t)K);
    for (ptrdiff_t k = 0, size = 12; k < K; k += counts[steps++]) {
        size = steps % 3 == 2 && size > 1 ? size - 1 : size;
        counts[steps] = size < K - k ? size : K - k;
        for (ptrdiff_t i = 0; i < counts[steps]; ++i)
            counted[k + i] = first <= i && i < last;
    }
    const fastgru_rows of = {counts, steps, first, last};
    table->outer(&of, rows, columns, A, sa, B, sb, out, so, total);
    for (ptrdiff_t i = 0; i < rows; ++i)
        for (ptrdiff_t c = 0; c < so; ++c) {
            double sum = before[i * so + c];
            for (ptrdiff_t k = 0; k < K && c < columns; ++k)
                sum += counted[k] ? (double)A[k * sa + i] * B[k * sb + c] : 0;
            close_to("outer", out[i * so + c], sum, 2 * EPSILON * (c < columns ? K + 2 : 0));
        }
    for (ptrdiff_t c = 0; c < columns; ++c) {
        double sum = start[c];
        for (ptrdiff_t k = 0; k < K; ++k)
            sum += counted[k] ? B[k * sb + c] : 0;
        close_to("outer's total", total[c], sum, 2 * EPSILON * (K + 2) * (K + 2) / 2);
    }
    free(A), free(B), free(out), free(before), free(total), free(start);
    free(counts), free(counted);
}

/* What the gates keep of the input a: the output, or a itself where backward needs it. */
static double FN(kept_of)(int kind, double a)
{
    return kind < FASTGRU_SILU ? exact_activation(kind, a) : a;
}

/* One step in both directions, reset after or before the product with U (H, 3H). */
static void FN(check_step)(const TABLE *table, ptrdiff_t rows, ptrdiff_t H, int after, int act,
                           int rec)
{
    const ptrdiff_t going_on = (rows + 1) / 2, n = rows * H;
    const double most = (40 + 2 * H) * EPSILON;
    REAL *gates = FN(numbers)(4 * n, -2, 2), *p = FN(copy)(4 * n, gates);
    REAL *U = FN(numbers)(3 * H * H, -1, 1), *bq = FN(numbers)(H, -1, 1);
    REAL *h = FN(numbers)(n, -1, 1), *next = FN(numbers)(n, 8, 9), *last = FN(copy)(n, next);
    REAL *q = FN(numbers)(3 * n, -1, 1),
         *P = room((size_t)table->packed_size(H, H, 1) * sizeof(REAL));
    REAL *dh = FN(numbers)(n, -1, 1), *d = FN(copy)(n, dh);
    REAL *D = FN(numbers)(4 * n, -1, 1), *drh = FN(copy)(4 * n, D);
    table->pack(H, 0, H, 1, U, 3 * H, 1, P);
    if (after) {
        REAL *lost = FN(copy)(4 * n, gates), *other[2] = {FN(copy)(n, next), FN(copy)(n, last)};
        table->after_step(rows, going_on, H, P, bq, h, other[0], other[1], lost, act, rec, 0);
        table->after_step(rows, going_on, H, P, bq, h, next, last, gates, act, rec, 1);
        for (ptrdiff_t i = 0; i < n; ++i) {
            close_to("next h without gates", other[0][i], next[i], 0);
            close_to("last h without gates", other[1][i], last[i], 0);
        }
        free(lost), free(other[0]), free(other[1]);
        table->after_backward(rows, H, gates, h, dh, D, act, rec);
    } else {
        table->before_reset(rows, H, gates, q, h, rec);
        table->before_step(rows, going_on, H, q, h, next, last, gates, act, rec);
        table->before_backward(rows, H, gates, h, dh, D, act, rec);
        table->before_reset_backward(rows, H, gates, h, dh, D, rec);
    }
    for (ptrdiff_t b = 0; b < rows; ++b)
        for (ptrdiff_t j = 0; j < H; ++j) {
            const ptrdiff_t at = b * H + j, g4 = b * 4 * H + j;
            double s[3] = {0};
            for (int v = 0; v < 3; ++v)
                for (ptrdiff_t k = 0; after && k < H; ++k)
                    s[v] += (double)h[b * H + k] * U[k * 3 * H + v * H + j];
            for (int v = 0; v < 3; ++v)
                s[v] += after ? (v == 2 ? bq[j] : 0) : q[b * 3 * H + v * H + j];
            const double a_z = p[g4] + s[0], a_r = p[g4 + H] + s[1];
            const double z = exact_activation(rec, a_z), r = exact_activation(rec, a_r);
            const double a_g = p[g4 + 2 * H] + (after ? r : 1) * s[2];
            const double g = exact_activation(act, a_g);
            const REAL *here = b < going_on ? next : last, *there = b < going_on ? last : next;
            close_to("h", here[at], (1 - z) * g + z * h[at], 4 * most);
            close_to("the other h", there[at] >= 8, 1, 0);
            close_to("kept z", gates[g4], FN(kept_of)(rec, a_z), most);
            close_to("kept r", gates[g4 + H], FN(kept_of)(rec, a_r), most);
            close_to("kept g", gates[g4 + 2 * H], FN(kept_of)(act, a_g), 4 * most);
            close_to("fourth gate", gates[g4 + 3 * H], after ? s[2] : r * h[at], most);
            const double dp_g = d[at] * (1 - z) * exact_slope(act, a_g), rh = drh[g4 + 3 * H];
            const double dr = after ? dp_g * s[2] : rh * h[at];
            close_to("dp_g", D[g4], dp_g, 8 * most);
            close_to("dp_z", D[g4 + H], d[at] * (h[at] - g) * exact_slope(rec, a_z), 8 * most);
            close_to("dp_r", D[g4 + 2 * H], dr * exact_slope(rec, a_r), 20 * most);
            close_to("dq_g", D[g4 + 3 * H], after ? dp_g * r : rh, 8 * most);
            close_to("dh", dh[at], d[at] * z + (after ? 0 : rh * r), 8 * most);
        }
    free(gates), free(p), free(U), free(bq), free(h), free(next), free(last), free(q), free(P);
    free(dh), free(d), free(D), free(drh);
}

static void FN(check_activations)(const TABLE *table, ptrdiff_t n)
{
    REAL *a = FN(numbers)(n, -4, 4), *dy = FN(numbers)(n, -1, 1);
    REAL *y = FN(numbers)(n, 8, 9), *da = FN(numbers)(n, 8, 9);
    EACH(int, kind, FASTGRU_LINEAR, FASTGRU_SIGMOID, FASTGRU_TANH, FASTGRU_RELU,
         FASTGRU_SOFTSIGN, FASTGRU_EXPONENTIAL, FASTGRU_SILU)
    {
        table->activate(n, *kind, a, y);
        table->activate_backward(n, *kind, a, y, dy, da);
        for (ptrdiff_t i = 0; i < n; ++i) {
            const double exact = exact_activation(*kind, a[i]);
            const double most = 8 * EPSILON * (1 + fabs(exact));
            close_to("activate", y[i], exact, most);
            close_to("activate_backward", da[i], dy[i] * exact_slope(*kind, a[i]), most);
        }
    }
    free(a), free(dy), free(y), free(da);
}

static void FN(check_adam)(const TABLE *table, ptrdiff_t n, int quiet)
{
    REAL *p = FN(numbers)(n, -1, 1), *g = FN(numbers)(n, -1, 1), *m = FN(numbers)(n, -1, 1);
    REAL *v = FN(numbers)(n, 0, 1), *p0 = FN(copy)(n, p), *g0 = FN(copy)(n, g);
    REAL *m0 = FN(copy)(n, m), *v0 = FN(copy)(n, v);
    const REAL alpha = (REAL)0.01, new_1 = (REAL)0.2, new_2 = (REAL)0.03, eps = (REAL)1e-3;
    table->adam(n, p, quiet ? NULL : g, m, v, alpha, new_1, new_2, eps);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const double d = quiet ? 0 : g0[i], m1 = m0[i] + new_1 * (d - m0[i]);
        const double v1 = v0[i] + new_2 * (d * d - v0[i]);
        close_to("adam, m", m[i], m1, 4 * EPSILON);
        close_to("adam, v", v[i], v1, 4 * EPSILON);
        close_to("adam, p", p[i], p0[i] - alpha * m1 / (sqrt(v1) + eps), 8 * EPSILON);
        close_to("adam, g", g[i], quiet ? g0[i] : 0, 0);
    }
    free(p), free(g), free(m), free(v), free(p0), free(g0), free(m0), free(v0);
}

static void FN(check_table)(const TABLE *table)
{
    /* The usual pair has loops of its own; backward takes silu from its input. */
    const int pairs[5][2] = {{FASTGRU_TANH, FASTGRU_SIGMOID},
                             {FASTGRU_TANH, FASTGRU_SOFTSIGN},
                             {FASTGRU_SOFTSIGN, FASTGRU_SIGMOID},
                             {FASTGRU_SILU, FASTGRU_SOFTSIGN},
                             {FASTGRU_SOFTSIGN, FASTGRU_SILU}};
    /* Around one and three vectors of 2 to 16 numbers, and tiles of 4 and 8 rows. */
    EACH(ptrdiff_t, columns, 1, 3, 4, 5, 8, 11, 12, 13, 24, 25, 49, 100)
    {
        EACH(ptrdiff_t, rows, 1, 2, 3, 4, 5, 7, 8, 9, 17)
        {
            EACH(ptrdiff_t, K, 1, 7, 40)
            for (int form = 0; form < 8; ++form)
                FN(check_product)(table, *rows, *K, *columns, form & 1, form >> 1 & 1,
                                  form >> 2);
            for (int after = 0; after < 2; ++after)
                for (int pair = 0; pair < 5; ++pair)
                    FN(check_step)(table, *rows, *columns, after, pairs[pair][0],
                                   pairs[pair][1]);
        }
        EACH(ptrdiff_t, K, 1, DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH + 5)
        {
            FN(check_outer)(table, *K, 13, *columns, 0, 12);
            FN(check_outer)(table, *K, 13, *columns, 0, 8);
            FN(check_outer)(table, *K, 13, *columns, 8, 16);
        }
        FN(check_activations)(table, *columns);
        FN(check_adam)(table, *columns, 0);
        FN(check_adam)(table, *columns, 1);
    }
}

#undef TABLE
