"""Small models and data that the tests of models train, feed and break.

Weights and data are given by formula, so that they do not depend on any generator.
"""

import re

import numpy as np
import pytest

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding, InputLayer

N, T, F = 10, 5, 3
VOCABULARY = 10


def waves(*shape, phase=0.0, dtype=np.float32):
    """Numbers in [-1, 1], none of them equal."""
    return np.sin(np.arange(np.prod(shape)) * 0.7 + phase).reshape(shape).astype(dtype)


def set_by_formula(model):
    """Give a built model the same weights in every run; returns it."""
    weights = [
        waves(*weight.shape, phase=k, dtype=np.float64)
        for k, weight in enumerate(model.weights)
    ]
    model.set_weights([0.5 * weight for weight in weights])
    return model


def data(n=N, dtype=np.float32):
    """x (n, T, F), and y (n) of zeros and ones."""
    x = waves(n, T, F, phase=0.3, dtype=dtype)
    return x, (x.sum(axis=(1, 2)) > 0).astype(np.int64)


def ids(n=N, dtype=np.int64):
    """Token ids, (n, T)."""
    return ((np.arange(n * T) * 7 % 11) % VOCABULARY).reshape(n, T).astype(dtype)


def binary(units=6, optimizer="adam", loss="binary_crossentropy", **options):
    """GRU and Dense(1), compiled: one probability for each sample."""
    layers = [GRU(units, name="gru"), Dense(1, "sigmoid", name="dense")]
    return _compiled([InputLayer((T, F)), *layers], optimizer, loss, options)


def classes(count=4, optimizer="adam", loss="sparse_categorical_crossentropy", **options):
    """GRU and Dense(count), compiled: the probabilities of `count` classes."""
    layers = [GRU(6, name="gru"), Dense(count, "softmax", name="dense")]
    return _compiled([InputLayer((T, F)), *layers], optimizer, loss, options)


def words(optimizer="adam", loss="binary_crossentropy", mask_zero=True, **options):
    """Embedding, GRU and Dense(1), compiled: reads ids."""
    table = Embedding(VOCABULARY, 4, mask_zero=mask_zero, name="embedding")
    layers = [table, GRU(6, name="gru"), Dense(1, "sigmoid", name="dense")]
    return _compiled([InputLayer((T,)), *layers], optimizer, loss, options)


def _compiled(layers, optimizer, loss, options):
    model = set_by_formula(Sequential(layers, name="model"))
    model.compile(optimizer, loss, **options)
    return model


def fit(model, x=None, y=None, **options):
    """`fit` without a word and without shuffling, on `data()` by default."""
    x, y = (x, y) if x is not None else data()
    options = {"batch_size": 4, "shuffle": False, "verbose": 0, **options}
    return model.fit(x, y, **options).history


def predict(model, x, **options):
    return model.predict(x, verbose=0, **options)


def bits(model):
    """Everything that training changes, as bytes."""
    kept = [*model.get_weights(), *model.optimizer.state.values()]
    return b"".join(np.ascontiguousarray(array).tobytes() for array in kept)


def says(kind, sentence):
    """The block must raise `kind` with exactly this text."""
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")
