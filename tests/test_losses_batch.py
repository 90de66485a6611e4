"""Every loss over a batch: values beside the reference, gradients beside differences."""

import numpy as np
import pytest
import reference
import reference_losses
from gradcheck import assert_gradient
from loss_problems import CASES, IDS, data
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import losses
from fastgru.losses import CategoricalFocalCrossentropy, Hinge, KLDivergence, Poisson

B, T = 4, 5
every_case = pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
RTOL = {np.float32: 3e-6, np.float64: 1e-11}


def batch_of(rng, name, options, dtype=np.float64):
    """Loss, prepared targets and outputs time-major, and the same batch-major."""
    loss = getattr(losses, name)(**options)
    y, p = data(rng, name, options, (B, T), dtype)
    prepared = loss.prepare("", y, p.shape, dtype)
    turned = [np.ascontiguousarray(array.swapaxes(0, 1)) for array in (prepared, p)]
    return loss, *turned, y, p


def expected(name, options, y, p, mask, weights):
    """The reference's loss: a sum over what counts, by how much that is."""
    rows = reference_losses.of(name, y, p, **options)
    counts = np.ones(y.shape[:2], bool) if mask is None else mask
    if options.get("ignore_class") is not None:
        counts = counts & (y != options["ignore_class"])
    total = (rows * (1 if weights is None else weights))[counts].sum()
    return total if options.get("reduction") == "sum" else total / counts.sum()


@every_case
@pytest.mark.parametrize("dtype", RTOL)
def test_the_loss_of_a_batch_is_that_of_the_reference(dtype, name, options):
    rng = np.random.default_rng(0)
    loss, y_inside, p_inside, y, p = batch_of(rng, name, options, dtype)
    mask, weights = rng.random((B, T)) < 0.6, rng.uniform(0, 2, (B, T)).astype(dtype)
    for m in (None, mask):
        for w in (None, weights):
            found = loss.batch(
                p_inside, y_inside, None if m is None else m.T.copy(),
                None if w is None else w.T.copy(),
            )  # fmt: skip
            assert_allclose(found, expected(name, options, y, p, m, w), rtol=RTOL[dtype])
    by_sample = weights[:, 0].copy()
    found = loss.batch(p_inside, y_inside, None, by_sample)
    spread = np.repeat(by_sample[:, None], T, axis=1)
    assert_allclose(found, expected(name, options, y, p, None, spread), rtol=RTOL[dtype])


@every_case
def test_the_gradient_of_a_batch_is_that_of_differences(name, options):
    rng = np.random.default_rng(1)
    loss, y_inside, p_inside, *_ = batch_of(rng, name, options)
    mask, weights = rng.random((T, B)) < 0.6, rng.uniform(0.1, 2, (T, B))
    gradient = np.full_like(p_inside, np.nan)
    loss.batch(p_inside, y_inside, mask, weights, gradient)
    assert_array_equal(gradient[~mask], 0)
    assert_gradient(
        lambda: loss.batch(p_inside, y_inside, mask, weights), [p_inside], [gradient], rng
    )


@pytest.mark.parametrize(
    ("name", "link"),
    [("BinaryFocalCrossentropy", "sigmoid"), ("CategoricalFocalCrossentropy", "softmax")],
)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_a_linked_focal_loss_is_that_of_the_activations_outputs(gamma, name, link):
    rng = np.random.default_rng(2)
    loss = getattr(losses, name)(gamma=gamma)
    y = data(rng, name, {}, (B,))[0]
    scores = rng.normal(0, 2, (B, 4))
    gradient = np.empty_like(scores)
    found = loss.batch(scores, y, None, None, gradient, linked=True)
    outputs = reference.ACTIVATIONS[link](scores)
    assert_allclose(found, reference_losses.of(name, y, outputs, gamma=gamma).mean())
    assert_gradient(
        lambda: loss.batch(scores, y, None, None, None, True), [scores], [gradient], rng
    )


