"""JAX: a GRU on lax.scan and Adam as one writes them, all of a step under one jit."""

from functools import partial
from itertools import cycle

import jax
import jax.numpy as jnp
import numpy as np
from cases import TUTORIAL
from machine import cores

VERSIONS = {"jax": jax.__version__}
threads = cores  # XLA sizes its pool by them; there is nothing to set
#: Longest sequence whose loop is unrolled: inference then takes half the time (measured at
#: 10 steps), while at 100 it gains nothing and training loses. Compiling it takes longer than a
#: short process gains, so the cold runs leave it out.
UNROLLED = 16


def cell(weights, h, p):
    """The next state of h (B, H); p (B, 3H) is x W + b."""
    H = h.shape[1]
    q = h @ weights["U"] + weights["b"][1]
    z, r = jnp.split(jax.nn.sigmoid(p[:, : 2 * H] + q[:, : 2 * H]), 2, axis=1)
    g = jnp.tanh(p[:, 2 * H :] + r * q[:, 2 * H :])
    return z * h + (1 - z) * g


def logits(weights, x):
    """Logits (B, 1) of x (B, T, I); the inputs of all steps in one product."""
    p = jnp.swapaxes(x, 0, 1) @ weights["W"] + weights["b"][0]
    h = jnp.zeros((x.shape[0], weights["U"].shape[0]), x.dtype)
    unroll = len(p) <= UNROLLED
    h, _ = jax.lax.scan(lambda h, p: (cell(weights, h, p), None), h, p, unroll=unroll)
    return h @ weights["V"] + weights["c"]


@jax.jit
def probabilities(weights, x):
    return jax.nn.sigmoid(logits(weights, x))


@jax.jit
def advance(weights, h, x):
    h = cell(weights, h, x @ weights["W"] + weights["b"][0])
    return h, jax.nn.sigmoid(h @ weights["V"] + weights["c"])


def loss_of(weights, x, y):
    a = logits(weights, x)
    return jnp.mean(jnp.logaddexp(0, a) - y * a)


@partial(jax.jit, donate_argnums=0)
def learn(state, x, y):
    """One step of Adam; state is (weights, means of g, means of g^2, steps so far)."""
    weights, m, v, t = state
    loss, g = jax.value_and_grad(loss_of)(weights, x, y)
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
    alpha = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    weights = jax.tree.map(lambda w, m, v: w - alpha * m / (jnp.sqrt(v) + 1e-7), weights, m, v)
    return (weights, m, v, t), loss


def fresh(weights):
    weights = jax.tree.map(jnp.array, weights)
    zeros = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    return weights, *zeros, jnp.zeros((), jnp.float32)


class Model:
    def __init__(self, case):
        self.case = case
        self.state = fresh(case.weights)
        self.x, self.y = jnp.array(case.x), cycle(jnp.array(y) for y in case.targets)
        self.h = jnp.zeros((case.shape[0], case.shape[3]), jnp.float32)

    def train(self):
        self.state, loss = learn(self.state, self.x, next(self.y))
        jax.block_until_ready(self.state)
        return float(loss)

    def infer(self):
        return probabilities(self.state[0], self.x).block_until_ready()

    def predict(self):
        return np.asarray(probabilities(self.state[0], self.case.x))

    def step(self, x):
        self.h, y = advance(self.state[0], self.h, x)
        return np.asarray(y)

    def weights(self):
        return jax.tree.map(np.asarray, self.state[0])


prepare = Model


def random_weights(rng):
    _, _, I, H = TUTORIAL["shape"]
    shapes = {"W": (I, 3 * H), "U": (H, 3 * H), "b": (2, 3 * H), "V": (H, 1), "c": (1,)}
    return {name: 0.1 * rng.random(shape, np.float32) for name, shape in shapes.items()}


def cold_predict(_):
    global UNROLLED
    UNROLLED = 0
    _, T, I, _ = TUTORIAL["shape"]
    rng = np.random.default_rng(0)
    return np.asarray(probabilities(random_weights(rng), rng.random((1, T, I), np.float32)))


def cold_fit():
    global UNROLLED
    UNROLLED = 0
    B, T, I, _ = TUTORIAL["shape"]
    n = TUTORIAL["samples"]
    rng = np.random.default_rng(0)
    x, y = rng.random((n, T, I), np.float32), rng.integers(0, 2, (n, 1)).astype(np.float32)
    state = fresh(random_weights(rng))
    for _ in range(TUTORIAL["epochs"]):
        order = rng.permutation(n)
        for start in range(0, n, B):
            batch = order[start : start + B]
            state, _ = learn(state, x[batch], y[batch])
    jax.block_until_ready(state)
