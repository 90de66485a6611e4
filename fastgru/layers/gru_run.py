"""A training or prediction pass of a GRU with states or dropout, through the kernels."""

import numpy as np

from fastgru.layers.gru_pass import GRUPass


class KernelRun:
    """`GRUPass` or the layer's bound pass, as `Recurrent` calls a pass.

    factor: (1, B, I), dropout's factors of the input, or None
    """

    def __init__(self, layer, x, mask, states, factor, keep):
        self.layer, self.factor = layer, factor
        work = layer.work if keep else layer.scratch
        if factor is not None:
            x = np.multiply(x, factor, out=work.take("dropped", x.dtype, *x.shape))
        self.bound = None
        # A bound pass has no mask, begins with zeros, and takes one gradient for both of a
        # sequence and its end.
        two = layer.return_state and layer.return_sequences
        if keep and mask is None and states is None and not two and 0 not in x.shape:
            self.bound = layer._bound(x.shape)
            if layer.go_backwards:
                turned = work.take("turned", x.dtype, *x.shape)
                np.copyto(turned, x[::-1])
                x = turned
            self.x = x
        else:
            self.run = GRUPass(layer, x, mask, states and states[0], keep)

    def forward(self):
        """y, and `finals` for the asking."""
        if self.bound is None:
            y = self.run.forward()
            if self.layer.return_state or self.layer.stateful:
                self.finals = [self.run.final_state]
            return y
        y = self.bound.forward(self.x)
        self.finals = [y[-1] if self.layer.return_sequences else y]
        return y

    def backward(self, dy, want_dx, dfinals):
        """(dx or None, gradients of the first states)."""
        dfinal = dfinals[0] if self.layer.return_state else None
        if self.bound is None:
            dx, dh = self.run.backward(dy, want_dx, dfinal)
        else:
            dy = dy if dfinal is None else dy + dfinal
            dx, dh = self.bound.backward(dy, want_dx), None
            if want_dx and self.layer.go_backwards:
                dx = np.ascontiguousarray(dx[::-1])
        if want_dx and self.factor is not None:
            dx = dx * self.factor
        return dx, [dh]
