"""Metrics beside plain NumPy: the definitions, written out, over weighted batches."""

import numpy as np
import pytest
import reference_losses
from metric_problems import CASES, IDS, data
from numpy.testing import assert_allclose

from fastgru import metrics

LOSS_OF = {"LogCoshError": "LogCosh"}
OF_LOSSES = [
    (name, options, shape)
    for name, options, shape in CASES
    if LOSS_OF.get(name, name) in reference_losses.FUNCTIONS
]


def batches(name, options, shape, count=3):
    """Three batches with weights, and all of their rows as one."""
    rng = np.random.default_rng(5)
    found = [
        (*data(rng, name, options, shape), rng.uniform(0, 2, shape[0])) for _ in range(count)
    ]
    return found, [np.concatenate(parts) for parts in zip(*found, strict=True)]


def result(name, options, found):
    metric = getattr(metrics, name)(**options)
    for y, p, w in found:
        metric.update_state(y, p, w)
    return metric.result()


@pytest.mark.parametrize(("name", "options", "shape"), OF_LOSSES)
def test_means_of_losses(name, options, shape):
    found, (y, _, w) = batches(name, options, shape)
    # 1 - 1e-7 is another number in float32.
    found = [(y, np.clip(p, 0.01, 0.99) if name[:3] == "Bin" else p, w) for y, p, w in found]
    rows = np.concatenate(
        [reference_losses.of(LOSS_OF.get(name, name), y, p, **options) for y, p, _ in found]
    )
    if options.get("ignore_class") is not None:
        w = w * (y != options["ignore_class"])
    sign = -1 if name == "CosineSimilarity" else 1
    assert_allclose(result(name, options, found), sign * np.average(rows, weights=w), rtol=3e-6)


def counts(y, p, w, threshold):
    """tp, fp, tn, fn."""
    w = np.broadcast_to(w[:, None], y.shape)
    pairs = ((1, True), (0, True), (0, False), (1, False))
    return [w[(y == truth) & ((p > threshold) == above)].sum() for truth, above in pairs]


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.95])
def test_counts_precision_and_recall(threshold):
    found, (y, p, w) = batches("Precision", {}, (9, 4))
    tp, fp, tn, fn = counts(y, p, w, np.float32(threshold))
    expected = {
        "TruePositives": tp, "FalsePositives": fp, "TrueNegatives": tn, "FalseNegatives": fn,
        "Precision": tp / (tp + fp), "Recall": tp / (tp + fn),
    }  # fmt: skip
    for name, value in expected.items():
        assert_allclose(result(name, {"thresholds": threshold}, found), value, rtol=1e-6)


@pytest.mark.parametrize(("options", "shape"), [({}, (13, 1)), ({"curve": "PR"}, (9, 4))])
def test_the_area_under_the_roc_curve_is_that_of_its_trapezoids(options, shape):
    found, (y, p, w) = batches("AUC", options, shape)
    points = []
    # Outputs are twentieths: between two of them one threshold says what all say.
    for threshold in [-0.5, *(np.arange(20) / 20 + 0.01), 2.0]:
        tp, fp, tn, fn = counts(y, p, w, threshold)
        points.append((fp / (fp + tn), tp / (tp + fn)))
    x, heights = np.array(points[::-1]).T
    area = np.trapezoid(heights, x) if hasattr(np, "trapezoid") else np.trapz(heights, x)
    inner = (np.arange(20) / 20 + 0.01).tolist()
    assert_allclose(result("AUC", {"thresholds": inner}, found), area, rtol=1e-6)


def test_the_best_rates_are_those_of_all_thresholds():
    found, (y, p, w) = batches("AUC", {}, (9, 4))
    table = [counts(y, p, w, np.float32(t)) for t in np.linspace(0, 1, 11)]
    rates = [(tp / (tp + fn), tn / (tn + fp)) for tp, fp, tn, fn in table]
    best = max(sensitivity for sensitivity, specificity in rates if specificity >= 0.6)
    options = {"specificity": 0.6, "num_thresholds": 11}
    assert 0 < best < 1
    assert_allclose(result("SensitivityAtSpecificity", options, found), best, rtol=1e-6)
    assert result("RecallAtPrecision", {"precision": 1.0}, found) < 0.1


