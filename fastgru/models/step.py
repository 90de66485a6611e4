"""One batch through a model: forward, loss, backward, update."""

import threading

import numpy as np

from fastgru import activations
from fastgru._check import axes, fail
from fastgru._workspace import Workspace
from fastgru.layers.layout import turn
from fastgru.layers.stack import leaves
from fastgru.models import compiled
from fastgru.models.lengths import behind_first
from fastgru.models.penalties import Penalties


class Step:
    """The training step of a compiled model, with its running loss and metrics.

    Where the last activation is the one whose logits the loss can take, the two are
    merged: the layer hands over its scores, and no gradient goes through p (1 - p).
    """

    def __init__(self, model, metrics, weighted=(), names=None):
        self.model, self.loss, self.loss_weight = model, model.loss, model.loss_weight
        # Weighted ones, behind the others, see sample weights.
        self.metrics = [*metrics, *weighted]
        self.unweighted = len(metrics)
        self.names = names or [metric.name for metric in self.metrics]
        self.layers, self.store = tuple(leaves(model.layers)), model.store
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
        self._turn = threading.Lock()
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

    def train(self, x, y, weights=None, mask=None):
        """Train on one batch, in the layers' layout.

        `weights` (batch) or (time, batch) are factors of the losses, `mask` (time, batch)
        is that of x; None where there are none.
        """
        # Threads that train one model take turns: a batch's arrays are the model's.
        with self._turn:
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
        if self.penalties:
            self.penalties.add_gradients()
        self.model.optimizer.step()
        if self.penalties:
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
        pulls, mask, cut = [], given, given is not None
        *below, last = self.penalties.layers
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
        self.judge(scores, y, mask, gradient, self.linked, weights, cut)
        for place in range(len(pulls) - 1, self.first_trained - 1, -1):
            gradient = pulls[place](gradient, place > self.first_trained)

    def test(self, x, y, weights=None, mask=None):
        """Add a batch to the running loss and metrics. See `train`."""
        given, cut = mask, mask is not None
        for layer in self.penalties.layers:
            x, mask = layer.predict(x, mask)
            if given is not None:
                mask, given = behind_first(self.layers[0], mask, given), None
        self.judge(x, y, mask, None, False, weights, cut)

    def judge(self, scores, y, mask, gradient, linked, sample_weight=None, cut=False):
        """Loss, its gradient and the metrics of one batch.

        Keras' means of metrics count a batch's samples, not its steps. Where the batch was
        `cut` to its longest sequence by us, that would depend on which ones it holds: then
        true steps count alike.


        Weights are (B), or (T, B) for each step.
        """
        loss = self.loss
        steps = scores.shape[0] if scores.ndim > 2 and not cut else 1
        samples = scores.shape[1] if scores.ndim > 2 else len(scores)
        if scores.ndim < 3:
            mask = None
        # The kernels trust it, and a layer of the user's own may not keep its word.
        if not loss.whole and y.shape != scores.shape[: -1 if loss.sparse else None]:
            fail(self.model.name, "the output", "have the shape that the last layer announced",
                 axes(scores.shape))  # fmt: skip
        value = loss.batch(scores, y, mask, sample_weight, gradient, linked)
        if self.loss_weight != 1:
            value *= self.loss_weight
            if gradient is not None:
                gradient *= gradient.dtype.type(self.loss_weight)
        if self.penalties:
            value += self.penalties.total()
        self.loss_total += value * samples
        self.samples += samples
        if not self.metrics:
            return
        if linked:
            out = self.work.take("outputs", scores.dtype, *scores.shape)
            scores = activations.apply(loss.link, scores, out)
        batch = None
        plain = scores.ndim < 3 and sample_weight is None and not loss.whole
        for place, metric in enumerate(self.metrics):
            if plain and metric.by_rows:
                # The usual batch, as it is.
                metric.update_rows(y, scores)
                continue
            batch = batch or _Batch(scores, y, mask, sample_weight, steps, loss.whole)
            batch.show(metric, place >= self.unweighted)


class _Batch:
    """Outputs, targets and weights of one batch, in the forms that metrics take."""

    def __init__(self, scores, y, mask, sample_weight, steps, whole):
        self.scores, self.y, self.steps, self.whole = scores, y, steps, whole
        self.mask, self.sample_weight = mask, sample_weight
        self.rows = scores if scores.ndim < 3 else scores.reshape(-1, scores.shape[-1])

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
        if self.scores.ndim > 2:
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
