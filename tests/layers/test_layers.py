"""What all layers have in common: names, configurations, shapes, weights, calls."""

import re

import numpy as np
import pytest
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_array_equal

from fastgru import initializers, layers
from fastgru.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GRUCell,
    Input,
    LSTMCell,
    Masking,
    Normalization,
    SimpleRNN,
    TextVectorization,
)
from fastgru.utils import clear_session

MAKERS = {
    "GRU": lambda **more: GRU(
        4, "relu", "hard_sigmoid", False, "he_normal", initializers.Orthogonal(0.5), "ones",
        return_sequences=True, go_backwards=True, reset_after=False, zero_output_for_mask=True,
        seed=3, **more,
    ),
    "Dense": lambda **more: Dense(4, "gelu", False, "he_normal", "ones", **more),
    "Embedding": lambda **more: Embedding(5, 4, "he_normal", mask_zero=True, **more),
    "Masking": lambda **more: Masking(-1.5, **more),
    "Dropout": lambda **more: Dropout(0.25, (None, 1, None), 7, **more),
    "Activation": lambda **more: Activation("softmax", **more),
    "Flatten": lambda **more: Flatten(**more),
    "Normalization": lambda **more: Normalization(
        (1, -1), [0.5, 1.0, -2.0], [1.0, 0.5, 3.0], True, **more
    ),
    "TextVectorization": lambda **more: TextVectorization(
        9, "lower", "character", (1, 2), "tf_idf", pad_to_max_tokens=True,
        vocabulary=["b", "a"], idf_weights=[0.5, 0.25], encoding="latin-1", **more,
    ),
    "LSTM": lambda **more: LSTM(
        4, "relu", unit_forget_bias=False, go_backwards=True, seed=3, **more
    ),
    "SimpleRNN": lambda **more: SimpleRNN(4, "relu", use_bias=False, **more),
    "RNN": lambda **more: RNN(
        [GRUCell(4, dtype=more.get("dtype")), LSTMCell(3, dtype=more.get("dtype"))],
        return_sequences=True, **more,
    ),
    "Bidirectional": lambda **more: Bidirectional(
        GRU(4, dtype=more.get("dtype"), reset_after=False), "mul", **more
    ),
    "Conv1D": lambda **more: layers.Conv1D(
        4, 2, 1, "causal", "channels_last", 2, 1, "gelu", False, kernel_regularizer="l2",
        kernel_constraint="max_norm", activity_regularizer="l1", **more,
    ),
    "MaxPooling1D": lambda **more: layers.MaxPooling1D(3, 2, "same", **more),
    "AveragePooling1D": lambda **more: layers.AveragePooling1D(3, 2, "same", **more),
    "GlobalMaxPooling1D": lambda **more: layers.GlobalMaxPooling1D(keepdims=True, **more),
    "GlobalAveragePooling1D": lambda **more: layers.GlobalAveragePooling1D(
        "channels_first", True, **more
    ),
    "BatchNormalization": lambda **more: layers.BatchNormalization(
        1, 1.0, 0.1, False, True, gamma_initializer="he_normal", gamma_regularizer="l1",
        moving_mean_initializer="ones", gamma_constraint="non_neg",
        **{"trainable": False, **more},
    ),
    "LayerNormalization": lambda **more: layers.LayerNormalization(
        [1, 2], 0.1, False, True, "ones", "zeros", "l1", "l2", "non_neg", "unit_norm", **more
    ),
    "GaussianNoise": lambda **more: layers.GaussianNoise(0.5, 3, **more),
    "SpatialDropout1D": lambda **more: layers.SpatialDropout1D(0.5, 3, **more),
    "RepeatVector": lambda **more: layers.RepeatVector(3, **more),
    "Reshape": lambda **more: layers.Reshape((2, -1), **more),
    "Permute": lambda **more: layers.Permute((2, 1), **more),
    "ZeroPadding1D": lambda **more: layers.ZeroPadding1D((1, 2), "channels_first", **more),
    "Cropping1D": lambda **more: layers.Cropping1D((1, 2), **more),
    "UpSampling1D": lambda **more: layers.UpSampling1D(3, **more),
    "Rescaling": lambda **more: layers.Rescaling([1, 2, 3], 0.5, **more),
    "ReLU": lambda **more: layers.ReLU(2.0, 0.1, 0.2, **more),
    "LeakyReLU": lambda **more: layers.LeakyReLU(0.1, **more),
    "ELU": lambda **more: layers.ELU(0.1, **more),
    "PReLU": lambda **more: layers.PReLU("ones", "l1", "non_neg", [1], **more),
    "Softmax": lambda **more: layers.Softmax([1, 2], **more),
    "TimeDistributed": lambda **more: layers.TimeDistributed(
        Dense(3, "gelu", kernel_regularizer="l2", **more), name=more.get("name"),
        trainable=more.get("trainable", True), input_shape=more.get("input_shape"),
    ),
}  # fmt: skip
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def test_every_class_of_the_table_is_tested_here():
    # The last one is a model inside of another: models/test_nested_models.py.
    assert {*MAKERS, "InputLayer", "Sequential"} == set(layers.CLASSES)


