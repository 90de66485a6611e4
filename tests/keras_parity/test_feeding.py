"""Weights, class weights, batches and numbers of steps: fastgru beside Keras, live.

Plain SGD has no state, so one compiled model of each library serves all cases: it gets the
same weights before each.
"""

import math
import os
import warnings

import numpy as np
import pytest
from keras_parity.harness import LOSSES, WEIGHTS, assert_close, module_under_test

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

# Batches have 8 samples or 4, because Keras compiles for each number of them.
N, T, F = 20, 4, 2
RNG = np.random.default_rng(5)
X = RNG.normal(size=(N, T, F)).astype("float32")
Y = RNG.integers(0, 2, N)
STEPS_Y = RNG.integers(0, 3, (N, T))
W = RNG.uniform(0.1, 3, N).astype("float32")
STEPS_W = RNG.uniform(0, 3, (N, T)).astype("float32")
IDS = RNG.integers(1, 7, (N, T)) * (np.arange(T) < RNG.integers(1, T + 1, (N, 1)))


def binary(k):
    L = k.layers
    return _compiled(k, [L.Input((T, F)), L.GRU(3), L.Dense(1, "sigmoid")], "bce")


def one_hot(k):
    L = k.layers
    layers = [L.Input((T, F)), L.GRU(3), L.Dense(3, "softmax")]
    return _compiled(k, layers, "categorical_crossentropy")


def tagger(k):
    L = k.layers
    layers = [L.Input((T,)), L.Embedding(7, 3, mask_zero=True),
              L.GRU(3, return_sequences=True), L.Dense(3, "softmax")]  # fmt: skip
    return _compiled(k, layers, "sparse_categorical_crossentropy", [])


def _compiled(k, layers, loss, metrics=("accuracy",)):
    model = k.Sequential(layers)
    model.compile(k.optimizers.SGD(0.1), loss, metrics=list(metrics))
    rng = np.random.default_rng(1)
    model.start = [0.7 * rng.normal(size=w.shape) for w in model.get_weights()]
    return model


@pytest.fixture(scope="module")
def pairs():
    """(Keras' model, ours) by the function that makes them."""
    return {
        make: (make(keras), make(module_under_test())) for make in (binary, one_hot, tagger)
    }


class Numbered(keras.utils.PyDataset):
    """Batches by number; Keras takes its own class only, fastgru any object like it."""

    def __init__(self, *arrays, size=8):
        super().__init__()
        self.arrays, self.size = arrays, size

    def __len__(self):
        return math.ceil(len(self.arrays[0]) / self.size)

    def __getitem__(self, number):
        part = slice(number * self.size, (number + 1) * self.size)
        return tuple(array[part] for array in self.arrays)


def endless(*arrays, size=8):
    while True:
        for start in range(0, N, size):
            yield tuple(array[start : start + size] for array in arrays)


def finite(*arrays, count=7):
    for _, batch in zip(range(count), endless(*arrays), strict=False):
        yield batch


HALF = slice(0, 12)
EYE = np.eye(3, dtype="float32")
#: What fit is called with; a function makes what can be gone through once.
FITS = {
    "sample_weight": (binary, lambda: {"x": X, "y": Y, "sample_weight": W}),
    "sample_weight in a column": (binary, lambda: {"x": X, "y": Y, "sample_weight": W[:, None]}),
    "sample_weight, split": (
        binary, lambda: {"x": X, "y": Y, "sample_weight": W, "validation_split": 0.4}
    ),
    "class_weight": (binary, lambda: {"x": X, "y": Y, "class_weight": {0: 0.25, 1: 3.0}}),
    "class_weight, split": (
        binary, lambda: {"x": X, "y": Y[:, None], "class_weight": {1: 3}, "validation_split": 0.4}
    ),
    "class_weight, one-hot": (
        one_hot, lambda: {"x": X, "y": EYE[STEPS_Y[:, 0]], "class_weight": {0: 2.0, 2: 0.5}}
    ),
    "weights of steps and a mask": (
        tagger, lambda: {"x": IDS, "y": STEPS_Y, "sample_weight": STEPS_W}
    ),
    "validation with weights": (
        binary,
        lambda: {"x": X, "y": Y, "validation_data": (X[HALF], Y[HALF], W[HALF])},
    ),
    "validation_freq": (
        binary, lambda: {"x": X, "y": Y, "validation_split": 0.4, "validation_freq": 2, "epochs": 5}
    ),
    "validation_freq in a list": (
        binary, lambda: {"x": X, "y": Y, "validation_split": 0.4, "validation_freq": [1, 4], "epochs": 4}
    ),
    "validation_batch_size and validation_steps": (
        binary,
        lambda: {"x": X, "y": Y, "validation_data": (X, Y), "validation_batch_size": 4,
                     "validation_steps": 2},
    ),
    "initial_epoch": (binary, lambda: {"x": X, "y": Y, "initial_epoch": 2, "epochs": 4}),
    "steps_per_epoch goes on": (binary, lambda: {"x": X, "y": Y, "steps_per_epoch": 2, "epochs": 5}),
    "steps_per_epoch without batch_size": (
        binary, lambda: {"x": X, "y": Y, "steps_per_epoch": 5, "batch_size": None}
    ),
    "a generator": (binary, lambda: {"x": endless(X, Y), "steps_per_epoch": 4, "epochs": 3}),
    "a generator with weights": (
        binary, lambda: {"x": endless(X, Y, W), "steps_per_epoch": 3, "epochs": 3}
    ),
    "a generator to its end": (binary, lambda: {"x": finite(X, Y), "epochs": 1}),
    "a generator that ends early": (
        binary, lambda: {"x": finite(X, Y), "epochs": 1, "steps_per_epoch": 9}
    ),
    "numbered batches": (binary, lambda: {"x": Numbered(X, Y, W)}),
    "numbered batches, class_weight": (
        binary, lambda: {"x": Numbered(X, Y), "class_weight": {0: 3.0}}
    ),
    "numbered batches, steps": (
        binary, lambda: {"x": Numbered(X, Y), "steps_per_epoch": 2, "epochs": 4}
    ),
    "validation on batches": (
        binary,
        lambda: {"x": X, "y": Y, "validation_data": Numbered(X, Y, W), "validation_steps": 2},
    ),
}  # fmt: skip


