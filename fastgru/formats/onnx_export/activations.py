"""Activations as operators of ONNX."""

import math

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

#: Operators that are the activation, with their attributes.
_OPERATORS = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "elu": ("Elu", {"alpha": 1.0}),
    "selu": ("Selu", {"alpha": _SELU_ALPHA, "gamma": _SELU_SCALE}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "exponential": ("Exp", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "log_softmax": ("LogSoftmax", {"axis": -1}),
}


def activate(g, name, x):
    """act(x), for an activation of `fastgru.activations`."""
    if name == "linear":
        return x
    if name in COMPOSED and not (name in _OPERATORS and g.dtype == "float32"):
        return COMPOSED[name](g, x)
    operator, attributes = _OPERATORS[name]
    return g.add(operator, x, **attributes)


def clipped(g, x, low, high):
    """x held in [low, high]."""
    return g.add("Clip", x, g.numbers(low), g.numbers(high))


def elu(g, x, alpha, scale=1.0):
    """scale x where x is positive, scale alpha (exp(x) - 1) elsewhere."""
    if g.dtype == "float32" and scale == 1:
        return g.add("Elu", x, alpha=alpha)
    zero = g.numbers(0)
    below = g.add("Sub", g.add("Exp", g.add("Min", x, zero)), g.numbers(1))
    below = g.add("Mul", below, g.numbers(alpha if scale == 1 else scale * alpha))
    above = x if scale == 1 else g.add("Mul", x, g.numbers(scale))
    return g.add("Where", g.add("Greater", x, zero), above, below)


def _relu6(g, x):
    return clipped(g, x, 0, 6)


def _silu(g, x):
    return g.add("Mul", x, g.add("Sigmoid", x))


def _gelu(g, x):
    share = g.add("Erf", g.add("Mul", x, g.numbers(math.sqrt(0.5))))
    share = g.add("Mul", g.add("Add", share, g.numbers(1)), g.numbers(0.5))
    return g.add("Mul", x, share)


def _hard_sigmoid(g, x):
    line = g.add("Add", g.add("Div", x, g.numbers(6)), g.numbers(0.5))
    return clipped(g, line, 0, 1)


def _softplus(g, x):
    small = g.add("Exp", g.add("Neg", g.add("Abs", x)))
    small = g.add("Log", g.add("Add", small, g.numbers(1)))
    return g.add("Add", g.add("Relu", x), small)


def _softsign(g, x):
    return g.add("Div", x, g.add("Add", g.add("Abs", x), g.numbers(1)))


def _hard_sigmoid_keras2(g, x):
    return _line(g, x, 0.2, 0.5)


def _sparse_sigmoid(g, x):
    return _line(g, x, 0.5, 0.5)


def _line(g, x, slope, start):
    """A line that is cut off at 0 and at 1."""
    rising = g.add("Add", g.add("Mul", x, g.numbers(slope)), g.numbers(start))
    return clipped(g, rising, 0, 1)


def _hard_tanh(g, x):
    return clipped(g, x, -1, 1)


def _hard_shrink(g, x):
    small = g.add("LessOrEqual", g.add("Abs", x), g.numbers(0.5))
    return g.add("Where", small, g.numbers(0), x)


def _soft_shrink(g, x):
    return g.add("Sub", x, clipped(g, x, -0.5, 0.5))


def _tanh_shrink(g, x):
    return g.add("Sub", x, g.add("Tanh", x))


def _log_sigmoid(g, x):
    return g.add("Neg", activate(g, "softplus", g.add("Neg", x)))


def _squareplus(g, x):
    root = g.add("Sqrt", g.add("Add", g.add("Mul", x, x), g.numbers(4)))
    large = g.add("Mul", g.add("Add", g.add("Abs", x), root), g.numbers(0.5))
    # Below zero the two terms of (x + root) / 2 would cancel.
    below = g.add("Less", x, g.numbers(0))
    return g.add("Where", below, g.add("Div", g.numbers(1), large), large)


def _sparse_plus(g, x):
    half = g.add("Mul", g.add("Add", x, g.numbers(1)), g.numbers(0.5))
    half = g.add("Relu", half)
    return g.add("Where", g.add("Less", x, g.numbers(1)), g.add("Mul", half, half), x)


def _mish(g, x):
    return g.add("Mul", x, g.add("Tanh", activate(g, "softplus", x)))


def _hard_silu(g, x):
    return g.add("Mul", x, activate(g, "hard_sigmoid", x))


def _sparsemax(g, x):
    # Each entry with all of its row at the rank where it stands; the largest stay positive.
    width = g.add("Shape", x, start=-1)
    a, _ = g.add("TopK", x, width, outputs=2, axis=-1)
    last = g.ints(-1)
    rest = g.add("Sub", g.add("CumSum", a, g.squeeze(last, 0)), g.numbers(1))
    ones = g.add("Expand", g.numbers(1), g.add("Shape", x))
    count = g.add("CumSum", ones, g.squeeze(last, 0))
    inside = g.add("Greater", g.add("Mul", count, a), rest)
    zero = g.numbers(0)
    total = g.add("ReduceSum", g.add("Where", inside, a, zero), last)
    count = g.add("ReduceSum", g.add("Where", inside, ones, zero), last)
    limit = g.add("Div", g.add("Sub", total, g.numbers(1)), count)
    return g.add("Relu", g.add("Sub", x, limit))


#: Of several operators: those that ONNX does not have, and those whose operator ONNX Runtime
#: has in float32 alone, for float64.
COMPOSED = {
    "relu6": _relu6,
    "silu": _silu,
    "gelu": _gelu,
    "elu": lambda g, x: elu(g, x, 1.0),
    "selu": lambda g, x: elu(g, x, _SELU_ALPHA, _SELU_SCALE),
    "hard_sigmoid": _hard_sigmoid,
    "softplus": _softplus,
    "softsign": _softsign,
    "celu": lambda g, x: elu(g, x, 1.0),
    "hard_sigmoid_keras2": _hard_sigmoid_keras2,
    "hard_silu": _hard_silu,
    "hard_tanh": _hard_tanh,
    "hard_shrink": _hard_shrink,
    "log_sigmoid": _log_sigmoid,
    "mish": _mish,
    "soft_shrink": _soft_shrink,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "sparsemax": _sparsemax,
    "squareplus": _squareplus,
    "tanh_shrink": _tanh_shrink,
}
