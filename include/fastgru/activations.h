/* Every activation that acts on one number, and its derivative.
 * The kinds are numbered here and nowhere else; kernels/activations.pyx names them. */
#ifndef FASTGRU_ACTIVATIONS_H
#define FASTGRU_ACTIVATIONS_H

#include "elementary.h"

enum fastgru_activation {
    FASTGRU_LINEAR,
    FASTGRU_SIGMOID,
    FASTGRU_TANH,
    FASTGRU_RELU,
    FASTGRU_RELU6,
    FASTGRU_LEAKY_RELU,
    FASTGRU_ELU,
    FASTGRU_SELU,
    FASTGRU_HARD_SIGMOID,
    FASTGRU_HARD_SIGMOID_KERAS2,
    FASTGRU_SOFTPLUS,
    FASTGRU_SOFTSIGN,
    FASTGRU_EXPONENTIAL,
    /* From here on the derivative needs the input, not only the output. */
    FASTGRU_SILU,
    FASTGRU_GELU
};

#define FASTGRU_SELU_SCALE 1.0507009873554805
#define FASTGRU_SELU_SLOPE 1.7580993408473766 /* scale * alpha, arXiv:1706.02515 */

#define REAL float
#define FN(name) name##_f32
#define MATH(name) name##f
#include "activations_body.h"
#undef REAL
#undef FN
#undef MATH

#define REAL double
#define FN(name) name##_f64
#define MATH(name) name
#include "activations_body.h"
#undef REAL
#undef FN
#undef MATH

#endif
