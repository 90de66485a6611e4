"""Tiny Shakespeare: the next character, in nats, and a text that the model makes up."""

import data as sets
import numpy as np
from experiment import Experiment, restart

SETTINGS = {
    "units": 256, "embedding": 64, "dropout": 0.2, "rate": 0.004, "clip": 1.0, "batch": 64,
    "steps": 100, "epochs": 12, "stateful": True, "text": 600, "temperature": 0.7,
}  # fmt: skip
SMOKE = {"units": 8, "embedding": 4, "batch": 4, "steps": 20, "epochs": 1, "characters": 4000,
         "text": 20}  # fmt: skip


class Shakespeare(Experiment):
    name, title, folder = "shakespeare", "Tiny Shakespeare", "shakespeare"
    measure, form, goal = "nats per character of the last 10 %", "{:.3f}", 1.60
    published = "1.669, interpolated 5-gram; 1.45 to 1.55, a good GRU of 256 units"
    loss = "sparse_categorical_crossentropy"
    seeds = (0,)
    #: Trained to the end too, from the same initial weights.
    beside = ("torch",)
    timed = 1280
    notes = (
        "64 streams through the first 90 % at a time, states carried from batch to batch and "
        "begun anew in each epoch. Only the number of epochs was varied; the last one counts."
    )
    settings = SETTINGS
    smoke = SMOKE

    def load(self, path, settings):
        ids, symbols = sets.shakespeare(path)
        ids = ids[: settings.get("characters")]
        cut = len(ids) * 9 // 10
        x, y = streams(ids[:cut], settings["batch"], settings["steps"])
        test = streams(ids[cut:], settings["batch"], settings["steps"])
        return {"x": x, "y": y, "test": test, "symbols": symbols}

    def input_shape(self, s, data):
        return (s["steps"],)

    def layers(self, K, s, data):
        L, count = K.layers, len(data["symbols"])
        return [
            L.Embedding(count, s["embedding"]),
            L.GRU(s["units"], return_sequences=True, stateful=s["stateful"]),
            L.Dropout(s["dropout"]),
            L.Dense(count, activation="softmax"),
        ]

    def optimizer(self, K, s, steps):
        rate = K.optimizers.schedules.CosineDecay(s["rate"], steps, alpha=0.02)
        return K.optimizers.Adam(rate, global_clipnorm=s["clip"])

    def score(self, model, s, data):
        """Mean of -log p over all characters of the test part, by NumPy."""
        restart(model)
        x, y = data["test"]
        total = 0.0
        for start in range(0, len(x), s["batch"]):
            rows = slice(start, start + s["batch"])
            p = np.asarray(model.predict(x[rows], batch_size=s["batch"], verbose=0), np.float64)
            total -= np.log(np.take_along_axis(p, y[rows][..., None], -1)).sum()
        restart(model)
        return float(total / y.size)

    def finish(self, model, K, s, data):
        # A stream carries states by itself, in a model whose batches do not.
        single = self.model(K, {**s, "stateful": False}, data)
        single.set_weights(model.get_weights())
        return {"text": write(single, data["symbols"], s["text"], s["temperature"])}


def streams(ids, count, steps):
    """(x, y) of (blocks * count, steps): row k * count + i goes on in row (k + 1) * count + i."""
    blocks = (len(ids) - 1) // (count * steps)

    def cut(start):
        part = ids[start : start + count * blocks * steps]
        return part.reshape(count, blocks, steps).swapaxes(0, 1).reshape(-1, steps)

    return cut(0), cut(1)


def write(model, symbols, length, temperature, seed=0):
    """A text, one character at a time through `model.stream`."""
    rng, stream = np.random.default_rng(seed), model.stream()
    text, symbol = [], symbols.index("\n")
    for _ in range(length):
        logits = np.log(stream.step(symbol).astype(np.float64)) / temperature
        p = np.exp(logits - logits.max())
        symbol = int(rng.choice(len(symbols), p=p / p.sum()))
        text.append(symbols[symbol])
    return "".join(text).strip()
