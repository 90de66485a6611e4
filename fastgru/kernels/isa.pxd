"""The register-tiled C kernels of the chosen instruction set, one name for both precisions.

What each does is said in include/fastgru, in the headers that tiles_body.h includes.
"""
from cython cimport floating


cdef extern from "fastgru/table.h" nogil:
    ctypedef struct rows "fastgru_rows":
        const Py_ssize_t* counts
        Py_ssize_t steps, first, last

    ctypedef struct table_f32 "fastgru_table_f32":
        Py_ssize_t (*packed_size)(Py_ssize_t, Py_ssize_t, int) noexcept nogil
        void (*pack)(Py_ssize_t, Py_ssize_t, Py_ssize_t, int, const float*, Py_ssize_t,
                     Py_ssize_t, float*) noexcept nogil
        void (*product)(Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t,
                        Py_ssize_t, int, const float*, Py_ssize_t, const float*,
                        const float*, int, float*, Py_ssize_t) noexcept nogil
        void (*outer)(const rows*, Py_ssize_t, Py_ssize_t, const float*, Py_ssize_t,
                      const float*, Py_ssize_t, float*, Py_ssize_t,
                      float*) noexcept nogil
        void (*after_step)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const float*, const float*,
                           const float*, float*, float*, float*, int, int,
                           int) noexcept nogil
        void (*after_backward)(Py_ssize_t, Py_ssize_t, const float*, const float*, float*,
                               float*, int, int) noexcept nogil
        void (*before_reset)(Py_ssize_t, Py_ssize_t, float*, const float*, const float*,
                             int) noexcept nogil
        void (*before_step)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const float*, const float*,
                            float*, float*, float*, int, int) noexcept nogil
        void (*before_backward)(Py_ssize_t, Py_ssize_t, const float*, const float*,
                                const float*, float*, int, int) noexcept nogil
        void (*before_reset_backward)(Py_ssize_t, Py_ssize_t, const float*, const float*,
                                      float*, float*, int) noexcept nogil
        void (*activate)(Py_ssize_t, int, const float*, float*) noexcept nogil
        void (*activate_backward)(Py_ssize_t, int, const float*, const float*, const float*,
                                  float*) noexcept nogil
        void (*adam)(Py_ssize_t, float*, float*, float*, float*, float, float, float,
                     float) noexcept nogil

    ctypedef struct table_f64 "fastgru_table_f64":
        Py_ssize_t (*packed_size)(Py_ssize_t, Py_ssize_t, int) noexcept nogil
        void (*pack)(Py_ssize_t, Py_ssize_t, Py_ssize_t, int, const double*, Py_ssize_t,
                     Py_ssize_t, double*) noexcept nogil
        void (*product)(Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t,
                        Py_ssize_t, int, const double*, Py_ssize_t, const double*,
                        const double*, int, double*, Py_ssize_t) noexcept nogil
        void (*outer)(const rows*, Py_ssize_t, Py_ssize_t, const double*, Py_ssize_t,
                      const double*, Py_ssize_t, double*, Py_ssize_t,
                      double*) noexcept nogil
        void (*after_step)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*,
                           const double*, double*, double*, double*, int, int,
                           int) noexcept nogil
        void (*after_backward)(Py_ssize_t, Py_ssize_t, const double*, const double*, double*,
                               double*, int, int) noexcept nogil
        void (*before_reset)(Py_ssize_t, Py_ssize_t, double*, const double*, const double*,
                             int) noexcept nogil
        void (*before_step)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*,
                            double*, double*, double*, int, int) noexcept nogil
        void (*before_backward)(Py_ssize_t, Py_ssize_t, const double*, const double*,
                                const double*, double*, int, int) noexcept nogil
        void (*before_reset_backward)(Py_ssize_t, Py_ssize_t, const double*, const double*,
                                      double*, double*, int) noexcept nogil
        void (*activate)(Py_ssize_t, int, const double*, double*) noexcept nogil
        void (*activate_backward)(Py_ssize_t, int, const double*, const double*,
                                  const double*, double*) noexcept nogil
        void (*adam)(Py_ssize_t, double*, double*, double*, double*, double, double, double,
                     double) noexcept nogil

cdef const table_f32* f32
cdef const table_f64* f64


cdef inline Py_ssize_t packed_size(Py_ssize_t K, Py_ssize_t columns, int gated,
                                   floating _) noexcept nogil:
    if floating is float:
        return f32.packed_size(K, columns, gated)
    else:
        return f64.packed_size(K, columns, gated)


cdef inline void pack(Py_ssize_t K, Py_ssize_t begin, Py_ssize_t columns, int gated,
                      const floating* M, Py_ssize_t sk, Py_ssize_t sc,
                      floating* P) noexcept nogil:
    if floating is float:
        f32.pack(K, begin, columns, gated, M, sk, sc, P)
    else:
        f64.pack(K, begin, columns, gated, M, sk, sc, P)


