/* Included by activations.h with REAL, FN and MATH defined; has no guard on purpose. */

FASTGRU_INLINE REAL FN(softplus)(REAL a)
{
    return (a > 0 ? a : 0) + MATH(log1p)(FN(exp)(-MATH(fabs)(a)));
}

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
        return FN(softplus)(a);
    case FASTGRU_SOFTSIGN:
        return a / (1 + MATH(fabs)(a));
    case FASTGRU_EXPONENTIAL:
        return FN(exp)(a);
    case FASTGRU_HARD_TANH:
        return a < -1 ? -1 : a > 1 ? 1 : a;
    case FASTGRU_HARD_SHRINK:
        return a >= (REAL)-0.5 && a <= (REAL)0.5 ? 0 : a;
    case FASTGRU_SOFT_SHRINK:
        return a >= (REAL)-0.5 && a <= (REAL)0.5 ? 0 : a > 0 ? a - (REAL)0.5 : a + (REAL)0.5;
    case FASTGRU_LOG_SIGMOID:
        return -FN(softplus)(-a);
    case FASTGRU_SQUAREPLUS: {
        /* Below zero the two terms of (a + root) / 2 would cancel. */
        const REAL size = MATH(fabs)(a);
        const REAL root = size > (REAL)1e9 ? size : MATH(sqrt)(a * a + 4);
        return a < 0 ? 2 / (root - a) : a / 2 + root / 2;
    }
    case FASTGRU_SPARSE_PLUS:
        return a <= -1 ? 0 : a < 1 ? (a + 1) * (a + 1) / 4 : a;
    case FASTGRU_SPARSE_SIGMOID:
        return a <= -1 ? 0 : a >= 1 ? 1 : (a + 1) / 2;
    case FASTGRU_SILU:
        return a * FN(sigmoid)(a);
    case FASTGRU_GELU:
        return (REAL)0.5 * a * MATH(erfc)(-a * (REAL)0.70710678118654752);
    case FASTGRU_MISH:
        return a * FN(tanh)(FN(softplus)(a));
    case FASTGRU_HARD_SILU:
        return a < -3 ? 0 : a > 3 ? a : a * (a / 6 + (REAL)0.5);
    case FASTGRU_TANH_SHRINK:
        return a - FN(tanh)(a);
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
    case FASTGRU_HARD_TANH:
        return y > -1 && y < 1 ? 1 : 0;
    case FASTGRU_HARD_SHRINK:
    case FASTGRU_SOFT_SHRINK:
        return y != 0 ? 1 : 0;
    case FASTGRU_LOG_SIGMOID:
        return -MATH(expm1)(y);
    case FASTGRU_SQUAREPLUS:
        return y > (REAL)1e9 ? 1 : y * y / (y * y + 1);
    case FASTGRU_SPARSE_PLUS:
        return y < 1 ? MATH(sqrt)(y) : 1;
    case FASTGRU_SPARSE_SIGMOID:
        return y > 0 && y < 1 ? (REAL)0.5 : 0;
    case FASTGRU_SILU: {
        const REAL s = FN(sigmoid)(a);
        return s + y * (1 - s);
    }
    case FASTGRU_GELU:
        return (REAL)0.5 * MATH(erfc)(-a * (REAL)0.70710678118654752) +
               a * (REAL)0.3989422804014327 * FN(exp)((REAL)-0.5 * a * a);
    case FASTGRU_MISH: {
        const REAL t = FN(tanh)(FN(softplus)(a));
        return t + a * FN(sigmoid)(a) * (1 - t * t);
    }
    case FASTGRU_HARD_SILU:
        return a < -3 ? 0 : a > 3 ? 1 : a / 3 + (REAL)0.5;
    case FASTGRU_TANH_SHRINK: {
        const REAL t = FN(tanh)(a);
        return t * t;
    }
    default:
        return 1;
    }
}
