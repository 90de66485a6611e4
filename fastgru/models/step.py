"""One batch through a model: forward, loss, backward, update."""

import numpy as np

from fastgru import activations
from fastgru._check import axes, fail
from fastgru._workspace import Workspace
from fastgru.models import compiled
from fastgru.models.lengths import behind_first
from fastgru.models.penalties import Penalties
from fastgru.models.weights import spread


class Step:
    """The training step of a compiled model, with its running loss and metrics.

    Where the last activation is the one whose logits the loss can take, the two are
    merged: the layer hands over its scores, and no gradient goes through p (1 - p).
    """

    def __init__(self, model, metrics):
        self.model, self.loss, self.metrics = model, model.loss, metrics
        self.layers, self.store = tuple(model.layers), model.store
        last = self.layers[-1]
        self.linked = (
            last.link is not None
            and last.link == self.loss.link
            and not self.loss.from_logits
            # That wants to see the output.
            and last.activity_regularizer is None
        )
        self.penalties = Penalties(self.layers, self.store)
        # The lowest layer that has something to train: no gradient goes below it.
        trained = (
            place
            for place, layer in enumerate(self.layers)
            if any(layer.trains(spec) for spec in layer.specs)
        )
        self.first_trained = next(trained, len(self.layers))
        self.work = Workspace()
        self.chains = {}
        # What `door.again` lets through.
        self.seen = None
        model.optimizer.build(self.store)
        self.reset()

    def fits(self, model):
        """Whether the model still is the one that this step was made for."""
        return self.store is model.store and self.store.owns(model.layers)

    def reset(self):
        """Forget the running loss and metrics."""
        self.loss_total = self.samples = 0.0
        for metric in self.metrics:
            metric.reset_state()

    def results(self):
        """The running loss and metrics, as floats by name, the loss first."""
        found = {"loss": self.loss_total / self.samples if self.samples else 0.0}
        for metric in self.metrics:
            found[metric.name] = metric.result()
        return found

    def train(self, x, y, weights=None, mask=None):
        """Train on one batch, in the layers' layout.

        `weights` (batch) or (time, batch) are factors of the losses, `mask` (time, batch)
        is that of x; None where there are none.
        """
        try:
            self._train(x, y, weights, mask)
        except BaseException:
            # A half-done backward pass must not leak into the next batch.
            self.store.clear_gradients()
            raise

    def _train(self, x, y, weights, given):
        chain = None if given is not None else self.chain(x)
        if chain is None:
            self._train_layers(x, y, weights, given)
        else:
            chain.forward(x)
            self.judge(chain.scores, y, chain.mask, chain.gradient, self.linked, weights)
            chain.backward(self.first_trained)
        self.penalties.add_gradients()
        self.model.optimizer.step()
        self.penalties.constrain()

    def chain(self, x):
        """The layers' kernels for batches of this shape, in a chain; None where one has
        none. A short last batch keeps its own."""
        if x.shape not in self.chains:
            if len(self.chains) > 1:
                self.chains.clear()
            self.chains[x.shape] = compiled.chain(self.layers, x, self.linked)
        return self.chains[x.shape]

    def _train_layers(self, x, y, weights, given):
        pulls, mask = [], given
        *below, last = self.penalties.begin()
        for layer in below:
            x, mask, pull = layer.forward(x, mask)
            if given is not None:
                mask, given = behind_first(self.layers[0], mask, given), None
            pulls.append(pull)
        run = last.forward_scores if self.linked else last.forward
        scores, mask, pull = run(x, mask)
        mask = behind_first(self.layers[-1], mask, given)
        pulls.append(pull)
        gradient = self.work.take("gradient", scores.dtype, *scores.shape)
        self.judge(scores, y, mask, gradient, self.linked, weights)
        for place in range(len(pulls) - 1, self.first_trained - 1, -1):
            gradient = pulls[place](gradient, place > self.first_trained)

    def test(self, x, y, weights=None, mask=None):
        """Add a batch to the running loss and metrics. See `train`."""
        given = mask
        for layer in self.penalties.begin():
            x, mask = layer.predict(x, mask)
            if given is not None:
                mask, given = behind_first(self.layers[0], mask, given), None
        self.judge(x, y, mask, None, False, weights)

    def judge(self, scores, y, mask, gradient, linked, given=None):
        """Loss, its gradient and the metrics of one batch; `given` are the users' weights."""
        rows = scores.reshape(-1, scores.shape[-1])
        samples = scores.shape[1] if scores.ndim > 2 else len(rows)
        targets = self.targets(scores, y)
        weights, count = None, len(rows)
        if mask is not None and scores.ndim > 2:
            weights = mask.reshape(-1).astype(scores.dtype)
            # Keras' mean over true steps; its epsilon keeps an empty batch at zero.
            count = float(weights.sum()) + 1e-7
        counted = weights
        if given is not None:
            # Keras' mean of what is weighted is over all rows: weights are not normalised.
            given = spread(given, scores.shape).astype(scores.dtype, copy=False)
            counted = np.ascontiguousarray(given if weights is None else weights * given)
        scale = self.loss.scale(count)
        flat = None if gradient is None else gradient.reshape(rows.shape)
        total = self.loss.total(rows, targets, counted, scale, flat, linked)
        self.loss_total += (total * scale + self.penalties.total()) * samples
        self.samples += samples
        if self.metrics:
            if linked:
                out = self.work.take("outputs", scores.dtype, *scores.shape)
                rows = activations.apply(self.loss.link, scores, out).reshape(rows.shape)
            for metric in self.metrics:
                metric.update_rows(targets, rows, weights)

    def targets(self, scores, y):
        """Targets as rows: (R, C), or (R) class numbers."""
        shape = scores.shape[:-1] if y.dtype == np.int32 else scores.shape
        # The kernels trust it, and a layer of the user's own may not keep its word.
        if y.shape != shape:
            fail(self.model.name, "the output", "have the shape that the last layer announced",
                 axes(scores.shape))  # fmt: skip
        return y.reshape(-1) if y.dtype == np.int32 else y.reshape(-1, scores.shape[-1])
