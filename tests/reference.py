"""The equations, written to be read, not to be fast. Kernels are tested against these.

Sequences are time-major, (T, B, ...); symbols are those of docs/gru.md; every definition equals
Keras 3.15's. What goes in as float32 is computed in float32, so that a clip at 1 - 1e-7 falls
where Keras' float32 puts it; pass float64 for the exact values.

Losses come one per row, to be reduced by `mean_over_rows`: a row is a sample, or one of its
time steps, so predictions are (..., C) and losses (...). An optimiser's step takes a parameter
w, its gradient g and slots that start as zeros of w's shape, and returns new ones.
"""

import math

import numpy as np


def sigmoid(a):
    # exp overflows to inf for very negative a, and 1/inf = 0 is then the right answer.
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-a))


def negative_exp(a):
    """exp(a) - 1 where a < 0, else 0."""
    return np.expm1(np.minimum(a, 0))


def gelu(a):
    # a/2 * (1 + erf(a/sqrt 2)) without its cancellation for negative a.
    erfc = np.vectorize(math.erfc, otypes=[a.dtype])
    return a / 2 * erfc(-a / math.sqrt(2))


def squareplus(a):
    # (a + sqrt(a^2 + 4)) / 2 for |a|; for -|a| the inverse, whose terms would cancel.
    positive = (np.abs(a) + np.hypot(a, 2)) / 2
    return np.where(a < 0, 1 / positive, positive)


def sparsemax(a):
    # The sorted row: the largest k for which 1 + k a_k is more than the sum down to it.
    ranked = -np.sort(-a, axis=-1)
    sums = np.cumsum(ranked, axis=-1)
    ranks = np.arange(1, a.shape[-1] + 1, dtype=a.dtype)
    k = (1 + ranks * ranked > sums).sum(axis=-1, keepdims=True)
    return np.maximum(a - (np.take_along_axis(sums, k - 1, axis=-1) - 1) / k.astype(a.dtype), 0)


def log_softmax(a):
    a = a - a.max(axis=-1, keepdims=True)
    return a - np.log(np.exp(a).sum(axis=-1, keepdims=True))


# arXiv:1706.02515.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805

ACTIVATIONS = {
    "linear": lambda a: a,
    "relu": lambda a: np.maximum(a, 0),
    "relu6": lambda a: np.clip(a, 0, 6),
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "hard_sigmoid_keras2": lambda a: np.clip(0.2 * a + 0.5, 0, 1),
    "tanh": np.tanh,
    "softplus": lambda a: np.logaddexp(a, 0),
    "softsign": lambda a: a / (1 + np.abs(a)),
    "elu": lambda a: np.maximum(a, 0) + negative_exp(a),
    "selu": lambda a: SELU_SCALE * (np.maximum(a, 0) + SELU_ALPHA * negative_exp(a)),
    "exponential": np.exp,
    "leaky_relu": lambda a: np.where(a < 0, 0.2 * a, a),
    "silu": lambda a: a * sigmoid(a),
    "gelu": gelu,
    "celu": lambda a: np.maximum(a, 0) + negative_exp(a),
    "hard_tanh": lambda a: np.clip(a, -1, 1),
    "hard_shrink": lambda a: np.where(np.abs(a) <= 0.5, 0, a),
    "soft_shrink": lambda a: a - np.clip(a, -0.5, 0.5),
    "log_sigmoid": lambda a: -np.logaddexp(-a, 0),
    "squareplus": squareplus,
    "sparse_plus": lambda a: np.where(a < 1, np.maximum((a + 1) / 2, 0) ** 2, a),
    "sparse_sigmoid": lambda a: np.clip(a / 2 + 0.5, 0, 1),
    "mish": lambda a: a * np.tanh(np.logaddexp(a, 0)),
    "hard_silu": lambda a: np.where(a < -3, 0, a * np.clip(a / 6 + 0.5, 0, 1)),
    "tanh_shrink": lambda a: a - np.tanh(a),
    "softmax": lambda a: np.exp(log_softmax(a)),
    "log_softmax": log_softmax,
    "sparsemax": sparsemax,
}


