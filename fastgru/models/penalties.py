"""Regularisers and constraints of a model, for the training step."""


class Penalties:
    """What the layers of a model add to the loss, and what their weights are held to.

    Only weights that are trained count, as in Keras.
    """

    def __init__(self, layers, store):
        self.weights, self.held = [], []
        for layer in layers:
            for spec in layer.specs:
                if not layer.trains(spec):
                    continue
                values, gradient = layer.parameters[spec.name], layer.gradients[spec.name]
                if spec.regularizer is not None:
                    used = store.used[layer] if spec.sparse else None
                    self.weights.append((spec.regularizer, values, gradient, used))
                if spec.constraint is not None:
                    self.held.append((spec.constraint, values))
        self.layers = tuple(
            layer if layer.activity_regularizer is None else Watched(layer, self)
            for layer in layers
        )
        # Sum of the penalties on the outputs of the batch at hand.
        self.outputs = 0.0
        self._any = bool(self.weights or self.held or self.layers != tuple(layers))

    def __bool__(self):
        """Whether there are any."""
        return self._any

    def begin(self):
        """Start a batch; returns the layers to run it through."""
        self.outputs = 0.0
        return self.layers

    def total(self):
        """All penalties of the batch, behind its forward pass."""
        return self.outputs + sum(penalty(values) for penalty, values, _, _ in self.weights)

    def add_gradients(self):
        """Add the gradients of the penalties on weights."""
        for penalty, values, gradient, used in self.weights:
            gradient += penalty.gradient(values)
            if used is not None:
                # Every row of a table is penalised, not those of the batch alone.
                used.fill(1)

    def constrain(self):
        """Hold the weights to their constraints, behind the optimiser's step."""
        for constraint, values in self.held:
            values[...] = constraint(values)


class Watched:
    """A layer whose outputs are penalised, divided by the number of samples."""

    def __init__(self, layer, penalties):
        self.layer, self.penalty = layer, layer.activity_regularizer
        self.penalties = penalties

    def _add(self, y):
        samples = y.shape[1] if y.ndim > 2 else len(y)
        self.penalties.outputs += self.penalty(y) / samples
        return y.dtype.type(1 / samples)

    def forward(self, x, mask=None):
        y, mask, pull = self.layer.forward(x, mask)
        share = self._add(y)

        def backward(dy, want_dx=True):
            return pull(dy + self.penalty.gradient(y) * share, want_dx)

        return y, mask, backward

    def predict(self, x, mask=None):
        y, mask = self.layer.predict(x, mask)
        self._add(y)
        return y, mask
