"""A stack gets its shapes and its parameters."""

from fastgru._check import axes, check_sizes, fail, fits
from fastgru._parameters import Parameters
from fastgru.layers.stack import check_stack


class Builder:
    """The part of a model that builds it, from what is said of its input or from data."""

    def _rebuild(self):
        """Build if the input shape is known; what has been built keeps its values."""
        shape = None
        if self._input is not None:
            shape = self._input.given_shape
        elif self.layers and self.layers[0].given_shape is not None:
            shape = self.layers[0].given_shape
        elif self.built:
            shape = self.input_shape
        if shape is not None and self.layers:
            self._shape_is_given = self._shape_is_given or not self.built
            self.build(shape)

    def build(self, input_shape=None):
        """Make the parameters for inputs of `input_shape`, batch first, None where open."""
        if not self.layers:
            fail("Sequential.build", "the model", "have a layer", "none")
        if input_shape is None:
            self._rebuild()
            if not self.built:
                fail("Sequential.build", "input_shape", "be given", "None", kind=TypeError)
            return
        check_stack("Sequential.build", self.layers)
        self._propagate(check_sizes("Sequential.build", "input_shape", input_shape))
        self._adopt()

    def _propagate(self, input_shape):
        """Tell each layer its shape; if one refuses, all are as they were."""
        names = ("specs", "built", "input_shape", "output_shape")
        before = [[getattr(layer, name) for name in names] for layer in self.layers]
        shape = input_shape
        try:
            for layer in self.layers:
                shape = layer.prepare(shape)
        except Exception:
            for layer, values in zip(self.layers, before, strict=True):
                for name, value in zip(names, values, strict=True):
                    setattr(layer, name, value)
            raise
        self.input_shape, self.output_shape = (None, *input_shape[1:]), (None, *shape[1:])

    def _adopt(self):
        """Take the layers' numbers into one store, unless they are there already."""
        if self.store is None or not self.store.owns(self.layers):
            if not all(layer.built for layer in self.layers):
                # Added with rebuild=False.
                self._propagate(self.input_shape)
            self.store = Parameters(self.layers, self.layers[0].dtype, self.rng)

    @property
    def built(self):
        return self.store is not None and bool(self.layers)

    def _first_takes_ids(self):
        return bool(self.layers) and self.layers[0].takes_ids

    def _fit_shape(self, where, shape):
        """Compare the data's shape with the model's; build, or build anew, where it is open."""
        if not self.layers:
            fail(where, "the model", "have a layer", "none", "model.add(layer) adds one.")
        if not self.built:
            self.build((None, *shape[1:]))
            return
        self._adopt()
        wanted = self.input_shape
        if fits(shape, wanted):
            return
        if not self._shape_is_given and len(shape) == len(wanted):
            self.build((None, *shape[1:]))
            return
        hint = ""
        if fits((1, *shape), wanted):
            hint = "One sample is x[None]."
        elif len(shape) == 2 and len(wanted) == 3:
            hint = (
                f"Token ids need an Embedding layer in front of {type(self.layers[0]).__name__}, "
                "or one-hot rows from fastgru.utils.to_categorical."
            )
        fail(where, "x", f"have shape {axes(('batch', *wanted[1:]))}", axes(shape), hint)
