"""A model inside of another."""

from fastgru.layers.stack import Sequential as Stack


class Inner:
    """The part of a model that stands inside of another, on whose numbers it works then."""

    def as_layer(self):
        """The model as a layer of another, which gives its layers their numbers then."""
        layers = [*([self._input] if self._input else []), *self.layers]
        layer = Stack(layers, name=self.name)
        if layer.given_shape is None and self.built:
            layer.given_shape = self.input_shape
        layer.model = self
        return layer

    @classmethod
    def fill(cls, layer):
        """Give what a file has for a model its model, and so those inside of it."""
        model = cls(trainable=layer.trainable, name=layer.name)
        model._input, model.layers = layer.input, list(layer.layers)
        for inner in model.layers:
            if isinstance(inner, Stack):
                cls.fill(inner)
        layer.model = model

    def lend(self, store, input_shape, output_shape):
        """Work on the numbers of the model around this one; `store` is a window on them."""
        shapes = [(None, *shape[1:]) for shape in (input_shape, output_shape)]
        self.store, (self.input_shape, self.output_shape) = store, shapes
