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
# Here the rate falls along a cosine through all epochs, and the weights that are kept are their
# running average.
NOTTINGHAM = {
    "units": 200, "input_dropout": 0.05, "unit_dropout": 0.0, "dropout": 0.4, "rate": 0.003,
    "weight_decay": 0.0, "clip": 1.0, "batch": 4, "epochs": 50, "average": 0.99,
}  # fmt: skip


class Music(Experiment):
    folder = "music"
    measure, form = "test NLL, nats per frame", "{:.3f}"
    loss = "binary_crossentropy"
    notes = (
        "Frames 2 to the last from those before; sum over 88 keys, mean over all real frames "
        "of the test set. Reset gate before the product. Settings were chosen by the NLL of "
        "the validation set, and so was the epoch to stop at where there is patience."
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
        O, options = K.optimizers, {}
        rate = s["rate"]
        if "average" in s:
            one = max(1, steps // s["epochs"])
            # Keras on JAX fails in the second `fit` of a model with averages, so only its times
            # are without.
            if K.__name__ == "fastgru":
                options = {"use_ema": True, "ema_momentum": s["average"]}
            rate = O.schedules.CosineDecay(
                1e-6, max(1, steps - one), 1e-3, warmup_target=rate, warmup_steps=one
            )
        return O.AdamW(
            rate, weight_decay=s["weight_decay"], global_clipnorm=s["clip"], **options
        )

    def train(self, model, K, s, data, seed):
        valid, callbacks = data["valid"], []
        if "patience" in s:
            callbacks = [
                K.callbacks.EarlyStopping(
                    "val_loss", patience=s["patience"], restore_best_weights=True
                ),
                K.callbacks.ReduceLROnPlateau(
                    "val_loss", factor=0.3, patience=s["patience"] // 3,
                    min_delta=s["min_delta"],
                ),
            ]  # fmt: skip
        past = model.fit(
            *data["train"], batch_size=s["batch"], epochs=s["epochs"], verbose=0,
            # One batch: the loss is then the mean over frames, not one over batches' means.
            validation_data=valid, validation_batch_size=len(valid[0]), callbacks=callbacks,
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
    timed = 64
    settings = NOTTINGHAM
