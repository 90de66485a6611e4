"""Layers made of other layers, whose parameters they have as their own."""

import dataclasses
from collections import Counter

from fastgru._check import check_choice
from fastgru._names import parents, snake_case
from fastgru.layers.layer import Layer


class Nest(Layer):
    """Base of layers that hold others.

    A parameter's name is its layer's path and its name there, `forward_layer/kernel`; the
    path is also where a Keras file has it. A subclass gives `children` and calls `_gather`
    at the end of its `configure`.
    """

    def children(self):
        """[(path, layer)] in the order of the weights."""
        return []

    def _fit(self, input_shape):
        if not self.built:
            for _, child in self.children():
                # One that a refused shape has left behind may still take another.
                child.built = child.built and child.store is not None
        return super()._fit(input_shape)

    def _gather(self):
        """Take over the children's `specs`, and the values of those that have some."""
        self.specs = tuple(
            dataclasses.replace(spec, name=f"{path}/{spec.name}")
            for path, child in self.children()
            for spec in child.specs
        )
        if self.store is None:
            for path, child in self.children():
                for name, array in child.parameters.items():
                    self.parameters.setdefault(f"{path}/{name}", array)

    def bind(self, store, parameters, gradients):
        super().bind(store, parameters, gradients)
        for path, child in self.children():
            parts = (
                {spec.name: arrays[f"{path}/{spec.name}"] for spec in child.specs}
                for arrays in (parameters, gradients)
            )
            child.bind(store, *parts)

    def trains(self, spec):
        for path, child in self.children() if self._trainable else ():
            if spec.name.startswith(f"{path}/"):
                name = spec.name.removeprefix(f"{path}/")
                return child.trains(dataclasses.replace(spec, name=name))
        return False

    def penalised(self):
        inside = [one for _, child in self.children() for one in child.penalised()]
        return super().penalised() + inside

    def variable_paths(self):
        return [
            f"{path}/{inner}"
            for path, child in self.children()
            for inner in child.variable_paths()
        ]

    def variable_groups(self):
        found = {}
        for path, child in self.children():
            inner = [f"{path}/{group}" for group in child.variable_groups()]
            # Layers may share the outer ones.
            found |= dict.fromkeys([*parents(path), path, *inner])
        return list(found)

    @property
    def trainable(self):
        """Whether `fit` changes the parameters; setting it sets it for the layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value
        for _, child in self.children():
            child.trainable = value


def counted(layers):
    """(name, layer), the names as Keras' files have them: gru, gru_1, lstm, ..."""
    count = Counter()
    for layer in layers:
        name = snake_case(type(layer).__name__)
        yield f"{name}_{count[name]}" if count[name] else name, layer
        count[name] += 1


def describe(layer):
    """A layer as JSON-ready values in Keras' form."""
    return {
        "module": layer.keras_module,
        "class_name": type(layer).__name__,
        "config": layer.get_config(),
        "registered_name": None,
    }


def revived(found, table, where, what):
    """A layer from what `describe` gives; a layer is given back as it is."""
    if not isinstance(found, dict):
        return found
    name = check_choice(where, what, found.get("class_name"), table)
    return table[name].from_config(found["config"])
