"""Every loss with the options it is tried with, and data that it is defined for."""

import numpy as np

#: name of the class: options to try.
LOSSES = {
    "BinaryCrossentropy": [{}, {"from_logits": True}, {"label_smoothing": 0.2}],
    "BinaryFocalCrossentropy": [
        {},
        {"gamma": 1.5, "apply_class_balancing": True, "alpha": 0.7},
        {"from_logits": True, "label_smoothing": 0.1},
    ],
    "CategoricalCrossentropy": [{}, {"from_logits": True}, {"label_smoothing": 0.2}],
    "CategoricalFocalCrossentropy": [
        {},
        {"alpha": [0.2, 0.5, 0.9, 0.4], "gamma": 1.5},
        {"from_logits": True, "label_smoothing": 0.1},
    ],
    "SparseCategoricalCrossentropy": [
        {},
        {"from_logits": True},
        {"ignore_class": 2},
        {"ignore_class": -1},
    ],
    "KLDivergence": [{}],
    "Poisson": [{}],
    "MeanSquaredError": [{}],
    "MeanAbsoluteError": [{}],
    "MeanAbsolutePercentageError": [{}],
    "MeanSquaredLogarithmicError": [{}],
    "Huber": [{}, {"delta": 0.3}],
    "LogCosh": [{}],
    "Hinge": [{}, {"reduction": "sum"}],
    "SquaredHinge": [{}],
    "CategoricalHinge": [{}],
    "CosineSimilarity": [{}],
}
CASES = [(name, options) for name, tried in LOSSES.items() for options in tried]
IDS = [f"{name}-{number}" for number, (name, _) in enumerate(CASES)]
CLASSES = 4


def data(rng, name, options, lead, dtype=np.float64):
    """Targets and outputs (*lead, 4); nothing is near a place where a slope jumps."""
    shape = (*lead, CLASSES)
    if name in ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh",
                "CosineSimilarity", "MeanAbsolutePercentageError"):  # fmt: skip
        return rng.normal(0, 1, shape).astype(dtype), rng.normal(0, 1, shape).astype(dtype)
    if name in ("Poisson", "MeanSquaredLogarithmicError"):
        y, p = rng.integers(0, 4, shape), rng.uniform(0.1, 3, shape)
        return y.astype(dtype), p.astype(dtype)
    classes = rng.integers(0, CLASSES, lead)
    if options.get("from_logits") or "Hinge" in name:
        p = rng.normal(0, 2, shape)
    else:
        p = rng.uniform(0.05, 0.95, shape)
    if name == "SparseCategoricalCrossentropy":
        classes[..., -1] = options.get("ignore_class", 1)
        return classes, p.astype(dtype)
    if name in ("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge"):
        return rng.integers(0, 2, shape).astype(dtype), p.astype(dtype)
    if name == "KLDivergence":
        return rng.dirichlet(np.ones(CLASSES), lead).astype(dtype), p.astype(dtype)
    return np.eye(CLASSES)[classes].astype(dtype), p.astype(dtype)
