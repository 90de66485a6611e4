"""What is timed: shapes and what they stand for, modes, and the data both sides are given."""

from dataclasses import dataclass

import numpy as np

SHAPES = {  # B, T, I, H
    (1, 1, 64, 32): "one step, one user",
    (1, 10, 64, 32): "one short sequence",
    (1, 100, 64, 128): "one sentence",
    (32, 10, 64, 32): "the tutorial",
    (32, 10, 64, 64): "the tutorial, wider",
    (32, 100, 128, 128): "sentence classifier",
    (64, 50, 256, 256): "review classifier",
    (32, 50, 512, 512): "large, product-bound",
}
ODD_SHAPES = {
    (8, 37, 48, 100): "sizes that fit no vector",
    (256, 20, 100, 48): "large batch, small state",
    (16, 1000, 32, 200): "long sensor record",
}

MODES = {
    "train": "one training step: forward, backward, Adam; binary cross-entropy",
    "fit": "a step of fit() as a user calls it, over 64 batches",
    "infer": "a batch through the leanest public call",
    "predict": "a batch as a user calls it, NumPy in and out; Keras' takes 32 rows at a time",
    "step": "one more step of a stream whose state is kept",
    "padded": "one training step on masked rows of mean length T/4",
    "cold": "from the start of the process to a result",
}
FIT_BATCHES = 64
#: Batch, samples and epochs of the tutorial that `cold` runs to its end.
TUTORIAL = {"shape": (32, 10, 64, 32), "samples": 1000, "epochs": 5}


def what(shape):
    return (SHAPES | ODD_SHAPES).get(tuple(shape), "")


def applies(mode, shape):
    """Whether a mode says anything about a shape that the others do not."""
    B, T, _, _ = shape
    if mode == "step":
        return B == 1 and T != 10  # (1, 10, 64, 32) would repeat the step of (1, 1, 64, 32)
    if mode == "padded":
        return T >= 4
    if mode == "fit":
        return B > 1
    return mode != "cold"


@dataclass
class Case:
    """One shape's data and starting weights, in Keras' layout and order of gates."""

    shape: tuple
    weights: dict  # W (I, 3H), U (H, 3H), b (2, 3H), V (H, 1), c (1)
    x: np.ndarray  # (B, T, I)
    y: np.ndarray  # (B, 1)
    lengths: np.ndarray  # (B), true steps of each row in `padded`; their mean is T / 4

    @property
    def targets(self):
        """y and its opposite. Training calls take them in turn: on one batch for ever gradients
        vanish, and Adam's means with them, into numbers too small for full speed."""
        return self.y, 1 - self.y

    @property
    def padded(self):
        """x with zeros behind each row's true steps, as Masking expects them."""
        return self.x * self.mask[..., None]

    @property
    def mask(self):
        return np.arange(self.x.shape[1]) < self.lengths[:, None]


def make(shape, seed=0):
    B, T, I, H = shape
    rng = np.random.default_rng([seed, *shape])

    def glorot(*size):
        limit = np.sqrt(6 / sum(size))
        return rng.uniform(-limit, limit, size).astype(np.float32)

    weights = {
        "W": glorot(I, 3 * H),
        "U": glorot(H, 3 * H),
        "b": rng.uniform(-0.1, 0.1, (2, 3 * H)).astype(np.float32),
        "V": glorot(H, 1),
        "c": np.zeros(1, np.float32),
    }
    x = rng.standard_normal((B, T, I), dtype=np.float32)
    y = rng.integers(0, 2, (B, 1)).astype(np.float32)
    # Evenly spread over [1, T / 2], then shuffled: the mean is T / 4 for any batch.
    lengths = np.linspace(1, max(1, T / 2 - 1), B) if B > 1 else np.array([max(1, T / 4)])
    return Case(tuple(shape), weights, x, y, rng.permutation(lengths.round().astype(int)))


def flops(mode, case):
    """Operations that a call cannot do without; elementwise work is not counted.

    Forward 6 H (I + H) for each row of each step: three gates, a product and a sum. Backward
    twice that, but for the gradient of x, which nobody needs here.
    """
    B, T, I, H = case.shape
    steps = {"step": B, "padded": int(case.lengths.sum())}.get(mode, B * T)
    if mode in ("train", "fit", "padded"):
        return steps * (18 * H * (I + H) - 6 * I * H)
    return steps * 6 * H * (I + H)
