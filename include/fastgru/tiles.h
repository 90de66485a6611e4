/* The register-tiled kernels, once for each instruction set, behind a table of functions.
 *
 * One source, tiles_body.h, is compiled for the baseline of the platform, AVX2 with FMA, and
 * AVX-512; NEON is the baseline of 64-bit ARM. Which table is used is decided at import by
 * what the processor has; FASTGRU_ISA forces one. Target pragmas do this without build
 * flags for single files, and without ifunc, which musl does not have. */
#ifndef FASTGRU_TILES_H
#define FASTGRU_TILES_H

#include "gates.h"

#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
#define FASTGRU_X86 1
#else
#define FASTGRU_X86 0
#endif

#include "spans.h"
#include "table.h"

#define ISA baseline
#define BYTES 16
#if defined(__aarch64__)
#define TILE_ROWS 8 /* 24 sums of the 32 registers */
#else
#define TILE_ROWS 4
#endif
#include "tiles_isa.h"
#undef ISA
#undef BYTES
#undef TILE_ROWS

#if FASTGRU_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define ISA avx2
#define BYTES 32
#define TILE_ROWS 4
#include "tiles_isa.h"
#undef ISA
#undef BYTES
#undef TILE_ROWS
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(                                                                  \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma,prefer-vector-width=512")
#endif
#define ISA avx512
#define BYTES 64
#define TILE_ROWS 8
#include "tiles_isa.h"
#undef ISA
#undef BYTES
#undef TILE_ROWS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

/* The instruction sets by number: 0 baseline, 1 AVX2 + FMA, 2 AVX-512. */
static inline int fastgru_best_isa(void)
{
#if FASTGRU_X86
    __builtin_cpu_init();
    /* These ask the operating system too whether it saves the registers. */
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 1;
#endif
    return 0;
}

static inline const fastgru_table_f32 *fastgru_f32(int isa)
{
#if FASTGRU_X86
    if (isa == 2)
        return &table_f32_avx512;
    if (isa == 1)
        return &table_f32_avx2;
#endif
    return &table_f32_baseline;
}

static inline const fastgru_table_f64 *fastgru_f64(int isa)
{
#if FASTGRU_X86
    if (isa == 2)
        return &table_f64_avx512;
    if (isa == 1)
        return &table_f64_avx2;
#endif
    return &table_f64_baseline;
}

#endif
