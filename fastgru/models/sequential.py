"""Sequential: a stack of layers with one input and one output."""

from fastgru._check import (
    check_flag,
    check_int,
    check_name,
    fail,
    short,
)
from fastgru._names import unique_name
from fastgru._parameters import Window
from fastgru._seed import new_generator
from fastgru.layers import InputLayer, Layer
from fastgru.layers.stack import Sequential as Stack
from fastgru.models.building import Builder
from fastgru.models.compiled import Programs
from fastgru.models.config import layer_from_dict, layer_to_dict
from fastgru.models.files import Filed
from fastgru.models.inner import Inner
from fastgru.models.surface import Surface
from fastgru.models.training import Trainer


class Sequential(Surface, Inner, Filed, Builder, Trainer):
    """A stack of layers.

    Parameters
    ----------
    layers : list of Layer or Sequential, optional
        From input to output; an `Input` may come first.
    trainable : bool, default True
        Whether `fit` changes anything; setting it sets it for every layer.
    name : str, optional

    Examples
    --------
    >>> model = Sequential([GRU(32, input_shape=(10, 64)), Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(x, y, epochs=5, batch_size=32)

    The model is built, that is gets its parameters, as soon as the shape of its input is
    known: from an `Input`, the first layer's `input_shape`, `build`, or the first data.

    `copy.deepcopy`, `pickle` and `joblib.dump` take a model with its training state. Whoever
    opens a pickle runs what is in it: they are for files of one's own. Files that `save` wrote
    are safe to open, from whomever they are.
    """

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__()
        self.name = check_name("Sequential", name) or unique_name("sequential")
        if isinstance(trainable, Layer):
            fail("Sequential", "layers", "be in one list", "two arguments",
                 "Write Sequential([a, b]).", kind=TypeError)  # fmt: skip
        self._trainable = check_flag("Sequential", "trainable", trainable)
        self.layers = []
        self.input_shape = self.output_shape = None
        self._input = None
        self._shape_is_given = False
        self.store = None
        self._programs = Programs()
        self.rng = new_generator()
        if isinstance(layers, Layer):
            layers = [layers]
        layers = () if layers is None else layers
        if isinstance(layers, (str, dict)) or not hasattr(layers, "__iter__"):
            fail("Sequential", "layers", "be a list of layers", short(layers), kind=TypeError)
        for layer in layers:
            self.add(layer, rebuild=False)
        self._rebuild()

    def __getstate__(self):
        # What training keeps between batches holds addresses, and is made again.
        found = {**self.__dict__, "_step": None, "_fitting": None}
        if isinstance(self.store, Window):
            # The model around it lends the numbers again.
            found["store"] = None
        return found

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self.store is not None and self.store.owns(self.layers):
            self.store.bind_again()

    def add(self, layer, rebuild=True):
        """Put a layer on top of the stack; or a model, whose numbers are this one's then.

        Raises
        ------
        TypeError
            If `layer` is no layer.
        ValueError
            If its name is taken, or it does not fit on the layers below it.
        RuntimeError
            In a callback of `fit`.
        """
        rebuild = check_flag("Sequential.add", "rebuild", rebuild)
        self._not_in_fit("Sequential.add")
        if isinstance(layer, Sequential):
            layer = layer.as_layer()
        elif isinstance(layer, Stack) and layer.model is None:
            self.fill(layer)
        if not isinstance(layer, Layer):
            hint = f"Write {layer.__name__}(...)." if isinstance(layer, type) else ""
            fail("Sequential.add", "layer", "be a layer of fastgru.layers", short(layer), hint,
                 kind=TypeError)  # fmt: skip
        if isinstance(layer, InputLayer):
            if self.layers or self._input is not None:
                fail("Sequential.add", "an Input", "come first and once", f"{layer.name}")
            self._input = layer
            return
        if layer.name in {other.name for other in self.layers}:
            fail("Sequential.add", "layer names", "differ", f"{layer.name!r} twice")
        self.layers.append(layer)
        try:
            if rebuild:
                self._rebuild()
        except Exception:
            self.layers.pop()
            raise
        if not self._trainable:
            layer.trainable = False

    def pop(self, rebuild=True):
        """Take the last layer off the stack and return it; not in a callback of `fit`."""
        rebuild = check_flag("Sequential.pop", "rebuild", rebuild)
        self._not_in_fit("Sequential.pop")
        if not self.layers:
            fail("Sequential.pop", "the model", "have a layer", "none")
        layer = self.layers.pop()
        if not self.layers:
            self.store = self.input_shape = self.output_shape = None
            self._shape_is_given = False
        elif rebuild:
            self._rebuild()
        return layer

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = check_flag(self.name, "trainable", value)
        for layer in self.layers:
            layer.trainable = self._trainable

    def get_layer(self, name=None, index=None):
        """A layer by its name or its place.

        Raises
        ------
        ValueError
            If there is none.
        """
        if index is not None:
            index, count = check_int("get_layer", "index", index), len(self.layers)
            if not -count <= index < count:
                fail("get_layer", "index", f"lie in [{-count}, {count})", f"{index}")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers) or "none"
        return fail("get_layer", "name", f"be one of {names}", short(name))

    def reset_states(self, rows=None):
        """Let the next batch begin anew in every stateful layer, or in these rows of it.

        Parameters
        ----------
        rows : list of int or array of bool, optional
            Only in these rows of the batch; the others go on.
        """
        for layer in self.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state(rows)

    def get_config(self):
        """The architecture as JSON-ready values, in Keras' form."""
        layers = [self._input] if self._input is not None else []
        if not layers and self._shape_is_given:
            shape = self.layers[0].given_shape or self.input_shape
            layers = [InputLayer(batch_shape=shape, name="input_layer")]
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.layers[0].dtype if self.layers else "float32",
            "layers": [layer_to_dict(layer) for layer in (*layers, *self.layers)],
        }
        if self.built:
            config["build_input_shape"] = list(self.input_shape)
        return config

    @classmethod
    def from_config(cls, config):
        """The inverse of `get_config`; weights are drawn anew."""
        if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
            got = "a dict without layers" if isinstance(config, dict) else short(config)
            fail("from_config", "config", "be what get_config gives", got, kind=TypeError)
        layers = [layer_from_dict(entry) for entry in config["layers"]]
        model = cls(layers, config.get("trainable", True), config.get("name"))
        if not model.built and config.get("build_input_shape"):
            model.build(config["build_input_shape"])
        return model

    def stream(self, batch=None):
        """The model as a stream: one step a call, in microseconds. See `fastgru.stream.Stream`.

        Parameters
        ----------
        batch : int, optional
            Number of independent streams; none means one, without a batch axis.
        """
        from fastgru.stream import Stream

        return Stream(self, batch)
