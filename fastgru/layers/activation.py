"""An activation as a layer of its own."""

from fastgru import activations
from fastgru.layers.layer import Layer


class Activation(Layer):
    """y = act(x), elementwise; softmax, log_softmax and sparsemax over the last axis.

    Parameters
    ----------
    activation : str or function of `fastgru.activations`
    **layer
        See `Layer`.
    """

    starts_built = True

    def __init__(self, activation, **layer):
        super().__init__(**layer)
        self.activation = activations.resolve(activation, "Activation")

    @property
    def link(self):
        return self.activation if self.activation in ("sigmoid", "softmax") else None

    def forward_scores(self, x, mask=None):
        """`forward` without the activation, for a loss that takes it over."""
        return x, mask, lambda dy, want_dx=True: dy

    def _forward(self, x):
        turn = self.work.begin()
        y = activations.apply(self.activation, x, self.work.take("y", x.dtype, *x.shape))

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            dx = self.work.take("dx", x.dtype, *x.shape)
            return activations.backward(self.activation, x, y, dy, dx)

        return y, backward

    def _predict(self, x):
        return activations.apply(self.activation, x, self.scratch.take("y", x.dtype, *x.shape))

    def enlist(self, program):
        return activations.enlist(self.activation, program)

    def get_config(self):
        return {**super().get_config(), "activation": self.activation}
