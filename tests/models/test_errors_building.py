"""What is wrong with a model, its layers or `compile` is said in one whole sentence."""

import numpy as np
import pytest
from small_models import F, T, binary, data, predict, says

from fastgru import Input, Layer, Sequential, initializers
from fastgru.layers import GRU, Activation, Dense, Dropout, Embedding, Flatten, Masking
from fastgru.utils import to_categorical

X, Y = data()
LATER = "fastgru does not have this yet."
HINT = (
    "A GRU below it needs return_sequences=True, token ids need an Embedding layer or one-hot "
    "rows from fastgru.utils.to_categorical."
)
SHAPES = "have shapes (3, 18), (6, 18), (2, 18), (6, 1), (1,)"
ACTIVATIONS = ", ".join(
    f"'{name}'" for name in (
        "linear", "sigmoid", "tanh", "relu", "relu6", "leaky_relu", "elu", "selu",
        "hard_sigmoid", "hard_sigmoid_keras2", "softplus", "softsign", "exponential", "silu",
        "gelu", "celu", "hard_tanh", "hard_shrink", "soft_shrink", "log_sigmoid", "squareplus",
        "sparse_plus", "sparse_sigmoid", "mish", "hard_silu", "tanh_shrink", "softmax",
        "log_softmax", "sparsemax",
    )
)  # fmt: skip


def unbuilt():
    return Sequential([GRU(4, name="gru"), Dense(1, name="dense")], name="model")


