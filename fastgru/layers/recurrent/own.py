"""Cells of the user's own."""

from fastgru import constraints, initializers, regularizers
from fastgru._check import check_flag, check_int, check_shape, check_sizes, fail, short
from fastgru.layers.recurrent.cell import BaseCell
from fastgru.layers.recurrent.own_pass import OwnPass
from fastgru.layers.rules import Spec


class Cell(BaseCell):
    """Base of a cell of your own, for `RNN`.

    As in Keras it has a `state_size`, an int or a list of them, may have an `output_size`,
    which else is the first state's, declares its weights in `build`, and is one step in
    `call`. Unlike there, `call` also returns the function that goes backward.

    Parameters
    ----------
    **layer
        See `Layer`.

    Examples
    --------
    >>> class Leaky(Cell):
    ...     def __init__(self, units, **layer):
    ...         super().__init__(**layer)
    ...         self.units = self.state_size = units
    ...
    ...     def build(self, input_shape):
    ...         self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
    ...
    ...     def call(self, inputs, states):
    ...         (h,) = states
    ...         g = np.tanh(inputs @ self.kernel)
    ...
    ...         def backward(dy, dstates):
    ...             d = (dy + dstates[0]) / 2
    ...             da = d * (1 - g * g)
    ...             self.gradients["kernel"] += inputs.T @ da
    ...             return da @ self.kernel.T, [d]
    ...
    ...         new = (h + g) / 2
    ...         return new, [new], backward
    ...
    ...     def get_config(self):
    ...         return {**super().get_config(), "units": self.units}
    >>> model = Sequential([RNN(Leaky(8), input_shape=(10, 4)), Dense(1)])

    Notes
    -----
    Sequences begin with zeros. Where a mask skips a step, output and states are those of the
    step before. Models with such a cell are trained and used as others are; a file cannot
    hold the class, so that of them weights alone are saved and loaded.
    """

    def __init__(self, **layer):
        super().__init__(**layer)
        # Attributes that are weights: the names of these.
        self._shown = {}

    def build(self, input_shape):
        """Declare the weights, by `add_weight`, for inputs (batch, width)."""

    def call(self, inputs, states, training=False):
        """One step; `training` may be left out.

        Parameters
        ----------
        inputs : numpy.ndarray (batch, width)
        states : list of numpy.ndarray (batch, size)
        training : bool

        Returns
        -------
        output : numpy.ndarray (batch, output_size)
        states : list of numpy.ndarray (batch, size)
        backward : callable
            `backward(doutput, dstates)` gets the gradients of the two, adds those of the
            weights to `self.gradients[name]`, and returns those of `inputs` and `states`.
            Outside of training it is not called.
        """
        raise NotImplementedError(f"{self.name}: a cell must have a call; got none.")

    def add_weight(self, shape=None, initializer=None, dtype=None, trainable=True,
                   autocast=True, regularizer=None, constraint=None, aggregation="none",
                   name=None):  # fmt: skip
        """Declare a weight. Called in `build`; what it returns becomes the array itself where
        it is kept as an attribute.

        Parameters
        ----------
        shape : tuple of int, default ()
        initializer : str or Initializer, default "glorot_uniform"
        trainable : bool, default True
            Whether the optimiser changes it.
        regularizer, constraint : optional
        name : str, default "weight", "weight_1", ...
            The key in `self.parameters` and `self.gradients`.
        dtype, autocast, aggregation
            Accepted for Keras' scripts; weights have the cell's dtype.
        """
        where = f"{self.name}.add_weight"
        count = len(self.specs)
        name = name or (f"weight_{count}" if count else "weight")
        if not isinstance(name, str) or "/" in name or name in {s.name for s in self.specs}:
            fail(where, "name", "be a word without a slash, once", short(name))
        shape = () if shape is None else check_sizes(where, "shape", shape)
        initializer = "glorot_uniform" if initializer is None else initializer
        self.specs += (
            Spec(
                name, shape, initializers.get(initializer, where, "initializer"),
                regularizers.get(regularizer, where, "regularizer"),
                constraints.get(constraint, where, "constraint"),
                trainable=check_flag(where, "trainable", trainable),
            ),
        )  # fmt: skip
        return _Declared(name)

    @property
    def state_sizes(self):
        size = self.state_size
        return tuple(size) if isinstance(size, (list, tuple)) else (size,)

    def configure(self, input_shape):
        check_shape(self.name, "its input", input_shape, ("batch", "features"))
        self.specs = ()
        self.build(input_shape)
        self._show()
        return (input_shape[0], self.output_size)

    def bind(self, store, parameters, gradients):
        super().bind(store, parameters, gradients)
        self._show()

    def _show(self):
        """Put the arrays where `build` has kept what `add_weight` returned."""
        for key, value in vars(self).items():
            if isinstance(value, _Declared):
                self._shown[key] = value.name
        for key, name in self._shown.items():
            if name in self.parameters:
                setattr(self, key, self.parameters[name])

    def noise(self, T, B, width, store, training):
        """Nothing is drawn; the pass is told whether it trains."""
        return training

    def over(self, x, mask, states, noise, keep, stack=None):
        return OwnPass(self, x, mask, states, noise, keep, stack)

    def __getattr__(self, name):
        # Only where there is none.
        if name == "output_size":
            return self.state_sizes[0]
        return super().__getattr__(name)


class _Declared:
    """A weight before it has a place."""

    def __init__(self, name):
        self.name = name


def check_sizes_of(cell):
    """Refuse a cell of the user's own that does not say how wide it is."""
    if not isinstance(cell, Cell):
        return
    if not hasattr(cell, "state_size"):
        fail(cell.name, "a cell", "have a state_size", "none")
    if not cell.state_sizes:
        fail(cell.name, "a cell", "have a state", "none")
    for size in (*cell.state_sizes, cell.output_size):
        check_int(cell.name, "state_size and output_size", size, 1)
