"""Every layer, exported, gives in ONNX Runtime what it gives here."""

import numpy as np
import pytest
from formats.onnx_runs import agree, equal, exported, holes, ids, numbers, onnx

from fastgru import Sequential, activations, layers
from fastgru.formats.onnx_export import OLDEST
from fastgru.formats.onnx_export.model import NEWEST
from fastgru.formats.onnx_export.table import MINDFUL, PLAIN
from fastgru.layers import *

ANY = numbers(4, 9, 6)
SHAPES = ANY, numbers(2, 5, 6)
FIXED = (None, 9, 6)
#: Layers, for inputs of open axes, or of a fixed shape where the name begins so.
CASES = {
    "Activation": [Activation("softmax")],
    "AveragePooling1D": [AveragePooling1D(3, 2)],
    "AveragePooling1D same": [AveragePooling1D(3, 2, "same")],
    "AveragePooling1D 1": [AveragePooling1D(4, 1, "same")],
    "BatchNormalization": [BatchNormalization()],
    "Conv1D": [Conv1D(4, 3, dilation_rate=2, activation="relu")],
    "Conv1D same": [Conv1D(4, 4, padding="same", dilation_rate=2)],
    "Conv1D strides": [Conv1D(4, 4, 3, padding="same")],
    "Conv1D causal": [Conv1D(4, 3, padding="causal", groups=2, use_bias=False)],
    "Cropping1D": [Cropping1D((1, 2))],
    "Cropping1D front": [Cropping1D((2, 0))],
    "Dense": [Dense(3, "tanh", use_bias=False)],
    "Dropout": [Dropout(0.5), SpatialDropout1D(0.5), GaussianNoise(0.5)],
    "ELU": [ELU(0.7)],
    "Flatten": [Flatten()],
    "GlobalAveragePooling1D": [GlobalAveragePooling1D()],
    "GlobalMaxPooling1D": [GlobalMaxPooling1D(keepdims=True)],
    "LayerNormalization": [LayerNormalization(scale=False)],
    "LeakyReLU": [LeakyReLU(0.1)],
    "MaxPooling1D": [MaxPooling1D(3, 2)],
    "MaxPooling1D same": [MaxPooling1D(3, 2, "same")],
    "Normalization": [Normalization()],
    "Normalization given": [Normalization(mean=[0.5], variance=2.0 * np.ones(1))],
    "Normalization None": [Normalization(axis=None, invert=True)],
    "PReLU": [PReLU(shared_axes=[1])],
    "Permute": [Permute((2, 1))],
    "ReLU": [ReLU(), ReLU(0.8, 0.1, 0.3)],
    "RepeatVector": [GlobalMaxPooling1D(), RepeatVector(3)],
    "Rescaling": [Rescaling([1.0, 2, 3, 4, 5, 6], -0.5)],
    "Reshape": [Reshape((-1, 3))],
    "Softmax": [Softmax(1)],
    "Softmax two": [Softmax([1, 2])],
    "TimeDistributed": [TimeDistributed(Dense(3, "sigmoid"))],
    "TimeDistributed nest": [
        TimeDistributed(RepeatVector(3)), TimeDistributed(GRU(4)), TimeDistributed(ReLU()),
    ],
    "UpSampling1D": [UpSampling1D(3)],
    "ZeroPadding1D": [ZeroPadding1D((2, 1))],
    # Of several axes, of channels in front, of a known number of steps.
    "fixed BatchNormalization": [BatchNormalization(1, scale=False)],
    "fixed LayerNormalization": [LayerNormalization([1, 2])],
    "fixed LayerNormalization 1": [LayerNormalization(1, center=False)],
    "fixed Normalization": [Normalization((1, 2))],
    "fixed PReLU": [PReLU()],
    "fixed Conv1D": [Conv1D(3, 4, 2, padding="same", data_format="channels_first")],
    "fixed pooling": [
        MaxPooling1D(2, 3, "same", "channels_first"),
        AveragePooling1D(2, 1, "same", "channels_first"),
        GlobalAveragePooling1D("channels_first", keepdims=True),
    ],
    "fixed padding": [ZeroPadding1D(1, data_format="channels_first")],
    "fixed Flatten": [Flatten(), Dense(2)],
    "fixed Flatten of channels": [Flatten("channels_first"), Dense(2)],
}  # fmt: skip


#: What `load_model` refuses, see test_onnx_back.
ONE_WAY = ("TimeDistributed nest", "fixed Normalization", "fixed pooling")


