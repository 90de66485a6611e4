"""Every metric with the options it is tried with, and data that it is defined for."""

import numpy as np

NARROW, WIDE = (13, 1), (9, 4)
EVENLY = [i / 10 for i in range(11)]

#: (class, options, shape of the outputs).
PROBABILITIES = [
    ("BinaryAccuracy", {}, WIDE),
    ("BinaryAccuracy", {"threshold": 0.3}, NARROW),
    ("Accuracy", {}, WIDE),
    ("AUC", {}, NARROW),
    ("AUC", {"curve": "PR"}, WIDE),
    ("AUC", {"curve": "PR", "summation_method": "majoring", "num_thresholds": 17}, NARROW),
    ("AUC", {"summation_method": "minoring", "thresholds": [0.9, 0.2, 0.45]}, NARROW),
    ("AUC", {"curve": "PRGAIN"}, WIDE),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.5, 0.7]}, WIDE),
    ("AUC", {"multi_label": True, "curve": "PR", "num_thresholds": 7}, WIDE),
    ("AUC", {"label_weights": [0.1, 0.2, 0.5, 0.7]}, WIDE),
    ("AUC", {"from_logits": True}, NARROW),
    ("Precision", {}, NARROW),
    ("Precision", {"thresholds": [0.8, 0.1, 0.5]}, WIDE),
    ("Precision", {"top_k": 2, "class_id": 1}, WIDE),
    ("Precision", {"thresholds": EVENLY}, WIDE),
    ("Recall", {}, WIDE),
    ("Recall", {"top_k": 3}, WIDE),
    ("Recall", {"class_id": 2, "thresholds": 0.3}, WIDE),
    ("TruePositives", {}, NARROW),
    ("FalsePositives", {"thresholds": [0.2, 0.7]}, WIDE),
    ("TrueNegatives", {"thresholds": EVENLY}, WIDE),
    ("FalseNegatives", {}, WIDE),
    ("SensitivityAtSpecificity", {"specificity": 0.6}, WIDE),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4, "num_thresholds": 11}, WIDE),
    ("PrecisionAtRecall", {"recall": 0.5, "class_id": 0}, WIDE),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 1}, WIDE),
    ("F1Score", {}, WIDE),
    ("F1Score", {"average": "macro", "threshold": 0.4}, WIDE),
    ("FBetaScore", {"average": "micro", "beta": 2.0}, WIDE),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.5}, WIDE),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, WIDE),
    ("BinaryCrossentropy", {"from_logits": True}, NARROW),
    ("Hinge", {}, WIDE),
    ("SquaredHinge", {}, NARROW),
    ("KLDivergence", {}, WIDE),
]
ONE_HOT = [
    ("CategoricalAccuracy", {}, WIDE),
    ("TopKCategoricalAccuracy", {"k": 2}, WIDE),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, WIDE),
    ("CategoricalHinge", {}, WIDE),
]
NUMBERS = [
    ("SparseCategoricalAccuracy", {}, WIDE),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, WIDE),
    ("SparseCategoricalCrossentropy", {}, WIDE),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}, WIDE),
]
REAL = [
    ("MeanSquaredError", {}, WIDE),
    ("RootMeanSquaredError", {}, WIDE),
    ("MeanAbsoluteError", {}, NARROW),
    ("MeanAbsolutePercentageError", {}, WIDE),
    ("MeanSquaredLogarithmicError", {}, WIDE),
    ("LogCoshError", {}, WIDE),
    ("Poisson", {}, WIDE),
    ("CosineSimilarity", {}, WIDE),
    ("R2Score", {}, WIDE),
    ("R2Score", {"class_aggregation": None, "num_regressors": 3}, WIDE),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, NARROW),
]
CASES = PROBABILITIES + ONE_HOT + NUMBERS + REAL
IDS = [f"{name}-{number}" for number, (name, *_) in enumerate(CASES)]
#: They take a weight for each entry.
BY_ENTRY = (
    "Accuracy", "BinaryAccuracy", "RootMeanSquaredError", "AUC", "Precision", "Recall",
    "TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "R2Score",
)  # fmt: skip


def data(rng, name, options, shape):
    """Targets and outputs, float32; outputs lie on thresholds too."""
    case = name, options, shape
    if case in REAL:
        y, p = rng.uniform(0.1, 3, (2, *shape))
        return y.astype(np.float32), p.astype(np.float32)
    p = rng.integers(0, 21, shape) / 20 if case in PROBABILITIES else rng.random(shape) + 0.05
    if options.get("from_logits"):
        p = rng.normal(0, 2, shape)
    p = p.astype(np.float32)
    if case in PROBABILITIES:
        y = (rng.random(shape) < 0.3 + 0.4 * p).astype(np.float32)
        return y, np.round(p) if name == "Accuracy" else p
    numbers = rng.integers(0, shape[-1], shape[:-1])
    return (numbers if case in NUMBERS else np.eye(shape[-1], dtype=np.float32)[numbers]), p
