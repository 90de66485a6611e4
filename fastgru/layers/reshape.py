"""Other shapes for the same numbers."""

import math

import numpy as np

from fastgru._check import axes, check_int, check_shape, fail, short
from fastgru.layers.axes import check_room
from fastgru.layers.layer import Layer
from fastgru.layers.layout import turn


class _Rearranging(Layer):
    """Base of layers that move numbers of a sample; a mask ends here, as in Keras."""

    passes_mask = False

    def _check(self, x):
        outer = x.shape if x.ndim < 3 else (x.shape[1], x.shape[0], *x.shape[2:])
        check_room(self.name, self.configure(outer))

    def _forward(self, x):
        self._check(x)
        outer = turn(x)

        def backward(dy, want_dx=True):
            return turn(np.ascontiguousarray(self._back(turn(dy), outer.shape)))

        return turn(self._move(outer)), backward

    def _predict(self, x):
        self._check(x)
        return turn(self._move(turn(x)))


class Reshape(_Rearranging):
    """Each sample in another shape, its numbers in the order users see.

    Parameters
    ----------
    target_shape : tuple of int
        Without the batch's axis; one size may be -1, what is left.
    **layer
        See `Layer`.
    """

    starts_built = True

    def __init__(self, target_shape, **layer):
        super().__init__(**layer)
        what, sizes = "target_shape", target_shape
        if not isinstance(sizes, (list, tuple)):
            fail("Reshape", what, "be a tuple of integers", short(sizes), kind=TypeError)
        self.target_shape = tuple(
            check_int("Reshape", f"every size of {what}", size, -1) for size in sizes
        )
        if 0 in self.target_shape or self.target_shape.count(-1) > 1:
            rule = "have sizes of at least 1, and -1 once at most"
            fail("Reshape", what, rule, axes(self.target_shape))

    def configure(self, input_shape):
        inner, known = input_shape[1:], math.prod(abs(size) for size in self.target_shape)
        if None in inner:
            return (input_shape[0], *(None if n == -1 else n for n in self.target_shape))
        rest, left = divmod(math.prod(inner), known)
        if left or not rest or (-1 not in self.target_shape and rest > 1):
            rule = f"fit into {axes(self.target_shape)}"
            fail(self.name, "the shape of a sample", rule, axes(inner))
        return (input_shape[0], *(rest if n == -1 else n for n in self.target_shape))

    def _move(self, x):
        return x.reshape(self.configure(x.shape))

    def _back(self, dy, shape):
        return dy.reshape(shape)

    def get_config(self):
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(_Rearranging):
    """The axes of each sample in another order.

    Parameters
    ----------
    dims : tuple of int
        Which axis of the input each axis of the output is, from 1: (2, 1) exchanges steps
        and features.
    **layer
        See `Layer`.
    """

    def __init__(self, dims, **layer):
        super().__init__(**layer)
        if not isinstance(dims, (list, tuple)):
            fail("Permute", "dims", "be a tuple of integers", short(dims), kind=TypeError)
        self.dims = tuple(check_int("Permute", "every number in dims", one) for one in dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            rule = f"hold each of 1 to {len(self.dims)} once"
            fail("Permute", "dims", rule, axes(self.dims))

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", *["any"] * len(self.dims)))
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def _move(self, x):
        return x.transpose(0, *self.dims)

    def _back(self, dy, shape):
        return dy.transpose(np.argsort((0, *self.dims)))

    def get_config(self):
        return {**super().get_config(), "dims": self.dims}