cdef inline void product(Py_ssize_t rows, Py_ssize_t K, Py_ssize_t columns, int gated,
                         const floating* A, Py_ssize_t sa, const floating* P,
                         const floating* bias, int accumulate, floating* out,
                         Py_ssize_t so) noexcept nogil:
    products(1, 0, 0, rows, K, columns, gated, A, sa, P, bias, accumulate, out, so)


cdef inline void products(Py_ssize_t groups, Py_ssize_t ga, Py_ssize_t go, Py_ssize_t rows,
                          Py_ssize_t K, Py_ssize_t columns, int gated, const floating* A,
                          Py_ssize_t sa, const floating* P, const floating* bias,
                          int accumulate, floating* out, Py_ssize_t so) noexcept nogil:
    """Groups of rows: of A they lie ga apart, of out go."""
    if floating is float:
        f32.product(groups, ga, go, rows, K, columns, gated, A, sa, P, bias, accumulate, out,
                    so)
    else:
        f64.product(groups, ga, go, rows, K, columns, gated, A, sa, P, bias, accumulate, out,
                    so)


cdef inline void outer(const rows* of, Py_ssize_t lines, Py_ssize_t columns,
                       const floating* A, Py_ssize_t sa, const floating* B, Py_ssize_t sb,
                       floating* out, Py_ssize_t so, floating* total) noexcept nogil:
    if floating is float:
        f32.outer(of, lines, columns, A, sa, B, sb, out, so, total)
    else:
        f64.outer(of, lines, columns, A, sa, B, sb, out, so, total)


cdef inline void after_step(Py_ssize_t rows, Py_ssize_t going_on, Py_ssize_t H,
                            const floating* P, const floating* bq, const floating* h_prev,
                            floating* h_next, floating* h_final, floating* gates, int act,
                            int rec, bint keep) noexcept nogil:
    if floating is float:
        f32.after_step(rows, going_on, H, P, bq, h_prev, h_next, h_final, gates, act, rec,
                       keep)
    else:
        f64.after_step(rows, going_on, H, P, bq, h_prev, h_next, h_final, gates, act, rec,
                       keep)


cdef inline void after_backward(Py_ssize_t rows, Py_ssize_t H, const floating* gates,
                                const floating* h_prev, floating* dh, floating* D, int act,
                                int rec) noexcept nogil:
    if floating is float:
        f32.after_backward(rows, H, gates, h_prev, dh, D, act, rec)
    else:
        f64.after_backward(rows, H, gates, h_prev, dh, D, act, rec)


cdef inline void before_reset(Py_ssize_t rows, Py_ssize_t H, floating* gates,
                              const floating* q, const floating* h_prev,
                              int rec) noexcept nogil:
    if floating is float:
        f32.before_reset(rows, H, gates, q, h_prev, rec)
    else:
        f64.before_reset(rows, H, gates, q, h_prev, rec)


cdef inline void before_step(Py_ssize_t rows, Py_ssize_t going_on, Py_ssize_t H,
                             const floating* q, const floating* h_prev, floating* h_next,
                             floating* h_final, floating* gates, int act,
                             int rec) noexcept nogil:
    if floating is float:
        f32.before_step(rows, going_on, H, q, h_prev, h_next, h_final, gates, act, rec)
    else:
        f64.before_step(rows, going_on, H, q, h_prev, h_next, h_final, gates, act, rec)


cdef inline void before_backward(Py_ssize_t rows, Py_ssize_t H, const floating* gates,
                                 const floating* h_prev, const floating* dh, floating* D,
                                 int act, int rec) noexcept nogil:
    if floating is float:
        f32.before_backward(rows, H, gates, h_prev, dh, D, act, rec)
    else:
        f64.before_backward(rows, H, gates, h_prev, dh, D, act, rec)


cdef inline void before_reset_backward(Py_ssize_t rows, Py_ssize_t H, const floating* gates,
                                       const floating* h_prev, floating* dh, floating* D,
                                       int rec) noexcept nogil:
    if floating is float:
        f32.before_reset_backward(rows, H, gates, h_prev, dh, D, rec)
    else:
        f64.before_reset_backward(rows, H, gates, h_prev, dh, D, rec)


cdef inline void activate(Py_ssize_t n, int kind, const floating* a,
                          floating* y) noexcept nogil:
    if floating is float:
        f32.activate(n, kind, a, y)
    else:
        f64.activate(n, kind, a, y)


cdef inline void activate_backward(Py_ssize_t n, int kind, const floating* a,
                                   const floating* y, const floating* dy,
                                   floating* da) noexcept nogil:
    if floating is float:
        f32.activate_backward(n, kind, a, y, dy, da)
    else:
        f64.activate_backward(n, kind, a, y, dy, da)


cdef inline void adam_stretch(Py_ssize_t n, floating* p, floating* g, floating* m,
                              floating* v, floating alpha, floating new_1, floating new_2,
                              floating eps) noexcept nogil:
    if floating is float:
        f32.adam(n, p, g, m, v, alpha, new_1, new_2, eps)
    else:
        f64.adam(n, p, g, m, v, alpha, new_1, new_2, eps)
