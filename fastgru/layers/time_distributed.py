"""A layer on each step of a sequence by itself."""

import numpy as np

from fastgru._check import axes, check_default, fail, short
from fastgru.layers.layer import Layer
from fastgru.layers.layout import turn
from fastgru.layers.nest import Nest, describe, revived


class TimeDistributed(Nest):
    """The same layer, with the same weights, on every step of the input.

    Parameters
    ----------
    layer : Layer or Sequential
        What to do with one step, (batch, ...).
    **rest
        See `Layer`.

    Input (batch, time, ...), output (batch, time, ...). A mask goes on behind the layer;
    the inner one sees it only if it is a `BatchNormalization` of vectors, as in Keras. As
    there, an `activity_regularizer` counts if it is this layer's, and not if the inner one's.
    """

    def __init__(self, layer, **rest):
        if hasattr(layer, "as_layer"):
            layer = layer.as_layer()
        if not isinstance(layer, Layer):
            hint = f"Write {layer.__name__}(...)." if isinstance(layer, type) else ""
            fail("TimeDistributed", "layer", "be a layer of fastgru.layers", short(layer), hint,
                 kind=TypeError)  # fmt: skip
        if layer.takes_text:
            fail("TimeDistributed", "layer", "not read texts", short(layer))
        self.layer = None
        super().__init__(**{"dtype": layer.dtype, **rest})
        if self.dtype != layer.dtype:
            rule = f"be that of the inner layer, {layer.dtype}"
            fail("TimeDistributed", "dtype", rule, self.dtype)
        inside = [one.name for one in layer.penalised() if one is not layer]
        if inside:
            fail("TimeDistributed", "layers inside of the inner layer",
                 "have no activity_regularizer", f"that of {inside[0]}")  # fmt: skip
        if layer.outputs > 1:
            fail("TimeDistributed", "layer", "give one array", f"{layer.outputs}")
        check_default("TimeDistributed", stateful=(getattr(layer, "stateful", False), False))
        self.layer = layer

    def penalised(self):
        return [self] if self.activity_regularizer is not None else []

    def children(self):
        return [("layer", self.layer)] if self.layer is not None else []

    def nested(self):
        return {"layer": self.layer}

    @property
    def takes_ids(self):
        return self.layer.takes_ids

    def as_ids(self, x, where=None):
        """See `Embedding.as_ids`."""
        return self.layer.as_ids(x, where)

    def bind(self, store, parameters, gradients):
        if self in store.used:
            store.used[self.layer] = store.used[self]
        super().bind(store, parameters, gradients)

    def configure(self, input_shape):
        if len(input_shape) < 3:
            rule = "have axes of batch and time and one more"
            fail(self.name, "its input", rule, axes(input_shape))
        inner = self.layer.prepare((None, *input_shape[2:]))
        self._gather()
        return (*input_shape[:2], *inner[1:])

    def _merge(self, x):
        """(time, batch, ...) as one batch for the inner layer, in its layout."""
        x = x.reshape(-1, *x.shape[2:])
        return x if self.takes_ids else turn(x)

    def _steps(self, x):
        return x.swapaxes(0, 1) if self.takes_ids else x

    def forward(self, x, mask=None):
        x = self._steps(x)
        T, B = x.shape[:2]
        if self.layer.mixes_samples:
            y, backward = self._step_by_step(x, mask)
        else:
            y, _, backward = self.layer.forward(self._merge(x))
        y = turn(y)

        def of_input(dy, want_dx=True):
            dx = backward(turn(dy.reshape(T * B, *dy.shape[2:])), want_dx)
            return None if dx is None else turn(dx).reshape(x.shape)

        return y.reshape(T, B, *y.shape[1:]), mask, of_input

    def _step_by_step(self, x, mask):
        """As the inner layer's `forward` for the merged batch, one step after another."""
        masks = [None] * len(x) if mask is None or x.ndim > 3 else mask
        runs = [self.layer.forward(turn(one), its) for one, its in zip(x, masks, strict=True)]

        def backward(dy, want_dx):
            parts = np.split(turn(dy), len(x))
            found = [run[2](turn(part), want_dx) for run, part in zip(runs, parts, strict=True)]
            return turn(np.concatenate([turn(dx) for dx in found])) if want_dx else None

        return turn(np.concatenate([turn(run[0]) for run in runs])), backward

    def predict(self, x, mask=None):
        x = self._steps(x)
        T, B = x.shape[:2]
        y = turn(self.layer.predict(self._merge(x), None)[0])
        return y.reshape(T, B, *y.shape[1:]), mask

    def get_config(self):
        return {**super().get_config(), "layer": describe(self.layer)}

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`; the inner layer may be there already."""
        from fastgru.layers import CLASSES

        inner = revived(config["layer"], CLASSES, "TimeDistributed", "layer")
        return cls(**{**config, "layer": inner})
