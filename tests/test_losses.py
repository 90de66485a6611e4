"""The loss classes: reductions, weights, forms of targets, names and sentences."""

import re

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import losses
from fastgru.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

# float32 outputs are summed in double.
RTOL = {np.float32: 1e-6, np.float64: 1e-12}
NAMES = {
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
}
SHORT = {
    "bce": BinaryCrossentropy, "mse": MeanSquaredError, "mae": MeanAbsoluteError,
}  # fmt: skip

names = pytest.mark.parametrize("name", NAMES)
dtypes = pytest.mark.parametrize("dtype", RTOL)


def problem(rng, name, *lead, dtype=np.float64):
    """Targets y and outputs p (*lead, 3); lead is (batch,) or (batch, time)."""
    p = rng.uniform(0.05, 0.95, (*lead, 3)).astype(dtype)
    if name.startswith("sparse"):
        return rng.integers(0, 3, lead), p
    if name == "categorical_crossentropy":
        return np.eye(3)[rng.integers(0, 3, lead)], p
    return rng.integers(0, 2, p.shape), p


def rows(name, y, p, **options):
    return getattr(reference, name)(y, p.astype(np.float64), **options)


@dtypes
@names
@pytest.mark.parametrize("lead", [(7,), (1,), (4, 5)])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_value_is_the_mean_or_the_sum_over_rows(weighted, lead, name, dtype):
    rng = np.random.default_rng(0)
    y, p = problem(rng, name, *lead, dtype=dtype)
    w = rng.uniform(0, 2, lead).astype(dtype) if weighted else None
    expected = rows(name, y, p)
    exact = None if w is None else w.astype(np.float64)
    for reduction, count in (("sum_over_batch_size", 1), ("sum", expected.size)):
        value = NAMES[name](reduction=reduction)(y, p, sample_weight=w)
        assert isinstance(value, float)
        mean = reference.mean_over_rows(expected, exact)
        assert_allclose(value, count * mean, rtol=RTOL[dtype])


@pytest.mark.parametrize("name", [name for name in NAMES if "crossentropy" in name])
def test_from_logits_takes_scores(name):
    rng = np.random.default_rng(1)
    y, p = problem(rng, name, 7)
    scores = rng.normal(0, 3, p.shape)
    value = NAMES[name](from_logits=True)(y, scores)
    assert_allclose(value, rows(name, y, scores, from_logits=True).mean(), rtol=1e-12)


@dtypes
@pytest.mark.parametrize(("name", "classes"), [("binary_crossentropy", 2),
                                               ("categorical_crossentropy", 3)])  # fmt: skip
def test_label_smoothing_moves_targets_towards_equal_shares(name, classes, dtype):
    y, p = problem(np.random.default_rng(2), name, 7, dtype=dtype)
    value = NAMES[name](label_smoothing=0.3)(y, p)
    expected = rows(name, y * 0.7 + 0.3 / classes, p).mean()
    assert_allclose(value, expected, rtol=RTOL[dtype])


def test_inputs_may_be_lists_and_are_not_changed():
    assert_allclose(MeanSquaredError()([[1, 2], [3, 4]], [[1, 4], [3, 5]]), 1.25)
    y, p = problem(np.random.default_rng(3), "binary_crossentropy", 5)
    before = y.copy(), p.copy()
    BinaryCrossentropy(label_smoothing=0.1)(y, p, sample_weight=np.ones(5))
    assert_array_equal(y, before[0])
    assert_array_equal(p, before[1])


def test_a_last_axis_of_one_may_be_left_out_or_be_too_many():
    p = np.array([[0.2], [0.7]])
    expected = rows("mean_squared_error", np.array([[0.0], [1]]), p).mean()
    for y in ([0, 1], [[0], [1]], [[[0]], [[1]]]):
        assert_allclose(MeanSquaredError()(y, p), expected)
    p = np.array([[0.2, 0.8], [0.7, 0.3]])
    expected = rows("sparse_categorical_crossentropy", np.array([1, 0]), p).mean()
    for y in ([1, 0], [[1], [0]], [1.0, 0.0]):
        assert_allclose(SparseCategoricalCrossentropy()(y, p), expected)


def test_outputs_of_one_axis_are_one_row_as_in_keras():
    assert_allclose(MeanSquaredError()([1, 2], [1.0, 4.0]), 2)
    assert_allclose(losses.mae([1, 2], [1.0, 4.0]), 1)


def test_functions_give_a_value_for_each_row_and_take_the_options_of_their_class():
    y, p = problem(np.random.default_rng(4), "binary_crossentropy", 5, 2)
    for function in (losses.binary_crossentropy, losses.bce):
        assert_allclose(function(y, p), rows("binary_crossentropy", y, p), rtol=1e-12)
        scores = function(y, p, from_logits=True)
        assert scores.shape == (5, 2)
        assert_allclose(scores.mean(), BinaryCrossentropy(from_logits=True)(y, p))