def test_scores():
    found, (y, p, w) = batches("F1Score", {}, (9, 4))
    y, above, w = y == 1, p > 0.4, w[:, None]
    tp, wrong = (w * (y & above)).sum(0), (w * (y != above)).sum(0)
    assert_allclose(result("F1Score", {"threshold": 0.4}, found), tp / (tp + wrong / 2), 1e-6)
    found, (y, p, w) = batches("R2Score", {}, (9, 4))
    mean = np.average(y, axis=0, weights=w)
    w = w[:, None]
    score = 1 - (w * (y - p) ** 2).sum(0) / (w * (y - mean) ** 2).sum(0)
    assert_allclose(result("R2Score", {"class_aggregation": None}, found), score, rtol=1e-5)
    error = np.sqrt((w * (y - p) ** 2).sum() / w.sum() / 4)
    assert_allclose(result("RootMeanSquaredError", {}, found), error, rtol=1e-5)


def test_the_first_k():
    y, p = np.array([0, 2, 1, 3]), np.array([[4, 3, 2.0], [1, 2, 3], [5, 4, 5], [1, 2, 3]])
    for k, hits in ((1, [1, 1, 0, 0]), (2, [1, 1, 0, 0]), (3, [1, 1, 1, 0])):
        ours = metrics.sparse_top_k_categorical_accuracy(y, p, k=k)
        assert ours.tolist() == hits
    ids = metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)
    assert ids([7, 3], [[1.0, 7, 3], [5, 1, 3]]) == 0.5


@pytest.mark.parametrize("name", [name for name in metrics.CLASSES if "At" in name])
def test_names_need_their_number(name):
    with pytest.raises(ValueError, match="be made with a number"):
        metrics.get(name)


@pytest.mark.parametrize(("name", "options", "shape"), CASES, ids=IDS)
def test_nan_neither_crashes_nor_counts_as_a_positive(name, options, shape):
    y, p = data(np.random.default_rng(6), name, options, shape)
    metric = getattr(metrics, name)(**options)
    metric.update_state(y, np.full_like(p, np.nan))
    if name in ("TruePositives", "FalsePositives", "Precision", "Recall"):
        assert not np.any(metric.result())
    metric.reset_state()
    first = metric(y, p)
    metric.reset_state()
    assert_allclose(metric(y, p), first)


SPAN = "AUC: thresholds must lie in [0, 1]; got"


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: metrics.AUC(curve="P"), ValueError,
         "AUC: curve must be one of 'ROC', 'PR', 'PRGAIN'; got 'P'."),
        (lambda: metrics.AUC(summation_method="mid"), ValueError,
         ("AUC: summation_method must be one of 'interpolation', 'minoring', 'majoring'; "
          "got 'mid'.")),
        (lambda: metrics.AUC(thresholds=[0.5, 2]), ValueError, f"{SPAN} 2.0."),
        (lambda: metrics.AUC(num_labels=3), ValueError,
         "AUC: num_labels must be None unless multi_label is True; got 3."),
        (lambda: metrics.AUC(label_weights=[1, 2], name="a")(np.ones((2, 3)), np.ones((2, 3))),
         ValueError, "a: label_weights must be those of 3 outputs; got 2."),
        (lambda: metrics.Precision(class_id=3, name="p")(np.ones((2, 3)), np.ones((2, 3))),
         ValueError, "p: class_id must be below the 3 outputs; got 3."),
        (lambda: metrics.Recall(top_k=0), ValueError,
         "Recall: top_k must be at least 1; got 0."),
        (lambda: metrics.F1Score("mean"), ValueError,
         "F1Score: average must be one of None, 'micro', 'macro', 'weighted'; got 'mean'."),
        (lambda: metrics.FBetaScore(beta=0), ValueError,
         "FBetaScore: beta must be above 0; got 0."),
        (lambda: metrics.PrecisionAtRecall(2), ValueError,
         "PrecisionAtRecall: recall must lie in [0, 1]; got 2."),
        (lambda: metrics.R2Score("mean"), ValueError,
         ("R2Score: class_aggregation must be one of None, 'uniform_average', "
          "'variance_weighted_average'; got 'mean'.")),
        (lambda: metrics.MeanMetricWrapper(3), TypeError,
         "MeanMetricWrapper: fn must be a function; got 3."),
        (lambda: metrics.Mean()([1, 2, 3], [1, 2]), ValueError,
         "mean: sample_weight must have the first axes of the values, (3,); got (2,)."),
        (lambda: metrics.Metric(name="m").add_variable((), "ones"), ValueError,
         "Metric: initializer must be 'zeros'; got 'ones'."),
        (lambda: metrics.Metric(name="m").result(), NotImplementedError,
         "m: a metric must have a result; got none."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value) == sentence
