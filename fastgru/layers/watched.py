"""Penalties on the outputs of layers."""


class Watched:
    """A layer whose outputs are penalised, divided by the number of samples.

    It runs as the layer does, and leaves the penalty of its pass in the layer's `penalty`.
    Of several outputs each is penalised, as Keras does it.
    """

    def __init__(self, layer):
        self.layer, self.rule = layer, layer.activity_regularizer

    def _judge(self, y):
        parts = y if isinstance(y, tuple) else (y,)
        found = [self.rule(part) / _samples(part) for part in parts]
        self.layer.penalty = float(sum(found))

    def _slope(self, y, dy):
        slope = self.rule.gradient(y) * y.dtype.type(1 / _samples(y))
        return slope if dy is None else dy + slope

    def forward(self, x, mask=None, **states):
        y, mask, pull = self.layer.forward(x, mask, **states)
        self._judge(y)

        def backward(dy, want_dx=True):
            if isinstance(y, tuple):
                return pull(tuple(map(self._slope, y, dy)), want_dx)
            return pull(self._slope(y, dy), want_dx)

        return y, mask, backward

    def predict(self, x, mask=None, **states):
        y, mask = self.layer.predict(x, mask, **states)
        self._judge(y)
        return y, mask


def watched(layer):
    """The layer itself where it has no such penalty."""
    return layer if layer.activity_regularizer is None else Watched(layer)


def _samples(y):
    return max(1, y.shape[1] if y.ndim > 2 else len(y))
