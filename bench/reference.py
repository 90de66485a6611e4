"""The numbers every contender must reach: the model and its training step in float64.

Written to be read and to be independent of the package; symbols as in docs/gru.md.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def forward(weights, x, mask=None):
    """(logits (B, 1), what `backward` needs) of x (B, T, I); mask (B, T), False = skip."""
    W, U, b, V, c = (weights[name].astype(np.float64) for name in "WUbVc")
    H = len(U)
    h = np.zeros((len(x), H))
    p = x.astype(np.float64) @ W + b[0]
    left = []
    for t in range(x.shape[1]):
        q = h @ U + b[1]
        z = sigmoid(p[:, t, :H] + q[:, :H])
        r = sigmoid(p[:, t, H : 2 * H] + q[:, H : 2 * H])
        g = np.tanh(p[:, t, 2 * H :] + r * q[:, 2 * H :])
        keep = 1.0 if mask is None else mask[:, t, None].astype(np.float64)
        left.append((h, z, r, g, q[:, 2 * H :], keep))
        h = keep * (z * h + (1 - z) * g) + (1 - keep) * h
    return h @ V + c, (h, left)


def predict(weights, x, mask=None):
    """Probabilities (B, 1)."""
    return sigmoid(forward(weights, x, mask)[0])


def gradients(weights, x, y, mask=None):
    """(loss, gradient of it for each weight); the loss is the mean binary cross-entropy."""
    a, (h, left) = forward(weights, x, mask)
    loss = np.mean(np.logaddexp(0, a) - y * a)
    da = (sigmoid(a) - y) / len(y)
    U = weights["U"].astype(np.float64)
    d = {name: np.zeros(value.shape) for name, value in weights.items()}
    d["V"], d["c"] = h.T @ da, da.sum(axis=0)
    dh = da @ weights["V"].astype(np.float64).T
    for t in range(x.shape[1] - 1, -1, -1):
        h, z, r, g, q_g, keep = left[t]
        dnew = keep * dh
        dp_g = dnew * (1 - z) * (1 - g * g)
        dp_z = dnew * (h - g) * z * (1 - z)
        dp_r = dp_g * q_g * r * (1 - r)
        dp = np.hstack([dp_z, dp_r, dp_g])
        dq = np.hstack([dp_z, dp_r, dp_g * r])
        d["W"] += x[:, t].astype(np.float64).T @ dp
        d["U"] += h.T @ dq
        d["b"] += np.stack([dp.sum(axis=0), dq.sum(axis=0)])
        dh = dnew * z + (1 - keep) * dh + dq @ U.T
    return loss, d


def train(weights, x, y, mask=None):
    """(loss, weights after one step of Adam from zero slots, with Keras' defaults)."""
    loss, d = gradients(weights, x, y, mask)
    # Both bias corrections at t = 1 leave g / (|g| + eps / sqrt(1 - beta_2)).
    epsilon = 1e-7 / np.sqrt(1 - 0.999)
    return loss, {
        name: value - 0.001 * d[name] / (np.abs(d[name]) + epsilon)
        for name, value in weights.items()
    }
