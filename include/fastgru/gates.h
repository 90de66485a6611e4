/* The elementwise half of one GRU step, for one row of H units.
 *
 * Plain C99 without Python.h, so it can be read and tested on its own. The body is
 * included once per precision; a bug cannot live in only one. Letters: docs/gru.md.
 *
 * gates (4H): p_z p_r p_g on entry, with every bias but that of q_g inside;
 *             z r g and a fourth block on return: q_g where the reset gate acts after
 *             the recurrent product, r * h where it acts before. An activation whose
             derivative its output does not tell has its input in place of the output.
 * D (4H):     what backward leaves for the products: dp_g dp_z dp_r dq_g. Its first 3H
 *             columns are the gradient of p, its last 3H that of q, without a copy. */
#ifndef FASTGRU_GATES_H
#define FASTGRU_GATES_H

#include "activations.h"

#define REAL float
#define FN(name) name##_f32
#include "gates_body.h"
#undef REAL
#undef FN

#define REAL double
#define FN(name) name##_f64
#include "gates_body.h"
#undef REAL
#undef FN

#endif
