"""Keras' API, whoever provides it: keras on any of its backends, and fastgru."""

from itertools import cycle

import numpy as np
from cases import TUTORIAL


class Model:
    """A Sequential of GRU and Dense. `library` has Sequential and Input, `layers` the rest."""

    def __init__(self, library, layers, case):
        self.case = case
        _, T, I, H = case.shape
        self.make = lambda *first: library.Sequential(
            [
                library.Input((T, I)),
                *first,
                layers.GRU(H),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        self.masking = layers.Masking
        self.model = self.start(self.make())
        self.masked = None
        self.x_padded, self.y = case.padded, cycle(case.targets)

    def start(self, model):
        model.compile(optimizer="adam", loss="binary_crossentropy")
        model.set_weights([self.case.weights[name] for name in "WUbVc"])
        return model

    def train(self):
        return self.model.train_on_batch(self.case.x, next(self.y))

    def padded(self):
        if self.masked is None:
            # `weights` is then about this one.
            self.model = self.masked = self.start(self.make(self.masking()))
        return self.masked.train_on_batch(self.x_padded, next(self.y))

    def fit(self, x, y):
        past = self.model.fit(x, y, batch_size=self.case.shape[0], epochs=1, verbose=0)
        return past.history["loss"][0]

    def infer(self):
        return self.model.predict_on_batch(self.case.x)

    def predict(self):
        return self.model.predict(self.case.x, verbose=0)

    def weights(self):
        return dict(zip("WUbVc", self.model.get_weights(), strict=True))


def tutorial(library, layers):
    """The script of every Keras tutorial, up to `fit`: (model, x, y)."""
    rng = np.random.default_rng(0)
    _, T, I, H = TUTORIAL["shape"]
    x = rng.random((TUTORIAL["samples"], T, I), dtype=np.float32)
    y = rng.integers(0, 2, (TUTORIAL["samples"], 1))
    model = library.Sequential()
    model.add(layers.GRU(H, input_shape=(T, I)))
    model.add(layers.Dense(1, activation="sigmoid"))
    return model, x, y


def cold_predict(library, layers):
    model, x, _ = tutorial(library, layers)
    return model.predict(x[:1], verbose=0)


def cold_fit(library, layers):
    model, x, y = tutorial(library, layers)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=TUTORIAL["epochs"], batch_size=32, verbose=0)
