"""Constraints: what they do to lengths, names, sentences, Keras' values."""

import os
import re

import numpy as np
import pytest

import fastgru
from fastgru import constraints

MAKERS = {
    "MaxNorm": lambda C: C.MaxNorm(1.5),
    "MaxNorm over two axes": lambda C: C.MaxNorm(1.5, axis=[0, 1]),
    "NonNeg": lambda C: C.NonNeg(),
    "UnitNorm": lambda C: C.UnitNorm(axis=1),
    "MinMaxNorm": lambda C: C.MinMaxNorm(1.0, 2.0, rate=0.3, axis=-1),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def weights():
    # Vectors of very different length, one of them zero.
    w = np.random.default_rng(0).normal(size=(4, 3, 5)).astype(np.float32)
    return w * np.array([0.1, 1, 5, 0, 2], np.float32)


def lengths(w, axis):
    return np.sqrt((w.astype(float) ** 2).sum(axis=axis))


def test_lengths_become_what_is_asked_for():
    w = weights()
    before, after = lengths(w, 0), lengths(constraints.MaxNorm(1.5)(w), 0)
    np.testing.assert_allclose(after, np.minimum(before, 1.5), atol=1e-6)
    assert (before > 1.6).any() and (before < 1.4).any()
    after = lengths(constraints.UnitNorm(axis=1)(w), 1)
    np.testing.assert_allclose(after, (lengths(w, 1) > 0) * 1.0, atol=1e-5)
    before = lengths(w, 2)
    after = lengths(constraints.MinMaxNorm(1.0, 2.0, 0.3, -1)(w), 2)
    np.testing.assert_allclose(after, 0.7 * before + 0.3 * np.clip(before, 1, 2), rtol=1e-6)
    np.testing.assert_array_equal(constraints.NonNeg()(w), np.where(w > 0, w, 0))


@makers
def test_dtype_and_shape_stay(make):
    for dtype in (np.float32, np.float64):
        found = make(constraints)(weights().astype(dtype))
        assert (found.dtype, found.shape) == (dtype, weights().shape)


@makers
def test_a_configuration_makes_it_again(make):
    config = constraints.serialize(make(constraints))
    assert constraints.serialize(constraints.deserialize(config)) == config


@pytest.mark.parametrize("name", ["max_norm", "non_neg", "unit_norm", "min_max_norm"])
def test_a_constraint_is_found_by_name_class_or_instance(name):
    cls = getattr(constraints, name)
    mine = cls()
    assert type(constraints.get(name)) is type(constraints.get(cls.__name__)) is cls
    assert type(constraints.get(cls)) is cls and constraints.get(mine) is mine
    assert constraints.get(None) is None and constraints.serialize(None) is None


NAMES = "'max_norm', 'non_neg', 'unit_norm', 'min_max_norm'"
REFUSED = [
    (lambda: constraints.MaxNorm(-1), ValueError,
     "MaxNorm: max_value must be at least 0; got -1."),
    (lambda: constraints.MaxNorm(axis=0.5), TypeError,
     "MaxNorm: axis must be an integer; got 0.5."),
    (lambda: constraints.UnitNorm([0, "a"]), TypeError,
     "UnitNorm: every number in axis must be an integer; got 'a'."),
    (lambda: constraints.MinMaxNorm(2, 1), ValueError,
     "MinMaxNorm: max_value must be at least min_value, 2.0; got 1.0."),
    (lambda: constraints.MinMaxNorm(rate=2), ValueError,
     "MinMaxNorm: rate must lie in [0, 1]; got 2."),
    (lambda: constraints.get("x"), ValueError,
     f"constraints.get: identifier must be one of {NAMES}; got 'x'."),
    (lambda: fastgru.layers.GRU(2, recurrent_constraint=3), TypeError,
     "GRU: recurrent_constraint must be the name of a constraint or a Constraint; got 3."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSED)
def test_what_is_none_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@makers
def test_keras_gives_the_same_values(make):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    expected = np.asarray(make(keras.constraints)(weights()))
    np.testing.assert_allclose(make(constraints)(weights()), expected, rtol=1e-6, atol=1e-7)
