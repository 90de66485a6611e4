"""What scripts for Keras ask a model about: its ends, its variables, its form as JSON."""

import dataclasses
import json

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

    def to_json(self, **options):
        """The architecture as JSON, in Keras' form, for `models.model_from_json`.

        Parameters
        ----------
        **options
            Of `json.dumps`.
        """
        found = {
            "module": "keras", "class_name": "Sequential", "config": self.get_config(),
            "registered_name": None,
        }  # fmt: skip
        if self.built:
            found["build_config"] = {"input_shape": list(self.input_shape)}
        return json.dumps(found, **options)


def model_from_json(json_string, custom_objects=None):
    """A model from what `to_json` gives; weights are drawn anew.

    Parameters
    ----------
    json_string : str
    custom_objects
        Accepted for Keras' scripts; classes come from closed tables.
    """
    from fastgru.models.sequential import Sequential

    where = "model_from_json"
    if not isinstance(json_string, str):
        fail(where, "json_string", "be text", type(json_string).__name__, kind=TypeError)
    try:
        found = json.loads(json_string)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("class_name") != "Sequential":
        fail(where, "json_string", "be what to_json gives", "another text")
    return Sequential.from_config(found.get("config"))


def clone_model(model, input_tensors=None, clone_function=None, call_function=None,
                recursive=False):  # fmt: skip
    """A new model of the same layers; weights are drawn anew, and it is not compiled.

    Parameters
    ----------
    model : Sequential
    clone_function : callable, optional
        Gives the new layer for each layer; by default one of the same configuration.
    input_tensors, call_function, recursive
        Accepted for Keras' scripts at their defaults.
    """
    from fastgru._check import check_default
    from fastgru.models.sequential import Sequential

    if not isinstance(model, Sequential):
        fail("clone_model", "model", "be a Sequential", type(model).__name__, kind=TypeError)
    check_default(
        "clone_model", input_tensors=(input_tensors, None),
        call_function=(call_function, None), recursive=(recursive, False),
    )  # fmt: skip
    layers = [(clone_function or _again)(layer) for layer in model.layers]
    first = [] if model._input is None else [_again(model._input)]
    copy = Sequential([*first, *layers], model.trainable, model.name)
    if model.built and not copy.built:
        copy.build(model.input_shape)
    return copy


def _again(layer):
    return layer.again()
