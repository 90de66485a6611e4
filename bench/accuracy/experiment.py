"""What an experiment is: a model in Keras' words, its data, and how it is trained."""

import numpy as np


class Experiment:
    """One published task. The experiments replace what they need.

    `layers` and `model` take the library as K, fastgru or keras: the script is the same.
    """

    name = title = None
    #: The folder of its data inside FASTGRU_DATA; None where the data is made.
    folder = None
    #: What is measured, how it is printed, the bound, and whether less is better.
    measure, form, goal, less = None, "{:.2f}", None, True
    published = ""
    #: What training depends on, and what a smoke run takes instead.
    settings, smoke = {}, {}
    seeds = (0, 1, 2)
    loss, metrics = None, None
    #: Libraries that train and are tested too, beside the time of an epoch.
    beside = ()
    #: Samples of an epoch that is timed; None is all of them.
    timed = None
    #: Notes on the data and on how the settings were chosen, for the table.
    notes = ""

    def load(self, path, settings):
        """ "x" and "y" to train on, "test", and what else the experiment needs.

        path is the folder of its data, or None; x may be a list of sequences.
        """
        raise TypeError(f"{type(self).__name__} must say how its data is loaded")

    def training(self, data):
        """(x, y) to train on."""
        return data["x"], data["y"]

    def layers(self, K, s, data):
        """The layers of the model, without Input and Masking."""
        raise TypeError(f"{type(self).__name__} must say what its layers are")

    def input_shape(self, s, data):
        """Shape of a sample."""
        return (None, data["x"][0].shape[-1])

    def optimizer(self, K, s, steps):
        """The optimiser, for a training of so many batches."""
        return "adam"

    def model(self, K, s, data, first=()):
        """The compiled model; `first` are layers to put in front."""
        steps = s["epochs"] * -(-len(data["x"]) // s["batch"])
        shape = self.input_shape(s, data)
        batch = s["batch"] if s.get("stateful") else None
        model = K.Sequential(
            [K.layers.Input(shape, batch_size=batch), *first, *self.layers(K, s, data)]
        )
        model.compile(self.optimizer(K, s, steps), loss=self.loss, metrics=self.metrics)
        return model

    def train(self, model, K, s, data, seed):
        """Train; returns what is worth keeping beside the score."""
        keep = {"batch_size": s["batch"], "verbose": 0}
        if not s.get("stateful"):
            model.fit(*self.training(data), epochs=s["epochs"], **keep)
        else:
            for _ in range(s["epochs"]):
                restart(model)
                model.fit(*self.training(data), shuffle=False, **keep)
        return {"epochs": s["epochs"]}

    def score(self, model, s, data):
        """The measure on the test set: here the accuracy in per cent, by NumPy."""
        x, y = data["test"]
        p = np.asarray(model.predict(x, batch_size=64, verbose=0))
        said = p.argmax(-1) if p.shape[-1] > 1 else p[:, 0] > 0.5
        return float(100 * np.mean(said == y))

    def finish(self, model, K, s, data):
        """More to keep, of a model of fastgru."""
        return {}


def restart(model):
    """Let sequences begin anew; Keras 3 has this for layers only."""
    if hasattr(model, "reset_states"):
        model.reset_states()
        return
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def pick(sequences, index):
    """Some of a list, by number."""
    return [sequences[i] for i in np.asarray(index).tolist()]
