"""compile, fit, evaluate: what a model learns with."""

from fastgru import losses, optimizers
from fastgru import metrics as _metrics
from fastgru._check import check_flag, check_int, fail
from fastgru.callbacks import CallbackList
from fastgru.models import door, one_output, one_unit, outputs
from fastgru.models.epochs import Epochs
from fastgru.models.feeding import Arrays, Samples, check_one, check_steps, feed
from fastgru.models.fitting import Fitting, held_out
from fastgru.models.prediction import Predictor
from fastgru.models.step import Step
from fastgru.models.weights import ClassWeights


class Trainer(Predictor):
    """The part of a model that learns. Sequential adds the layers."""

    def __init__(self):
        self.optimizer = self.loss = None
        self.loss_weight = 1.0
        self.metrics_given = self.weighted_metrics_given = ()
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history = None
        self._step = None
        # The training at work, for callbacks that keep or change it.
        self._fitting = None

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None,
                weighted_metrics=None, run_eagerly=False, steps_per_execution=1,
                jit_compile="auto", auto_scale_loss=True):  # fmt: skip
        """Choose what training does.

        Parameters
        ----------
        optimizer : str, dict or Optimizer, default "rmsprop"
        loss : str, Loss or callable
            A function of (y_true, y_pred) returns values and gradient: see `Loss.call`.
            It and the next three may be in a list, or in a dict by the last layer's name.
        loss_weights : float, optional
            Factor of the loss; penalties are not multiplied.
        metrics : list of str, Metric or callable, optional
            "accuracy" becomes the binary, categorical or sparse one by the shapes. A function
            of (y_true, y_pred) becomes a `MeanMetricWrapper`.
        weighted_metrics : list of str, Metric or callable, optional
            The same, but they see sample weights.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras' scripts; they change nothing.
        """
        self._not_in_fit("compile")
        if loss is None:
            fail("compile", "loss", "be given", "None", kind=TypeError)
        name = self.layers[-1].name if self.layers else None
        loss = one_output.only("compile", "loss", loss, name)
        loss_weight = one_output.weight("compile", loss_weights, name)
        chosen = optimizers.get(optimizer, "compile"), losses.get(loss, "compile")
        if chosen[1].reduction == "none":
            fail("compile", "the loss's reduction", "make one number of a batch", "'none'")
        given = [
            _metrics.check_all(
                one_output.only_metrics("compile", what, entries, name), what=what
            )
            for what, entries in (("metrics", metrics), ("weighted_metrics", weighted_metrics))
        ]
        self.metrics_given, self.weighted_metrics_given = given
        self.optimizer, self.loss = chosen
        self.loss_weight = loss_weight
        self._step = None

    def _not_in_fit(self, where):
        if self._fitting is not None:
            fail(where, "the model", "not be in training", "a call while fit is at work",
                 "Stop it by model.stop_training, and change the model behind it.",
                 kind=RuntimeError)  # fmt: skip

    @property
    def compiled(self):
        return self.loss is not None

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in its order."""
        return ["loss", *_metrics.result_names(self.metrics_given, self.weighted_metrics_given)]

    def _ready(self, where):
        if not self.compiled:
            raise RuntimeError(
                f"{where}: the model must be compiled before; got no loss. "
                "Call model.compile(optimizer, loss)."
            )
        if self.layers and self.layers[-1].outputs > 1:
            last = self.layers[-1]
            fail(where, "the model's output", "be one array", f"{last.outputs} of {last.name}")

    def reset_metrics(self):
        """Forget the running loss and metrics; every method that shows them does so first."""
        if self._step is not None:
            self._step.reset()

    def _stepper(self, samples):
        """The step that takes batches of `samples`."""
        if self._step is None or not self._step.fits(self):
            metrics, weighted = (
                [
                    _metrics.resolve(each, samples.y.array, self.output_shape, self.loss)
                    for each in given
                ]
                for given in (self.metrics_given, self.weighted_metrics_given)
            )
            one_unit.warn_of_it(self)
            self._step = Step(self, metrics, weighted, self.metrics_names[1:])
        return self._step

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1, lengths=None):  # fmt: skip
        """Train.

        Parameters
        ----------
        x, y : array-like
            Samples and targets, batch first, of any numeric dtype; they are not changed. A
            `numpy.memmap` is read batch by batch. A list of sequences of different lengths
            needs no padding.

            Without `y`, x may give batches: a generator, an iterable, or an object with
            numbered batches (`__getitem__` and `__len__`, and `on_epoch_end` if it likes).
            A batch is (x,), (x, y), (x, y, sample_weight), or a dict of these.
        batch_size : int, default 32
        epochs : int, default 1
            Number of the last epoch.
        verbose : {"auto", 0, 1, 2}
            Nothing, a bar, or a line for each epoch; "auto" is the bar.
        callbacks : list of Callback, optional
        validation_split : float, default 0.0
            Hold out this share from the end of the data, before any shuffling.
        validation_data : tuple (x, y), (x, y, sample_weight), or batches, optional
            Evaluate on these after each epoch instead. A fourth item is `lengths`.
        shuffle : bool, default True
            Go through the samples, or numbered batches, in a new order in each epoch.
        class_weight : dict, optional
            From class numbers to the weights of their samples; 1 where a class is missing.
        sample_weight : array-like (n,) or (n, time), optional
            Factors of the samples' losses, or of the steps' where each step has an output.
            The mean is still over the number of samples: weights are not normalised.
        initial_epoch : int, default 0
        steps_per_epoch : int, optional
            Batches of an epoch; the next epoch goes on behind them. Without `batch_size`,
            arrays are then cut into so many batches.
        validation_steps : int, optional
            Batches of each validation.
        validation_batch_size : int, optional
        validation_freq : int or list of int, default 1
            Validate after each so many epochs, or after those listed, the first being 1.
        lengths : array-like of int (n,), optional
            Steps of each sample that count; those behind are skipped as by a mask. A batch
            is cut to its longest.

        Returns
        -------
        History
            `history` holds a list for each number, one entry an epoch.

        Notes
        -----
        An iterator that ends within an epoch of `steps_per_epoch` ends that epoch with a
        warning; one that has nothing for an epoch ends the training with a warning.
        """
        shuffle = door.check_shuffle(shuffle)
        self._ready("fit")
        steps = check_steps("fit", "steps_per_epoch", steps_per_epoch)
        share = 0.0 if validation_data is not None else validation_split
        rng = self.rng if shuffle else None
        training = feed("fit", self, x, y, sample_weight, lengths, class_weight, batch_size,
                        steps, rng, share=share)  # fmt: skip
        if validation_batch_size is None:
            validation_batch_size = batch_size
        held = held_out(
            self, training, validation_data, share, validation_steps, validation_batch_size
        )
        step = self._stepper(training.first)
        epochs = check_int("fit", "epochs", epochs, 0)
        initial_epoch = check_int("fit", "initial_epoch", initial_epoch, 0)
        batches = Epochs(training, steps, "fit", self.rng, " The training ends here.")
        watch = CallbackList(
            callbacks, self, verbose=verbose, epochs=epochs, steps=batches.count
        )
        fitting = Fitting(self, step, batches, held, validation_freq, watch)
        before, self._fitting = self._fitting, fitting
        try:
            fitting.run(initial_epoch, epochs)
        finally:
            self._fitting = before
            watch.close()
        return watch.history

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 steps=None, callbacks=None, return_dict=False, lengths=None):  # fmt: skip
        """Loss and metrics on data, without training. See `fit`.

        Returns
        -------
        float, list or dict
            The loss; a list with the metrics behind it, where there are some; or a dict.
        """
        check_flag("evaluate", "return_dict", return_dict)
        self._ready("evaluate")
        steps = check_steps("evaluate", "steps", steps)
        given = feed("evaluate", self, x, y, sample_weight, lengths, None, batch_size, steps)
        if steps is None and len(self.output_shape) < 3:
            # A mean over a batch's own steps depends on which rows share the batch.
            outputs.sort(given)
        self._stepper(given.first)
        batches = Epochs(given, steps, "evaluate", self.rng)
        watch = CallbackList(
            callbacks, self, verbose=verbose, steps=batches.count, where="evaluate"
        )
        values = self._evaluate(batches, watch)
        return values if return_dict else _as_list(values)

    def _evaluate(self, batches, watch):
        step = self._step
        step.reset()
        self.stop_evaluating = False
        watch.on_test_begin()
        for number, batch in batches.epoch():
            watch.on_test_batch_begin(number)
            step.test(*batch)
            watch.on_test_batch_end(number, step.results)
            if self.stop_evaluating:
                break
        values = step.results()
        watch.on_test_end(values)
        return values

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None,
                       return_dict=False, lengths=None):  # fmt: skip
        """One step of training on one batch; returns its loss and metrics. See `fit`."""
        check_flag("train_on_batch", "return_dict", return_dict)
        plain = sample_weight is None and class_weight is None and lengths is None
        known = door.again(self, x, y) if plain else None
        if known is None:
            kind = door.kind(x, y)
            samples, classes = self._one(
                "train_on_batch", x, y, sample_weight, lengths, class_weight
            )
            step = self._step
            # Only what comes through the door as it was need not come through it again.
            step.seen = kind if kind == door.kind(samples.x.array, samples.y.array) else None
            batch = samples.whole(classes)
        else:
            batch, step = known, self._step
        step.reset()
        step.train(*batch)
        return step.results() if return_dict else _as_list(step.results())

    def _one(self, where, x, y, weights, lengths, class_weight=None):
        """One batch as samples, and its class weights; the step is ready for them."""
        self._ready(where)
        classes = None if class_weight is None else ClassWeights(where, class_weight)
        check_one(where, weights, classes)
        samples = Samples(where, self, x, y, weights, lengths)
        self._stepper(samples)
        return samples, classes

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False, lengths=None):
        """Loss and metrics of one batch. See `fit`."""
        check_flag("test_on_batch", "return_dict", return_dict)
        samples, _ = self._one("test_on_batch", x, y, sample_weight, lengths)
        batches = Epochs(Arrays(samples, len(samples)), None, "test_on_batch", self.rng)
        values = self._evaluate(batches, CallbackList())
        return values if return_dict else _as_list(values)


def _as_list(values):
    found = list(values.values())
    return found if len(found) > 1 else found[0]
