"""What the layers around a GRU refuse, in whole sentences."""

import re

import numpy as np
import pytest

import fastgru
from fastgru import layers as L

PADDINGS = "'valid', 'same', 'causal'"
FORMATS = "'channels_last', 'channels_first'"
CONSTRUCTED = [
    (lambda: L.Conv1D(0, 2), ValueError, "Conv1D: filters must be at least 1; got 0."),
    (lambda: L.Conv1D(2, 0), ValueError, "Conv1D: kernel_size must be at least 1; got 0."),
    (lambda: L.Conv1D(2, (2, 3)), ValueError,
     "Conv1D: kernel_size must be one integer; got (2, 3)."),
    (lambda: L.Conv1D(2, 2, strides=0), ValueError,
     "Conv1D: strides must be at least 1; got 0."),
    (lambda: L.Conv1D(2, 2, padding="full"), ValueError,
     f"Conv1D: padding must be one of {PADDINGS}; got 'full'."),
    (lambda: L.Conv1D(2, 2, data_format="x"), ValueError,
     f"Conv1D: data_format must be one of {FORMATS}; got 'x'."),
    (lambda: L.Conv1D(3, 2, groups=2), ValueError,
     "Conv1D: filters must be a multiple of groups, 2; got 3."),
    (lambda: L.Conv1D(3, 2, 2, dilation_rate=3), ValueError,
     "Conv1D: dilation_rate must be 1 where strides are 2; got 3."),
    (lambda: L.MaxPooling1D(0), ValueError, "MaxPooling1D: pool_size must be at least 1; got 0."),
    (lambda: L.AveragePooling1D(padding="causal"), ValueError,
     "AveragePooling1D: padding must be one of 'valid', 'same'; got 'causal'."),
    (lambda: L.GlobalMaxPooling1D(keepdims=1), TypeError,
     "GlobalMaxPooling1D: keepdims must be True or False; got 1."),
    (lambda: L.LayerNormalization("a"), TypeError,
     "LayerNormalization: axis must be an integer; got 'a'."),
    (lambda: L.LayerNormalization(epsilon=-1), ValueError,
     "LayerNormalization: epsilon must be at least 0; got -1."),
    (lambda: L.LayerNormalization(rms_scaling=1), TypeError,
     "LayerNormalization: rms_scaling must be True or False; got 1."),
    (lambda: L.BatchNormalization(momentum=2), ValueError,
     "BatchNormalization: momentum must lie in [0, 1]; got 2."),
    (lambda: L.BatchNormalization(renorm=True), NotImplementedError,
     "BatchNormalization: renorm must be False; got True. fastgru does not have this yet."),
    (lambda: L.GaussianNoise(2), ValueError, "GaussianNoise: stddev must lie in [0, 1]; got 2."),
    (lambda: L.SpatialDropout1D(2), ValueError,
     "SpatialDropout1D: rate must lie in [0, 1]; got 2."),
    (lambda: L.SpatialDropout1D(0.5, seed="a"), TypeError,
     "SpatialDropout1D: seed must be an integer; got 'a'."),
    (lambda: L.RepeatVector(0), ValueError, "RepeatVector: n must be at least 1; got 0."),
    (lambda: L.Reshape(3), TypeError,
     "Reshape: target_shape must be a tuple of integers; got 3."),
    (lambda: L.Reshape((-1, -1)), ValueError,
     "Reshape: target_shape must have sizes of at least 1, and -1 once at most; got (-1, -1)."),
    (lambda: L.Permute((1, 3)), ValueError,
     "Permute: dims must hold each of 1 to 2 once; got (1, 3)."),
    (lambda: L.Permute(2), TypeError, "Permute: dims must be a tuple of integers; got 2."),
    (lambda: L.ZeroPadding1D((1, 2, 3)), ValueError,
     "ZeroPadding1D: padding must be one integer or two; got (1, 2, 3)."),
    (lambda: L.ZeroPadding1D(-1), ValueError,
     "ZeroPadding1D: padding must be at least 0; got -1."),
    (lambda: L.Cropping1D((1, 0.5)), TypeError,
     "Cropping1D: cropping must be an integer; got 0.5."),
    (lambda: L.UpSampling1D(0), ValueError, "UpSampling1D: size must be at least 1; got 0."),
    (lambda: L.Rescaling("a"), TypeError, "Rescaling: scale must hold numbers; got str."),
    (lambda: L.Rescaling(1, np.ones((2, 2))), ValueError,
     "Rescaling: offset must be one number or a list; got shape (2, 2)."),
    (lambda: L.Rescaling([1, np.inf]), ValueError, "Rescaling: scale must be finite; got inf."),
    (lambda: L.ReLU(-1), ValueError, "ReLU: max_value must be at least 0; got -1."),
    (lambda: L.LeakyReLU(-1), ValueError,
     "LeakyReLU: negative_slope must be at least 0; got -1."),
    (lambda: L.ELU(None), TypeError, "ELU: alpha must be a number; got None."),
    (lambda: L.PReLU(shared_axes=0), ValueError,
     "PReLU: every number in shared_axes must be at least 1; got 0."),
    (lambda: L.Softmax([1, "a"]), TypeError,
     "Softmax: every number in axis must be an integer; got 'a'."),
    (lambda: L.TimeDistributed(3), TypeError,
     "TimeDistributed: layer must be a layer of fastgru.layers; got 3."),
    (lambda: L.TimeDistributed(L.Dense(2), dtype="float64"), ValueError,
     "TimeDistributed: dtype must be that of the inner layer, float32; got float64."),
    (lambda: L.TimeDistributed(
        L.Bidirectional(L.GRU(2, activity_regularizer="l2", name="g"))), ValueError,
     ("TimeDistributed: layers inside of the inner layer must have no activity_regularizer; "
      "got that of forward_g.")),
    (lambda: L.TimeDistributed(L.GRU(2, return_state=True)), ValueError,
     "TimeDistributed: layer must give one array; got 2."),
    (lambda: L.TimeDistributed(L.GRU(2, stateful=True)), NotImplementedError,
     "TimeDistributed: stateful must be False; got True. fastgru does not have this yet."),
    (lambda: L.TimeDistributed.from_config({"layer": {"class_name": "Lambda"}}), ValueError,
     None),
]  # fmt: skip
UNSHARED = (
    "known axes where alpha is not shared; got (None, None, 3). "
    "shared_axes=[1] shares alpha between steps."
)
SHAPED = [
    (lambda: L.Conv1D(2, 2, name="n"), (None, 4),
     "its input must have shape (batch, steps, channels); got (None, 4)."),
    (lambda: L.Conv1D(2, 2, name="n"), (None, 4, None),
     "its input must have a known axis of channels; got (None, 4, None)."),
    (lambda: L.Conv1D(2, 2, groups=2, name="n"), (None, 4, 3),
     "its input must have a multiple of 2 channels; got (None, 4, 3)."),
    (lambda: L.Conv1D(2, 5, name="n"), (None, 4, 3),
     "its input must have the steps of one window; got (None, 4, 3)."),
    (lambda: L.Conv1D(2, 2**29, padding="same", name="n"), (None, 4, 8),
     "its kernel must have at most 2147483647 rows; got 4294967296."),
    (lambda: L.MaxPooling1D(5, name="n"), (None, 4, 3),
     "its input must have the steps of one window; got (None, 4, 3)."),
    (lambda: L.GlobalMaxPooling1D("channels_first", name="n"), (None, 4),
     "its input must have shape (batch, channels, steps); got (None, 4)."),
    (lambda: L.LayerNormalization(3, name="n"), (None, 4, 3),
     "axis must be different axes of (None, 4, 3) behind the batch's; got 3."),
    (lambda: L.LayerNormalization([2, -1], name="n"), (None, 4, 3),
     "axis must be different axes of (None, 4, 3) behind the batch's; got 2, -1."),
    (lambda: L.LayerNormalization(1, name="n"), (None, None, 3),
     "its input must have known axes to normalize; got (None, None, 3)."),
    (lambda: L.BatchNormalization(0, name="n"), (None, 3),
     "axis must be different axes of (None, 3) behind the batch's; got 0."),
    (lambda: L.BatchNormalization(name="n"), (None, None),
     "its input must have a known axis of features; got (None, None)."),
    (lambda: L.SpatialDropout1D(0.5, name="n"), (None, 3),
     "its input must have shape (batch, steps, features); got (None, 3)."),
    (lambda: L.RepeatVector(2, name="n"), (None, 3, 2),
     "its input must have shape (batch, features); got (None, 3, 2)."),
    (lambda: L.Reshape((5, -1), name="n"), (None, 3, 2),
     "the shape of a sample must fit into (5, -1); got (3, 2)."),
    (lambda: L.Reshape((3,), name="n"), (None, 3, 2),
     "the shape of a sample must fit into (3,); got (3, 2)."),
    (lambda: L.Permute((2, 1), name="n"), (None, 3),
     "its input must have shape (batch, any, any); got (None, 3)."),
    (lambda: L.Cropping1D(2, name="n"), (None, 4, 3),
     "its input must have steps left behind the layer; got (None, 4, 3)."),
    (lambda: L.Rescaling([1, 2], name="n"), (None, 3),
     "scale must have one number for each of the last axis of (None, 3); got 2."),
    (lambda: L.PReLU(name="n"), (None, None, 3),
     f"its input must have {UNSHARED}"),
    (lambda: L.PReLU(shared_axes=[2], name="n"), (None, 3),
     "shared_axes must be axes of (None, 3); got 2."),
    (lambda: L.Softmax([1, 3], name="n"), (None, 4, 3),
     "axis must be different axes of (None, 4, 3) behind the batch's; got 1, 3."),
    (lambda: L.TimeDistributed(L.Dense(2), name="n"), (None, 4),
     "its input must have axes of batch and time and one more; got (None, 4)."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "sentence"), CONSTRUCTED)
