"""What layers with a kernel, a bias and an activation behind them have in common."""

from fastgru import activations
from fastgru._blas_threads import one_blas_thread
from fastgru._check import check_flag
from fastgru.kernels.dense import uses_blas
from fastgru.layers.layer import Layer


class Affine(Layer):
    """Base of layers with y = act(a), where a is affine in x.

    A subclass has `_scores(x)`, which returns (a, backward), and `_affine(x)`, which
    returns a and keeps nothing.
    """

    def __init__(
        self, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, kernel_constraint, bias_constraint, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        where = type(self).__name__
        self.activation = activations.resolve(activation, where)
        self.use_bias = check_flag(where, "use_bias", use_bias)
        self.rules("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.rules("bias", bias_initializer, bias_regularizer, bias_constraint)

    def weights_of(self, kernel, outputs):
        """The specs of a kernel of this shape and of its bias."""
        bias = (self.spec("bias", (outputs,)),) if self.use_bias else ()
        return (self.spec("kernel", kernel), *bias)

    @property
    def link(self):
        return self.activation if self.activation in ("sigmoid", "softmax") else None

    def forward_scores(self, x, mask=None):
        """`forward` without the activation, for a loss that takes it over."""
        a, backward = self._scores(x)
        return a, mask if self.passes_mask else None, backward

    def _forward(self, x):
        a, affine_backward = self._scores(x)
        if self.activation == "linear":
            return a, affine_backward
        keep = activations.needs_input(self.activation)
        y = activations.apply(
            self.activation, a, self.work.take("y", x.dtype, *a.shape) if keep else a
        )

        def backward(dy, want_dx=True):
            da = self.work.take("da", x.dtype, *a.shape)
            activations.backward(self.activation, a, y, dy, da)
            return affine_backward(da, want_dx)

        return y, backward

    def _predict(self, x):
        y = self._affine(x)
        return y if self.activation == "linear" else activations.apply(self.activation, y, y)

    def get_config(self):
        return {
            **super().get_config(),
            "activation": self.activation,
            "use_bias": self.use_bias,
        }


def run(kernel, x, W, *rest):
    """Call a kernel, with BLAS at one thread where it is in it."""
    if not uses_blas(len(x), *W.shape):
        kernel(x, W, *rest)
        return
    with one_blas_thread():
        kernel(x, W, *rest)
