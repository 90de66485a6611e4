"""compile, fit, evaluate, predict: the loop around the layers."""

import math

import numpy as np

from fastgru import losses, optimizers
from fastgru import metrics as _metrics
from fastgru._check import check_default, check_flag, check_int, fail
from fastgru.callbacks import CallbackList
from fastgru.layers.layer import leave
from fastgru.models import door
from fastgru.models.step import Step


class Trainer:
    """The part of a model that learns. Sequential adds the layers."""

    def __init__(self):
        self.optimizer = self.loss = None
        self.metrics_given = ()
        self.stop_training = False
        self.history = None
        self._step = None

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None,
                weighted_metrics=None, run_eagerly=False, steps_per_execution=1,
                jit_compile="auto", auto_scale_loss=True):  # fmt: skip
        """Choose what training does.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str or Loss
        metrics : list of str or Metric, optional
            "accuracy" becomes the binary, categorical or sparse one by the shapes.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras' scripts; they change nothing.
        """
        if loss is None:
            fail("compile", "loss", "be given", "None", kind=TypeError)
        check_default(
            "compile", loss_weights=(loss_weights, None),
            weighted_metrics=(weighted_metrics or None, None),
        )  # fmt: skip
        chosen = optimizers.get(optimizer, "compile"), losses.get(loss, "compile")
        self.metrics_given = _metrics.check_all(metrics)
        self.optimizer, self.loss = chosen
        self._step = None

    @property
    def compiled(self):
        return self.loss is not None

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in its order."""
        return ["loss", *(getattr(given, "name", given) for given in self.metrics_given)]

    def _ready(self, where):
        if not self.compiled:
            raise RuntimeError(
                f"{where}: the model must be compiled before; got no loss. "
                "Call model.compile(optimizer, loss)."
            )

    def _open(self, where, x, y):
        """Sources of x and y, and the step that takes their batches."""
        self._ready(where)
        if self.layers and self.layers[-1].outputs > 1:
            last = self.layers[-1]
            fail(where, "the model's output", "be one array", f"{last.outputs} of {last.name}")
        x = door.inputs(where, x, self)
        y = door.targets(where, y, x, self)
        if self._step is None or not self._step.fits(self):
            chosen = [
                _metrics.resolve(given, y.array, self.output_shape)
                for given in self.metrics_given
            ]
            self._step = Step(self, chosen)
        return x, y, self._step

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1):  # fmt: skip
        """Train.

        Parameters
        ----------
        x, y : array-like
            Samples and targets, batch first, of any numeric dtype; they are not changed.
        batch_size : int, default 32
        epochs : int, default 1
            Number of the last epoch.
        verbose : {"auto", 0, 1, 2}
            Nothing, a bar, or a line for each epoch; "auto" is the bar.
        callbacks : list of Callback, optional
        validation_split : float, default 0.0
            Hold out this share from the end of the data, before any shuffling.
        validation_data : tuple (x, y), optional
            Evaluate on these after each epoch instead.
        shuffle : bool, default True
            Go through the samples in a new order in each epoch.
        initial_epoch : int, default 0
        class_weight, sample_weight, steps_per_epoch, validation_steps, ...
            Accepted at their defaults only.

        Returns
        -------
        History
            `history` holds a list for each number, one entry an epoch.
        """
        check_default(
            "fit", class_weight=(class_weight, None), sample_weight=(sample_weight, None),
            steps_per_epoch=(steps_per_epoch, None), validation_steps=(validation_steps, None),
            validation_batch_size=(validation_batch_size, None),
            validation_freq=(validation_freq, 1),
        )  # fmt: skip
        shuffle = door.check_shuffle(shuffle)
        x, y, step = self._open("fit", x, y)
        batch_size = door.check_batch_size("fit", batch_size)
        epochs = check_int("fit", "epochs", epochs, 0)
        initial_epoch = check_int("fit", "initial_epoch", initial_epoch, 0)
        count, held_out = door.split(x, y, validation_split, validation_data, self)
        watch = CallbackList(
            callbacks, self, verbose=verbose, epochs=epochs, steps=math.ceil(count / batch_size)
        )
        self.stop_training = False
        watch.on_train_begin()
        logs = {}
        for epoch in range(initial_epoch, epochs):
            watch.on_epoch_begin(epoch)
            step.reset()
            order = self.rng.permutation(count) if shuffle else None
            self._epoch(step, watch, x, y, door.batches(count, batch_size, order))
            logs = step.results()
            if held_out is not None:
                values = self._evaluate(*held_out, batch_size, watch)
                logs |= {f"val_{name}": value for name, value in values.items()}
            watch.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        watch.on_train_end(logs)
        return watch.history

    def _epoch(self, step, watch, x, y, index_arrays):
        for number, index in enumerate(index_arrays):
            watch.on_train_batch_begin(number)
            step.train(x.batch(index), y.batch(index))
            watch.on_train_batch_end(number, step.results)
            if self.stop_training:
                break

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 steps=None, callbacks=None, return_dict=False):  # fmt: skip
        """Loss and metrics on data, without training. See `fit`.

        Returns
        -------
        float, list or dict
            The loss; a list with the metrics behind it, where there are some; or a dict.
        """
        check_default("evaluate", sample_weight=(sample_weight, None), steps=(steps, None))
        check_flag("evaluate", "return_dict", return_dict)
        x, y, _ = self._open("evaluate", x, y)
        batch_size = door.check_batch_size("evaluate", batch_size)
        steps = math.ceil(len(x) / batch_size)
        watch = CallbackList(callbacks, self, verbose=verbose, steps=steps, where="evaluate")
        values = self._evaluate(x, y, np.arange(len(x)), batch_size, watch)
        return values if return_dict else _as_list(values)

    def _evaluate(self, x, y, index, batch_size, watch):
        step = self._step
        step.reset()
        watch.on_test_begin()
        for number, part in enumerate(door.batches(len(index), batch_size, index)):
            watch.on_test_batch_begin(number)
            step.test(x.batch(part), y.batch(part))
            watch.on_test_batch_end(number, step.results)
        values = step.results()
        watch.on_test_end(values)
        return values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The model's outputs.

        Parameters
        ----------
        x : array-like
            Samples, batch first.
        batch_size : int, default 32
        verbose : {"auto", 0, 1, 2}

        Returns
        -------
        numpy.ndarray
            (n, ...), of the model's dtype, in memory of its own; a tuple of such where the
            last layer gives several.
        """
        check_default("predict", steps=(steps, None))
        batch_size = door.check_batch_size("predict", batch_size)
        if (
            verbose == 0
            and callbacks is None
            and type(x) is np.ndarray
            and x.ndim
            and len(x) <= batch_size
        ):
            # Nothing to show and nobody to tell: as `predict_on_batch`.
            y = self._programs.again(self, x)
            if y is not None:
                return y
        x = door.inputs("predict", x, self)
        steps = math.ceil(len(x) / batch_size)
        watch = CallbackList(callbacks, self, verbose=verbose, steps=steps, where="predict")
        watch.on_predict_begin()
        parts = []
        for number, index in enumerate(door.batches(len(x), batch_size)):
            watch.on_predict_batch_begin(number)
            parts.append(self._outputs(x.batch(index)))
            watch.on_predict_batch_end(number)
        watch.on_predict_end()
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _run(self, x):
        """(outputs, mask) of a batch in the layers' layout, keeping nothing."""
        mask = None
        for layer in self.layers:
            x, mask = layer.predict(x, mask)
        return x, mask

    def _outputs(self, x):
        """Outputs of a batch in the layers' layout, as users get them."""
        ids = self.layers[0].takes_ids
        shape = x.shape if ids or x.ndim < 3 else (x.shape[1], x.shape[0], *x.shape[2:])
        program = self._programs.find(self, shape)
        if program is None:
            return leave(self._run(x)[0])
        y = program.run(np.ascontiguousarray(x.T) if ids else x)
        return door.turn(y)

    def __call__(self, x, training=False):
        """Outputs of one batch; with `training`, dropout is active."""
        training = training is not None and check_flag(self.name, "training", training)
        return self._once(self.name, x, training)

    def _once(self, where, x, training):
        if not training and type(x) is np.ndarray:
            y = self._programs.again(self, x)
            if y is not None:
                return y
        source = door.inputs(where, x, self)
        x = source.batch(np.arange(len(source)))
        if not training:
            return self._outputs(x)
        mask = None
        for layer in self.layers:
            x, mask, _ = layer.forward(x, mask)
        return leave(x)

    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, return_dict=False
    ):
        """One step of training on one batch; returns its loss and metrics. See `fit`."""
        check_default(
            "train_on_batch",
            sample_weight=(sample_weight, None),
            class_weight=(class_weight, None),
        )
        check_flag("train_on_batch", "return_dict", return_dict)
        known = door.again(self, x, y)
        if known is None:
            kind = door.kind(x, y)
            x, y, step = self._open("train_on_batch", x, y)
            # Only what comes through the door as it was need not come through it again.
            step.seen = kind if kind == door.kind(x.array, y.array) else None
            everything = np.arange(len(x))
            x, y = x.batch(everything), y.batch(everything)
        else:
            (x, y), step = known, self._step
        step.reset()
        step.train(x, y)
        return step.results() if return_dict else _as_list(step.results())

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch. See `fit`."""
        check_default("test_on_batch", sample_weight=(sample_weight, None))
        check_flag("test_on_batch", "return_dict", return_dict)
        x, y, _ = self._open("test_on_batch", x, y)
        values = self._evaluate(x, y, np.arange(len(x)), len(x), CallbackList())
        return values if return_dict else _as_list(values)

    def predict_on_batch(self, x):
        """Outputs of one batch."""
        return self._once("predict_on_batch", x, training=False)


def _joined(parts):
    """The outputs of batches as one array, or a tuple of arrays."""
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(same) for same in zip(*parts, strict=True))
    return np.concatenate(parts)


def _as_list(values):
    found = list(values.values())
    return found if len(found) > 1 else found[0]
