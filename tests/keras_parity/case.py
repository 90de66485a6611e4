"""What a parity case is: layers, data and training, said once for Keras and fastgru alike."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Maker = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Case:
    """A model with its data and 20 optimiser steps.

    `w` makes sample weights, which fit and evaluate get; `class_weight` goes to fit alone.
    `layers`, and `optimizer`, `loss`, `metrics`, `callbacks` unless they are plain values,
    are functions of the module of that name, of Keras or of fastgru. `x` and `y` make n rows
    from a generator. `adjust` changes the random initial weights, `still` lists the weights
    that training leaves alone, `masked_steps` says that loss and metrics see a mask.
    """

    name: str
    layers: Callable[[Any], list]
    x: Maker
    y: Maker
    loss: Any = "mse"
    optimizer: Any = "adam"
    metrics: Any = ()
    callbacks: Any = ()
    w: Maker | None = None
    class_weight: Any = None
    n: int = 40
    n_val: int = 0
    validation_split: float = 0.0
    batch_size: int = 8
    epochs: int = 4
    build_shape: tuple | None = None
    adjust: Callable[[list], list] = list
    still: tuple[int, ...] = ()
    masked_steps: bool = False

    def build(self, keras):
        """Return the compiled Sequential of this case, made with `keras` or its likeness."""
        model = keras.Sequential(self.layers(keras.layers))
        if self.build_shape is not None:
            model.build(self.build_shape)
        model.compile(
            optimizer=_resolve(self.optimizer, keras.optimizers),
            loss=_resolve(self.loss, keras.losses),
            metrics=list(_resolve(self.metrics, keras.metrics)),
        )
        return model

    def make_callbacks(self, keras):
        return list(_resolve(self.callbacks, keras.callbacks))

    def data(self, rng):
        """Return x, y and, where the case validates on its own rows, x_val, y_val."""
        arrays = {"x": self.x(rng, self.n), "y": self.y(rng, self.n)}
        if self.w is not None:
            arrays["w"] = self.w(rng, self.n)
        if self.n_val:
            arrays |= {"x_val": self.x(rng, self.n_val), "y_val": self.y(rng, self.n_val)}
        return arrays

    def weights(self, rng, model):
        """Return asymmetric initial weights of the model's shapes, biases included."""
        return self.adjust([_random(rng, weight.shape) for weight in model.get_weights()])

    def generator(self, salt=""):
        """Return the case's own generator, untouched by cases added before it."""
        return np.random.default_rng(zlib.crc32((self.name + salt).encode()))


def _resolve(spec, module):
    return spec(module) if callable(spec) else spec


def _random(rng, shape):
    # A GRU's bias is (2, 3u): a deviation of 1/sqrt(2) there would saturate the gates.
    spread = 0.3 if len(shape) == 1 or shape[0] == 2 else 1 / np.sqrt(shape[0])
    return rng.normal(0, spread, shape).astype("float32")


def floats(*shape, dtype="float32", scale=1.0):
    return lambda rng, n: rng.normal(0, scale, (n, *shape)).astype(dtype)


def positive(*shape):
    """Weights between 0 and 3, a quarter of them 0."""

    def make(rng, n):
        weights = rng.uniform(0, 3, (n, *shape)) * (rng.random((n, *shape)) < 0.75)
        return weights.astype("float32")

    return make


def integers(high, *shape, dtype="int64"):
    return lambda rng, n: rng.integers(0, high, (n, *shape)).astype(dtype)


def one_hot(classes, *shape, dtype="float32"):
    return lambda rng, n: np.eye(classes, dtype=dtype)[rng.integers(0, classes, (n, *shape))]


def tokens(steps, vocabulary, padding, dtype="int32"):
    """Ids above 0, with 0 as padding: "pre", "post", "holes", "rows" or "batch".

    "rows" pads like "pre" and empties every fifth row, "batch" empties rows 8 to 15.
    """

    def make(rng, n):
        ids = rng.integers(1, vocabulary, (n, steps))
        lengths = rng.integers(1, steps + 1, (n, 1))
        if padding == "holes":
            ids[rng.random((n, steps)) < 0.4] = 0
        elif padding == "post":
            ids[np.arange(steps) >= lengths] = 0
        else:
            ids[np.arange(steps) < steps - lengths] = 0
        if padding == "rows":
            ids[::5] = 0
        if padding == "batch":
            ids[8:16] = 0
        return ids.astype(dtype)

    return make


def gappy_floats(steps, width, value):
    """Sequences in which a third of the steps equal `value` throughout: Masking drops them.

    In another third of the steps a single feature equals it, and Masking keeps those.
    """

    def make(rng, n):
        x = rng.normal(size=(n, steps, width)).astype("float32")
        kind = rng.integers(0, 3, (n, steps))
        x[kind == 0] = value
        x[kind == 1, 0] = value
        return x

    return make
