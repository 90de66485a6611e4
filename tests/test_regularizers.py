"""Penalties: values by hand, gradients by differences, names, sentences, Keras' values."""

import os
import re

import numpy as np
import pytest
from gradcheck import assert_gradient

import fastgru
from fastgru import regularizers

MAKERS = {
    "L1": lambda R: R.L1(0.3),
    "L2": lambda R: R.L2(0.2),
    "L1L2": lambda R: R.L1L2(0.1, 0.4),
    "rows": lambda R: R.OrthogonalRegularizer(0.7),
    "columns": lambda R: R.OrthogonalRegularizer(0.5, mode="columns"),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def matrix(dtype=np.float64):
    return np.random.default_rng(0).normal(size=(4, 3)).astype(dtype)


def by_hand(x):
    angles = [
        abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b)
        for i, a in enumerate(x)
        for b in x[:i]
    ]
    return np.mean(angles)


def test_values_are_those_of_the_formulas():
    x = matrix()
    absolute, squares = np.abs(x).sum(), (x**2).sum()
    expected = [
        0.3 * absolute, 0.2 * squares, 0.1 * absolute + 0.4 * squares, 0.7 * by_hand(x),
        0.5 * by_hand(x.T),
    ]  # fmt: skip
    found = [make(regularizers)(x) for make in MAKERS.values()]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert all(type(value) is float for value in found)


@makers
def test_gradients_are_those_of_the_values(make):
    penalty, x = make(regularizers), matrix()
    assert_gradient(lambda: penalty(x), [x], [penalty.gradient(x)], np.random.default_rng(1))
    assert penalty.gradient(x.astype(np.float32)).dtype == np.float32


def test_what_has_no_direction_has_no_penalty():
    penalty = regularizers.OrthogonalRegularizer()
    assert penalty(np.ones((1, 3))) == 0
    np.testing.assert_array_equal(penalty.gradient(np.ones((1, 3))), np.zeros((1, 3)))
    x = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
    assert penalty(x) == pytest.approx(0.01 * 0.8 / 3)
    assert np.isfinite(penalty.gradient(x)).all()


@pytest.mark.parametrize(
    ("given", "cls"),
    [
        ("l1", "L1"), ("l2", "L2"), ("l1_l2", "L1L2"), ("L1L2", "L1L2"), ("l1l2", "L1L2"), ("L2", "L2"),
        ("orthogonal_regularizer", "OrthogonalRegularizer"), (regularizers.l1, "L1"),
        ({"class_name": "L2", "config": {"l2": 0.5}}, "L2"),
    ],
)  # fmt: skip
def test_a_regulariser_is_found_by_name_class_or_configuration(given, cls):
    assert type(regularizers.get(given)).__name__ == cls


def test_none_is_none_and_an_instance_is_itself():
    mine = regularizers.L1(0.1)
    assert regularizers.get(None) is None and regularizers.serialize(None) is None
    assert regularizers.get(mine) is mine


@makers
def test_a_configuration_makes_it_again(make):
    config = regularizers.serialize(make(regularizers))
    again = regularizers.deserialize(config)
    assert regularizers.serialize(again) == config
    assert again(matrix()) == make(regularizers)(matrix())


NAMES = "'l1', 'l2', 'l1_l2', 'orthogonal_regularizer'"
CLASSES = "'L1', 'L2', 'L1L2', 'OrthogonalRegularizer'"
REFUSED = [
    (lambda: regularizers.L1(-1), ValueError, "L1: l1 must be at least 0; got -1."),
    (lambda: regularizers.L2("a"), TypeError, "L2: l2 must be a number; got 'a'."),
    (lambda: regularizers.L1L2(l2=np.nan), ValueError, "L1L2: l2 must be at least 0; got nan."),
    (lambda: regularizers.OrthogonalRegularizer(mode="x"), ValueError,
     "OrthogonalRegularizer: mode must be one of 'rows', 'columns'; got 'x'."),
    (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), ValueError,
     "OrthogonalRegularizer: what it is for must have two axes; got (3,)."),
    (lambda: regularizers.get("l3"), ValueError,
     f"regularizers.get: identifier must be one of {NAMES}; got 'l3'."),
    (lambda: regularizers.get({"class_name": "Lambda"}), ValueError,
     f"regularizers.get: identifier must be one of {CLASSES}; got 'Lambda'."),
    (lambda: fastgru.layers.Dense(2, kernel_regularizer=0.1), TypeError,
     "Dense: kernel_regularizer must be the name of a regularizer or a Regularizer; got 0.1."),
    (lambda: fastgru.layers.GRU(2, activity_regularizer="x"), ValueError,
     f"GRU: activity_regularizer must be one of {NAMES}; got 'x'."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSED)
def test_what_is_none_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@makers
def test_keras_gives_the_same_values(make):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    x = matrix(np.float32)
    expected = float(make(keras.regularizers)(keras.ops.convert_to_tensor(x)))
    assert make(regularizers)(x) == pytest.approx(expected, rel=1e-5)