def gru_step(x, h, W, U, bW, bU, reset_after, act, s):
    """The state after h: x (B, I), h (B, H); act and s are functions."""
    p_z, p_r, p_g = np.split(x @ W + bW, 3, axis=1)
    U_z, U_r, U_g = np.split(U, 3, axis=1)
    b_z, b_r, b_g = np.split(bU, 3) if reset_after else (0, 0, 0)
    z = s(p_z + h @ U_z + b_z)
    r = s(p_r + h @ U_r + b_r)
    g = act(p_g + r * (h @ U_g + b_g)) if reset_after else act(p_g + (r * h) @ U_g)
    return (1 - z) * g + z * h


def gru_states(
    x,
    h0,
    W,
    U,
    bW,
    bU,
    mask=None,
    reset_after=True,
    activation="tanh",
    recurrent_activation="sigmoid",
):
    """All T+1 states, (T+1, B, H): step t reads h[t] and writes h[t+1].

    x (T, B, I)   h0 (B, H)   W (I, 3H)   U (H, 3H)   bW, bU (3H)   mask (T, B), False = skip
    A skipped step carries the state. Without `reset_after`, bU is ignored and may be None.
    """
    act, s = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    h = [h0]
    for t in range(len(x)):
        stepped = gru_step(x[t], h[t], W, U, bW, bU, reset_after, act, s)
        h.append(stepped if mask is None else np.where(mask[t][:, None], stepped, h[t]))
    return np.stack(h)


def gru(x, h0, W, U, bW, bU, mask=None, go_backwards=False, return_sequences=False, **variant):
    """The layer: states (T, B, H) or, without `return_sequences`, the last one (B, H).

    `go_backwards` reads x and mask from the last step to the first; the outputs stay in the
    order in which they were computed. variant: the last three arguments of `gru_states`.
    """
    if go_backwards:
        x = x[::-1]
        mask = None if mask is None else mask[::-1]
    h = gru_states(x, h0, W, U, bW, bU, mask, **variant)
    return h[1:] if return_sequences else h[-1]


def dense(x, W, b=None, activation="linear"):
    """x (..., I), W (I, O), b (O) -> (..., O)."""
    a = x @ W
    return ACTIVATIONS[activation](a if b is None else a + b)


def embedding(ids, E):
    """ids (T, B) of integers, E (V, O) -> (T, B, O)."""
    return E[ids]


def dropout(x, kept, rate):
    """Inverted dropout with the units to keep given; `kept` broadcasts against x."""
    return np.where(kept, x / (1 - rate), 0)


def flatten(x):
    """(B, ...) -> (B, n). Batch-major: it is what Keras' Flatten gives for the user's array."""
    return x.reshape(len(x), math.prod(x.shape[1:]))


EPSILON = 1e-7


def clipped(p):
    return np.clip(p, EPSILON, 1 - EPSILON)


def log_probabilities(p, from_logits):
    if from_logits:
        return log_softmax(p)
    return np.log(clipped(p / p.sum(axis=-1, keepdims=True)))


def binary_crossentropy(y, p, from_logits=False):
    """Mean over the last axis of -y log p - (1 - y) log(1 - p)."""
    if from_logits:
        # -log sigmoid(a) = log(1 + exp(-a)), which never overflows when written so.
        rows = y * np.logaddexp(0, -p) + (1 - y) * np.logaddexp(0, p)
    else:
        p = clipped(p)
        rows = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return rows.mean(axis=-1)


def categorical_crossentropy(y, p, from_logits=False):
    """-sum_c y_c log p_c; y (..., C) one-hot, or any weights over the classes."""
    return -(y * log_probabilities(p, from_logits)).sum(axis=-1)


def sparse_categorical_crossentropy(y, p, from_logits=False):
    """-log p_y; y (...) of class numbers."""
    log_p = log_probabilities(p, from_logits)
    return -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]


