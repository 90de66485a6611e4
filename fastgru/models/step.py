"""One batch through a model: forward, loss, backward, update."""

import numpy as np

from fastgru import activations
from fastgru._check import axes, fail
from fastgru._workspace import Workspace
from fastgru.layers.layer import turn


class Step:
    """The training step of a compiled model, with its running loss and metrics.

    Where the last activation is the one whose logits the loss can take, the two are
    merged: the layer hands over its scores, and no gradient goes through p (1 - p).
    """

    def __init__(self, model, metrics, weighted=(), names=None):
        self.model, self.loss = model, model.loss
        # Weighted ones, behind the others, see sample weights.
        self.metrics = [*metrics, *weighted]
        self.unweighted = len(metrics)
        self.names = names or [metric.name for metric in self.metrics]
        self.layers, self.store = tuple(model.layers), model.store
        link = self.layers[-1].link
        self.linked = link is not None and link == self.loss.link and not self.loss.from_logits
        # The lowest layer that has something to train: no gradient goes below it.
        trained = (i for i, layer in enumerate(self.layers) if layer.specs and layer.trainable)
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
        for name, metric in zip(self.names, self.metrics, strict=True):
            result = metric.result()
            if isinstance(result, dict):
                found |= result
            else:
                found[name] = result if np.ndim(result) else float(result)
        return found

    def train(self, x, y, sample_weight=None):
        """Train on one batch, in the layers' layout."""
        try:
            self._train(x, y, sample_weight)
        except BaseException:
            # A half-done backward pass must not leak into the next batch.
            self.store.clear_gradients()
            raise

    def _train(self, x, y, sample_weight):
        pulls, mask = [], None
        for layer in self.layers[:-1]:
            x, mask, pull = layer.forward(x, mask)
            pulls.append(pull)
        last = self.layers[-1]
        run = last.forward_scores if self.linked else last.forward
        scores, mask, pull = run(x, mask)
        pulls.append(pull)
        gradient = self.work.take("gradient", scores.dtype, *scores.shape)
        self.judge(scores, y, mask, gradient, self.linked, sample_weight)
        for place in range(len(pulls) - 1, self.first_trained - 1, -1):
            gradient = pulls[place](gradient, place > self.first_trained)
        self.model.optimizer.step()

    def test(self, x, y, sample_weight=None):
        """Add a batch to the running loss and metrics."""
        scores, mask = self.model._run(x)
        self.judge(scores, y, mask, None, False, sample_weight)

    def judge(self, scores, y, mask, gradient, linked, sample_weight=None):
        """Loss, its gradient and the metrics of one batch.

        Weights are (B), or (T, B) for each step.
        """
        loss = self.loss
        steps = scores.shape[0] if scores.ndim > 2 else 1
        samples = scores.shape[1] if scores.ndim > 2 else len(scores)
        if scores.ndim < 3:
            mask = None
        # The kernels trust it, and a layer of the user's own may not keep its word.
        if not loss.whole and y.shape != scores.shape[: -1 if loss.sparse else None]:
            fail(self.model.name, "the output", "have the shape that the last layer announced",
                 axes(scores.shape))  # fmt: skip
        value = loss.batch(scores, y, mask, sample_weight, gradient, linked)
        self.loss_total += value * samples
        self.samples += samples
        if not self.metrics:
            return
        if linked:
            out = self.work.take("outputs", scores.dtype, *scores.shape)
            scores = activations.apply(loss.link, scores, out)
        batch = _Batch(scores, y, mask, sample_weight, steps, loss.whole)
        for place, metric in enumerate(self.metrics):
            batch.show(metric, place >= self.unweighted)


class _Batch:
    """Outputs, targets and weights of one batch, in the forms that metrics take."""

    def __init__(self, scores, y, mask, sample_weight, steps, whole):
        self.scores, self.y, self.steps, self.whole = scores, y, steps, whole
        self.mask, self.sample_weight = mask, sample_weight
        self.rows = scores.reshape(-1, scores.shape[-1])

    def show(self, metric, weighted):
        """Add the batch to a metric."""
        weights = self._weights(metric.sees_mask, weighted and self.sample_weight is not None)
        if not metric.by_rows:
            # As users see arrays: batch first.
            weights = weights.T if weights is not None and weights.ndim > 1 else weights
            y = self.y if self.whole else turn(self.y) if self.scores.ndim > 2 else self.y
            y_pred = turn(self.scores)
            metric.update_state(y, y_pred, sample_weight=weights)
            return
        y = self.y.swapaxes(0, 1) if self.whole and self.scores.ndim > 2 else self.y
        y = y.reshape(-1) if y.ndim < self.scores.ndim else y.reshape(self.rows.shape)
        if weights is not None:
            weights = np.broadcast_to(weights, self.scores.shape[:-1]).reshape(-1)
        metric.update_rows(y, self.rows, weights, self.steps)

    def _weights(self, masked, weighted):
        """The mask, the sample weights or both, (B) or (T, B); None where all count alike."""
        mask = None if self.mask is None or not masked else self.mask.astype(self.rows.dtype)
        if not weighted:
            return mask
        return self.sample_weight if mask is None else mask * self.sample_weight
