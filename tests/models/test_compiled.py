"""Prediction as one compiled call: the numbers of the layers, and never old ones."""

import gc
import weakref

import numpy as np
import pytest
from compiled_stacks import (
    EMBEDDED,
    MASKED,
    NOT_COMPILED,
    STACKS,
    TOLERANCE,
    F,
    assert_by_layers,
    data,
    made,
)
from numpy.testing import assert_allclose, assert_array_equal
from small_models import predict, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding, InputLayer, Masking
from fastgru.models import door
from fastgru.models.compiled import MOST, build

stacks = pytest.mark.parametrize("name", [*STACKS, *EMBEDDED])
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


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
    for size in (1, 2, 3, 5, 6, 7, 8, 16):
        assert_array_equal(predict(model, x, batch_size=size), whole)


@pytest.mark.parametrize("B", [2, 3, 7, 12])
def test_more_steps_than_are_multiplied_at_once_have_the_bits_of_each_row(B):
    T, F, H = 301, 5, 100
    model = set_by_formula(Sequential([GRU(H, input_shape=(T, F)), Dense(2)]))
    x = waves(B, T, F).astype(np.float32)
    rows = [model.predict_on_batch(x[i : i + 1]) for i in range(B)]
    assert_array_equal(model.predict_on_batch(x), predict(model, x))
    assert_array_equal(model.predict_on_batch(x), np.concatenate(rows))


@pytest.mark.parametrize("width", [16, 35])
def test_one_number_that_differs_makes_a_step_count(width):
    model = set_by_formula(Sequential([Masking(0.5, input_shape=(3, width)), GRU(4)]))
    # Every second step has one number that is not 0.5, each time another one.
    x = np.full((width, 3, width), 0.5, np.float32)
    x[np.arange(width), 1, np.arange(width)] = 2.0
    x[np.arange(0, width, 2), 2, np.arange(0, width, 2)] = np.nextafter(np.float32(0.5), 1)
    assert_array_equal(assert_by_layers(model, x), predict(model, x))
    counts = [2 if b % 2 == 0 else 1 for b in range(width)]
    wanted = [
        predict(model, np.pad(x[b : b + 1, 1 : 1 + n], ((0, 0), (0, 3 - n), (0, 0)),
                              constant_values=0.5))[0]
        for b, n in enumerate(counts)
    ]  # fmt: skip
    assert_array_equal(predict(model, x), wanted)


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_stacks_that_have_no_program_go_by_their_layers(name):
    model, x = made(name, T=5), data(name, 4, 5)
    assert build(model, 4, 5) is None
    assert_array_equal(assert_by_layers(model, x), predict(model, x))


@pytest.mark.parametrize("shape", [(4,), (4, 2, 3)])
def test_inputs_without_steps_of_vectors_go_by_their_layers(shape):
    model, x = (
        set_by_formula(Sequential([InputLayer(shape), Dense(2, "relu")])),
        waves(6, *shape),
    )
    assert build(model, 6, 4) is None
    assert_by_layers(model, x)


def test_a_program_that_carries_states_takes_no_mask():
    layers = [Embedding(10, 4, mask_zero=True), GRU(6)]
    model = set_by_formula(Sequential([InputLayer((None,)), *layers]))
    assert build(model, 3, 7, carry=True) is None
    model = set_by_formula(Sequential([InputLayer((None, 2)), Masking(), GRU(6)]))
    assert build(model, 3, 7, carry=True) is None


@pytest.mark.parametrize("name", MASKED)
def test_a_mask_leaves_nothing_behind_for_the_next_one(name):
    model, x = made(name), data(name, 6, 9)
    padding = np.full_like(x, 0.5 if name == "masking, sequences" else 0)
    full = np.where(x == padding, x.dtype.type(1), x)
    wanted = [assert_by_layers(model, each) for each in (x, padding, full)]
    for each, y in [*zip((x, padding, full), wanted, strict=True), (x, wanted[0])]:
        assert_array_equal(model(np.array(each)), y)


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
