"""What the layers' constructors refuse, in whole sentences, and what they take for peace."""

import re

import numpy as np
import pytest

from fastgru import activations
from fastgru.kernels import activations as kernel
from fastgru.layers import (
    GRU,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    InputLayer,
    Masking,
)

KINDS = ", ".join(repr(name) for name in kernel.KINDS)
NAMES = f"{KINDS}, 'softmax', 'log_softmax', 'sparsemax'"
INITIALIZERS = (
    "'constant', 'zeros', 'ones', 'random_normal', 'truncated_normal', 'random_uniform', "
    "'variance_scaling', 'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', "
    "'lecun_uniform', 'lecun_normal', 'orthogonal', 'identity', 'stft', 'zero', 'one', 'normal', "
    "'uniform'"
)
A_TUPLE = "must be a tuple of integers and None"
A_FUNCTION = "must be the name of an activation or one of fastgru.activations"

REFUSED = [
    (lambda: GRU(0), ValueError, "GRU: units must be at least 1; got 0."),
    (lambda: GRU(2.5), TypeError, "GRU: units must be an integer; got 2.5."),
    (lambda: GRU(True), TypeError, "GRU: units must be an integer; got True."),
    (lambda: GRU("3"), TypeError, "GRU: units must be an integer; got '3'."),
    (lambda: GRU(3, "tan"), ValueError, f"GRU: activation must be one of {NAMES}; got 'tan'."),
    (lambda: GRU(3, "glu"), ValueError,
     ("GRU: activation must take one array and leave its shape; got 'glu'. "
      "fastgru.activations.glu computes it.")),
    (lambda: Activation(activations.threshold), ValueError,
     ("Activation: activation must take one array and leave its shape; got 'threshold'. "
      "fastgru.activations.threshold computes it.")),
    (lambda: GRU(3, 7), ValueError, f"GRU: activation must be one of {NAMES}; got 7."),
    (lambda: GRU(3, np.tanh), TypeError, f"GRU: activation {A_FUNCTION}; got <ufunc 'tanh'>."),
    (lambda: GRU(3, "tanh", "x"), ValueError,
     f"GRU: recurrent_activation must be one of {NAMES}; got 'x'."),
    (lambda: GRU(3, kernel_initializer="glorot"), ValueError,
     f"GRU: kernel_initializer must be one of {INITIALIZERS}; got 'glorot'."),
    (lambda: GRU(3, recurrent_initializer=3), TypeError,
     "GRU: recurrent_initializer must be the name of an initialiser or one of them; got 3."),
    (lambda: GRU(3, bias_initializer=None), TypeError,
     "GRU: bias_initializer must be the name of an initialiser or one of them; got None."),
    (lambda: GRU(3, dropout=1.5), ValueError, "GRU: dropout must lie in [0, 1]; got 1.5."),
    (lambda: GRU(3, recurrent_dropout="a"), TypeError,
     "GRU: recurrent_dropout must be a number; got 'a'."),
    (lambda: GRU(3, zoneout=-1), ValueError, "GRU: zoneout must lie in [0, 1]; got -1."),
    (lambda: GRU(3, seed=-1), ValueError, "GRU: seed must be at least 0; got -1."),
    (lambda: GRU(3, initial_state_initializer=3), TypeError,
     "GRU: initial_state_initializer must be the name of an initialiser or one of them; got 3."),
    (lambda: Dense(-1), ValueError, "Dense: units must be at least 1; got -1."),
    (lambda: Dense(1.0), TypeError, "Dense: units must be an integer; got 1.0."),
    (lambda: Dense(3, "x"), ValueError, f"Dense: activation must be one of {NAMES}; got 'x'."),
    (lambda: Dense(3, kernel_initializer="x"), ValueError,
     f"Dense: kernel_initializer must be one of {INITIALIZERS}; got 'x'."),
    (lambda: Dense(3, bias_initializer="x"), ValueError,
     f"Dense: bias_initializer must be one of {INITIALIZERS}; got 'x'."),
    (lambda: Embedding(0, 3), ValueError, "Embedding: input_dim must be at least 1; got 0."),
    (lambda: Embedding(3, 0), ValueError, "Embedding: output_dim must be at least 1; got 0."),
    (lambda: Embedding(3, 2, "x"), ValueError,
     f"Embedding: embeddings_initializer must be one of {INITIALIZERS}; got 'x'."),
    (lambda: Embedding(3, 2, input_length=0), ValueError,
     "Embedding: input_length must be at least 1; got 0."),
    (lambda: Embedding(3, 2, weights=np.ones((2, 2)), name="e"), ValueError,
     "e.set_weights: weights must have shapes (3, 2); got (2, 2)."),
    (lambda: Masking("a"), TypeError, "Masking: mask_value must be a number; got 'a'."),
    (lambda: Masking(np.nan), ValueError, "Masking: mask_value must be finite; got nan."),
    (lambda: Dropout(1.5), ValueError, "Dropout: rate must lie in [0, 1]; got 1.5."),
    (lambda: Dropout(-0.1), ValueError, "Dropout: rate must lie in [0, 1]; got -0.1."),
    (lambda: Dropout(np.nan), ValueError, "Dropout: rate must lie in [0, 1]; got nan."),
    (lambda: Dropout("a"), TypeError, "Dropout: rate must be a number; got 'a'."),
    (lambda: Dropout(0.5, seed=-1), ValueError, "Dropout: seed must be at least 0; got -1."),
    (lambda: Dropout(0.5, seed=1.5), TypeError, "Dropout: seed must be an integer; got 1.5."),
    (lambda: Dropout(0.5, 3), TypeError, f"Dropout: noise_shape {A_TUPLE}; got 3."),
    (lambda: Dropout(0.5, "ab"), TypeError, f"Dropout: noise_shape {A_TUPLE}; got 'ab'."),
    (lambda: Dropout(0.5, (2, 0)), ValueError,
     "Dropout: every size of noise_shape must be at least 1; got 0."),
    (lambda: Activation("x"), ValueError,
     f"Activation: activation must be one of {NAMES}; got 'x'."),
    (lambda: Activation(np.tanh), TypeError,
     f"Activation: activation {A_FUNCTION}; got <ufunc 'tanh'>."),
    (lambda: InputLayer(), TypeError, "InputLayer: shape must be given; got None."),
    (lambda: InputLayer((5,), batch_size=0), ValueError,
     "InputLayer: batch_size must be at least 1; got 0."),
    (lambda: Input((3, 0)), ValueError,
     "InputLayer: every size of the input shape must be at least 1; got 0."),
    # What every layer takes.
    (lambda: GRU(3, name=""), ValueError, "GRU: name must be a word without a slash; got ''."),
    (lambda: Dense(3, name="a/b"), ValueError,
     "Dense: name must be a word without a slash; got 'a/b'."),
    (lambda: Flatten("channels"), ValueError,
     ("Flatten: data_format must be one of 'channels_last', 'channels_first'; "
      "got 'channels'.")),
    (lambda: Flatten(name=3), ValueError,
     "Flatten: name must be a word without a slash; got 3."),
    (lambda: GRU(3, trainable=1), TypeError, "GRU: trainable must be True or False; got 1."),
    (lambda: GRU(3, dtype="float16"), ValueError,
     "GRU: dtype must be one of 'float32', 'float64'; got 'float16'."),
    (lambda: GRU(3, dtype=np.int32), ValueError,
     "GRU: dtype must be one of 'float32', 'float64'; got 'int32'."),
    (lambda: GRU(3, input_shape=(0, 3)), ValueError,
     "GRU: every size of the input shape must be at least 1; got 0."),
    (lambda: GRU(3, input_shape=(2.5, 3)), TypeError,
     "GRU: every size of the input shape must be an integer; got 2.5."),
    (lambda: GRU(3, input_dim=0), ValueError, "GRU: input_dim must be at least 1; got 0."),
    (lambda: GRU(3, batch_input_shape=(2, 0, 4)), ValueError,
     "GRU: every size of the input shape must be at least 1; got 0."),
    (lambda: GRU(3, batch_shape=5), TypeError, f"GRU: the input shape {A_TUPLE}; got 5."),
    (lambda: GRU(3, input_shape="ab"), TypeError, f"GRU: the input shape {A_TUPLE}; got 'ab'."),
    (lambda: Input({}), TypeError, f"InputLayer: the input shape {A_TUPLE}; got {{}}."),
    (lambda: Input((3,), sparse=True), NotImplementedError,
     "Input: sparse must be None; got True. fastgru does not have this yet."),
    (lambda: InputLayer((3,), ragged=True), NotImplementedError,
     "InputLayer: ragged must be None; got True. fastgru does not have this yet."),
    (lambda: InputLayer((3,), input_tensor=3), NotImplementedError,
     "InputLayer: input_tensor must be None; got 3. fastgru does not have this yet."),
    (lambda: InputLayer((3,), optional=True), NotImplementedError,
     "InputLayer: optional must be False; got True. fastgru does not have this yet."),
    (lambda: Input((3,), dtype="x"), TypeError,
     "InputLayer: dtype must be a numeric dtype; got 'x'."),
    (lambda: GRU(3, unit=4), TypeError,
     "GRU: keywords must be those of GRU; got unit. Did you mean units?"),
    (lambda: Flatten(zzz=4, yyy=5), TypeError,
     "Flatten: keywords must be those of Flatten; got zzz, yyy."),
]  # fmt: skip

