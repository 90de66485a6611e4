/* exp, tanh and the logistic function, in float and double.
 *
 * The float versions are branch-free polynomials, so that the loops which call them
 * become SIMD code; the double ones are the C library's, because float64 is there to
 * prove gradients, not to run fast. Infinities and NaN come out as IEEE 754 has them.
 * The coefficients are a minimax fit of our own (weighted, Lawson's iteration). */
#ifndef FASTGRU_ELEMENTARY_H
#define FASTGRU_ELEMENTARY_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Inlined for certain: only then are constant arguments seen, and loops become SIMD. */
#if defined(__GNUC__)
#define FASTGRU_INLINE static inline __attribute__((always_inline))
#define FASTGRU_APART __attribute__((noinline))
#else
#define FASTGRU_INLINE static inline
#define FASTGRU_APART
#endif

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)0)
#endif

/* The vector is in a register here, where a compiler would load it again for each use. */
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define HOLD(vector) __asm__("" : "+v"(vector))
#elif defined(__GNUC__) && defined(__aarch64__)
#define HOLD(vector) __asm__("" : "+w"(vector))
#else
#define HOLD(vector) ((void)0)
#endif

/* The pointer is known here only: a compiler that sees a whole row of addresses computes all of
 * them beforehand, and has too few registers. */
#if defined(__GNUC__)
#define IN_TURN(pointer) __asm__("" : "+r"(pointer))
#else
#define IN_TURN(pointer) ((void)0)
#endif

/* Rows never overlap their outputs except element by element. */
#if defined(__clang__)
#define FASTGRU_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define FASTGRU_IVDEP _Pragma("GCC ivdep")
#else
#define FASTGRU_IVDEP
#endif

FASTGRU_INLINE float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

FASTGRU_INLINE uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* exp(a) = 2^n exp(s), |s| <= log(2) / 2. Comparisons are written so that NaN passes. */
FASTGRU_INLINE float exp_f32(float a)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    a = a > 89.0f ? 89.0f : a;
    a = a < -104.0f ? -104.0f : a;
    const float shifted = a * 1.44269504f + shift;
    const float n = shifted - shift;
    /* log(2) in two parts; the first has 9 bits, so n times it is exact. */
    const float s = (a - n * 0.693359375f) + n * 2.12194440e-4f;
    float c = 1.395172e-3f;
    c = c * s + 8.369599e-3f;
    c = c * s + 4.1666187e-2f;
    c = c * s + 1.6666512e-1f;
    c = c * s + 0.5f;
    const float e = (c * s * s + s) + 1.0f;
    /* 2^n in two factors: n down to -150 leaves the range of one exponent. */
    const uint32_t k = bits_of_float(shifted) - bits_of_float(shift) + 256u;
    const uint32_t half = (k >> 1) - 128u;
    const uint32_t rest = k - 256u - half;
    return e * float_of_bits((half + 127u) << 23) * float_of_bits((rest + 127u) << 23);
}

/* exp(a) for a <= 0: no overflow to look after, and one factor less. */
FASTGRU_INLINE float exp_falling_f32(float a)
{
    const float shift = 12582912.0f;
    a = a < -104.0f ? -104.0f : a;
    const float shifted = a * 1.44269504f + shift;
    const float n = shifted - shift;
    const float s = (a - n * 0.693359375f) + n * 2.12194440e-4f;
    float c = 1.395172e-3f;
    c = c * s + 8.369599e-3f;
    c = c * s + 4.1666187e-2f;
    c = c * s + 1.6666512e-1f;
    c = c * s + 0.5f;
    const float e = (c * s * s + s) + 1.0f;
    /* 2^(n + 24), which is never denormal, and 2^-24. */
    return e * float_of_bits((bits_of_float(shifted) + 151u) << 23) * 5.9604644775390625e-8f;
}

/* 1 / x for 1 <= x <= 2, without a division, which takes as long as sixteen products:
 * 1 - x y is at most 1 / 577 for the cubic with the error of Chebyshev's T_4, and its
 * cube after the correction. */
FASTGRU_INLINE float inverse_f32(float x)
{
    float y = x * (float)(-128.0 / 577) + (float)(768.0 / 577);
    y = y * x - (float)(1696.0 / 577);
    y = y * x + (float)(1632.0 / 577);
    const float d = 1.0f - x * y;
    return y + y * (d * d + d);
}

FASTGRU_INLINE float tanh_f32(float a)
{
    const float m = fabsf(a), u = a * a, e = exp_falling_f32(-2.0f * m);
    float c = -5.905868019908667e-3f;
    c = c * u + 2.080538496375084e-2f;
    c = c * u - 5.3786683827638626e-2f;
    c = c * u + 1.3331958651542664e-1f;
    c = c * u - 3.3333298563957214e-1f;
    const float small = m + m * u * c;
    const float large = (1.0f - e) * inverse_f32(1.0f + e);
    return copysignf(m < 0.6f ? small : large, a);
}

/* exp sees only -|a|: no overflow, and full precision where the result is tiny. */
FASTGRU_INLINE float sigmoid_f32(float a)
{
    const float e = exp_falling_f32(-fabsf(a));
    return (a < 0.0f ? e : 1.0f) * inverse_f32(1.0f + e);
}

FASTGRU_INLINE double exp_f64(double a)
{
    return exp(a);
}

FASTGRU_INLINE double tanh_f64(double a)
{
    return tanh(a);
}

FASTGRU_INLINE double sigmoid_f64(double a)
{
    const double e = exp(-fabs(a));
    return (a < 0.0 ? e : 1.0) / (1.0 + e);
}

FASTGRU_INLINE float root_f32(float a)
{
    return sqrtf(a);
}

FASTGRU_INLINE double root_f64(double a)
{
    return sqrt(a);
}

#endif
