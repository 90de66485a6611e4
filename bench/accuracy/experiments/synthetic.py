"""Two tasks of long memory that need no data (definitions: Bai et al. 2018, arXiv 1803.01271)."""

import numpy as np
from experiment import Experiment

ADDING = {
    "units": 64, "steps": 600, "rate": 0.005, "clip": 1.0, "batch": 32,
    "samples": 3200, "tests": 1000, "epochs": 25,
}  # fmt: skip
SMALL_ADDING = {"units": 4, "steps": 20, "samples": 64, "tests": 32, "epochs": 1}
COPYING = {
    "units": 128, "steps": 100, "rate": 0.003, "clip": 1.0, "batch": 32,
    "samples": 3200, "tests": 1000, "epochs": 60,
}  # fmt: skip
SMALL_COPYING = {"units": 4, "steps": 10, "samples": 64, "tests": 32, "epochs": 1}


class Synthetic(Experiment):
    """Fresh samples in every epoch; one fixed test set."""

    def load(self, path, settings):
        x, y = self.samples(np.random.default_rng(0), settings["samples"], settings)
        test = self.samples(np.random.default_rng(1), settings["tests"], settings)
        return {"x": x, "y": y, "test": test}

    def samples(self, rng, n, s):
        """(x, y) of n new samples."""
        raise TypeError(f"{type(self).__name__} must say how samples are made")

    def optimizer(self, K, s, steps):
        rate = K.optimizers.schedules.CosineDecay(s["rate"], steps, alpha=0.01)
        return K.optimizers.Adam(rate, global_clipnorm=s["clip"])

    def train(self, model, K, s, data, seed):
        rng, curve = np.random.default_rng(1000 + seed), []
        for _ in range(s["epochs"]):
            model.fit(*self.samples(rng, s["samples"], s), batch_size=s["batch"], verbose=0)
            curve.append(self.score(model, s, data))
        return {"epochs": s["epochs"], "curve": curve}


class Adding(Synthetic):
    name, title = "adding", "Adding problem, T = 600"
    measure, form, goal = "test MSE", "{:.1e}", 1e-3
    timed = 640
    published = "5.3e-5, GRU (Bai et al. 2018)"
    loss = "mse"
    notes = (
        "Two of 600 numbers in [0, 1] are marked, one in each half; the answer is their sum. "
        "An epoch is 3,200 fresh samples; the test set has 1,000 of its own."
    )
    settings = ADDING
    smoke = SMALL_ADDING
    seeds = (0,)

    def samples(self, rng, n, s):
        T = s["steps"]
        x, row = np.zeros((n, T, 2), np.float32), np.arange(n)
        x[..., 0] = rng.random((n, T))
        marked = rng.integers(0, T // 2, n), rng.integers(T // 2, T, n)
        y = np.zeros((n, 1), np.float32)
        for place in marked:
            x[row, place, 1] = 1
            y[:, 0] += x[row, place, 0]
        return x, y

    def layers(self, K, s, data):
        return [K.layers.GRU(s["units"]), K.layers.Dense(1)]

    def score(self, model, s, data):
        x, y = data["test"]
        p = model.predict(x, batch_size=100, verbose=0)
        return float(np.mean((np.asarray(p, np.float64) - y) ** 2))


class Copying(Synthetic):
    name, title = "copying", "Copy memory, T = 100"
    measure, form, goal = "share of the 10 symbols recalled, %", "{:.1f}", 99.0
    less = False
    published = "GRU not solved at T = 500 and more (Bai et al. 2018)"
    loss = "sparse_categorical_crossentropy"
    notes = (
        "10 symbols of 8, 100 blanks, a signal, then the 10 symbols are to be said again; "
        "guessing gives 12.5 %. An epoch is 3,200 fresh samples; the test set has 1,000."
    )
    settings = COPYING
    smoke = SMALL_COPYING
    seeds = (0,)
    #: Ids: 0 is the blank, 1 to 8 the symbols, 9 the signal.
    blank, symbols, signal, long = 0, 8, 9, 10

    def samples(self, rng, n, s):
        word = rng.integers(1, self.symbols + 1, (n, self.long))
        x = np.full((n, s["steps"] + 2 * self.long), self.blank, np.int32)
        y = x.copy()
        x[:, : self.long] = word
        x[:, -self.long - 1 :] = self.signal
        y[:, -self.long :] = word
        return np.eye(self.signal + 1, dtype=np.float32)[x], y

    def layers(self, K, s, data):
        L = K.layers
        return [
            L.GRU(s["units"], return_sequences=True),
            L.Dense(self.symbols + 1, activation="softmax"),
        ]

    def score(self, model, s, data):
        x, y = data["test"]
        said = model.predict(x, batch_size=100, verbose=0)[:, -self.long :].argmax(-1)
        return float(100 * np.mean(said == y[:, -self.long :]))
