"""The shape of a model's input, as a layer without work."""

import numpy as np

from fastgru._check import check_default, check_int, check_sizes, fail, short
from fastgru.layers.layer import Layer


class InputLayer(Layer):
    """Says what a model is fed; `Sequential.layers` does not list it.

    Parameters
    ----------
    shape : tuple, optional
        Shape of one sample; None where any size goes.
    batch_size : int, optional
        Recorded, not enforced.
    batch_shape : tuple, optional
        `(batch_size, *shape)` in one.
    dtype : str, optional
        Of the data; any numeric dtype is taken anyway. "string" for texts.
    sparse, ragged, input_tensor, optional
        Taken at their defaults only.
    name : str, optional
    input_shape, batch_input_shape
        Older names of `shape` and `batch_shape`.
    """

    def __init__(
        self, shape=None, batch_size=None, dtype=None, sparse=None, ragged=None,
        batch_shape=None, input_tensor=None, optional=False, name=None,
        input_shape=None, batch_input_shape=None,
    ):  # fmt: skip
        _check_unknown("InputLayer", sparse, ragged, optional, input_tensor=input_tensor)
        shape = input_shape if shape is None else shape
        batch_shape = batch_input_shape if batch_shape is None else batch_shape
        if shape is None and batch_shape is None:
            fail("InputLayer", "shape", "be given", "None", kind=TypeError)
        if batch_shape is None and batch_size is not None:
            batch_size = check_int("InputLayer", "batch_size", batch_size, 1)
            batch_shape = (batch_size, *check_sizes("InputLayer", "the input shape", shape))
        super().__init__(name=name, input_shape=shape, batch_shape=batch_shape)
        try:
            texts = dtype is str or (isinstance(dtype, str) and dtype == "string")
            self.data_dtype = "string" if texts else np.dtype(dtype or "float32").name
        except TypeError:
            fail("InputLayer", "dtype", "be a numeric dtype", short(dtype), kind=TypeError)
        self.prepare(self.given_shape)

    def _forward(self, x):
        return x, lambda dy, want_dx=True: dy

    def _predict(self, x):
        return x

    def get_config(self):
        return {"batch_shape": self.given_shape, "dtype": self.data_dtype, "name": self.name}


def Input(shape=None, batch_size=None, dtype=None, sparse=None, ragged=None,
          batch_shape=None, name=None, tensor=None, optional=False):  # fmt: skip
    """The first entry of a Sequential model: what it is fed. See `InputLayer`.

    `sparse`, `ragged`, `tensor` and `optional` are taken at their defaults only.
    """
    _check_unknown("Input", sparse, ragged, optional, tensor=tensor)
    return InputLayer(shape, batch_size, dtype, batch_shape=batch_shape, name=name)


def _check_unknown(where, sparse, ragged, optional, **tensor):
    ((what, given),) = tensor.items()
    check_default(
        where, sparse=(sparse or None, None), ragged=(ragged or None, None),
        **{what: (given, None)}, optional=(optional, False),
    )  # fmt: skip
