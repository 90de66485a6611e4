"""Compiled prediction when weights or layers change: never an old number."""

import copy
import pickle

import pytest
from compiled_stacks import (
    EMBEDDED,
    STACKS,
    TOLERANCE,
    F,
    assert_by_layers,
    changed,
    data,
    made,
)
from numpy.testing import assert_array_equal
from small_models import fit, predict, waves

from fastgru import Sequential
from fastgru.layers import GRU, Dense, InputLayer
from fastgru.saving import load_model
from fastgru.utils import set_random_seed

stacks = pytest.mark.parametrize("name", [*STACKS, *EMBEDDED])
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


@dtypes
@stacks
def test_new_weights_are_seen_at_once(name, dtype):
    model, x = made(name, dtype), data(name, 3, 4, dtype)
    before = assert_by_layers(model, x)
    for place in range(len(model.weights)):
        weights = model.get_weights()
        weights[place : place + 1] = changed(weights[place : place + 1])
        model.set_weights(weights)
        after = assert_by_layers(model, x)
        assert (after != before).any()
        before = after


@stacks
def test_the_weights_of_one_layer_are_seen_at_once(name):
    model, x = made(name), data(name, 3, 4)
    before = assert_by_layers(model, x)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(changed(layer.weights))
            after = assert_by_layers(model, x)
            assert (after != before).any()
            before = after


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@stacks
def test_training_is_seen_at_once(name, optimizer):
    set_random_seed(1)
    model, x = made(name), data(name, 4, 3)
    model.compile(optimizer, "mse")
    y = waves(*assert_by_layers(model, x).shape)
    seen = []
    for train in (
        lambda: fit(model, x, y),
        lambda: model.train_on_batch(x, y),
        lambda: model.optimizer.step(),
        lambda: fit(model, x, y, epochs=2, batch_size=1),
    ):
        train()
        seen.append(assert_by_layers(model, x))
    assert (seen[0] != seen[1]).any()
    assert (seen[2] != seen[3]).any()


def test_changed_stacks_are_seen_at_once():
    model, x = made(), waves(2, 4, F)
    assert_by_layers(model, x)
    for change in (
        lambda: model.add(Dense(5, "relu")),
        lambda: model.pop(),
        lambda: model.pop(rebuild=False),
        lambda: model.add(GRU(2)),
        lambda: Sequential([InputLayer((None, F)), model.layers[0]]),
    ):
        change()
        assert_by_layers(model, x)


def test_a_layer_that_was_added_without_building_is_built_by_the_next_call():
    model, x = made(), waves(2, 4, F)
    predict(model, x)
    model.add(Dense(5), rebuild=False)
    assert predict(model, x).shape == (2, 4, 5)
    assert_by_layers(model, x)


def test_a_layer_shared_by_two_models_has_its_new_weights_in_both():
    first = made()
    second = Sequential([InputLayer((None, F)), *first.layers])
    x = waves(2, 4, F)
    assert_by_layers(second, x)
    assert_by_layers(first, x)
    second.set_weights(changed(second.get_weights()))
    assert_by_layers(first, x)
    assert_array_equal(assert_by_layers(second, x), predict(first, x))


def test_saved_and_copied_models_have_programs_of_their_own(tmp_path):
    model, x = made(), waves(2, 4, F)
    wanted = predict(model, x)
    model.save(tmp_path / "model.keras")
    for other in (
        load_model(tmp_path / "model.keras"),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ):
        assert_array_equal(predict(other, x), wanted)
        other.set_weights([0 * weight for weight in other.get_weights()])
        assert (predict(other, x) != wanted).any()
        assert_array_equal(predict(model, x), wanted)
