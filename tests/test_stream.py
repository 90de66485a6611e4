"""model.stream(): the numbers of predict, one step at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import predict, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import GRU, Activation, Dense, Dropout, Embedding, InputLayer

F = 5
SEQUENCES = {"return_sequences": True}
KINDS = ("linear", "sigmoid", "tanh", "relu", "gelu", "softplus", "softmax", "log_softmax")
STACKS = {
    "one": lambda: [GRU(7, **SEQUENCES)],
    "one, reset before": lambda: [GRU(7, reset_after=False, **SEQUENCES)],
    "wide": lambda: [GRU(100, **SEQUENCES)],
    "wide, reset before": lambda: [GRU(67, reset_after=False, **SEQUENCES)],
    "without bias": lambda: [GRU(17, use_bias=False, **SEQUENCES), Dense(3, use_bias=False)],
    "two": lambda: [GRU(6, **SEQUENCES), GRU(9, reset_after=False, **SEQUENCES), Dense(2)],
    "dropout": lambda: [Dropout(0.5), GRU(8, **SEQUENCES), Dropout(0.9), Dense(2, "relu")],
    "activations": lambda: [
        Dense(4, "gelu"), Activation("tanh"), GRU(6, "elu", "hard_sigmoid", **SEQUENCES),
        Activation("softmax"),
    ],
    "no gru": lambda: [Dense(4, "silu"), Dense(3)],
}  # fmt: skip
EMBEDDED = {
    "embedding": lambda: [Embedding(10, 4), GRU(6, **SEQUENCES), Dense(10, "softmax")],
    "table alone": lambda: [Embedding(10, 4)],
}
stacks = pytest.mark.parametrize("name", [*STACKS, *EMBEDDED])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def made(name, dtype="float32"):
    """The model of a stack, and its input for 3 samples of 11 steps."""
    ids = name in EMBEDDED
    layers = (STACKS | EMBEDDED)[name]()
    for layer in layers:
        layer.dtype = dtype
    model = set_by_formula(Sequential([InputLayer((None,) if ids else (None, F)), *layers]))
    if ids:
        return model, (np.arange(33).reshape(3, 11) * 7 % 10).astype(np.int32)
    return model, waves(3, 11, F, phase=0.5, dtype=np.dtype(dtype))


def last(dtype="float32"):
    """A model that predicts behind the last step only."""
    layers = [GRU(6, dtype=dtype), Dense(2, dtype=dtype)]
    return set_by_formula(Sequential([InputLayer((None, F)), *layers]))


@dtypes
@stacks
def test_steps_are_the_bits_of_predict(name, dtype):
    model, x = made(name, dtype)
    wanted = predict(model, x)
    for sample, expected in zip(x, wanted, strict=True):
        stream = model.stream()
        found = [stream.step(step) for step in sample]
        assert found[0].shape == expected.shape[1:]
        assert found[0].dtype == dtype
        assert_array_equal(np.array(found), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_output_activation_gives_the_bits_of_predict(kind):
    layers = [InputLayer((None, F)), GRU(6, **SEQUENCES), Dense(19, kind)]
    model, x = set_by_formula(Sequential(layers)), waves(1, 9, F)
    stream = model.stream()
    assert_array_equal([stream.step(step) for step in x[0]], predict(model, x)[0])


@dtypes
def test_a_model_that_predicts_once_gives_its_prediction_for_every_prefix(dtype):
    model, x = last(dtype), waves(1, 9, F, dtype=np.dtype(dtype))
    stream = model.stream()
    for t, step in enumerate(x[0], 1):
        assert_array_equal(stream.step(step), predict(model, x[:, :t])[0])


@dtypes
@stacks
def test_many_steps_are_single_steps(name, dtype):
    model, x = made(name, dtype)
    one, many = model.stream(), model.stream()
    singles = [one.step(step) for step in x[0]]
    together = [many.step_many(x[0, :4]), many.step_many(x[0, 4:5]), many.step_many(x[0, 5:])]
    assert_array_equal(np.concatenate(together), singles)
    assert many.step_many(x[0, :0]).shape == (0, *singles[0].shape)
    assert_array_equal(many.step(x[0, 0]), one.step(x[0, 0]))


@dtypes
@stacks
def test_a_batch_is_as_many_single_streams(name, dtype):
    model, x = made(name, dtype)
    batch, singles = model.stream(batch=3), [model.stream() for _ in x]
    for t in range(6):
        found = batch.step(x[:, t])
        assert_array_equal(found, [s.step(x[i, t]) for i, s in enumerate(singles)])
    rest = batch.step_many(x[:, 6:].swapaxes(0, 1))
    for i, single in enumerate(singles):
        assert_array_equal(rest[:, i], single.step_many(x[i, 6:]))


def test_a_batch_of_one_has_a_batch_axis():
    model, x = made("one")
    stream = model.stream(batch=1)
    found = stream.step(x[:1, 0])
    assert found.shape == (1, 7)
    assert_array_equal(found, [model.stream().step(x[0, 0])])


def test_two_streams_of_a_model_do_not_meet():
    model, x = made("two")
    wanted = predict(model, x)
    first, second = model.stream(), model.stream()
    for t in range(11):
        assert_array_equal(first.step(x[0, t]), wanted[0, t])
        predict(model, x[2:])
        assert_array_equal(second.step(x[1, t]), wanted[1, t])


def test_what_a_step_returns_stays():
    model, x = made("two")
    stream = model.stream()
    first = stream.step(x[0, 0])
    before = first.copy()
    stream.step(x[0, 1])
    assert_array_equal(first, before)


def test_a_stream_keeps_the_weights_it_was_made_with():
    model, x = made("two")
    wanted, stream = predict(model, x)[0], model.stream()
    model.set_weights([0 * weight for weight in model.get_weights()])
    assert_array_equal([stream.step(step) for step in x[0]], wanted)


def test_a_stream_with_a_table_keeps_the_weights_it_was_made_with():
    model, x = made("embedding")
    wanted, stream = predict(model, x)[0], model.stream()
    model.set_weights([0 * weight for weight in model.get_weights()])
    assert_array_equal([stream.step(step) for step in x[0]], wanted)


def test_a_state_can_be_read_and_set():
    model, x = made("two")
    stream, other = model.stream(batch=3), model.stream(batch=3)
    stream.step_many(x[:, :5].swapaxes(0, 1))
    state = stream.state
    assert [s.shape for s in state] == [(3, 6), (3, 9)]
    assert_array_equal(state[0], predict(Sequential(model.layers[:1]), x)[:, 4])
    other.state = [s.tolist() for s in state]
    following = stream.step(x[:, 5])
    assert_array_equal(other.step(x[:, 5]), following)
    # What was read is a copy.
    state[0][:] = 7
    assert_array_equal(other.step(x[:, 6]), stream.step(x[:, 6]))


def test_reset_begins_anew_for_all_or_some_rows():
    model, x = made("two")
    stream, wanted = model.stream(batch=3), predict(model, x)
    stream.step_many(x[:, :5].swapaxes(0, 1))
    stream.reset([0, 2])
    found = stream.step(np.stack([x[0, 0], x[1, 5], x[2, 0]]))
    assert_array_equal(found, [wanted[0, 0], wanted[1, 5], wanted[2, 0]])
    stream.reset(1)
    assert_array_equal(stream.step(np.stack([x[0, 1], x[1, 0], x[2, 1]]))[1], wanted[1, 0])
    stream.reset()
    assert_array_equal(stream.step(x[:, 0]), wanted[:, 0])


def test_the_state_of_some_streams_is_read_and_set():
    model = set_by_formula(Sequential([InputLayer((None, F)), GRU(5), Dense(2)]))
    x = waves(4, 3, F)
    stream, other = model.stream(batch=4), model.stream(batch=4)
    stream.step_many(x.swapaxes(0, 1))
    before = stream.get_state()
    for rows in (2, [3, 0], np.array([True, False, False, True]), [-1]):
        picked = stream.get_state(rows)
        for one, state in zip(picked, before, strict=True):
            assert_array_equal(one, state[np.atleast_1d(rows)])
        other.set_state(picked, rows)
        for state, wanted in zip(other.get_state(rows), picked, strict=True):
            assert_array_equal(state, wanted)
    assert not any(state[1].any() for state in other.state)
    picked[0][:] = 9
    assert_array_equal(stream.state[0], before[0])


def test_out_is_written_and_returned():
    model, x = made("two")
    stream, wanted = model.stream(), predict(model, x)
    out = np.full(2, np.nan, np.float32)
    for t in range(3):
        assert stream.step(x[0, t], out) is out
        assert_array_equal(out, wanted[0, t])
    assert stream.step(x[0, 3].tolist(), out=out) is out
    assert_array_equal(out, wanted[0, 3])


@pytest.mark.parametrize(
    "turn",
    [
        lambda x: x.tolist(),
        lambda x: tuple(x.astype(int)),
        lambda x: x.astype(np.float64),
        lambda x: x.astype(np.float16),
        lambda x: x.astype(np.int8),
        lambda x: x.astype(np.int64),
        lambda x: x.astype(bool),
        lambda x: x.astype(">f4"),
        lambda x: x.astype(object),
        lambda x: np.repeat(x, 2)[::2],
        lambda x: memoryview(x),
    ],
)
@dtypes
def test_a_step_may_be_any_array_of_any_numbers(turn, dtype):
    model, _ = made("one", dtype)
    x = np.array([1, 0, 1, 0, 1], dtype)
    wanted, stream = model.stream().step(x), model.stream()
    given = turn(x)
    assert_array_equal(stream.step(given), wanted)
    assert_array_equal(given, x)
    many = [given, given] if isinstance(given, (list, tuple)) else np.stack([given] * 2)
    stream.reset()
    assert_array_equal(stream.step_many(many)[0], wanted)


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int64(3), np.uint8(3), np.array(3), np.array(3.5)]
)
def test_an_id_may_be_any_number(value):
    model, _ = made("embedding")
    wanted = model.stream().step(np.array(3, np.int32))
    assert_array_equal(model.stream().step(value), wanted)
    assert_array_equal(model.stream().step_many([value])[0], wanted)
    assert_array_equal(model.stream(batch=2).step([value, 0])[0], wanted)


def test_a_stateful_layer_goes_on_as_it_does_in_predict():
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 4)).astype(np.float32)
    model = Sequential([GRU(6, stateful=True, batch_input_shape=(3, None, 4)), Dense(2)])
    stream = model.stream(batch=3)
    for part in x:
        # Two calls of one long sequence each way.
        assert_allclose(model.predict(part, verbose=0), stream.step_many(part.swapaxes(0, 1))[-1],
                        atol=1e-6)  # fmt: skip