def test_arguments_out_of_range_are_refused(make, kind, sentence):
    if sentence is None:
        sentence = f"TimeDistributed: layer must be one of {', '.join(map(repr, L.CLASSES))}; "
        sentence += "got 'Lambda'."
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


@pytest.mark.parametrize(("make", "shape", "rest"), SHAPED)
def test_shapes_that_do_not_fit_are_refused(make, shape, rest):
    with pytest.raises(ValueError, match=f"^{re.escape(f'n: {rest}')}$"):
        make().build(shape)


@pytest.mark.parametrize(
    ("make", "shape", "rows"),
    [
        (lambda: L.UpSampling1D(2**30, name="n"), (2, 3, 1), 6 * 2**30),
        (lambda: L.ZeroPadding1D(2**30, name="n"), (2, 3, 1), 3 * (2**31 + 2)),
        (lambda: L.RepeatVector(2**31, name="n"), (3, 1), 3 * 2**31),
        (lambda: L.Reshape((-1, 1), name="n"), (2**20, 4, 2**10), 2**32),
        (lambda: L.Permute((2, 1), name="n"), (2, 2, 2**31), 2**32),
    ],
)
def test_more_rows_than_can_be_counted_are_refused_before_there_is_memory_for_them(
    make, shape, rows
):
    layer = make()
    x = np.broadcast_to(np.float32(1), shape)
    sentence = f"n: its output must have at most 2147483647 rows; got {rows}."
    for run in (layer._predict, layer._forward):
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            run(x)


def test_a_class_instead_of_a_layer_gets_a_hint():
    with pytest.raises(TypeError, match=r"Write Dense\(\.\.\.\)\.$"):
        L.TimeDistributed(L.Dense)


def test_a_build_that_failed_further_up_leaves_the_inner_layer_open():
    inner = L.Dense(2)
    model = fastgru.Sequential([L.TimeDistributed(inner), L.RepeatVector(3)])
    with pytest.raises(ValueError, match="have shape"):
        model.build((None, 5, 4))
    model.pop()
    model.build((None, 5, 3))
    assert inner.weights[0].shape == (3, 2)
    assert model.predict(np.ones((2, 5, 3)), verbose=0).shape == (2, 5, 2)


def test_a_rule_of_the_users_own_cannot_be_saved(tmp_path):
    class Mine(fastgru.regularizers.Regularizer):
        pass

    model = fastgru.Sequential([L.Input((3,)), L.Dense(2, kernel_regularizer=Mine(), name="d")])
    sentence = (
        "d: kernel_regularizer must be one of fastgru.regularizers to be saved; got Mine."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        model.save(tmp_path / "m.keras")