@pytest.mark.parametrize(("name", "cls"), [*NAMES.items(), *SHORT.items()])
def test_get_finds_names_classes_instances_and_functions(name, cls):
    for given in (name, cls.__name__, cls, getattr(losses, name)):
        assert type(losses.get(given)) is cls
    mine = cls()
    assert losses.get(mine) is mine


@names
def test_a_configuration_makes_the_loss_again(name):
    options = {"reduction": "sum", "name": "mine"}
    if "crossentropy" in name:
        options["from_logits"] = True
    if name in ("binary_crossentropy", "categorical_crossentropy"):
        options |= {"label_smoothing": 0.2, "axis": -1}
    if name.startswith("sparse"):
        options["ignore_class"] = None
    config = NAMES[name](**options).get_config()
    assert config == options
    twin = NAMES[name].from_config(config)
    assert type(twin) is NAMES[name] and twin.get_config() == config
    assert NAMES[name]().name == name


def test_a_loss_knows_the_activation_whose_logits_it_can_take():
    links = {cls.__name__: cls.link for cls in NAMES.values()}
    assert links == {
        "BinaryCrossentropy": "sigmoid", "CategoricalCrossentropy": "softmax",
        "SparseCategoricalCrossentropy": "softmax", "MeanSquaredError": None,
        "MeanAbsoluteError": None,
    }  # fmt: skip


P, HALF = np.full((4, 3), 0.3), np.full((4, 1), 0.5)
SPARSE = SparseCategoricalCrossentropy()
MSE_SHAPE = "mean_squared_error: y must have the shape of the model's output"
CLASSES_HINT = " Class numbers need a sparse loss, or one-hot rows from to_categorical."
SPARSE_Y = "sparse_categorical_crossentropy: y must hold"


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: losses.get("bcd"), ValueError,
         "losses.get: loss must be the name of a loss; got 'bcd'. Did you mean 'bce'?"),
        (lambda: losses.get(3, "compile"), TypeError,
         ("compile: loss must be the name of a loss, one of fastgru.losses or a function; "
          "got 3.")),
        (lambda: MeanSquaredError(reduction="median"), ValueError,
         ("MeanSquaredError: reduction must be one of 'sum_over_batch_size', 'mean', "
          "'mean_with_sample_weight', 'sum', 'none'; got 'median'.")),
        (lambda: BinaryCrossentropy(from_logits=1), TypeError,
         "BinaryCrossentropy: from_logits must be True or False; got 1."),
        (lambda: BinaryCrossentropy(label_smoothing=2), ValueError,
         "BinaryCrossentropy: label_smoothing must lie in [0, 1]; got 2."),
        (lambda: CategoricalCrossentropy(axis=True), TypeError,
         "CategoricalCrossentropy: axis must be an integer; got True."),
        (lambda: SparseCategoricalCrossentropy(ignore_class=0.5), TypeError,
         "SparseCategoricalCrossentropy: ignore_class must be an integer; got 0.5."),
        (lambda: MeanSquaredError()(np.ones((4, 2)), P), ValueError,
         f"{MSE_SHAPE}, (batch, 3); got (4, 2)."),
        (lambda: MeanSquaredError()(np.ones(4), P), ValueError,
         f"{MSE_SHAPE}, (batch, 3); got (4,).{CLASSES_HINT}"),
        (lambda: MeanSquaredError()(P, P, sample_weight=[1, 2]), ValueError,
         "mean_squared_error: sample_weight must have one number for each of 4 rows; got 2."),
        (lambda: BinaryCrossentropy()([0, 1, 1, 2], HALF), ValueError,
         ("binary_crossentropy: y must lie in [0, 1] for binary_crossentropy; "
          "got values from 0 to 2.")),
        (lambda: BinaryCrossentropy()([0, 1, 1, np.nan], HALF), ValueError,
         ("binary_crossentropy: y must lie in [0, 1] for binary_crossentropy; "
          "got NaN.")),
        (lambda: SPARSE(P, P), ValueError,
         ("sparse_categorical_crossentropy: y must hold class numbers for "
          "sparse_categorical_crossentropy; got rows of 3. "
          "One-hot rows need categorical_crossentropy.")),
        (lambda: SPARSE([0, 1, 2, 3], P), ValueError,
         (f"{SPARSE_Y} class numbers in [0, 3); got values from 0 to 3. "
          "The last layer needs one unit for each class.")),
        (lambda: SPARSE([0, -1, 2, 1], P), ValueError,
         (f"{SPARSE_Y} class numbers in [0, 3); got values from -1 to 2. "
          "The last layer needs one unit for each class.")),
        (lambda: SPARSE([0, 1, 2, 0.5], P), ValueError,
         f"{SPARSE_Y} whole class numbers; got fractions or NaN."),
        (lambda: MeanSquaredError()([["a"]], [[1]]), TypeError,
         "mean_squared_error: y must hold numbers; got list of str."),
        (lambda: MeanSquaredError()([[1]], None), TypeError,
         "mean_squared_error: y_pred must hold numbers; got None."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()
