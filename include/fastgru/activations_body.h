/* Included by activations.h with REAL, FN and MATH defined; has no guard on purpose. */

FASTGRU_INLINE REAL FN(activate)(int kind, REAL a)
{
    switch (kind) {
    case FASTGRU_SIGMOID:
        return FN(sigmoid)(a);
    case FASTGRU_TANH:
        return FN(tanh)(a);
    case FASTGRU_RELU:
        return a < 0 ? 0 : a;
    case FASTGRU_RELU6:
        return a < 0 ? 0 : a > 6 ? 6 : a;
    case FASTGRU_LEAKY_RELU:
        return a < 0 ? (REAL)0.2 * a : a;
    case FASTGRU_ELU:
        return a < 0 ? MATH(expm1)(a) : a;
    case FASTGRU_SELU:
        return a < 0 ? (REAL)FASTGRU_SELU_SLOPE * MATH(expm1)(a) : (REAL)FASTGRU_SELU_SCALE * a;
    case FASTGRU_HARD_SIGMOID:
        return a < -3 ? 0 : a > 3 ? 1 : a / 6 + (REAL)0.5;
    case FASTGRU_HARD_SIGMOID_KERAS2:
        return 2 * a <= -5 ? 0 : 2 * a >= 5 ? 1 : (REAL)0.2 * a + (REAL)0.5;
    case FASTGRU_SOFTPLUS:
        return (a > 0 ? a : 0) + MATH(log1p)(FN(exp)(-MATH(fabs)(a)));
    case FASTGRU_SOFTSIGN:
        return a / (1 + MATH(fabs)(a));
    case FASTGRU_EXPONENTIAL:
        return FN(exp)(a);
    case FASTGRU_SILU:
        return a * FN(sigmoid)(a);
    case FASTGRU_GELU:
        return (REAL)0.5 * a * MATH(erfc)(-a * (REAL)0.70710678118654752);
    default:
        return a;
    }
}

/* What a forward pass keeps for the derivative: the output, or where that does not tell
 * it, the input, from which `output` gets the output again. */
FASTGRU_INLINE REAL FN(kept)(int kind, REAL a, REAL y)
{
    return kind < FASTGRU_SILU ? y : a;
}

FASTGRU_INLINE REAL FN(output)(int kind, REAL kept)
{
    return kind < FASTGRU_SILU ? kept : FN(activate)(kind, kept);
}

/* dy/da. a is looked at by the kinds from FASTGRU_SILU on only. */
FASTGRU_INLINE REAL FN(slope)(int kind, REAL a, REAL y)
{
    switch (kind) {
    case FASTGRU_SIGMOID:
        return y * (1 - y);
    case FASTGRU_TANH:
        return 1 - y * y;
    case FASTGRU_RELU:
        return y > 0 ? 1 : 0;
    case FASTGRU_RELU6:
        return y > 0 && y < 6 ? 1 : 0;
    case FASTGRU_LEAKY_RELU:
        return y < 0 ? (REAL)0.2 : 1;
    case FASTGRU_ELU:
        return y < 0 ? y + 1 : 1;
    case FASTGRU_SELU:
        return y < 0 ? y + (REAL)FASTGRU_SELU_SLOPE : (REAL)FASTGRU_SELU_SCALE;
    case FASTGRU_HARD_SIGMOID:
        return y > 0 && y < 1 ? (REAL)1 / 6 : 0;
    case FASTGRU_HARD_SIGMOID_KERAS2:
        return y > 0 && y < 1 ? (REAL)0.2 : 0;
    case FASTGRU_SOFTPLUS:
        return -MATH(expm1)(-y);
    case FASTGRU_SOFTSIGN: {
        const REAL s = 1 - MATH(fabs)(y);
        return s * s;
    }
    case FASTGRU_EXPONENTIAL:
        return y;
    case FASTGRU_SILU: {
        const REAL s = FN(sigmoid)(a);
        return s + y * (1 - s);
    }
    case FASTGRU_GELU:
        return (REAL)0.5 * MATH(erfc)(-a * (REAL)0.70710678118654752) +
               a * (REAL)0.3989422804014327 * FN(exp)((REAL)-0.5 * a * a);
    default:
        return 1;
    }
}
