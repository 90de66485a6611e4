"""What every layer has: a name, parameters, shapes, a configuration."""

from fastgru import regularizers
from fastgru._check import (
    MOST_ROWS,
    axes,
    check_dtype,
    check_flag,
    check_input_shape,
    check_name,
    fail,
    refuse_keywords,
)
from fastgru._names import parents, snake_case, unique_name
from fastgru._workspace import Workspace
from fastgru.layers.called import Called
from fastgru.layers.rules import Ruled
from fastgru.layers.settled import Settled
from fastgru.layers.weighted import Weighted


class Layer(Settled, Called, Ruled, Weighted):
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
    activity_regularizer : str or Regularizer, optional
        Penalty on the output, divided by the number of samples, that is added to the loss.
    input_shape : tuple, optional
        Shape of one sample, for the first layer of a model. `input_dim=n` is short for it,
        `batch_input_shape` and `batch_shape` give the batch's axis too.
    autocast
        Accepted for Keras' scripts; inputs always get the layer's dtype.

    A parameter is an attribute too, a read-only view: `dense.kernel`, `gru.bias`.
    """

    #: Whether a mask that comes in goes on behind the layer.
    passes_mask = True
    #: Whether, in training, a sample's output depends on the other samples.
    mixes_samples = False
    #: The activation that a loss may take over, see `forward_scores`.
    link = None
    #: What Keras' constructor does not take, and files do not have.
    not_in_files = ("batch_input_shape",)
    #: Whether the layer reads ids, (batch, time) integers, which are never turned.
    takes_ids = False
    #: Whether it gives such ids, and whether it reads texts, which the door turns into rows.
    gives_ids = takes_text = False
    #: The module of Keras that has the class.
    keras_module = "keras.layers"
    #: Whether Keras' layer is built from the start, having no weights: `summary` says so.
    starts_built = False
    #: How many arrays the layer gives: several are a tuple.
    outputs = 1
    #: Attributes that a batch leaves for the next one, and a resumed training needs.
    kept = ()
    #: Where the layer's variables lie inside its group of a Keras file.
    keras_path = "vars"

    def __init__(
        self,
        *,
        name=None,
        trainable=True,
        dtype=None,
        activity_regularizer=None,
        input_shape=None,
        input_dim=None,
        input_length=None,
        batch_input_shape=None,
        batch_shape=None,
        autocast=True,
        **unknown,
    ):
        where = type(self).__name__
        bases = [base for base in type(self).__mro__ if issubclass(base, Layer)]
        refuse_keywords(where, unknown, *bases[::-1])
        self.name = check_name(where, name) or unique_name(snake_case(where))
        self.trainable = check_flag(where, "trainable", trainable)
        self.dtype = check_dtype(where, "float32" if dtype is None else dtype)
        self.activity_regularizer = regularizers.get(
            activity_regularizer, where, "activity_regularizer"
        )
        #: What the regulariser says of the outputs of the last pass of a training.
        self.penalty = 0.0
        self.given_shape = check_input_shape(
            where, input_shape, input_dim, input_length, batch_input_shape or batch_shape
        )
        self.built = False
        self.input_shape = self.output_shape = None
        self.specs = ()
        self.parameters, self.gradients = {}, {}
        self.store = None
        # Memory of passes that go backward later, and of those that do not.
        self.work, self.scratch = Workspace(), Workspace()

    # What a subclass writes.

    def configure(self, input_shape):
        """Fix `specs` for this input shape (None where unknown) and return the output's."""
        return input_shape

    def _forward(self, x):
        """(y, backward) of a packed array; `backward(dy, want_dx)` returns dx or None."""
        raise NotImplementedError(f"{self.name}: a layer must have a _forward; got none.")

    def _predict(self, x):
        """y of a packed array, keeping nothing."""
        raise NotImplementedError(f"{self.name}: a layer must have a _predict; got none.")

    def enlist(self, program):
        """Add the layer's prediction to a compiled program; False where that cannot be."""
        return False

    def stage(self, shape, mask=None, scores=False):
        """(kernels.stage.Stage, outputs, mask) for training on inputs of this shape, or None.

        Outputs and mask are the arrays that the stage leaves them in at every batch; `mask`
        is the one that comes with its inputs. With `scores` outputs are without the
        activation. Where a layer has no stage, `forward` is called.
        """
        return

    # Layers made of others, see `nest`.

    def variable_paths(self):
        """Where each parameter lies inside the layer's group of a Keras file."""
        return [f"{self.keras_path}/{number}" for number in range(len(self.specs))]

    def variable_groups(self):
        """The groups there that hold such, or others that do."""
        return parents(self.keras_path)

    def nested(self):
        """Layers, and lists of layers, that the configuration tells of, by their key."""
        return {}

    def penalised(self):
        """The layers in it whose `penalty` counts, itself among them."""
        return [] if self.activity_regularizer is None else [self]

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
        output_shape = self._fit(input_shape)
        self.input_shape, self.output_shape = input_shape, output_shape
        self.built = True
        return output_shape

    def _fit(self, input_shape):
        """The output shape; refuses an input shape that needs other parameters."""
        before = self.specs
        output_shape = tuple(self.configure(input_shape))
        if self.built and [spec.shape for spec in before] != [s.shape for s in self.specs]:
            self.specs = before
            fail(
                self.name, "its input", f"have the shape it was built for, {axes(self.input_shape)}",
                axes(input_shape),
            )  # fmt: skip
        for spec in self.specs:
            # BLAS counts rows and columns in 32 bits.
            if max(spec.shape, default=0) > MOST_ROWS:
                rule = f"have axes of at most {MOST_ROWS}"
                fail(self.name, f"its {spec.name}", rule, axes(spec.shape))
        return output_shape

    def get_config(self):
        """Keyword arguments that make this layer again, in Keras' words."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if self.given_shape is not None:
            config["batch_input_shape"] = self.given_shape
        config |= self.rules_config()
        return config

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`."""
        return cls(**config)

    def again(self, **changed):
        """A new layer of the same configuration, but for what is changed."""
        config = {**self.get_config(), **changed}
        for key, held in self.nested().items():
            if key not in changed:
                several = isinstance(held, list)
                config[key] = [one.again() for one in held] if several else held.again()
        return type(self).from_config(config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
