/* The table of kernels that tiles.h fills for each instruction set: types only. What each
 * entry does is said where it is defined, in the headers that tiles_body.h includes. */
#ifndef FASTGRU_TABLE_H
#define FASTGRU_TABLE_H

#include <stddef.h>

/* The rows of a packed sequence that belong to rows `first` to `last` of the batch: step t
 * has counts[t] rows, one step behind the other. kernels/gru.pyx says more. */
typedef struct {
    const ptrdiff_t *counts;
    ptrdiff_t steps, first, last;
} fastgru_rows;

#define FASTGRU_TABLE(REAL)                                                                    \
    {                                                                                          \
        ptrdiff_t (*packed_size)(ptrdiff_t K, ptrdiff_t columns, int gated);                   \
        void (*pack)(ptrdiff_t K, ptrdiff_t begin, ptrdiff_t columns, int gated,               \
                     const REAL *M, ptrdiff_t sk, ptrdiff_t sc, REAL *P);                      \
        void (*product)(ptrdiff_t groups, ptrdiff_t ga, ptrdiff_t go, ptrdiff_t rows,          \
                        ptrdiff_t K, ptrdiff_t columns, int gated, const REAL *A,              \
                        ptrdiff_t sa, const REAL *P, const REAL *bias, int accumulate,         \
                        REAL *out, ptrdiff_t so);                                              \
        void (*outer)(const fastgru_rows *of, ptrdiff_t rows, ptrdiff_t columns,               \
                      const REAL *A, ptrdiff_t sa, const REAL *B, ptrdiff_t sb, REAL *out,     \
                      ptrdiff_t so, REAL *total);                                              \
        void (*after_step)(ptrdiff_t rows, ptrdiff_t going_on, ptrdiff_t H, const REAL *P,     \
                           const REAL *bq, const REAL *h_prev, REAL *h_next, REAL *h_final,    \
                           REAL *gates, int act, int rec, int keep);                           \
        void (*after_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,                 \
                               const REAL *h_prev, REAL *dh, REAL *D, int act, int rec);       \
        void (*before_reset)(ptrdiff_t rows, ptrdiff_t H, REAL *gates, const REAL *q,          \
                             const REAL *h_prev, int rec);                                     \
        void (*before_step)(ptrdiff_t rows, ptrdiff_t going_on, ptrdiff_t H, const REAL *q,    \
                            const REAL *h_prev, REAL *h_next, REAL *h_final, REAL *gates,      \
                            int act, int rec);                                                 \
        void (*before_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,                \
                                const REAL *h_prev, const REAL *dh, REAL *D, int act,          \
                                int rec);                                                      \
        void (*before_reset_backward)(ptrdiff_t rows, ptrdiff_t H, const REAL *gates,          \
                                      const REAL *h_prev, REAL *dh, REAL *D, int rec);         \
        void (*activate)(ptrdiff_t n, int kind, const REAL *a, REAL *y);                       \
        void (*activate_backward)(ptrdiff_t n, int kind, const REAL *a, const REAL *y,         \
                                  const REAL *dy, REAL *da);                                   \
        void (*adam)(ptrdiff_t n, REAL *p, REAL *g, REAL *m, REAL *v, REAL alpha, REAL new_1,  \
                     REAL new_2, REAL eps);                                                    \
    }

typedef struct FASTGRU_TABLE(float) fastgru_table_f32;
typedef struct FASTGRU_TABLE(double) fastgru_table_f64;

#endif
