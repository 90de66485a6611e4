"""One batch through a model: forward, loss, backward, update."""

import numpy as np

from fastgru import activations
from fastgru._check import axes, fail
from fastgru._workspace import Workspace


class Step:
    """The training step of a compiled model, with its running loss and metrics.

    Where the last activation is the one whose logits the loss can take, the two are
    merged: the layer hands over its scores, and no gradient goes through p (1 - p).
    """

    def __init__(self, model, metrics):
        self.model, self.loss, self.metrics = model, model.loss, metrics
        self.layers, self.store = tuple(model.layers), model.store
        link = self.layers[-1].link
        self.linked = link is not None and link == self.loss.link and not self.loss.from_logits
        # The lowest layer that has something to train: no gradient goes below it.
        trained = (
            place
            for place, layer in enumerate(self.layers)
            if layer.trainable and any(spec.trained for spec in layer.specs)
        )
        self.first_trained = next(trained, len(self.layers))
        self.work = Workspace()
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

    def train(self, x, y):
        """Train on one batch, in the layers' layout."""
        try:
            self._train(x, y)
        except BaseException:
            # A half-done backward pass must not leak into the next batch.
            self.store.clear_gradients()
            raise

    def _train(self, x, y):
        pulls, mask = [], None
        for layer in self.layers[:-1]:
            x, mask, pull = layer.forward(x, mask)
            pulls.append(pull)
        last = self.layers[-1]
        run = last.forward_scores if self.linked else last.forward
        scores, mask, pull = run(x, mask)
        pulls.append(pull)
        gradient = self.work.take("gradient", scores.dtype, *scores.shape)
        self.judge(scores, y, mask, gradient, self.linked)
        for place in range(len(pulls) - 1, self.first_trained - 1, -1):
            gradient = pulls[place](gradient, place > self.first_trained)
        self.model.optimizer.step()

    def test(self, x, y):
        """Add a batch to the running loss and metrics."""
        scores, mask = self.model._run(x)
        self.judge(scores, y, mask, None, False)

    def judge(self, scores, y, mask, gradient, linked):
        """Loss, its gradient and the metrics of one batch."""
        rows = scores.reshape(-1, scores.shape[-1])
        samples = scores.shape[1] if scores.ndim > 2 else len(rows)
        targets = self.targets(scores, y)
        weights, count = None, len(rows)
        if mask is not None and scores.ndim > 2:
            weights = mask.reshape(-1).astype(scores.dtype)
            # Keras' mean over true steps; its epsilon keeps an empty batch at zero.
            count = float(weights.sum()) + 1e-7
        scale = self.loss.scale(count)
        flat = None if gradient is None else gradient.reshape(rows.shape)
        total = self.loss.total(rows, targets, weights, scale, flat, linked)
        self.loss_total += total * scale * samples
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