@every_case
def test_float32_has_the_gradient_of_float64(name, options):
    rng = np.random.default_rng(3)
    loss, y_inside, p_inside, *_ = batch_of(rng, name, options, np.float32)
    gradients = []
    for dtype in (np.float32, np.float64):
        gradient = np.empty(p_inside.shape, dtype)
        y = y_inside if y_inside.dtype == np.int32 else y_inside.astype(dtype)
        loss.batch(p_inside.astype(dtype), y, None, None, gradient)
        gradients.append(gradient)
    assert_allclose(*gradients, rtol=1e-5, atol=1e-6 * np.abs(gradients[1]).max())


@every_case
def test_functions_and_calls_without_a_reduction_give_a_value_for_each_row(name, options):
    y, p = data(np.random.default_rng(4), name, options, (B, T))
    options = {key: value for key, value in options.items() if key != "reduction"}
    rows = reference_losses.of(name, y, p, **options)
    found = getattr(losses, losses.names.snake_case(name))(y, p, **options)
    assert_allclose(found, rows, rtol=1e-11, atol=1e-14)
    weights = np.arange(B) + 0.5
    found = getattr(losses, name)(**options, reduction=None)(y, p, weights)
    assert_allclose(found, rows * weights[:, None], rtol=1e-11, atol=1e-14)


@every_case
def test_configurations_make_the_loss_again(name, options):
    loss = getattr(losses, name)(**options)
    config = loss.get_config()
    assert type(loss).from_config(config).get_config() == config
    assert options.items() <= config.items()


def test_where_nothing_counts_the_loss_and_its_gradient_are_zero():
    p, nothing = np.ones((T, B, 1)), np.zeros((T, B), bool)
    gradient = np.full_like(p, np.nan)
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        loss = losses.MeanSquaredError(reduction)
        assert loss.batch(p, 0 * p, nothing, None, gradient) == 0
        assert_array_equal(gradient, 0)


def test_hinge_looks_at_all_targets_before_it_takes_zero_for_minus_one():
    p = np.array([[0.5], [0.25]])
    assert_array_equal(losses.hinge([[0], [1]], p), [1.5, 0.75])
    assert_array_equal(losses.hinge([[0], [-1]], p), [1, 1.25])


def test_beyond_what_is_clipped_there_is_no_slope():
    gradient = np.empty((1, 2))
    KLDivergence().batch(np.array([[-0.5, 1.5]]), np.array([[0.5, 0.5]]), gradient=gradient)
    assert_array_equal(gradient, 0)
    losses.MeanSquaredLogarithmicError().batch(
        np.array([[-0.5, -2.0]]), np.array([[3.0, 1.0]]), gradient=gradient
    )
    assert_array_equal(gradient, 0)
    # A vector of zeros points nowhere.
    assert losses.CosineSimilarity()([[1.0, 2.0]], [[0.0, 0.0]]) == 0


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: CategoricalFocalCrossentropy([0.5, -1]), ValueError,
         ("CategoricalFocalCrossentropy: alpha must be a number or a list of numbers of at "
          "least 0; got [0.5, -1].")),
        (lambda: CategoricalFocalCrossentropy([0.5, 1])(np.eye(3), np.eye(3)), ValueError,
         ("CategoricalFocalCrossentropy: alpha must have one number for each of 3 classes; "
          "got (2,).")),
        (lambda: losses.BinaryFocalCrossentropy(gamma=-1), ValueError,
         "BinaryFocalCrossentropy: gamma must be at least 0; got -1."),
        (lambda: losses.CosineSimilarity(axis=2)([[1.0]], [[1.0]]), ValueError,
         "cosine_similarity: axis must lie in [-2, 2) for outputs of 2 axes; got 2."),
        (lambda: losses.Huber(delta="a"), TypeError,
         "Huber: delta must be a number; got 'a'."),
        (lambda: Poisson()([[1.0]], [[1.0]], [1, 2]), ValueError,
         "poisson: sample_weight must have one number for each of 1 rows; got 2."),
        (lambda: Hinge(reduction=3), ValueError,
         ("Hinge: reduction must be one of 'sum_over_batch_size', 'mean', "
          "'mean_with_sample_weight', 'sum', 'none'; got 3.")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value) == sentence
