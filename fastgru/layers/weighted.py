"""A layer's parameters as its users see them, by Keras' names."""

import math

from fastgru._check import as_arrays


class Variables:
    """Other names of Keras' for the weights of a layer or a model."""

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


class Weighted(Variables):
    """The part of a layer that shows its parameters and takes others."""

    @property
    def weights(self):
        """The parameters, in Keras' order, as read-only views; `set_weights` changes them."""
        views = [self.parameters[spec.name].view() for spec in self.specs if self.parameters]
        for view in views:
            view.flags.writeable = False
        return views

    def trains(self, spec):
        """Whether training changes the parameter of this `Spec`."""
        return self.trainable and spec.trainable

    @property
    def trainable_weights(self):
        """Those of `weights` that training changes."""
        return self._weights_that(True)

    @property
    def non_trainable_weights(self):
        """Those of `weights` that training leaves alone."""
        return self._weights_that(False)

    def _weights_that(self, train):
        pairs = zip(self.specs, self.weights, strict=False)
        return [weight for spec, weight in pairs if self.trains(spec) is train]

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
        shapes = [spec.shape for spec in self.specs]
        arrays = as_arrays(f"{self.name}.set_weights", "weights", weights, shapes)
        for spec, array in zip(self.specs, arrays, strict=True):
            self.parameters[spec.name][...] = array
        self.store.version += 1

    def zero_gradients(self):
        """Set the layer's gradients to zero."""
        for gradient in self.gradients.values():
            gradient.fill(0)

    def __getattr__(self, name):
        # Only where there is no such attribute.
        found = vars(self).get("parameters", {}).get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        view = found.view()
        view.flags.writeable = False
        return view

    @property
    def losses(self):
        """What regularisers add to the loss: those of outputs, as the last batch of a
        training or evaluation left them, and those of weights that are trained."""
        on_outputs = [layer.penalty for layer in self.penalised()]
        return on_outputs + [
            float(spec.regularizer(self.parameters[spec.name]))
            for spec in self.specs
            if spec.regularizer is not None and self.parameters and self.trains(spec)
        ]

    def count_params(self):
        """How many numbers the parameters are."""
        return sum(math.prod(spec.shape) for spec in self.specs)
