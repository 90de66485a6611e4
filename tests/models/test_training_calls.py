"""Batches by hand, compiling again, learning rates, frozen layers, and going on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import F, T, binary, bits, data, fit, predict, set_by_formula, words

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Dropout, InputLayer
from fastgru.losses import BinaryCrossentropy
from fastgru.metrics import BinaryAccuracy
from fastgru.optimizers import SGD, Adam
from fastgru.utils import set_random_seed

X, Y = data()


def test_calls_on_a_batch_return_a_number_a_list_or_a_dict():
    plain, measured = (
        binary(),
        binary(metrics=["accuracy", BinaryAccuracy("hits", threshold=0.6)]),
    )
    names = ["loss", "accuracy", "hits"]
    assert plain.metrics_names == ["loss"] and measured.metrics_names == names
    for call in ("evaluate", "test_on_batch", "train_on_batch"):
        options = {"verbose": 0} if call == "evaluate" else {}
        number = getattr(plain, call)(X, Y, **options)
        found = getattr(measured, call)(X, Y, **options)
        named = getattr(measured, call)(X, Y, return_dict=True, **options)
        assert type(number) is float and type(found) is list and len(found) == 3
        assert list(named) == names and {type(value) for value in named.values()} == {float}
        if call != "train_on_batch":
            assert list(named.values()) == found
    assert measured.metrics_names == names


def test_a_batch_by_hand_is_a_batch_of_fit():
    fitted, by_hand = binary(), binary()
    (loss,) = fit(fitted, batch_size=10)["loss"]
    assert by_hand.train_on_batch(X, Y) == loss
    assert bits(by_hand) == bits(fitted)


def test_a_tested_batch_trains_nothing_and_a_predicted_one_is_an_array_of_its_own():
    model = binary()
    before = bits(model)
    loss = model.test_on_batch(X, Y)
    assert loss == model.evaluate(X, Y, verbose=0)
    one, two = model.predict_on_batch(X), model.predict_on_batch(X)
    assert_array_equal(one, two)
    assert not np.shares_memory(one, two)
    one[...] = 0
    assert_array_equal(model.predict_on_batch(X), two)
    assert bits(model)[: len(before)] == before


def dropping():
    set_random_seed(3)
    layers = [InputLayer((T, F)), GRU(6), Dropout(0.5), Dense(1, "sigmoid")]
    model = set_by_formula(Sequential(layers))
    model.compile("adam", "binary_crossentropy")
    return model


def test_dropout_is_active_in_training_only():
    model, twin = dropping(), dropping()
    still = predict(model, X)
    for out in (model(X), model(X, training=False), model(X, training=None)):
        assert_array_equal(out, still)
    one, two = model(X, training=True), model(X, training=True)
    assert not np.array_equal(one, still) and not np.array_equal(one, two)
    assert_array_equal(twin(X, training=True), one)
    assert_allclose(np.mean([model(X, training=True) for _ in range(2000)], axis=0), still,
                    atol=0.02)  # fmt: skip


def test_two_fits_are_one_long_fit():
    long, twice = dropping(), dropping()
    whole = fit(long, epochs=4, shuffle=True)
    first = fit(twice, epochs=1, shuffle=True)
    second = fit(twice, epochs=4, initial_epoch=1, shuffle=True)
    assert first["loss"] + second["loss"] == whole["loss"]
    assert bits(long) == bits(twice)
    assert long.optimizer.iterations == twice.optimizer.iterations == 12


def test_the_learning_rate_can_be_changed_between_fits():
    changed, compiled = binary(optimizer=SGD(0.5)), binary(optimizer=SGD(0.5))
    for model in (changed, compiled):
        fit(model)
    changed.optimizer.learning_rate = 0.01
    compiled.compile(SGD(0.01), "binary_crossentropy")
    assert fit(changed) == fit(compiled) and bits(changed) == bits(compiled)


def test_compiling_again_keeps_the_weights_and_forgets_the_optimiser():
    model = binary(optimizer=Adam(0.05))
    fit(model)
    weights = model.get_weights()
    model.compile(Adam(0.05), "mse", metrics=["mae"])
    for now, then in zip(model.get_weights(), weights, strict=True):
        assert_array_equal(now, then)
    fresh = binary(optimizer=Adam(0.05), loss="mse", metrics=["mae"])
    fresh.set_weights(weights)
    assert fit(model) == fit(fresh)
    assert bits(model) == bits(fresh)
    assert model.optimizer.iterations == 3


def test_a_failed_compile_changes_nothing():
    model = binary(metrics=["accuracy"])
    before = model.optimizer, model.loss
    for wrong in ({"optimizer": "x"}, {"loss": "x"}, {"metrics": ["x"]}, {"loss_weights": "x"}):
        with pytest.raises((ValueError, TypeError)):
            model.compile(**{"optimizer": "sgd", "loss": "mse", **wrong})
    assert (model.optimizer, model.loss) == before
    assert model.metrics_names == ["loss", "accuracy"]


@pytest.mark.parametrize("make", [binary, words])
def test_frozen_layers_stay_as_they_are_and_the_others_learn(make):
    x = X if make is binary else np.arange(50).reshape(10, 5) % 10
    model = make()
    for frozen in model.layers:
        kept = {layer: layer.get_weights() for layer in model.layers}
        frozen.trainable = False
        model.compile("adam", "binary_crossentropy")
        fit(model, x, Y)
        for layer in model.layers:
            pairs = zip(layer.get_weights(), kept[layer], strict=True)
            same = {np.array_equal(now, then) for now, then in pairs}
            assert same == {not layer.trainable}, layer.name


def test_a_head_on_a_frozen_layer_learns_as_on_its_own():
    model = binary()
    features = model.layers[0](X)
    model.layers[0].trainable = False
    model.compile(SGD(0.5), "binary_crossentropy")
    alone = Sequential([Dense(1, "sigmoid", input_shape=(6,))])
    alone.set_weights(model.layers[1].get_weights())
    alone.compile(SGD(0.5), "binary_crossentropy")
    losses = [fit(model, epochs=5)["loss"], fit(alone, features, Y, epochs=5)["loss"]]
    assert_allclose(*losses, rtol=1e-6)


def test_a_frozen_model_learns_nothing_until_it_is_thawed():
    model = binary()
    weights = model.get_weights()
    model.trainable = False
    assert [layer.trainable for layer in model.layers] == [False, False]
    model.compile("adam", "binary_crossentropy")
    losses = fit(model, epochs=2)["loss"]
    assert losses[0] == losses[1]
    assert all(map(np.array_equal, model.get_weights(), weights))
    model.add(Dense(1, name="more"))
    assert not model.layers[-1].trainable
    model.pop()
    model.trainable = True
    model.compile("adam", "binary_crossentropy")
    assert fit(model, epochs=2) == fit(binary(), epochs=2)
    built = Sequential([InputLayer((T, F)), GRU(2), Dense(1)], trainable=False)
    assert {layer.trainable for layer in built.layers} == {False}


def test_a_loss_and_metrics_may_be_names_classes_or_objects():
    expected = fit(binary(metrics=["binary_accuracy"]))
    for loss in ("bce", "BCE", BinaryCrossentropy, BinaryCrossentropy(), "BinaryCrossentropy"):
        for metrics in ([BinaryAccuracy()], BinaryAccuracy, ("binary_accuracy",)):
            assert fit(binary(loss=loss, optimizer=Adam, metrics=metrics)) == expected
    assert list(fit(binary(metrics="accuracy"))) == ["accuracy", "loss"]
