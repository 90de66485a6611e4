"""Prediction as one compiled call: the numbers of the layers, and never old ones."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import fit, predict, set_by_formula, waves

from fastgru import Sequential
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
from fastgru.models import door
from fastgru.models.compiled import MOST, build
from fastgru.saving import load_model
from fastgru.utils import set_random_seed

F = 3
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}
SEQUENCES = {"return_sequences": True}
STACKS = {
    "gru": lambda: [GRU(6)],
    "sequences": lambda: [GRU(17, **SEQUENCES)],
    "reset before": lambda: [GRU(6, reset_after=False, use_bias=False), Dense(1, "sigmoid")],
    "three": lambda: [GRU(5, **SEQUENCES), GRU(4, "relu", "hard_sigmoid", **SEQUENCES), GRU(3)],
    "dense between": lambda: [Dense(4, "silu"), GRU(5, **SEQUENCES), Dense(2, "softmax")],
    "activations": lambda: [GRU(5, **SEQUENCES), Activation("gelu"), Activation("log_softmax")],
    "dropout": lambda: [Dropout(0.3), GRU(5), Dropout(0.2), Dense(2, "tanh", use_bias=False)],
    "dense": lambda: [Dense(49, "elu"), Dense(2)],
}
EMBEDDED = {
    "embedding": lambda: [Embedding(10, 4), GRU(6), Dense(3, "softmax")],
    "embedding, sequences": lambda: [Embedding(10, 4), GRU(6, **SEQUENCES), Dense(1, "sigmoid")],
}
NOT_COMPILED = {
    "flatten": lambda: [GRU(4, **SEQUENCES), Flatten(), Dense(1)],
    "masking": lambda: [Masking(), GRU(4)],
    "backwards": lambda: [GRU(4, go_backwards=True)],
}
stacks = pytest.mark.parametrize("name", [*STACKS, *EMBEDDED])
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def made(name="dense between", dtype="float32", T=None):
    layers = (STACKS | EMBEDDED | NOT_COMPILED)[name]()
    for layer in layers:
        layer.dtype = dtype
    shape = (T,) if name in EMBEDDED else (T, F)
    return set_by_formula(Sequential([InputLayer(shape), *layers]))


def data(name, B, T, dtype="float32"):
    if name in EMBEDDED:
        return (np.arange(B * T) * 7 % 10).reshape(B, T).astype(np.int32)
    return waves(B, T, F, phase=0.4, dtype=np.dtype(dtype))


def changed(weights, by=0.25):
    """Weights that give other outputs, behind a softmax too."""
    return [weight + by * waves(*weight.shape, phase=by) for weight in weights]


def by_layers(model, x):
    """The model's outputs through `predict` of its layers."""
    source = door.inputs("test", x, model)
    return door.leave(model._run(source.batch(np.arange(len(source))))[0])


def assert_by_layers(model, x):
    """What the model says of x, by all ways, is what its layers say."""
    wanted = by_layers(model, x)
    tolerance = TOLERANCE[model.layers[0].dtype] * max(1, np.abs(wanted).max())
    # The second call finds the program of the first.
    for found in (predict(model, x), model(x), model(x), model.predict_on_batch(x)):
        assert found.dtype == wanted.dtype
        assert_allclose(found, wanted, rtol=0, atol=tolerance)
    return wanted


@dtypes
@stacks
@pytest.mark.parametrize(("B", "T"), [(1, 1), (1, 6), (7, 1), (2, 3), (3, 2), (9, 13), (33, 4)])
def test_a_program_is_the_layers(B, T, name, dtype):
    model, x = made(name, dtype), data(name, B, T, dtype)
    program = build(model, B, T)
    y = program.run(np.ascontiguousarray(x.swapaxes(0, 1)))
    wanted = assert_by_layers(model, x)
    assert_allclose(door.turn(y), wanted, rtol=0, atol=TOLERANCE[dtype])


@stacks
def test_a_small_batch_has_the_bits_of_its_rows_in_a_large_one(name):
    model, x = made(name), data(name, 19, 5)
    whole = predict(model, x, batch_size=19)
    for size in (1, 2, 5, 8, 16):
        assert_array_equal(predict(model, x, batch_size=size), whole)


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_stacks_that_have_no_program_go_by_their_layers(name):
    model, x = made(name, T=5), data(name, 4, 5)
    assert build(model, 4, 5) is None
    assert_array_equal(assert_by_layers(model, x), predict(model, x))


@pytest.mark.parametrize("shape", [(4,), (4, 2, 3)])
def test_inputs_without_steps_of_vectors_go_by_their_layers(shape):
    model, x = set_by_formula(Sequential([InputLayer(shape), Dense(2, "relu")])), waves(6, *shape)
    assert build(model, 6, 4) is None
    assert_by_layers(model, x)


def test_a_mask_goes_by_the_layers():
    layers = [Embedding(10, 4, mask_zero=True), GRU(6)]
    model = set_by_formula(Sequential([InputLayer((None,)), *layers]))
    assert build(model, 3, 7) is None
    assert_by_layers(model, data("embedding", 3, 7))


def test_more_layers_than_a_program_has_room_for_go_by_themselves():
    layers = [Dense(3, "softmax") for _ in range(40)]
    model = set_by_formula(Sequential([InputLayer((None, F)), *layers]))
    assert build(model, 2, 4) is None
    assert_by_layers(model, waves(2, 4, F))


def test_a_layer_of_the_users_own_is_asked():
    class Twice(Dense):
        def _predict(self, x):
            return 2 * super()._predict(x)

    model = set_by_formula(Sequential([InputLayer((None, F)), Twice(4)]))
    plain = set_by_formula(Sequential([InputLayer((None, F)), Dense(4)]))
    x = waves(2, 4, F)
    assert_allclose(predict(model, x), 2 * predict(plain, x), rtol=1e-6)


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


def test_more_shapes_than_are_kept_come_and_go():
    model = made("embedding, sequences")
    for _ in range(2):
        for T in range(1, 2 * MOST):
            assert_by_layers(model, data("embedding", 2, T))


def test_results_do_not_share_memory_with_each_other_or_with_the_input():
    model, x = made("sequences"), waves(1, 4, F)
    for call in (model, model.predict_on_batch, lambda x: predict(model, x)):
        first = call(x)
        before, given = first.copy(), x.copy()
        second = call(x + 1)
        assert not np.shares_memory(first, second)
        assert_array_equal(first, before)
        first[:] = np.nan
        assert_array_equal(x, given)
        assert_array_equal(call(x), before)


def test_a_model_that_is_dropped_is_freed():
    model = made()
    model(waves(2, 4, F))
    seen = weakref.ref(model.store)
    del model
    gc.collect()
    assert seen() is None