FLAGS = {
    GRU: (
        "use_bias",
        "return_sequences",
        "go_backwards",
        "reset_after",
        "zero_output_for_mask",
        "return_state",
        "stateful",
    ),
    Dense: ("use_bias",),
    Embedding: ("mask_zero",),
}
SIZES = {GRU: (3,), Dense: (3,), Embedding: (3, 2), Flatten: ()}

LATER = {
    GRU: {
        "time_major": True,
    },
    Embedding: {"lora_rank": 4},
}  # fmt: skip
DEFAULTS = {"time_major": False}
later = pytest.mark.parametrize(
    ("cls", "what", "value"),
    [(c, w, v) for c, given in LATER.items() for w, v in given.items()],
)


@pytest.mark.parametrize(("make", "kind", "sentence"), REFUSED)
def test_what_is_out_of_range_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@pytest.mark.parametrize(("cls", "flag"), [(c, f) for c, flags in FLAGS.items() for f in flags])
@pytest.mark.parametrize("value", [1, None, "yes"])
def test_a_flag_is_true_or_false(value, cls, flag):
    sentence = f"{cls.__name__}: {flag} must be True or False; got {value!r}."
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        cls(*SIZES[cls], **{flag: value})


@later
def test_what_is_not_there_yet_is_said_to_be_missing(cls, what, value):
    sentence = (
        f"{cls.__name__}: {what} must be {DEFAULTS.get(what)!r}; got {value!r}. "
        "fastgru does not have this yet."
    )
    with pytest.raises(NotImplementedError, match=f"^{re.escape(sentence)}$"):
        cls(*SIZES[cls], **{what: value})


