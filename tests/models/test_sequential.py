"""Sequential: how a model is put together, built, named, described and copied."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import F, T, binary, data, fit, predict, says, set_by_formula, waves, words

from fastgru import Input, Sequential
from fastgru.layers import (
    GRU,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    InputLayer,
    Masking,
)
from fastgru.utils import clear_session


def every_layer():
    return [
        Embedding(9, 4, mask_zero=True, input_length=T), Masking(0.5), Dropout(0.3, seed=1),
        GRU(3, return_sequences=True, reset_after=False, zero_output_for_mask=True),
        GRU(2, "relu", "hard_sigmoid", use_bias=False, return_sequences=True, trainable=False),
        Activation("gelu"), Flatten(), Dense(2, "softmax", kernel_initializer="he_normal"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([Input((T, F)), GRU(4)]),
        lambda: Sequential([InputLayer(batch_shape=(None, T, F)), GRU(4)]),
        lambda: Sequential([Input((T, F), batch_size=2), GRU(4)]),
        lambda: Sequential([GRU(4, input_shape=(T, F))]),
        lambda: Sequential([GRU(4, input_dim=F, input_length=T)]),
        lambda: Sequential([GRU(4, batch_shape=(None, T, F))]),
        lambda: Sequential([GRU(4, batch_input_shape=(8, T, F))]),
        lambda: Sequential(GRU(4, input_shape=[T, F])),
        lambda: built(lambda model: model.build((None, T, F))),
        lambda: built(lambda model: model.build([7, T, F])),
        lambda: built(lambda model: model(data()[0])),
        lambda: built(lambda model: predict(model, data()[0])),
        lambda: built(lambda model: fit(model, data()[0], np.zeros((10, 4)))),
        lambda: built(lambda model: model.evaluate(data()[0], np.zeros((10, 4)), verbose=0)),
    ],
)
def test_a_model_is_built_by_each_way_of_giving_its_input_shape(make):
    model = make()
    assert model.built and model.input_shape == (None, T, F) and model.output_shape == (None, 4)
    assert [weight.shape for weight in model.weights] == [(F, 12), (4, 12), (2, 12)]
    assert model.count_params() == sum(weight.size for weight in model.get_weights()) == 108
    assert [layer.name for layer in model.layers if isinstance(layer, InputLayer)] == []


def built(build):
    model = Sequential()
    model.add(GRU(4))
    model.compile("sgd", "mse")
    assert not model.built and model.weights == model.get_weights() == []
    assert model.input_shape is None and model.output_shape is None
    build(model)
    return model


def test_add_and_pop_change_the_output_and_keep_what_is_below():
    x = data()[0]
    model = set_by_formula(Sequential([GRU(6, input_shape=(T, F), name="gru")]))
    below = predict(model, x)
    model.add(Dense(2, name="head"))
    assert model.output_shape == (None, 2) and predict(model, x).shape == (10, 2)
    head = model.pop()
    assert head.name == "head" and [layer.name for layer in model.layers] == ["gru"]
    assert model.output_shape == (None, 6)
    assert_array_equal(predict(model, x), below)
    model.add(head)
    assert_allclose(predict(model, x), head(below), rtol=1e-6)
    assert model.pop() is head and model.pop().name == "gru" and not model.built


def test_a_layer_is_found_by_name_and_by_place():
    model = binary()
    gru, dense = model.layers
    assert model.get_layer("gru") is model.get_layer(index=0) is gru
    assert model.get_layer(index=-1) is dense


def test_names_count_up_by_class_until_the_session_is_cleared():
    clear_session()
    layers = [GRU(2, return_sequences=True), GRU(2), Dense(1), Dense(1, name="mine"), Dense(1)]
    names = [layer.name for layer in Sequential(layers).layers]
    assert names == ["gru", "gru_1", "dense", "mine", "dense_1"]
    assert [Sequential().name, Sequential(name="my").name] == ["sequential_1", "my"]
    clear_session()
    assert (Sequential().name, GRU(1).name) == ("sequential", "gru")


def test_weights_can_be_looked_at_and_copies_of_them_changed():
    model, x = binary(), data()[0]
    before, copies = predict(model, x), model.get_weights()
    copies[0][...] = 0
    for weight in (model.weights[0], model.layers[0].weights[0]):
        with pytest.raises(ValueError, match="read-only"):
            weight[...] = 0
    assert_array_equal(predict(model, x), before)
    view = model.weights[0]
    model.set_weights([copies[0], *copies[1:]])
    assert_array_equal(view, 0)
    assert not np.array_equal(predict(model, x), before)


def test_set_weights_changes_all_or_nothing():
    model = binary()
    before = model.get_weights()
    model.set_weights([weight.tolist() for weight in before])
    for wrong in (before[:-1], [*before[:-1], np.full(1, "a")], before[::-1]):
        with pytest.raises((TypeError, ValueError)):
            model.set_weights([*(0 * w for w in wrong[:-1]), wrong[-1]])
        for now, then in zip(model.get_weights(), before, strict=True):
            assert_array_equal(now, then)


def test_a_layer_in_two_models_is_one_layer():
    x, y = data()
    shared = GRU(6, input_shape=(T, F), name="shared")
    one, two = (Sequential([shared, Dense(1, name="dense")], name=name) for name in "ab")
    for model in (one, two):
        model.compile("sgd", "mse")
    assert one.layers[0] is two.layers[0]
    before, head = predict(two, x), two.layers[1].get_weights()
    fit(one, x, y)
    assert_array_equal(two.get_weights()[0], one.get_weights()[0])
    assert not np.array_equal(predict(two, x), before)
    fit(two, x, y)
    assert_array_equal(one.get_weights()[0], two.get_weights()[0])
    assert_allclose(predict(one, x), one.layers[1](shared(x)), rtol=1e-6, atol=1e-7)
    assert not np.array_equal(two.layers[1].get_weights()[0], head[0])


@pytest.mark.parametrize("layers", [every_layer, lambda: [Input((T, F), 2), GRU(3)]])
def test_a_configuration_is_json_and_makes_the_model_again(layers):
    model = Sequential(layers(), name="copied", trainable=True)
    config = model.get_config()
    twin = Sequential.from_config(json.loads(json.dumps(config)))
    assert twin.get_config() == config and twin.name == "copied"
    assert [layer.trainable for layer in twin.layers] == [la.trainable for la in model.layers]
    twin.set_weights(model.get_weights())
    x = np.arange(4 * T).reshape(4, T) % 9 if model.layers[0].takes_ids else waves(4, T, F)
    assert_array_equal(predict(twin, x), predict(model, x))


def test_a_shape_learnt_from_data_is_in_the_configuration():
    model = Sequential([GRU(3)])
    assert "build_input_shape" not in model.get_config()
    predict(model, data()[0])
    twin = Sequential.from_config(model.get_config())
    assert twin.built and twin.input_shape == (None, T, F)
    assert predict(twin, data()[0][:, :2]).shape == (10, 3)


def test_a_refused_build_leaves_layers_and_model_as_they_were():
    gru = GRU(2, name="gru")
    with pytest.raises(ValueError, match="return_sequences"):
        Sequential([gru, GRU(2)]).build((None, T, F))
    assert not gru.built and Sequential([gru]).build((None, T, 9)) is None
    model = Sequential([GRU(2, return_sequences=True), Flatten(), Dense(1, name="dense")])
    x = data()[0]
    before = predict(model, x)
    sentence = (
        "dense: its input must have the shape it was built for, (None, 10); got (None, 6)."
    )
    for _ in range(2):
        with says(ValueError, sentence):
            predict(model, x[:, :3])
        assert model.input_shape == (None, T, F)
    assert_array_equal(predict(model, x), before)


def test_a_model_of_float64_computes_in_float64():
    x, y = data(dtype=np.float64)
    layers = [GRU(6, input_shape=(T, F)), Dense(1, "sigmoid")]
    double = Sequential([type(la).from_config({**la.get_config(), "dtype": "float64"})
                         for la in layers])  # fmt: skip
    set_by_formula(double)
    assert {weight.dtype for weight in double.weights} == {np.dtype(np.float64)}
    out = predict(double, x)
    assert out.dtype == np.float64 and double(x).dtype == np.float64
    single = predict(binary(), x)
    assert single.dtype == np.float32
    assert_allclose(single, out, atol=3e-7)
    assert not np.array_equal(single, out)
    double.compile("adam", "binary_crossentropy")
    assert_allclose(fit(double, x, y)["loss"], fit(binary(), x, y)["loss"], rtol=1e-6)


def test_an_embedding_reads_ids_whatever_the_model_was_built_by():
    x = np.array([[1, 2, 3, 0, 0]])
    assert_array_equal(predict(words(), x), predict(words(), x.astype(np.float32)))