@makers
def test_a_configuration_makes_the_layer_again(make):
    for more in ({}, {"input_shape": (6, 3)}, {"dtype": "float64", "trainable": False}):
        layer = make(**more)
        twin = type(layer).from_config(layer.get_config())
        assert twin.get_config() == layer.get_config()
        assert vars(twin).keys() == vars(layer).keys()
        for name in ("name", "dtype", "trainable", "given_shape"):
            assert getattr(twin, name) == getattr(layer, name), name


@makers
def test_a_configuration_says_what_differs_from_the_defaults(make):
    layer = make(name="mine", dtype="float64", trainable=False)
    config = layer.get_config()
    assert (config["name"], config["dtype"], config["trainable"]) == ("mine", "float64", False)
    given = {"GRU": ("relu", 4, False, True, True, False, True, 3), "Dense": ("gelu", 4, False)}
    keys = (
        "activation", "units", "use_bias", "return_sequences", "go_backwards", "reset_after",
        "zero_output_for_mask", "seed",
    )  # fmt: skip
    for key, value in zip(keys, given.get(type(layer).__name__, ()), strict=False):
        assert config[key] == value, key


def test_an_input_is_made_again_from_its_configuration():
    layer = Input((None, 3), batch_size=2, dtype="int32", name="in")
    config = {"batch_shape": (2, None, 3), "dtype": "int32", "name": "in"}
    assert layer.get_config() == config
    assert type(layer).from_config(config).get_config() == config


def test_names_are_counted_by_class_and_start_again_with_the_session():
    for _ in range(2):
        clear_session()
        made = [GRU(1), GRU(1), Dense(1), GRU(1, name="mine"), Input((1,)), GRU(1)]
        names = ["gru", "gru_1", "dense", "mine", "input_layer", "gru_2"]
        assert [layer.name for layer in made] == names


def test_the_text_of_a_layer_names_it():
    layer = Dense(1, name="d")
    assert repr(layer) == "<Dense name=d, built=False>"
    layer.build((None, 2))
    assert repr(layer) == "<Dense name=d, built=True>"


@pytest.mark.parametrize(
    ("layer", "given", "gives", "count"),
    [
        (GRU(32), (None, 10, 64), (None, 32), 9408),
        (GRU(32, return_sequences=True), (None, None, 32), (None, None, 32), 6336),
        (GRU(2, reset_after=False), (8, 5, 3), (8, 2), 36),
        (GRU(2, use_bias=False), (None, 5, 3), (None, 2), 30),
        (Dense(4), (None, 3), (None, 4), 16),
        (Dense(4, use_bias=False), (None, None, 5, 3), (None, None, 5, 4), 12),
        (Embedding(7, 4), (None, 9), (None, 9, 4), 28),
        (Masking(), (None, 9, 2), (None, 9, 2), 0),
        (Dropout(0.5), (None, 9, 2), (None, 9, 2), 0),
        (Activation("tanh"), (None, 9, 2), (None, 9, 2), 0),
        (Flatten(), (None, 9, 2), (None, 18), 0),
        (Flatten(), (None, None, 2), (None, None), 0),
    ],
)
def test_shapes_and_numbers_of_parameters(layer, given, gives, count):
    layer.build(given)
    assert (layer.input_shape, layer.output_shape) == (given, gives)
    assert layer.count_params() == sum(w.size for w in layer.weights) == count


IDS = (
    " A GRU below it needs return_sequences=True, token ids need an Embedding layer or one-hot "
    "rows from fastgru.utils.to_categorical."
)
PAD = " fastgru.utils.pad_sequences makes them equal."


@pytest.mark.parametrize(
    ("make", "shape", "rest"),
    [
        (lambda: GRU(3, name="g"), (None, 4),
         f"have shape (batch, time, features); got (None, 4).{IDS}"),
        (lambda: GRU(3, name="g"), (None, 4, 3, 2),
         "have shape (batch, time, features); got (None, 4, 3, 2)."),
        (lambda: GRU(3, name="g"), (None, None, None),
         "have a known last axis; got (None, None, None)."),
        (lambda: Dense(3, name="g"), (None,), "have a known last axis; got (None,)."),
        (lambda: Dense(3, name="g"), (None, None), "have a known last axis; got (None, None)."),
        (lambda: Masking(name="g"), (None, 4),
         "have shape (batch, time, features); got (None, 4)."),
    ],
)  # fmt: skip
def test_a_shape_that_does_not_fit_is_refused(make, shape, rest):
    with refuses(ValueError, f"g: its input must {rest}"):
        make().build(shape)


BUILT_FOR = "its input must have the shape it was built for"


def test_a_layer_that_is_built_keeps_its_parameters_shape():
    layer = Dense(3, name="d")
    layer.build((None, 4))
    for build_again in (layer.build, layer.prepare):
        with refuses(ValueError, f"d: {BUILT_FOR}, (None, 4); got (None, 5)."):
            build_again((None, 5))
    assert layer.weights[0].shape == (4, 3) == layer.specs[0].shape


