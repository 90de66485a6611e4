"""Polyphonic music (Boulanger-Lewandowski et al. 2012): which keys sound in the next frame."""

import data as sets
import numpy as np
from experiment import Experiment

KEYS = 88

SMOKE = {"units": 8, "epochs": 1, "pieces": 6, "steps": 20}
JSB = {
    "units": 200, "input_dropout": 0.25, "unit_dropout": 0.0, "dropout": 0.5, "rate": 0.003,
    "weight_decay": 0.1, "clip": 1.0, "batch": 8, "epochs": 300, "patience": 24,
    "min_delta": 1e-5,
}  # fmt: skip
NOTTINGHAM = {
    "units": 100, "input_dropout": 0.0, "unit_dropout": 0.0, "dropout": 0.3, "rate": 0.005,
    "weight_decay": 0.0, "clip": 1.0, "batch": 4, "epochs": 14, "patience": 6,
    "min_delta": 1e-5,
}  # fmt: skip


class Music(Experiment):
    folder = "music"
    measure, form = "test NLL, nats per frame", "{:.3f}"
    loss = "binary_crossentropy"
    notes = (
        "Frames 2 to the last from those before; sum over 88 keys, mean over all real frames "
        "of the test set. Reset gate before the product. Settings and the epoch to stop at "
        "were chosen by the NLL of the validation set."
    )
    smoke = SMOKE

    def load(self, path, settings):
        parts = sets.music(path, self.file)
        if "pieces" in settings:
            parts = [[p[: settings["steps"]] for p in part[: settings["pieces"]]]
                     for part in parts]  # fmt: skip
        found = {
            part: ([p[:-1] for p in pieces], [p[1:] for p in pieces])
            for part, pieces in zip(("train", "valid", "test"), parts, strict=True)
        }
        found["x"], found["y"] = found["train"]
        return found

    def layers(self, K, s, data):
        L = K.layers
        return [
            # Whole keys, and whole units, for all steps of a piece.
            L.SpatialDropout1D(s["input_dropout"]),
            L.GRU(s["units"], return_sequences=True, reset_after=False),
            L.SpatialDropout1D(s["unit_dropout"]),
            L.Dropout(s["dropout"]),
            L.Dense(KEYS, activation="sigmoid"),
        ]

    def optimizer(self, K, s, steps):
        return K.optimizers.AdamW(
            s["rate"], weight_decay=s["weight_decay"], global_clipnorm=s["clip"]
        )

    def train(self, model, K, s, data, seed):
        valid = data["valid"]
        stop = K.callbacks.EarlyStopping(
            "val_loss", patience=s["patience"], restore_best_weights=True
        )
        slower = K.callbacks.ReduceLROnPlateau(
            "val_loss", factor=0.3, patience=s["patience"] // 3, min_delta=s["min_delta"]
        )
        past = model.fit(
            *data["train"], batch_size=s["batch"], epochs=s["epochs"], verbose=0,
            # One batch: the loss is then the mean over frames, not one over batches' means.
            validation_data=valid, validation_batch_size=len(valid[0]),
            callbacks=[stop, slower],
        )  # fmt: skip
        return {"epochs": len(past.history["loss"]), "validation": nll(model, *valid)}

    def score(self, model, s, data):
        return nll(model, *data["test"])


def nll(model, x, y):
    """Negative log-likelihood of a frame, by NumPy, over all frames of all pieces."""
    total = frames = 0
    for piece, p in zip(y, model.predict(x, batch_size=16, verbose=0), strict=True):
        p = np.clip(np.asarray(p[: len(piece)], np.float64), 1e-7, 1 - 1e-7)
        total -= np.log(np.where(piece > 0, p, 1 - p)).sum()
        frames += len(piece)
    return float(total / frames)


class Jsb(Music):
    name, title, file = "jsb", "JSB Chorales", "JSB_Chorales"
    goal = 8.54
    published = "8.54, GRU of 46 units (Chung et al. 2014); 8.43, GRU (Bai et al. 2018)"
    settings = JSB


class Nottingham(Music):
    name, title, file = "nottingham", "Nottingham", "Nottingham"
    goal = 3.46
    published = "3.23, GRU of 46 units (Chung et al. 2014); 3.46, GRU (Bai et al. 2018)"
    seeds = (0,)
    timed = 64
    settings = NOTTINGHAM
