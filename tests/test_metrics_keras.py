"""Every metric beside real Keras over several batches, where Keras can be imported."""

import os

import numpy as np
import pytest
from metric_problems import BY_ENTRY, CASES, IDS, NUMBERS, data
from numpy.testing import assert_allclose

from fastgru import metrics

os.environ.setdefault("KERAS_BACKEND", "jax")
# Nearly all of the time goes into compiling.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

every_case = pytest.mark.parametrize(("name", "options", "shape"), CASES, ids=IDS)


def pair(name, options, /, **more):
    """Keras' metric and ours."""
    both = keras.metrics, metrics
    return [getattr(module, name)(**{**options, **more}) for module in both]


def assert_same(ours, theirs):
    expected = np.asarray(theirs.result())
    assert np.shape(ours.result()) == expected.shape
    assert_allclose(ours.result(), expected, rtol=5e-6, atol=5e-6)


@every_case
def test_results_over_batches_equal_keras(name, options, shape):
    rng = np.random.default_rng(0)
    theirs, ours = pair(name, options)
    kinds = [None, shape[:1]]
    # With a class_id Keras does not cut the weights too, and fails.
    if name in BY_ENTRY and shape[1] > 1 and "class_id" not in options:
        kinds.append(shape)
    for kind in kinds:
        weights = None if kind is None else rng.uniform(0, 2, kind).astype(np.float32)
        y, p = data(rng, name, options, shape)
        theirs.update_state(y, p, weights)
        ours.update_state(y, p, weights)
        assert_same(ours, theirs)
    theirs.reset_state()
    ours.reset_state()
    y, p = data(rng, name, options, shape)
    theirs.update_state(y, p)
    ours.update_state(y, p)
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    "name",
    ["BinaryAccuracy", "MeanAbsoluteError", "BinaryCrossentropy", "RootMeanSquaredError",
     "AUC", "Precision"],
)  # fmt: skip
@pytest.mark.parametrize("weighted", [False, True])
def test_a_mask_counts_where_it_does_for_keras(weighted, name):
    rng = np.random.default_rng(1)
    theirs, ours = pair(name, {})
    p = rng.random((5, 4, 1)).astype(np.float32)
    y = rng.integers(0, 2, p.shape).astype(np.float32)
    mask = rng.random((5, 4)) < 0.6
    weights = rng.uniform(0, 2, (5, 4)).astype(np.float32) if weighted else None
    tensor = keras.ops.convert_to_tensor(p)
    keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    theirs.update_state(y, tensor, weights)
    seen = mask.astype(np.float32) if ours.sees_mask else None
    if weights is not None:
        seen = weights if seen is None else seen * weights
    ours.update_state(y, p, seen)
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_means_and_sums_of_numbers_equal_keras(name):
    rng = np.random.default_rng(2)
    theirs, ours = pair(name, {})
    values = rng.normal(size=(4, 3, 2)).astype(np.float32)
    for weights in (None, (4,), (4, 3), (4, 3, 2)):
        if weights is not None:
            weights = rng.uniform(0, 2, weights).astype(np.float32)
        theirs.update_state(values, weights)
        ours.update_state(values, weights)
        assert_same(ours, theirs)
    for number in (2.5, [1.0, 3.0]):
        theirs.update_state(number)
        ours.update_state(number)
        assert_same(ours, theirs)


@every_case
def test_configurations_are_those_of_keras(name, options, shape):
    theirs, ours = pair(name, options, name="mine")
    config = {key: value for key, value in theirs.get_config().items() if key != "dtype"}
    if options.get("label_weights"):
        config["label_weights"] = options["label_weights"]
    if name == "CosineSimilarity":
        assert "axis" not in config
    assert ours.get_config() == config
    twin = type(ours).from_config(theirs.get_config() | config)
    assert twin.get_config() == config


def test_every_word_of_keras_is_known():
    left_out = {"Mean", "Metric", "MeanMetricWrapper", "Sum", "Accuracy"}
    for word, found in keras.src.metrics.ALL_OBJECTS_DICT.items():
        needs_more = "At" in found.__name__ or "IoU" in found.__name__
        if found.__name__ in left_out or needs_more or "Correlation" in found.__name__:
            continue
        assert type(metrics.get(word)).__name__ == found.__name__
    names = {name for name, *_ in CASES}
    assert names == set(metrics.CLASSES)
    for name in names - {"AUC"}:
        options = next(options for other, options, _ in CASES if other == name)
        theirs, ours = pair(name, options)
        assert theirs.name.rstrip("_0123456789") == ours.name.rstrip("_0123456789")


@pytest.mark.parametrize("name", metrics.names.FUNCTIONS)
def test_functions_equal_keras(name):
    if not hasattr(keras.metrics, name):
        pytest.skip("an alias of Keras' older files")
    rng = np.random.default_rng(3)
    sparse = name.startswith("sparse")
    options = {"k": 2} if "top_k" in name else {}
    case = NUMBERS[0] if sparse else ("CategoricalHinge", {}, (9, 4))
    y, p = data(rng, *case)
    p = p / p.sum(axis=1, keepdims=True)
    expected = np.asarray(getattr(keras.metrics, name)(y, p, **options))
    actual = getattr(metrics, name)(y, p, **options)
    assert actual.shape == expected.shape
    assert_allclose(actual, expected, rtol=5e-6, atol=5e-6)