@later
def test_its_default_is_accepted(cls, what, value):
    cls(*SIZES[cls], **{what: DEFAULTS.get(what)})


def test_arguments_that_change_nothing_are_accepted():
    GRU(3, unroll=True, use_cudnn=False, implementation=1, seed=7)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, "linear"),
        ("swish", "silu"),
        (activations.swish, "silu"),
        (activations.gelu, "gelu"),
    ],
)
def test_an_activation_may_be_a_name_one_of_our_functions_or_none(given, name):
    assert Dense(3, given).activation == name
    assert Activation(given).activation == name
    gru = GRU(3, given, given)
    assert (gru.activation, gru.recurrent_activation) == (name, name)


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ({}, None),
        ({"input_shape": (10, 64)}, (None, 10, 64)),
        ({"input_shape": (None, 64)}, (None, None, 64)),
        ({"input_shape": 64}, (None, 64)),
        ({"input_dim": 64}, (None, 64)),
        ({"input_dim": 64, "input_length": 10}, (None, 10, 64)),
        ({"batch_input_shape": (8, 10, 64)}, (8, 10, 64)),
        ({"batch_shape": [8, 10, np.int64(64)]}, (8, 10, 64)),
    ],
)
def test_the_input_shape_may_be_given_in_all_of_keras_ways(given, shape):
    assert GRU(3, **given).given_shape == shape


def test_an_input_gives_its_shape_in_three_ways():
    assert Input((10, 64)).given_shape == (None, 10, 64)
    assert Input(5).given_shape == (None, 5)
    assert Input((10, 64), batch_size=8).given_shape == (8, 10, 64)
    plain = {"sparse": False, "ragged": False, "optional": False, "input_tensor": None}
    assert InputLayer((10, 64), 8, name="x", **plain).given_shape == (8, 10, 64)
    assert Input(batch_shape=(8, 10, 64)).output_shape == (8, 10, 64)


def test_an_embedding_takes_its_input_length_and_its_weights():
    table = np.arange(6).reshape(3, 2)
    for given in (table, [table], table.tolist()):
        layer = Embedding(3, 2, weights=given, input_length=7)
        assert layer.given_shape == (None, 7)
        np.testing.assert_array_equal(layer.get_weights()[0], table)
