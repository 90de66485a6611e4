"""What scripts for Keras ask a model about: its ends, its variables, its masks."""

import dataclasses

import numpy as np

from fastgru._check import as_array, check_shape, fail
from fastgru.models.feeding import Samples


@dataclasses.dataclass(frozen=True)
class End:
    """What goes into a model or comes out of it; None in a shape is any size."""

    shape: tuple
    dtype: str
    name: str


class Surface:
    """The part of a model with names of Keras' that the rest of it does not need."""

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
    def variables(self):
        """As `weights`."""
        return self.weights

    @property
    def trainable_variables(self):
        """As `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self):
        """As `non_trainable_weights`."""
        return self.non_trainable_weights

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
        """The shape of the output for inputs of this shape, batch first; None is any size."""
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return tuple(input_shape)

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
