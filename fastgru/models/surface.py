"""What is asked of a model by Keras' names: its parameters, its table, its ends, its masks."""

import dataclasses

import numpy as np

from fastgru._check import (
    as_array,
    as_arrays,
    check_flag,
    check_int,
    check_shape,
    fail,
    short,
)
from fastgru.layers.weighted import Variables
from fastgru.models.feeding import Samples


@dataclasses.dataclass(frozen=True)
class End:
    """What goes into a model or comes out of it; None in a shape is any size."""

    shape: tuple
    dtype: str
    name: str


class Surface(Variables):
    """The part of a model that answers, and changes no layer but its numbers."""

    @property
    def weights(self):
        """All parameters, layer by layer, as read-only views; `set_weights` changes them."""
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self):
        """Those of `weights` that training changes."""
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """Those of `weights` that training leaves alone."""
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    def get_weights(self):
        """Copies of all parameters, layer by layer, in Keras' order."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        """Replace all parameters; shapes must be those of `get_weights`."""
        if not self.built:
            raise RuntimeError(
                "set_weights: the model must be built before; got no input shape. "
                "Give the first layer an input_shape, or call build."
            )
        self._adopt()
        shapes = [spec.shape for layer in self.layers for spec in layer.specs]
        arrays = as_arrays("set_weights", "weights", weights, shapes)
        for layer in self.layers:
            layer.set_weights([arrays.pop(0) for _ in layer.specs])

    def count_params(self):
        """How many numbers the parameters are.

        Raises
        ------
        ValueError
            If the model is not built.
        """
        if not self.built:
            fail("count_params", "the model", "be built", "no input shape",
                 "Give the first layer an input_shape, or call build.")  # fmt: skip
        return sum(layer.count_params() for layer in self.layers)

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False,
                show_trainable=False, layer_range=None):  # fmt: skip
        """Print the layers, their output shapes and their numbers of parameters.

        Parameters
        ----------
        line_length : int, optional
            Width of the table; by default 88, or what the terminal has.
        positions : list of float, default [0.45, 0.8, 1.0]
            Where columns end, as shares of the width.
        print_fn : callable, optional
            Called with the text instead of printing it.
        expand_nested : bool, default False
            List the layers inside of layers too.
        show_trainable : bool, default False
            Add a column that says which layers are trained.
        layer_range : (str, str), optional
            Only the layers from one name to the other; names may be regular expressions.
        """
        from fastgru.models.summary import show

        if line_length is not None:
            line_length = check_int("summary", "line_length", line_length, 20)
            if line_length > 1000:
                fail("summary", "line_length", "be at most 1000", f"{line_length}")
        if not (print_fn is None or callable(print_fn)):
            fail("summary", "print_fn", "be callable", short(print_fn), kind=TypeError)
        expand_nested = check_flag("summary", "expand_nested", expand_nested)
        show_trainable = check_flag("summary", "show_trainable", show_trainable)
        show(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def _repr_html_(self):
        """What a notebook shows for the model."""
        from fastgru.models.notebook import html

        return html(self)

    @property
    def inputs(self):
        """A list with the one input: its shape, dtype and name."""
        self._need_built("inputs")
        given = self._input
        texts = given is not None and given.data_dtype == "string"
        name = given.name if given is not None else f"{self.layers[0].name}_input"
        return [End(self.input_shape, "string" if texts else self.dtype, name)]

    @property
    def input(self):
        """The entry of `inputs`."""
        return self.inputs[0]

    @property
    def outputs(self):
        """A list with the one output: its shape, dtype and name."""
        self._need_built("outputs")
        return [End(self.output_shape, self.dtype, self.layers[-1].name)]

    @property
    def output(self):
        """The entry of `outputs`."""
        return self.outputs[0]

    def _need_built(self, what):
        if not self.built:
            fail(what, "the model", "be built", "no input shape",
                 "Give the first layer an input_shape, or call build.",
                 kind=AttributeError)  # fmt: skip

    @property
    def dtype(self):
        """Of parameters and results: the layers'."""
        return self.layers[0].dtype if self.layers else "float32"

    @property
    def losses(self):
        """What regularisers add to the loss, see `Layer.losses`."""
        return [loss for layer in self.layers for loss in layer.losses]

    @property
    def metrics(self):
        """The metrics at work; none before the first training or evaluation."""
        return [] if self._step is None else list(self._step.metrics)

    def get_metrics_result(self):
        """The running loss and metrics, as floats by name."""
        return {} if self._step is None else self._step.results()

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of this shape, batch first; None is any size.

        Of several outputs, a tuple of their shapes.
        """
        for layer in self.layers[:-1]:
            input_shape = layer.shape_behind(input_shape)
        last = self.layers[-1:]
        return last[0].compute_output_shape(input_shape) if last else tuple(input_shape)

    def compute_mask(self, inputs, mask=None):
        """The mask behind the last layer, (batch, time) of bool, or None.

        Parameters
        ----------
        inputs : array-like
            A batch.
        mask : array-like of bool (batch, time), optional
            The one that comes with it.
        """
        x, _, _, given = Samples("compute_mask", self, inputs, with_y=False).whole()
        if mask is not None:
            mask = as_array("compute_mask", "mask", mask)
            check_shape("compute_mask", "mask", mask.shape, np.shape(inputs)[:2])
            given = np.ascontiguousarray(mask.astype(bool).T).view(np.uint8)
        found = self._run(x, given)[1]
        return None if found is None else found.T.astype(bool)

    def call(self, inputs, training=False):
        """As the call of the model."""
        return self(inputs, training=training)