def run(model, arguments):
    model.set_weights(model.start)
    options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0, **arguments}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(**options), model.get_weights()


@pytest.mark.parametrize("name", FITS)
def test_history_and_weights_are_those_of_keras(pairs, name):
    make, arguments = FITS[name]
    theirs, ours = pairs[make]
    expected, their_weights = run(theirs, arguments())
    found, our_weights = run(ours, arguments())
    assert list(found.history) == list(expected.history)
    for key, row in expected.history.items():
        assert_close(found.history[key], row, LOSSES, key)
    assert found.epoch == expected.epoch
    for one, other in zip(our_weights, their_weights, strict=True):
        assert_close(one, other, WEIGHTS)


EVALUATED = {
    "weights": (binary, lambda: {"x": X, "y": Y, "sample_weight": W}),
    "weights of steps and a mask": (
        tagger, lambda: {"x": IDS, "y": STEPS_Y, "sample_weight": STEPS_W}
    ),
    "steps": (binary, lambda: {"x": X, "y": Y, "steps": 2}),
    "steps without batch_size": (binary, lambda: {"x": X, "y": Y, "steps": 5, "batch_size": None}),
    "a generator": (binary, lambda: {"x": endless(X, Y, W), "steps": 4}),
    "numbered batches": (binary, lambda: {"x": Numbered(X, Y)}),
}  # fmt: skip


@pytest.mark.parametrize("name", EVALUATED)
def test_evaluate_is_that_of_keras(pairs, name):
    make, arguments = EVALUATED[name]
    results = []
    for model in pairs[make]:
        model.set_weights(model.start)
        options = {"batch_size": 8, "verbose": 0, **arguments()}
        results.append(model.evaluate(**options))
    assert_close(results[1], results[0], LOSSES)


def test_predict_takes_the_same_batches_and_steps(pairs):
    for arguments in (
        lambda: {"x": X, "steps": 2, "batch_size": 8},
        lambda: {"x": endless(X), "steps": 3},
        lambda: {"x": Numbered(X, Y)},
    ):
        results = []
        for model in pairs[binary]:
            model.set_weights(model.start)
            results.append(model.predict(verbose=0, **arguments()))
        assert_close(results[1], results[0], 1e-6)


def test_batches_by_hand_return_what_keras_returns_over_several_calls(pairs):
    rows = []
    for model in pairs[binary]:
        model.set_weights(model.start)
        row = [model.train_on_batch(X[:8], Y[:8], sample_weight=W[:8])]
        row += [model.train_on_batch(X[8:16], Y[8:16], class_weight={0: 2.0, 1: 0.5})]
        row += [model.train_on_batch(X[:8], Y[:8])]
        row += [model.test_on_batch(X[:8], Y[:8], sample_weight=W[:8])]
        named = model.train_on_batch(X[:8], Y[:8], sample_weight=W[:8], return_dict=True)
        rows.append([[float(value) for value in entry] for entry in row])
        rows[-1].append([float(named["loss"]), float(named["accuracy"])])
        assert len(named) == 2
    assert_close(rows[1], rows[0], LOSSES)
