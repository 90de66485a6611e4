/* What one machine can do at most: multiply-adds from registers, and reading of memory.
 *
 *     limits ATTEMPTS THREADS...     prints "fma THREADS GFLOPS" and "read BYTES GB/S" lines
 *
 * Compiled for the machine it runs on, unlike the package: a ruler, not a product. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
#define BYTES 64
#define CHAINS 24
#elif defined(__AVX__)
#define BYTES 32
#define CHAINS 12
#else
#define BYTES 16
#define CHAINS 24
#endif

typedef float vector __attribute__((vector_size(BYTES)));
#define LANES (BYTES / 4)
#define ROUNDS 2000000L

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Chains enough to hide the latency of one multiply-add, few enough to stay in registers. */
static void *multiply_add(void *sink)
{
    vector chain[CHAINS], factor, term;
    for (int i = 0; i < LANES; ++i) {
        factor[i] = 0.999999f;
        term[i] = 1e-6f;
    }
    for (int c = 0; c < CHAINS; ++c)
        chain[c] = term * (float)c;
    for (long n = 0; n < ROUNDS; ++n) {
#pragma GCC unroll 24
        for (int c = 0; c < CHAINS; ++c)
            chain[c] = chain[c] * factor + term;
    }
    for (int c = 0; c < CHAINS; ++c)
        *(float *)sink += chain[c][0];
    return NULL;
}

static double gflops(int attempts, int threads)
{
    pthread_t *id = calloc((size_t)threads, sizeof *id);
    float *sink = calloc((size_t)threads, 64);
    double best = 0;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const double start = now();
        for (int i = 0; i < threads; ++i)
            pthread_create(&id[i], NULL, multiply_add, sink + 16 * i);
        for (int i = 0; i < threads; ++i)
            pthread_join(id[i], NULL);
        const double rate = 2.0 * CHAINS * LANES * ROUNDS * threads / (now() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    free(sink);
    free(id);
    return best;
}

/* The best of many passes, so that the data lie where they fit. */
static double read_rate(int attempts, size_t bytes)
{
    vector *data = aligned_alloc(64, bytes);
    const size_t count = bytes / sizeof *data;
    const long passes = (long)((256u << 20) / bytes) + 2;
    double best = 0;
    volatile float sink = 0;
    for (size_t i = 0; i < count; ++i)
        data[i] = (vector){0} + 1.0f;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        vector sum[8] = {{0}};
        const double start = now();
        for (long pass = 0; pass < passes; ++pass) {
            for (size_t i = 0; i + 8 <= count; i += 8) {
#pragma GCC unroll 8
                for (int c = 0; c < 8; ++c)
                    sum[c] += data[i + (size_t)c];
            }
            /* Without this the compiler may take the passes for one. */
            __asm__ volatile("" : : "r"(data) : "memory");
        }
        const double rate = (double)bytes * (double)passes / (now() - start) / 1e9;
        best = rate > best ? rate : best;
        for (int c = 0; c < 8; ++c)
            sink += sum[c][0];
    }
    free(data);
    return best;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {16u << 10, 512u << 10, 16u << 20, 256u << 20};
    const int attempts = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 2; i < argc; ++i)
        printf("fma %d %.1f\n", atoi(argv[i]), gflops(attempts, atoi(argv[i])));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        printf("read %zu %.1f\n", sizes[i], read_rate(attempts, sizes[i]));
    return 0;
}