def mean_squared_error(y, p):
    return ((p - y) ** 2).mean(axis=-1)


def mean_absolute_error(y, p):
    return np.abs(p - y).mean(axis=-1)


def mean_over_rows(rows, weights=None, mask=None):
    """sum(w l) / n over the rows, or over the unmasked rows alone; 0 if there are none.

    n counts rows: it is never the sum of the weights. weights, mask: as rows.
    """
    weights = np.ones_like(rows) if weights is None else weights
    mask = np.ones_like(rows, bool) if mask is None else mask
    assert rows.shape == weights.shape == mask.shape
    return (weights * rows)[mask].sum() / max(mask.sum(), 1)


def adam_step(w, g, m, v, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """-> w, m, v. `step` counts from 1.

    arXiv:1412.6980 in the reordered form of its section 2: epsilon is added to the square root
    of v before the bias is corrected, so it is not PyTorch's epsilon.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    alpha = learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return w - alpha * m / (np.sqrt(v) + epsilon), m, v


def amsgrad_step(w, g, m, v, h, step, learning_rate, beta_1, beta_2, epsilon):
    """-> w, m, v, h: Adam with the largest v so far under the root. arXiv:1904.09237."""
    _, m, v = adam_step(w, g, m, v, step, learning_rate, beta_1, beta_2, epsilon)
    h = np.maximum(h, v)
    alpha = learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return w - alpha * m / (np.sqrt(h) + epsilon), m, v, h


def nadam_step(w, g, m, v, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """-> w, m, v. Dozat 2016, with his schedule of the momentum."""
    u = [beta_1 * (1 - 0.5 * 0.96**t) for t in range(1, step + 2)]
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    ahead = u[-1] * m / (1 - math.prod(u)) + (1 - u[-2]) * g / (1 - math.prod(u[:-1]))
    root = np.sqrt(v / (1 - beta_2**step))
    return w - learning_rate * ahead / (root + epsilon), m, v


def adamax_step(w, g, m, u, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """-> w, m, u. arXiv:1412.6980, section 7.1, with an epsilon."""
    m = beta_1 * m + (1 - beta_1) * g
    u = np.maximum(beta_2 * u, np.abs(g))
    return w - learning_rate / (1 - beta_1**step) * m / (u + epsilon), m, u


def adagrad_step(w, g, a, learning_rate=0.001, epsilon=1e-7):
    """-> w, a: the sum of squares; epsilon is inside the square root."""
    a = a + g**2
    return w - learning_rate * g / np.sqrt(a + epsilon), a


def adadelta_step(w, g, v, x, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """-> w, v, x: mean squares of gradients and of changes. arXiv:1212.5701."""
    v = rho * v + (1 - rho) * g**2
    d = np.sqrt(x + epsilon) / np.sqrt(v + epsilon) * g
    x = rho * x + (1 - rho) * d**2
    return w - learning_rate * d, v, x


def lion_step(w, g, m, learning_rate=0.001, beta_1=0.9, beta_2=0.99):
    """-> w, m. arXiv:2302.06675, algorithm 2, without its weight decay."""
    change = np.sign(beta_1 * m + (1 - beta_1) * g)
    return w - learning_rate * change, beta_2 * m + (1 - beta_2) * g


def sgd_step(w, g, m, learning_rate=0.01, momentum=0.0, nesterov=False):
    """-> w, m. The learning rate is inside the velocity m, unlike PyTorch's."""
    m = momentum * m - learning_rate * g
    return w + (momentum * m - learning_rate * g if nesterov else m), m


def rmsprop_step(
    w, g, v, m, a, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False
):
    """-> w, v, m, a: mean square, velocity and, if centered, mean of the gradient.

    epsilon is inside the square root.
    """
    v = rho * v + (1 - rho) * g**2
    a = rho * a + (1 - rho) * g if centered else a
    variance = v - a**2 if centered else v
    m = momentum * m + learning_rate * g / np.sqrt(variance + epsilon)
    return w - m, v, m, a
