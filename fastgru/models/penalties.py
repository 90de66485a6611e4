"""Regularisers and constraints of a model, for the training step."""

from fastgru.layers.watched import watched


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
        self.layers = tuple(map(watched, layers))
        #: Those with a penalty on their outputs, inside of others too.
        self.outputs = [one for layer in layers for one in layer.penalised()]
        self._any = bool(self.weights or self.held or self.outputs)

    def __bool__(self):
        """Whether there are any."""
        return self._any

    def each(self):
        """All penalties, those on outputs of the batch that was the last to go forward."""
        on_weights = (penalty(values) for penalty, values, _, _ in self.weights)
        return [float(penalty) for penalty in on_weights] + [
            layer.penalty for layer in self.outputs
        ]

    def total(self):
        """Their sum."""
        return sum(self.each())

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
