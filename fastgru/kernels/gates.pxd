"""The C gate loops of include/fastgru/gates.h, one name for both precisions."""
from cython cimport floating


cdef extern from "fastgru/activations.h" nogil:
    const int SIGMOID "FASTGRU_SIGMOID"
    const int TANH "FASTGRU_TANH"

cdef extern from "fastgru/gates.h" nogil:
    void after_forward_row_f32(int act, int rec, Py_ssize_t H, float* gates, const float* q,
                               const float* bq, const float* h_prev, float* h_next)
    void after_forward_row_f64(int act, int rec, Py_ssize_t H, double* gates, const double* q,
                               const double* bq, const double* h_prev, double* h_next)
    void after_backward_row_f32(int act, int rec, Py_ssize_t H, const float* gates,
                                const float* h_prev, float* dh, float* D)
    void after_backward_row_f64(int act, int rec, Py_ssize_t H, const double* gates,
                                const double* h_prev, double* dh, double* D)
    void before_reset_row_f32(int rec, Py_ssize_t H, float* gates, const float* q,
                              const float* h_prev)
    void before_reset_row_f64(int rec, Py_ssize_t H, double* gates, const double* q,
                              const double* h_prev)
    void before_forward_row_f32(int act, int rec, Py_ssize_t H, float* gates,
                                const float* q, const float* h_prev, float* h_next)
    void before_forward_row_f64(int act, int rec, Py_ssize_t H, double* gates,
                                const double* q, const double* h_prev, double* h_next)
    void before_backward_row_f32(int act, int rec, Py_ssize_t H, const float* gates,
                                 const float* h_prev, const float* dh, float* D)
    void before_backward_row_f64(int act, int rec, Py_ssize_t H, const double* gates,
                                 const double* h_prev, const double* dh, double* D)
    void before_reset_backward_row_f32(int rec, Py_ssize_t H, const float* gates,
                                       const float* h_prev, const float* drh, float* dh,
                                       float* D)
    void before_reset_backward_row_f64(int rec, Py_ssize_t H, const double* gates,
                                       const double* h_prev, const double* drh, double* dh,
                                       double* D)


# The usual pair is written as constants: the C compiler then drops the switch over the
# kinds and makes vector loops, which it cannot do with kinds known only at run time.

cdef inline void after_forward_row(int act, int rec, Py_ssize_t H, floating* gates,
                                   const floating* q, const floating* bq,
                                   const floating* h_prev, floating* h_next) noexcept nogil:
    if floating is float:
        if act == TANH and rec == SIGMOID:
            after_forward_row_f32(TANH, SIGMOID, H, gates, q, bq, h_prev, h_next)
        else:
            after_forward_row_f32(act, rec, H, gates, q, bq, h_prev, h_next)
    else:
        after_forward_row_f64(act, rec, H, gates, q, bq, h_prev, h_next)


cdef inline void after_backward_row(int act, int rec, Py_ssize_t H, const floating* gates,
                                    const floating* h_prev, floating* dh,
                                    floating* D) noexcept nogil:
    if floating is float:
        if act == TANH and rec == SIGMOID:
            after_backward_row_f32(TANH, SIGMOID, H, gates, h_prev, dh, D)
        else:
            after_backward_row_f32(act, rec, H, gates, h_prev, dh, D)
    else:
        after_backward_row_f64(act, rec, H, gates, h_prev, dh, D)


cdef inline void before_reset_row(int rec, Py_ssize_t H, floating* gates, const floating* q,
                                  const floating* h_prev) noexcept nogil:
    if floating is float:
        if rec == SIGMOID:
            before_reset_row_f32(SIGMOID, H, gates, q, h_prev)
        else:
            before_reset_row_f32(rec, H, gates, q, h_prev)
    else:
        before_reset_row_f64(rec, H, gates, q, h_prev)


cdef inline void before_forward_row(int act, int rec, Py_ssize_t H, floating* gates,
                                    const floating* q, const floating* h_prev,
                                    floating* h_next) noexcept nogil:
    if floating is float:
        if act == TANH and rec == SIGMOID:
            before_forward_row_f32(TANH, SIGMOID, H, gates, q, h_prev, h_next)
        else:
            before_forward_row_f32(act, rec, H, gates, q, h_prev, h_next)
    else:
        before_forward_row_f64(act, rec, H, gates, q, h_prev, h_next)


cdef inline void before_backward_row(int act, int rec, Py_ssize_t H, const floating* gates,
                                     const floating* h_prev, const floating* dh,
                                     floating* D) noexcept nogil:
    if floating is float:
        if act == TANH and rec == SIGMOID:
            before_backward_row_f32(TANH, SIGMOID, H, gates, h_prev, dh, D)
        else:
            before_backward_row_f32(act, rec, H, gates, h_prev, dh, D)
    else:
        before_backward_row_f64(act, rec, H, gates, h_prev, dh, D)


cdef inline void before_reset_backward_row(int rec, Py_ssize_t H, const floating* gates,
                                           const floating* h_prev, const floating* drh,
                                           floating* dh, floating* D) noexcept nogil:
    if floating is float:
        if rec == SIGMOID:
            before_reset_backward_row_f32(SIGMOID, H, gates, h_prev, drh, dh, D)
        else:
            before_reset_backward_row_f32(rec, H, gates, h_prev, drh, dh, D)
    else:
        before_reset_backward_row_f64(rec, H, gates, h_prev, drh, dh, D)
