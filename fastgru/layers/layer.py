"""What every layer has: a name, parameters, shapes, a configuration."""

import dataclasses
import math

import numpy as np

from fastgru import initializers
from fastgru._check import as_array, axes, check_dtype, check_flag, check_int, fail
from fastgru._names import snake_case, unique_name
from fastgru._parameters import Parameters
from fastgru._seed import new_generator
from fastgru._workspace import Workspace


@dataclasses.dataclass(frozen=True)
class Spec:
    """One parameter: what it is called, its shape, and where it starts."""

    name: str
    shape: tuple
    initializer: initializers.Initializer
    sparse: bool = False


class Layer:
    """Base of the layers.

    Below the door of a model, arrays of three axes or more are time-major, (time, batch,
    ...), and packed; arrays of two axes are (batch, features). A subclass says with
    `configure` what shapes it takes and gives, and does its work in `_forward` and
    `_predict`; one that has to do with masks has `forward` and `predict` of its own.

    Parameters
    ----------
    name : str, optional
        By default gru, gru_1, ... as in Keras.
    trainable : bool, default True
        Whether `fit` changes the parameters; read when the model is compiled.
    dtype : {"float32", "float64"}, optional
        Of parameters and results; float32 by default.
    input_shape : tuple, optional
        Shape of one sample, for the first layer of a model. `input_dim=n` is short for it,
        `batch_input_shape` and `batch_shape` give the batch's axis too.
    """

    #: Whether a mask that comes in goes on behind the layer.
    passes_mask = True
    #: The activation that a loss may take over, see `forward_scores`.
    link = None
    #: Whether the layer reads ids, (batch, time) integers, which are never turned.
    takes_ids = False
    #: Where the layer's variables lie inside its group of a Keras file.
    keras_path = "vars"

    def __init__(
        self,
        *,
        name=None,
        trainable=True,
        dtype=None,
        input_shape=None,
        input_dim=None,
        input_length=None,
        batch_input_shape=None,
        batch_shape=None,
    ):
        where = type(self).__name__
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            fail(where, "name", "be a word without a slash", f"{name!r}")
        self.name = name or unique_name(snake_case(where))
        self.trainable = check_flag(where, "trainable", trainable)
        self.dtype = check_dtype(where, "float32" if dtype is None else dtype)
        self.given_shape = _given_shape(
            where, input_shape, input_dim, input_length, batch_input_shape or batch_shape
        )
        self.built = False
        self.specs = ()
        self.parameters, self.gradients = {}, {}
        self.store = None
        self.work = Workspace()

    # What a subclass writes.

    def configure(self, input_shape):
        """Fix `specs` for this input shape (None where unknown) and return the output's."""
        return input_shape

    def _forward(self, x):
        """(y, backward) of a packed array; `backward(dy, want_dx)` returns dx or None."""
        raise NotImplementedError

    def _predict(self, x):
        """y of a packed array, keeping nothing."""
        raise NotImplementedError

    # How a model calls it.

    def forward(self, x, mask=None):
        """(y, mask behind the layer, backward), for training."""
        y, backward = self._forward(x)
        return y, mask if self.passes_mask else None, backward

    def predict(self, x, mask=None):
        """(y, mask behind the layer), keeping nothing."""
        return self._predict(x), mask if self.passes_mask else None

    def bind(self, store, parameters, gradients):
        """Take views into a store's flat arrays."""
        self.store, self.parameters, self.gradients = store, parameters, gradients

    def prepare(self, input_shape):
        """Learn the input shape (batch first); returns the output shape."""
        input_shape = tuple(input_shape)
        before = self.specs
        output_shape = tuple(self.configure(input_shape))
        if self.built and [spec.shape for spec in before] != [s.shape for s in self.specs]:
            self.specs = before
            fail(
                self.name, "its input", f"have the shape it was built for, {axes(self.input_shape)}",
                axes(input_shape),
            )  # fmt: skip
        self.input_shape, self.output_shape = input_shape, output_shape
        self.built = True
        return output_shape

    # What users call.

    def build(self, input_shape):
        """Make the parameters for inputs of this shape, batch first; None is any size."""
        self.prepare(input_shape)
        Parameters([self], self.dtype, new_generator())

    def __call__(self, x, mask=None, training=False, **kwargs):
        """The layer's output for one batch, (batch, ...) in and out.

        Parameters
        ----------
        x : array-like, (batch, ...)
        mask : array-like of bool, (batch, time), optional
            False means: skip this step.
        training : bool, default False
            Whether dropout is active.
        """
        x = as_array(self.name, "x", x)
        if self.store is None:
            self.build((None, *x.shape[1:]))
        else:
            self.configure((None, *x.shape[1:]))
        if not self.takes_ids:
            x = turn(x.astype(self.dtype, copy=False))
        if mask is not None:
            mask = np.ascontiguousarray(as_array(self.name, "mask", mask).astype(bool).T)
            mask = mask.view(np.uint8)
        run = self.forward if training else self.predict
        return np.array(turn(run(x, mask, **kwargs)[0]))

    @property
    def weights(self):
        """The parameters, in Keras' order, as views into the model's memory."""
        return [self.parameters[spec.name] for spec in self.specs if self.parameters]

    def get_weights(self):
        """Copies of the parameters, in Keras' order."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        """Replace the parameters.

        Parameters
        ----------
        weights : list of array-like
            As `get_weights` gives them.

        Raises
        ------
        ValueError
            If number or shapes differ; nothing has been changed then.
        """
        if not self.built:
            raise RuntimeError(
                f"{self.name}: the layer must be built before set_weights; got no input shape."
            )
        arrays = [as_array(self.name, "weights", weight) for weight in weights]
        shapes = [array.shape for array in arrays]
        wanted = [spec.shape for spec in self.specs]
        if shapes != wanted:
            fail(
                f"{self.name}.set_weights", "weights", f"have shapes {_listed(wanted)}",
                _listed(shapes),
            )  # fmt: skip
        for mine, theirs in zip(self.weights, arrays, strict=True):
            mine[...] = theirs

    def zero_gradients(self):
        """Set the layer's gradients to zero."""
        for gradient in self.gradients.values():
            gradient.fill(0)

    def count_params(self):
        """How many numbers the parameters are."""
        return sum(math.prod(spec.shape) for spec in self.specs)

    def get_config(self):
        """Keyword arguments that make this layer again, in Keras' words."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.given_shape is not None:
            config["batch_input_shape"] = self.given_shape
        return config

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _given_shape(where, input_shape, input_dim, input_length, batch_shape):
    """The input shape, batch first, from whichever of Keras' four ways was used."""
    if input_dim is not None:
        input_dim = check_int(where, "input_dim", input_dim, 1)
        input_shape = (input_dim,) if input_length is None else (input_length, input_dim)
    if isinstance(input_shape, (int, np.integer)):
        input_shape = (input_shape,)
    if batch_shape is None and input_shape is None:
        return None
    shape = tuple(batch_shape) if batch_shape is not None else (None, *input_shape)
    return tuple(
        None if size is None else check_int(where, "every size of the input shape", size, 1)
        for size in shape
    )


def _listed(shapes):
    return ", ".join(axes(shape) for shape in shapes) or "none"


def turn(x):
    """(batch, time, ...) to (time, batch, ...) or back, packed; two axes stay as they are."""
    return np.ascontiguousarray(x if x.ndim < 3 else x.swapaxes(0, 1))


def rows(x):
    """All axes but the last as one."""
    return x.reshape(-1, x.shape[-1])