@pytest.mark.parametrize("make", [lambda: GRU(3, name="l"), lambda: Dense(3, name="l")])
def test_a_call_with_another_width_is_refused(make, monkeypatch):
    layer = make()
    layer.build((None, 5, 4))
    # The kernels do not check: without a refusal they read beyond the weights.
    monkeypatch.setattr(layer, "predict", lambda *_: pytest.fail("reached the kernel"))
    with refuses(ValueError, f"l: {BUILT_FOR}, (None, 5, 4); got (None, 5, 7)."):
        layer(np.ones((2, 5, 7)))


@pytest.mark.parametrize("shape", [(5,), (2, 4), (5, 2), (3, 5), (2, 5, 1)])
def test_a_call_with_a_mask_of_another_shape_is_refused(shape, monkeypatch):
    layer = GRU(3, name="g")
    layer.build((None, 5, 4))
    # The kernels do not check: without a refusal they write beyond their arrays.
    monkeypatch.setattr(layer, "predict", lambda *_: pytest.fail("reached the kernel"))
    with refuses(ValueError, f"g: mask must have shape (2, 5); got {shape}."):
        layer(np.ones((2, 5, 4)), mask=np.ones(shape, bool))


def test_an_initial_state_of_another_shape_is_refused():
    with refuses(ValueError, "g: initial_state must have shape (2, 3); got (2, 4)."):
        GRU(3, name="g")(np.ones((2, 5, 4)), initial_state=np.ones((2, 4)))


@pytest.mark.parametrize(
    ("x", "kind", "rest"),
    [
        ([["a"]], TypeError, "hold numbers; got list of str."),
        ([[[1], [2, 3]]], ValueError,
         f"be one array of numbers; got rows of different lengths.{PAD}"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(x, kind, rest):
    with refuses(kind, f"g: x must {rest}"):
        GRU(3, name="g")(x)


@pytest.mark.parametrize(
    ("noise_shape", "shape", "rest"),
    [
        ((2,), (2, 3), "have 2 axes; got (2,)."),
        ((2, 4), (2, 3), "have the sizes of the input, (2, 3), or 1; got (2, 4)."),
        ((4, 2, 1), (2, 4, 3), "have the sizes of the input, (2, 4, 3), or 1; got (4, 2, 1)."),
    ],
)
def test_a_noise_shape_that_does_not_fit_is_refused(noise_shape, shape, rest):
    with refuses(ValueError, f"d: noise_shape must {rest}"):
        Dropout(0.5, noise_shape, name="d")(np.ones(shape), training=True)


@pytest.mark.parametrize(
    ("ids", "got"),
    [
        ([[0, 3]], "0 to 3"),
        ([[0, -1]], "-1 to 0"),
        ([[0, 3.5]], "0.0 to 3.5"),
        ([[0, np.nan]], "NaN or infinity"),
        (np.array([[0, 7]], np.int32), "7"),
    ],
)
def test_ids_outside_the_vocabulary_are_refused(ids, got):
    sentence = f"e: ids must lie in [0, 3) for e; got {got}. "
    with refuses(
        IndexError, sentence + "Embedding's input_dim must be the largest id plus one."
    ):
        Embedding(3, 2, name="e")(np.array(ids))


def test_ids_may_be_of_any_kind_and_fractions_are_cut_off():
    layer = build(Embedding(3, 2), (None, 3), np.random.default_rng(0))
    expected = layer.weights[0][[[0, 2, 1]]]
    for ids in ([[0, 2, 1]], [[0.5, 2.9, 1]], np.array([[0, 2, 1]], np.uint8)):
        assert_array_equal(layer(ids), expected)


@makers
def test_training_and_predicting_agree_where_nothing_is_drawn(make):
    layer, rng = make(), np.random.default_rng(1)
    if layer.takes_text:
        return
    shape = (B, T) if layer.takes_ids or isinstance(layer, layers.RepeatVector) else (B, T, 3)
    build(layer, (None, *shape[1:]), rng)
    x = rng.integers(0, 5, shape) if layer.takes_ids else rng.standard_normal(shape)
    if isinstance(layer, Dropout):
        layer.rate = 0.0
    if isinstance(layer, layers.GaussianNoise):
        layer.stddev = 0.0
    if isinstance(layer, layers.BatchNormalization):
        layer.set_weights([np.abs(weight) for weight in layer.weights])
    assert_array_equal(layer(x, training=True), layer(x))


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_masks_go_on_behind_layers_that_keep_the_steps(mask):
    x = np.zeros((T, B, 3), np.float32)
    for layer, goes_on in ((Dense(2), True), (Dropout(0.5), True), (Activation("tanh"), True),
                           (GRU(2, return_sequences=True), True), (GRU(2), False),
                           (Flatten(), False)):  # fmt: skip
        layer.build((None, T, 3))
        assert layer.forward(x, mask)[1] is (mask if goes_on else None)
        assert layer.predict(x, mask)[1] is (mask if goes_on else None)
