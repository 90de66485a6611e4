/* The table of kernels against plain loops, without Python: for processors that are here as
 * an emulator only. `table_main NUMBER [STRIDE]` takes the instruction set of this number and
 * looks at every STRIDE-th float; it prints what does not hold, or the name of what it ran. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "fastgru/pool.h"
#include "fastgru/tiles.h"

#define EACH(type, name, ...)                                                                  \
    for (const type *name = (const type[]){__VA_ARGS__},                                       \
                    *end_##name = name + sizeof((const type[]){__VA_ARGS__}) / sizeof(type);   \
         name < end_##name; ++name)

static int failures;

static void close_to(const char *what, double found, double exact, double most)
{
    /* Written so that NaN is not close to anything. */
    if (!(fabs(found - exact) <= most) && ++failures <= 20)
        printf("%s: %.9g, must be %.9g within %.2g\n", what, found, exact, most);
}

static double uniform(double low, double high)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return low + (high - low) * ((double)(state >> 11) / 9007199254740992.0);
}

static void *room(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p)
        exit(2);
    return p;
}

static double exact_activation(int kind, double a)
{
    switch (kind) {
    case FASTGRU_SIGMOID:
        return 1 / (1 + exp(-a));
    case FASTGRU_TANH:
        return tanh(a);
    case FASTGRU_RELU:
        return a > 0 ? a : 0;
    case FASTGRU_SOFTSIGN:
        return a / (1 + fabs(a));
    case FASTGRU_EXPONENTIAL:
        return exp(a);
    case FASTGRU_SILU:
        return a / (1 + exp(-a));
    default:
        return a;
    }
}

static double exact_slope(int kind, double a)
{
    const double y = exact_activation(kind, a), s = 1 / (1 + exp(-a));
    switch (kind) {
    case FASTGRU_SIGMOID:
        return y * (1 - y);
    case FASTGRU_TANH:
        return 1 - y * y;
    case FASTGRU_RELU:
        return a > 0;
    case FASTGRU_SOFTSIGN:
        return 1 / ((1 + fabs(a)) * (1 + fabs(a)));
    case FASTGRU_EXPONENTIAL:
        return y;
    case FASTGRU_SILU:
        return s + y * (1 - s);
    default:
        return 1;
    }
}

#define REAL float
#define EPSILON FLT_EPSILON
#define FN(name) name##_f32
#include "table_body.h"
#undef REAL
#undef EPSILON
#undef FN

#define REAL double
#define EPSILON DBL_EPSILON
#define FN(name) name##_f64
#include "table_body.h"
#undef REAL
#undef EPSILON
#undef FN

/* exp, tanh and the logistic function within 4 ulp of double's, over the whole range. */
static void check_ulp(const fastgru_table_f32 *table, uint64_t stride)
{
    enum { MANY = 4096 };
    static float a[MANY], y[MANY];
    EACH(int, kind, FASTGRU_EXPONENTIAL, FASTGRU_TANH, FASTGRU_SIGMOID)
    for (uint64_t bits = 0; bits < 1ull << 32;) {
        int n = 0;
        for (; n < MANY && bits < 1ull << 32; bits += stride)
            a[n++] = float_of_bits((uint32_t)bits);
        table->activate(n, *kind, a, y);
        for (int i = 0; i < n; ++i) {
            const double exact = exact_activation(*kind, a[i]);
            const float rounded = fabsf((float)exact);
            if (isnan(a[i]) || isinf(rounded)) {
                if (isnan(a[i]) ? !isnan(y[i]) : y[i] != (float)exact)
                    close_to("not finite", y[i], exact, 0);
            } else
                close_to("4 ulp", y[i], exact, 4 * (nextafterf(rounded, INFINITY) - rounded));
        }
    }
}

static void check_specials(const fastgru_table_f32 *table)
{
    const float a[] = {-INFINITY, INFINITY, 0.0f, -0.0f, 1e-40f, -1e-40f, 90.0f, -110.0f};
    const float want[3][8] = {{0, INFINITY, 1, 1, 1, 1, INFINITY, 0},
                              {-1, 1, 0.0f, -0.0f, 1e-40f, -1e-40f, 1, -1},
                              {0, 1, 0.5f, 0.5f, 0.5f, 0.5f, 1, 0}};
    const int kinds[] = {FASTGRU_EXPONENTIAL, FASTGRU_TANH, FASTGRU_SIGMOID};
    float y[8];
    for (int k = 0; k < 3; ++k) {
        table->activate(8, kinds[k], a, y);
        for (int i = 0; i < 8; ++i)
            if (y[i] != want[k][i] || signbit(y[i]) != signbit(want[k][i])) {
                ++failures;
                printf("kind %d of %g: %g\n", kinds[k], a[i], y[i]);
            }
    }
}

/* Shared out tasks are done once each, with tiny numbers flushed; outside they stay. */
static int done[100];
static volatile float tiny = 1e-40f, one = 1.0f;

static void task(void *context, ptrdiff_t number)
{
    done[number] += tiny * one == 0.0f ? 1 : 100;
    (void)context;
}

static void check_pool(void)
{
    for (int turn = 1; turn <= 50; ++turn) {
        pool_run(1 + turn % 4, 100, task, NULL);
        for (int i = 0; i < 100; ++i)
            close_to("a task", done[i], turn, 0);
    }
    close_to("tiny numbers behind the pool", tiny * one != 0.0f, 1, 0);
}

int main(int count, char **arguments)
{
    const int isa = count > 1 ? atoi(arguments[1]) : 0;
    if (isa > fastgru_best_isa())
        return 2;
    check_table_f32(fastgru_f32(isa));
    check_table_f64(fastgru_f64(isa));
    check_specials(fastgru_f32(isa));
    check_ulp(fastgru_f32(isa), count > 2 ? (uint64_t)atoll(arguments[2]) : 1009);
    check_pool();
    if (!failures)
        printf("isa %d, %d and %d numbers in a vector\n", isa,
               (int)(fastgru_f32(isa)->packed_size(1, 1, 1) / 3),
               (int)(fastgru_f64(isa)->packed_size(1, 1, 1) / 3));
    return failures != 0;
}
