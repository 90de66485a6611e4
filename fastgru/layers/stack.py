"""A model inside of another, as one of its layers."""

import dataclasses
from collections import Counter
from itertools import pairwise

from fastgru._check import axes, fail, short
from fastgru._parameters import Window
from fastgru.layers.input import InputLayer
from fastgru.layers.layer import Layer
from fastgru.layers.nest import Nest, counted, describe, revived
from fastgru.layers.watched import watched

_AS_A_LAYER = object()


class Sequential(Nest):
    """What `Sequential.layers` has for a model that was added: its layers, one after the other.

    It answers as the model does: whatever a layer does not have is asked of `model`, and so
    is `predict` without a mask.

    Parameters
    ----------
    layers : list of Layer
        An `InputLayer` may come first.
    build_input_shape : tuple, optional
        Of files; the model around it tells the shape.
    functional : bool, default False
        Of files: they have its weights by the name of Keras' functional models.
    **rest
        See `Layer`.

    The layers' numbers are the outer model's; the inner model works on them too.
    """

    keras_module = "keras"
    model = None

    def __init__(self, layers, build_input_shape=None, functional=False, **rest):
        self.input, self.layers, self._children = None, [], {}
        self.functional = functional
        if layers and isinstance(layers[0], InputLayer):
            self.input, *layers = layers
            rest.setdefault("batch_input_shape", self.input.given_shape)
        if not layers:
            fail("Sequential", "a model inside of another", "have a layer", "none")
        for layer in layers:
            if not isinstance(layer, Layer) or isinstance(layer, InputLayer):
                fail("Sequential", "layers", "be layers behind at most one Input", short(layer),
                     kind=TypeError)  # fmt: skip
        if layers[0].takes_text:
            fail("Sequential", "a model inside of another", "not read texts", layers[0].name)
        check_stack("Sequential", layers)
        super().__init__(**{"dtype": layers[0].dtype, **rest})
        self.layers = list(layers)
        self._children = {f"layers/{name}": layer for name, layer in counted(layers)}
        if self.given_shape is None:
            self.given_shape = layers[0].given_shape
        if not self.trainable:
            self.trainable = False

    # The layers' numbers, which another model may take over.

    @property
    def store(self):
        store = self._store
        if store is not None and any(layer.store is not store for layer in self.layers):
            self._store, self.parameters = None, {}
            self._gather()
        return self._store

    @store.setter
    def store(self, store):
        self._store = store

    def bind(self, store, parameters, gradients):
        if self in store.used:
            # Only what stands first reads ids.
            store.used[self.layers[0]] = store.used[self]
        super().bind(store, parameters, gradients)
        if self.model is not None:
            self.model.lend(Window(store, self.layers), self.input_shape, self.output_shape)

    # What the layers say of it.

    def children(self):
        return list(self._children.items())

    def trains(self, spec):
        top, kind, name = spec.name.split("/", 2)
        child = self._children[f"{top}/{kind}"]
        return self._trainable and child.trains(dataclasses.replace(spec, name=name))

    def variable_groups(self):
        # Keras has nothing in the one around all of them.
        return [
            path for path in super().variable_groups() if path.rpartition("/")[2] != "layers"
        ]

    def nested(self):
        return {"layers": [*([self.input] if self.input else []), *self.layers]}

    @property
    def takes_ids(self):
        return self.layers[0].takes_ids

    @property
    def gives_ids(self):
        return self.layers[-1].gives_ids

    @property
    def outputs(self):
        return self.layers[-1].outputs

    def every_shape(self, shape):
        return self.layers[-1].every_shape(shape)

    @property
    def mixes_samples(self):
        return any(layer.mixes_samples for layer in self.layers)

    @property
    def stateful(self):
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    @property
    def _trainable(self):
        return self._flag if self.model is None else self.model._trainable

    @_trainable.setter
    def _trainable(self, value):
        self._flag = value
        if self.model is not None:
            self.model._trainable = value

    def as_ids(self, x, where=None):
        """See `Embedding.as_ids`."""
        return self.layers[0].as_ids(x, where)

    def reset_state(self, rows=None):
        """As `Recurrent.reset_state`, for every layer that has a state."""
        for layer in self.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state(rows)

    def configure(self, input_shape):
        wanted = self.given_shape
        if wanted is not None and not _may_be(input_shape, wanted):
            fail(self.name, "its input", f"have shape {axes(wanted)}", axes(input_shape))
        shape = input_shape
        for layer in self.layers:
            shape = layer.prepare(shape)
        self._gather()
        return shape

    # The way through.

    def enlist(self, program):
        return all(ours(layer) and layer.enlist(program) for layer in self.layers)

    def forward(self, x, mask=None):
        pulls = []
        for layer in map(watched, self.layers):
            x, mask, pull = layer.forward(x, mask)
            pulls.append(pull)

        def backward(dy, want_dx=True):
            for place in range(len(pulls) - 1, -1, -1):
                dy = pulls[place](dy, want_dx or place > 0)
            return dy

        return x, mask, backward

    def predict(self, x, mask=_AS_A_LAYER, **options):
        if mask is _AS_A_LAYER and self.model is not None:
            return self.model.predict(x, **options)
        mask = None if mask is _AS_A_LAYER else mask
        for layer in map(watched, self.layers):
            x, mask = layer.predict(x, mask)
        return x, mask

    def __getattr__(self, name):
        model = vars(self).get("model")
        if model is not None and not name.startswith("_"):
            return getattr(model, name)
        return super().__getattr__(name)

    def get_config(self):
        found = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "layers": [describe(layer) for layer in self.nested()["layers"]],
        }
        if self.built:
            found["build_input_shape"] = list(self.input_shape)
        return found

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`; the layers may be there already."""
        from fastgru.layers import CLASSES

        given = config["layers"] if isinstance(config["layers"], list) else []
        layers = [revived(one, CLASSES, "Sequential", "layers") for one in given]
        return cls(**{**config, "layers": layers})


def _may_be(shape, wanted):
    """Whether shapes with open sizes may be one shape."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(
        None in pair or pair[0] == pair[1] for pair in list(pairs)[1:]
    )


def check_stack(where, layers):
    """Refuse layers that cannot stand on each other."""
    dtypes = {layer.dtype for layer in layers}
    if len(dtypes) > 1:
        fail(where, "all layers", "have one dtype", ", ".join(sorted(dtypes)))
    for below, layer in pairwise(layers):
        if below.outputs > 1:
            fail(where, "a layer that gives several arrays", "come last", below.name)
        if layer.takes_text:
            fail(where, "a layer that reads texts", "come first", layer.name)
        if layer.takes_ids and not below.gives_ids:
            fail(where, "a layer that reads ids", "come first", layer.name)
    count = Counter(leaves(layers))
    for layer in [layer for layer in count if count[layer] > 1][:1]:
        fail(where, "a layer", "be in the model once", f"{layer.name!r} twice")


def check_names(where, layers):
    """Refuse layers of one name beside each other: files have their weights by it."""
    count = Counter(layer.name for layer in layers)
    for name in [name for name in count if count[name] > 1][:1]:
        fail(where, "layer names", "differ", f"{name!r} twice")
    for layer in layers:
        if isinstance(layer, Sequential):
            check_names(where, layer.layers)


def ours(layer):
    """Whether it is a layer of this package's: a class of the user's own that derives from
    one may compute something else."""
    from fastgru.layers import CLASSES

    return CLASSES.get(type(layer).__name__) is type(layer)


def leaves(layers):
    """The layers, and in place of each stack of them those that it holds."""
    for layer in layers:
        if isinstance(layer, Sequential):
            yield from leaves(layer.layers)
        else:
            yield layer
