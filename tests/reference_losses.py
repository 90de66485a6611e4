"""The losses once more, in NumPy, written to be read: a value for each row.

y, p (..., C); class numbers are (...). `clip` is Keras' 1e-7.
"""

import numpy as np

CLIP = 1e-7


def of(name, y, p, **options):
    """Values of the loss of that class, with the options of its constructor."""
    for ignored in ("reduction", "name", "axis"):
        options.pop(ignored, None)
    return FUNCTIONS[name](np.asarray(y), np.asarray(p, np.float64), **options)


def smooth(y, share, classes):
    return y * (1 - share) + share / classes


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def clip(p):
    return np.clip(p, CLIP, 1 - CLIP)


def binary(y, p, from_logits=False, label_smoothing=0.0):
    y = smooth(y, label_smoothing, 2)
    if from_logits:
        return (np.logaddexp(0, p) - y * p).mean(-1)
    return (-y * np.log(clip(p)) - (1 - y) * np.log(1 - clip(p))).mean(-1)


def binary_focal(
    y, p, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
    label_smoothing=0.0,
):  # fmt: skip
    y = smooth(y, label_smoothing, 2)
    p = sigmoid(p) if from_logits else p
    entropy = -y * np.log(clip(p)) - (1 - y) * np.log(1 - clip(p))
    given_to_truth = y * p + (1 - y) * (1 - p)
    balance = y * alpha + (1 - y) * (1 - alpha) if apply_class_balancing else 1
    return (balance * (1 - given_to_truth) ** gamma * entropy).mean(-1)


def categorical(y, p, from_logits=False, label_smoothing=0.0):
    y = smooth(y, label_smoothing, y.shape[-1])
    p = softmax(p) if from_logits else clip(p / p.sum(-1, keepdims=True))
    return -(y * np.log(p)).sum(-1)


def categorical_focal(
    y, p, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0
):  # fmt: skip
    y = smooth(y, label_smoothing, y.shape[-1])
    p = clip(softmax(p) if from_logits else p / p.sum(-1, keepdims=True))
    return -(np.array(alpha) * (1 - p) ** gamma * y * np.log(p)).sum(-1)


def sparse(y, p, from_logits=False, ignore_class=None):
    counts = np.ones(y.shape, bool) if ignore_class is None else y != ignore_class
    rows = np.eye(p.shape[-1])[np.where(counts, y, 0)]
    return categorical(rows, p, from_logits) * counts


def kl(y, p):
    y, p = np.clip(y, CLIP, 1), np.clip(p, CLIP, 1)
    return (y * np.log(y / p)).sum(-1)


def huber(y, p, delta=1.0):
    d = np.abs(p - y)
    return np.where(d <= delta, d**2 / 2, delta * d - delta**2 / 2).mean(-1)


def signs(y):
    return 2 * y - 1 if np.isin(y, (0, 1)).all() else y


def categorical_hinge(y, p):
    wrong = ((1 - y) * p).max(-1)
    return np.maximum(wrong - (y * p).sum(-1) + 1, 0)


def cosine(y, p):
    norms = np.linalg.norm(y, axis=-1) * np.linalg.norm(p, axis=-1)
    return -(y * p).sum(-1) / norms


FUNCTIONS = {
    "BinaryCrossentropy": binary,
    "BinaryFocalCrossentropy": binary_focal,
    "CategoricalCrossentropy": categorical,
    "CategoricalFocalCrossentropy": categorical_focal,
    "SparseCategoricalCrossentropy": sparse,
    "KLDivergence": kl,
    "Poisson": lambda y, p: (p - y * np.log(p + CLIP)).mean(-1),
    "MeanSquaredError": lambda y, p: ((p - y) ** 2).mean(-1),
    "MeanAbsoluteError": lambda y, p: np.abs(p - y).mean(-1),
    "MeanAbsolutePercentageError": lambda y, p: (
        100 * np.abs((p - y) / np.maximum(np.abs(y), CLIP)).mean(-1)
    ),
    "MeanSquaredLogarithmicError": lambda y, p: (
        (np.log1p(np.maximum(p, CLIP)) - np.log1p(np.maximum(y, CLIP))) ** 2
    ).mean(-1),
    "Huber": huber,
    "LogCosh": lambda y, p: np.log(np.cosh(p - y)).mean(-1),
    "Hinge": lambda y, p: np.maximum(0, 1 - signs(y) * p).mean(-1),
    "SquaredHinge": lambda y, p: (np.maximum(0, 1 - signs(y) * p) ** 2).mean(-1),
    "CategoricalHinge": categorical_hinge,
    "CosineSimilarity": cosine,
}
