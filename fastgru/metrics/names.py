"""Metrics by Keras' names: classes, words, plain functions, and what `compile` was given."""

from collections import Counter

from fastgru import losses
from fastgru._check import axes, fail, fits, short, unknown_word
from fastgru._functions import function_of
from fastgru._names import snake_case
from fastgru.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from fastgru.metrics.auc import AUC
from fastgru.metrics.base import Metric
from fastgru.metrics.counts import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from fastgru.metrics.fscore import F1Score, FBetaScore
from fastgru.metrics.of_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from fastgru.metrics.operating import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from fastgru.metrics.reduction import MeanMetricWrapper
from fastgru.metrics.regression import R2Score, RootMeanSquaredError

CLASSES = {
    cls.__name__: cls
    for cls in (
        Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
        TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, AUC, Precision, Recall,
        TruePositives, TrueNegatives, FalsePositives, FalseNegatives, F1Score, FBetaScore,
        PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity,
        SpecificityAtSensitivity, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError,
        MeanAbsolutePercentageError, MeanSquaredLogarithmicError, R2Score, CosineSimilarity,
        LogCoshError, KLDivergence, Poisson, BinaryCrossentropy, CategoricalCrossentropy,
        SparseCategoricalCrossentropy, Hinge, SquaredHinge, CategoricalHinge,
    )
}  # fmt: skip
#: These need a number that a name does not give.
_NEED_MORE = (
    PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity,
)  # fmt: skip
_BY_NAME = {
    snake_case(name): cls
    for name, cls in CLASSES.items()
    if cls not in (Accuracy, *_NEED_MORE)
} | {
    "bce": BinaryCrossentropy, "mse": MeanSquaredError, "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError, "msle": MeanSquaredLogarithmicError,
}  # fmt: skip
_ACCURACY = ("accuracy", "acc")


def _function(name, cls):
    def use(options, y_true, y_pred):
        return cls(**options).each(y_true, y_pred)

    doc = f"`{cls.__name__}` of (y_true, y_pred), a value for each row or entry."
    return function_of(cls, name, doc, use)


FUNCTIONS = {
    snake_case(cls.__name__): _function(snake_case(cls.__name__), cls)
    for cls in (
        BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
        TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy,
    )
} | {
    name: getattr(losses, name)
    for name in (
        "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
        "categorical_focal_crossentropy", "categorical_hinge", "hinge", "huber",
        "kl_divergence", "log_cosh", "mae", "mape", "mean_absolute_error",
        "mean_absolute_percentage_error", "mean_squared_error",
        "mean_squared_logarithmic_error", "mse", "msle", "poisson",
        "sparse_categorical_crossentropy", "squared_hinge",
    )
}  # fmt: skip


def check(identifier, where="compile", what="metrics"):
    """Refuse, at compile time, what `resolve` could not turn into a metric."""
    if isinstance(identifier, Metric):
        return
    if not isinstance(identifier, str):
        if callable(identifier) and not isinstance(identifier, type):
            return
        fail(where, what, "be names of metrics, objects of fastgru.metrics or functions",
             short(identifier), kind=TypeError)  # fmt: skip
    if CLASSES.get(identifier) in _NEED_MORE:
        fail(where, what, f"be made with a number where that is {identifier}", "its name",
             f"fastgru.metrics.{identifier}(0.5) is one.")  # fmt: skip
    if (
        CLASSES.get(identifier, Accuracy) is Accuracy
        and identifier.lower() not in (*_ACCURACY, *losses.names.OPEN, *_BY_NAME)
    ):  # fmt: skip
        known = (*_ACCURACY, *losses.names.OPEN, *_BY_NAME)
        unknown_word(where, what, "be names of metrics", identifier, known)


def check_all(given, where="compile", what="metrics"):
    """The metrics that `compile` was given, as a list of what `resolve` takes."""
    if given is None or isinstance(given, (str, Metric, type)):
        given = [] if given is None else [given]
    if not isinstance(given, (list, tuple)):
        fail(where, what, "be a list", short(given), kind=TypeError)
    is_class = [isinstance(entry, type) and issubclass(entry, Metric) for entry in given]
    given = [entry() if cls else entry for entry, cls in zip(given, is_class, strict=True)]
    for entry in given:
        check(entry, where, what)
        if _name(entry) == "loss":
            fail(where, f"names of {what}", "not be 'loss'", "'loss'")
    return given


def _name(given):
    if isinstance(given, str):
        return given
    return getattr(given, "name", None) or getattr(given, "__name__", type(given).__name__)


def result_names(metrics, weighted):
    """Names of results, each once, as Keras makes them differ."""
    names, seen = [], Counter()
    for given in metrics:
        name = _name(given)
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    for given in weighted:
        name = _name(given)
        if seen[name]:
            name = f"weighted_{name}"
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def _named(identifier):
    return (CLASSES.get(identifier) or _BY_NAME[identifier.lower()])(name=identifier)


def resolve(identifier, targets, output_shape, loss=None):
    """The metric for a name or function; some are chosen by shapes, as in Keras.

    `targets` are as the loss prepared them, `output_shape` is the model's.
    """
    same = fits(targets.shape, output_shape)
    sparse = not same and fits(targets.shape, output_shape[:-1])
    if isinstance(identifier, Metric):
        metric = identifier
    elif not isinstance(identifier, str):
        function = FUNCTIONS.get(getattr(identifier, "__name__", ""))
        if function is identifier and function.__name__ in _BY_NAME:
            metric = _named(function.__name__)
        else:
            metric = MeanMetricWrapper(identifier, name=_name(identifier))
    elif identifier.lower() in _ACCURACY:
        binary, categorical = BinaryAccuracy, CategoricalAccuracy
        metric = _by_shapes(
            output_shape, sparse, binary, categorical, SparseCategoricalAccuracy
        )(identifier)
    elif identifier.lower() in losses.names.OPEN:
        cls = _by_shapes(
            output_shape, sparse, BinaryCrossentropy, CategoricalCrossentropy,
            SparseCategoricalCrossentropy,
        )  # fmt: skip
        metric = cls(identifier, from_logits=bool(loss is not None and loss.from_logits))
    else:
        metric = _named(identifier)
    if metric.by_rows and not (sparse if metric.sparse else same):
        rule = "take targets of the loss's form"
        got = f"{metric.name} for targets of shape {axes(('batch', *targets.shape[1:]))}"
        fail("compile", "metrics", rule, got)
    return metric


def _by_shapes(output_shape, sparse, of_one, of_rows, of_numbers):
    if output_shape[-1] == 1:
        return of_one
    return of_numbers if sparse else of_rows


def get(identifier):
    """A metric from its name or a function; "accuracy" is BinaryAccuracy, for want of shapes.

    Parameters
    ----------
    identifier : str, Metric or callable
        A function takes (y_true, y_pred): see `MeanMetricWrapper`.
    """
    check(identifier, "metrics.get")
    if isinstance(identifier, Metric):
        return identifier
    if not isinstance(identifier, str):
        return MeanMetricWrapper(identifier, name=_name(identifier))
    if identifier.lower() in _ACCURACY:
        return BinaryAccuracy(identifier)
    return _named("binary_crossentropy" if identifier in losses.names.OPEN else identifier)