@pytest.mark.parametrize("name", CASES)
def test_a_layer(name):
    back = name not in ONE_WAY
    if name.startswith("fixed"):
        agree(CASES[name], ANY, shape=FIXED, back=back)
    else:
        agree(CASES[name], *SHAPES, back=back)


def test_every_layer_is_in_the_table():
    table = {*MINDFUL, *PLAIN}
    assert {*layers.CLASSES.values()} - table == {TextVectorization}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", activations.NAMES)
def test_an_activation(name, dtype):
    if (name, dtype) == ("gelu", "float64"):
        pytest.skip("ONNX Runtime has no Erf of float64")
    layers = [Activation(name, dtype=dtype), Activation("linear", dtype=dtype)]
    # A formula of sums and sorting, which is not read back.
    agree(layers, 3 * ANY, back=name != "sparsemax")


@pytest.mark.parametrize("opset", range(OLDEST, NEWEST + 1))
def test_an_operator_set(opset):
    made = [
        Masking(), GRU(3, return_sequences=True), SimpleRNN(4, "relu6", return_sequences=True),
        LayerNormalization(), Softmax([1, 2]), GlobalAveragePooling1D(), Dense(2, "gelu"),
    ]  # fmt: skip
    proto = agree(made, holes(4, 5, 3)[1:], opset_version=opset)
    assert [(one.domain, one.version) for one in proto.opset_import] == [("", opset)]


def test_float64():
    made = [
        Masking(), LSTM(3, return_sequences=True), GRU(4), LayerNormalization(),
        Dense(3, "hard_sigmoid"), BatchNormalization(), ELU(0.5), LeakyReLU(), Softmax(),
    ]  # fmt: skip
    for layer in made:
        layer.dtype = "float64"
    agree(made, holes(4, 5, 3), tolerance=1e-7)


def test_ids_and_masks():
    agree(
        [Embedding(11, 3, mask_zero=True), GRU(4, return_sequences=True), Dropout(0.5),
         Bidirectional(LSTM(3)), Dense(1, "sigmoid")],
        ids(4, 7, 11), ids(5, 9, 11),
    )  # fmt: skip
    agree([Embedding(11, 3), GRU(4)], ids(4, 7, 11))
    made = [TimeDistributed(Embedding(11, 3)), Reshape((-1, 9))]
    agree(made, numbers(2, 4, 3) * 0 + 5, back=False)


def test_layers_that_mind_masks():
    agree([Masking(), GlobalMaxPooling1D()], holes(4, 6, 3))
    agree([Masking(), Softmax(1)], holes(4, 6, 3))
    x = holes(4, 6, 3)[1:]
    agree([Masking(), Dense(2), GlobalAveragePooling1D(keepdims=True)], x)
    agree([Masking(0.5), GlobalAveragePooling1D()], np.where(x == 0, np.float32(0.5), x))


def test_names():
    model = Sequential([
        Input((None, 3)), GRU(4, name="gru", return_sequences=True), Dense(2, name="dense"),
    ], name="words")  # fmt: skip
    data, run = exported(model)
    proto = onnx.load_from_string(data)
    assert (proto.producer_name, proto.graph.name) == ("fastgru", "words")
    assert [(one.name, one.shape) for one in run.get_inputs()] == [
        ("input", ["batch", "time", 3])
    ]
    assert [(one.name, one.shape) for one in run.get_outputs()] == [
        ("output", ["batch", "time", 2])
    ]
    names = [one.name for one in proto.graph.initializer if "/" in one.name]
    assert {"gru/W", "gru/R", "gru/B", "dense/kernel", "dense/bias"} <= set(names)
    assert [node.name for node in proto.graph.node if node.op_type == "GRU"] == ["gru/GRU"]


def test_steps_that_data_gave_stay_open():
    model = Sequential([GRU(4), Dense(2)])
    x = numbers(3, 5, 2)
    model.predict(x, verbose=0)
    run = exported(model)[1]
    for some in (x, numbers(2, 8, 2)):
        found = run.run(None, {"input": some})[0]
        equal(found, model.predict(some, verbose=0))
    model = Sequential([Flatten(), Dense(2)])
    wanted = model.predict(x, verbose=0)
    run = exported(model)[1]
    assert run.get_inputs()[0].shape == ["batch", 5, 2]
    equal(run.run(None, {"input": x})[0], wanted)