def stack(*layers):
    return Sequential(layers).build((None, T, F))


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: Sequential(3), TypeError,
         "Sequential: layers must be a list of layers; got 3."),
        (lambda: Sequential("abc"), TypeError,
         "Sequential: layers must be a list of layers; got 'abc'."),
        (lambda: Sequential([None]), TypeError,
         "Sequential.add: layer must be a layer of fastgru.layers; got None."),
        (lambda: Sequential([GRU(2), "dense"]), TypeError,
         "Sequential.add: layer must be a layer of fastgru.layers; got 'dense'."),
        (lambda: Sequential([GRU]), TypeError,
         ("Sequential.add: layer must be a layer of fastgru.layers; "
         "got <class 'fastgru.layers.gru.GRU'>. Write GRU(...).")),
        (lambda: Sequential([], name=3), ValueError,
         "Sequential: name must be a word without a slash; got 3."),
        (lambda: Sequential([], trainable="yes"), TypeError,
         "Sequential: trainable must be True or False; got 'yes'."),
        (lambda: setattr(unbuilt(), "trainable", 1), TypeError,
         "model: trainable must be True or False; got 1."),
        (lambda: Sequential(GRU(2), Dense(1)), TypeError,
         "Sequential: layers must be in one list; got two arguments. Write Sequential([a, b])."),
        (lambda: Sequential().add(GRU(2), 1), TypeError,
         "Sequential.add: rebuild must be True or False; got 1."),
        (lambda: binary().pop(0), TypeError,
         "Sequential.pop: rebuild must be True or False; got 0."),
        (lambda: GRU(2, implementation=3), ValueError,
         "GRU: implementation must be 0, 1 or 2; got 3."),
        (lambda: GRU(2, implementation="1"), TypeError,
         "GRU: implementation must be an integer; got '1'."),
        (lambda: Sequential([GRU(2, name="g")] * 2), ValueError,
         "Sequential.add: layer names must differ; got 'g' twice."),
        (lambda: Sequential([GRU(2, name="a"), Dense(1, name="a")]), ValueError,
         "Sequential.add: layer names must differ; got 'a' twice."),
        (lambda: Sequential([Dense(1), Input((3,), name="late")]), ValueError,
         "Sequential.add: an Input must come first and once; got late."),
        (lambda: stack(GRU(2), Dense(1, dtype="float64")), ValueError,
         "Sequential.build: all layers must have one dtype; got float32, float64."),
        (lambda: stack(GRU(2), GRU(3, name="upper")), ValueError,
         ("upper: its input must have shape (batch, time, features); "
         f"got (None, 2). {HINT}")),
        (lambda: stack(GRU(2), Embedding(3, 2, name="e")), ValueError,
         "Sequential.build: a layer that reads ids must come first; got e."),
        (lambda: stack(GRU(2), Masking(name="m")), ValueError,
         "m: its input must have shape (batch, time, features); got (None, 2)."),
        (lambda: Sequential([GRU(2, name="g", input_shape=(5, None))]), ValueError,
         "g: its input must have a known last axis; got (None, 5, None)."),
        (lambda: Sequential([GRU(2, name="g", input_shape=(None, 5, 3))]), ValueError,
         "g: its input must have shape (batch, time, features); got (None, None, 5, 3)."),
        (lambda: Sequential([Flatten(input_shape=(None, 3)), Dense(1, name="d")]), ValueError,
         "d: its input must have a known last axis; got (None, None)."),
        (lambda: unbuilt().build(3), TypeError,
         "Sequential.build: input_shape must be a tuple of integers and None; got 3."),
        (lambda: unbuilt().build((None, -5, 3)), ValueError,
         "Sequential.build: every size of input_shape must be at least 1; got -5."),
        (lambda: unbuilt().build((None, 5.5, 3)), TypeError,
         "Sequential.build: every size of input_shape must be an integer; got 5.5."),
        (lambda: unbuilt().build(), TypeError,
         "Sequential.build: input_shape must be given; got None."),
        (lambda: Sequential().build((None, 3)), ValueError,
         "Sequential.build: the model must have a layer; got none."),
        (lambda: Sequential().pop(), ValueError,
         "Sequential.pop: the model must have a layer; got none."),
        (lambda: binary().build((None, 5, 4)), ValueError,
         ("gru: its input must have the shape it was built for, (None, 5, 3); "
         "got (None, 5, 4).")),
        (lambda: stack(GRU(10**9, name="g")), ValueError,
         "g: its kernel must have axes of at most 2147483647; got (3, 3000000000)."),
        (lambda: binary().get_layer("gru_1"), ValueError,
         "get_layer: name must be one of gru, dense; got 'gru_1'."),
        (lambda: binary().get_layer(index=2), ValueError,
         "get_layer: index must lie in [-2, 2); got 2."),
        (lambda: binary().set_weights(None), TypeError,
         "set_weights: weights must be a list of arrays; got None."),
        (lambda: binary().set_weights([]), ValueError,
         f"set_weights: weights must {SHAPES}; got none."),
        (lambda: binary().set_weights(binary().get_weights()[:-1]), ValueError,
         f"set_weights: weights must {SHAPES}; got (3, 18), (6, 18), (2, 18), (6, 1)."),
        (lambda: binary().summary(line_length=5), ValueError,
         "summary: line_length must be at least 20; got 5."),
        (lambda: binary().summary(print_fn="print"), TypeError,
         "summary: print_fn must be callable; got 'print'."),
        (lambda: Sequential.from_config({}), TypeError,
         "from_config: config must be what get_config gives; got a dict without layers."),
        (lambda: Dense(1, activaton="relu"), TypeError,
         "Dense: keywords must be those of Dense; got activaton. Did you mean activation?"),
        (lambda: GRU(1, units_=3, depth=1), TypeError,
         "GRU: keywords must be those of GRU; got units_, depth. Did you mean units?"),
        (lambda: GRU(1, activation="tahn"), ValueError,
         f"GRU: activation must be one of {ACTIVATIONS}; got 'tahn'."),
        (lambda: GRU(1, time_major=True), NotImplementedError,
         f"GRU: time_major must be False; got True. {LATER}"),
        (lambda: GRU(1, input_shape=2.5), TypeError,
         "GRU: the input shape must be a tuple of integers and None; got 2.5."),
        (lambda: Input((3,), dtype="text"), TypeError,
         "InputLayer: dtype must be a numeric dtype; got 'text'."),
        (lambda: Dropout(0.5, seed="a"), TypeError,
         "Dropout: seed must be an integer; got 'a'."),
        (lambda: predict(Sequential([Layer(name="bare")]), X), NotImplementedError,
         "bare: a layer must have a _predict; got none."),
        (lambda: GRU(2, name="g")(X, mask=np.ones((10, 4))), ValueError,
         "g: mask must have shape (10, 5); got (10, 4)."),
        (lambda: GRU(2, name="g")(X, initial_state=np.ones((10, 3))), ValueError,
         "g: initial_state must have shape (10, 2); got (10, 3)."),
        (lambda: binary().layers[1](X[:, 0]), ValueError,
         "dense: its input must have the shape it was built for, (None, 6); got (None, 3)."),
        (lambda: Embedding(3, 2, name="e")(3), ValueError,
         "e: x must have a batch axis; got one number."),
        (lambda: Activation("relu", name="a").set_weights([1]), RuntimeError,
         "a: the layer must be built before set_weights; got no input shape."),
        (lambda: to_categorical([-1]), ValueError,
         "to_categorical: x must be at least 0; got values from -1 to -1."),
        (lambda: to_categorical([0, 3], 3), ValueError,
         "to_categorical: x must lie in [0, 3); got values from 0 to 3."),
        (lambda: to_categorical([0.5, np.nan]), ValueError,
         "to_categorical: x must hold whole numbers; got fractions or NaN."),
        (lambda: to_categorical([]), ValueError,
         "to_categorical: num_classes must be given for an empty x; got None."),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_is_refused(call, kind, sentence):
    with says(kind, sentence):
        call()


def test_what_needs_a_built_model_says_how_to_build_it():
    hint = "Give the first layer an input_shape, or call build."
    with says(ValueError, f"count_params: the model must be built; got no input shape. {hint}"):
        unbuilt().count_params()
    sentence = f"set_weights: the model must be built before; got no input shape. {hint}"
    with says(RuntimeError, sentence):
        unbuilt().set_weights([])
    empty = Sequential([Input((3,))], name="empty")
    for name in ("predict", "empty"):
        hint = "model.add(layer) adds one."
        with says(ValueError, f"{name}: the model must have a layer; got none. {hint}"):
            (empty.predict if name == "predict" else empty)(X)


def test_an_initialiser_of_the_users_own_gets_the_shape():
    shapes = []

    def half(shape):
        shapes.append(shape)
        return np.full(shape, 0.5)

    model = Sequential([Dense(2, kernel_initializer=half, input_shape=(3,))])
    assert shapes == [(3, 2)] and (model.get_weights()[0] == 0.5).all()
    assert isinstance(initializers.get(half), initializers.Initializer)
