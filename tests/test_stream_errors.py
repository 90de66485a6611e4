"""What a stream refuses, and in which words."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import says, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import GRU, Activation, Dense, Embedding, Flatten, InputLayer, Masking

F = 3
OUTSIDE = "ids must lie inside the Embedding's vocabulary; got one outside."


def vectors(dtype="float32"):
    layers = [InputLayer((None, F)), GRU(6, dtype=dtype), Dense(2, dtype=dtype)]
    return set_by_formula(Sequential(layers))


def words():
    return set_by_formula(
        Sequential([InputLayer((None,)), Embedding(10, 4, name="table"), GRU(6)])
    )


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ((4, F), [GRU(6, return_sequences=True), Flatten(), Dense(1)]),
        ((4, F), [Masking(), GRU(6)]),
        ((4,), [Embedding(10, 4, mask_zero=True), GRU(6)]),
        ((4, F), [GRU(6, go_backwards=True)]),
        ((4, F), [GRU(6, "softmax")]),
        ((4, F), [GRU(6), Dense(2, "sparsemax")]),
        ((4, F), [GRU(6, return_sequences=True), GRU(6, go_backwards=True)]),
        ((4,), [Dense(2)]),
        ((4, 2, 3), [Dense(2)]),
    ],
)
def test_layers_that_do_not_work_step_by_step_are_refused(shape, layers):
    model = Sequential([InputLayer(shape), *layers])
    names = ", ".join(type(layer).__name__ for layer in layers)
    with says(
        ValueError,
        f"stream: the model must be a stack of layers that work step by step; got {names}.",
    ):
        model.stream()


def test_an_unbuilt_model_is_refused():
    with says(
        RuntimeError,
        "stream: the model must be built before; got no input shape. "
        "Give the first layer an input_shape, or call build.",
    ):
        Sequential([GRU(3)]).stream()


@pytest.mark.parametrize(
    ("batch", "error", "rule"),
    [(0, ValueError, "be at least 1; got 0"), (-2, ValueError, "be at least 1; got -2"),
     (1.5, TypeError, "be an integer; got 1.5"), (True, TypeError, "be an integer; got True"),
     ("2", TypeError, "be an integer; got '2'")],
)  # fmt: skip
def test_a_batch_that_is_no_size_is_refused(batch, error, rule):
    with says(error, f"stream: batch must {rule}."):
        vectors().stream(batch)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("batch", "shape", "wanted"),
    [
        (None, (), "(3,)"),
        (None, (4,), "(3,)"),
        (None, (2, 3), "(3,)"),
        (None, (0, 3), "(3,)"),
        (None, (3, 1), "(3,)"),
        (2, (3,), "(2, 3)"),
        (2, (3, 2), "(2, 3)"),
        (2, (6,), "(2, 3)"),
        (2, (1, 3), "(2, 3)"),
        (2, (4, 2, 3), "(2, 3)"),
    ],
)
def test_a_step_of_another_shape_is_refused(batch, shape, wanted, packed):
    stream = vectors().stream(batch)
    x = np.zeros(shape, np.float32 if packed else np.int8)
    got = f"({shape[0]},)" if len(shape) == 1 else str(shape)
    with says(ValueError, f"stream: x must have shape {wanted}; got {got}."):
        stream.step(x)
    assert not any(state.any() for state in stream.state)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize(
    ("batch", "shape", "wanted"), [(None, (2,), "()"), (None, (1,), "()"), (2, (), "(2,)"),
                                   (2, (3,), "(2,)"), (2, (2, 1), "(2,)"), (2, (3, 2), "(2,)")]
)  # fmt: skip
def test_ids_of_another_shape_are_refused(batch, shape, wanted, dtype):
    got = f"({shape[0]},)" if len(shape) == 1 else str(shape)
    with says(ValueError, f"stream: x must have shape {wanted}; got {got}."):
        words().stream(batch).step(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    ("batch", "shape", "wanted"),
    [(None, (3,), "(steps, 3)"), (None, (5, 4), "(steps, 3)"), (None, (5, 1, 3), "(steps, 3)"),
     (2, (5, 3), "(steps, 2, 3)"), (2, (5, 3, 2), "(steps, 2, 3)")],
)  # fmt: skip
def test_many_steps_of_another_shape_are_refused(batch, shape, wanted):
    x = np.zeros(shape, np.float32)
    got = f"({shape[0]},)" if len(shape) == 1 else str(shape)
    with says(ValueError, f"stream.step_many: x must have shape {wanted}; got {got}."):
        vectors().stream(batch).step_many(x)


@pytest.mark.parametrize(
    ("value", "got"),
    [(-1, "-1"), (10, "10"), (2**31, "2147483648"), (2**32 + 1, "4294967297"),
     (-(2**32) + 1, "-4294967295"), (10.0, "10.0"), (-1.0, "-1.0"), (1e30, "1e+30"),
     (np.nan, "NaN or infinity"), (np.inf, "NaN or infinity")],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_ids_outside_the_vocabulary_are_refused(value, got):
    stream = words().stream()
    stream.step(3)
    before = stream.state[0]
    sentence = (
        f"table: ids must lie in [0, 10) for table; got {got}. "
        "Embedding's input_dim must be the largest id plus one."
    )
    with says(IndexError, sentence):
        stream.step(value)
    with says(IndexError, sentence):
        stream.step_many([value])
    assert_array_equal(stream.state[0], before)


@pytest.mark.parametrize("value", [-1, 10, 2**31 - 1, -(2**31)])
def test_packed_ids_outside_the_vocabulary_are_refused(value):
    stream = words().stream()
    stream.step(3)
    before = stream.state[0]
    with says(IndexError, f"stream.step: {OUTSIDE}"):
        stream.step(np.array(value, np.int32))
    with says(IndexError, f"stream.step_many: {OUTSIDE}"):
        stream.step_many(np.array([value], np.int32))
    assert_array_equal(stream.state[0], before)


def test_an_id_outside_leaves_the_states_as_they_were_before_all_of_the_steps():
    stream = words().stream()
    stream.step(3)
    before = stream.state[0]
    with says(IndexError, f"stream.step_many: {OUTSIDE}"):
        stream.step_many(np.array([1, 2, 10], np.int32))
    assert_array_equal(stream.state[0], before)


@pytest.mark.parametrize("x", [waves(F), waves(F).tolist()], ids=["packed", "list"])
@pytest.mark.parametrize(
    ("out", "got"),
    [
        (np.empty(3, np.float32), "(3,) and float32"),
        (np.empty(2, np.float64), "(2,) and float64"),
        (np.empty(1, np.float64), "(1,) and float64"),
        (np.empty(2, np.int32), "(2,) and int32"),
        (np.empty((2, 1), np.float32), "(2, 1) and float32"),
    ],
)
def test_an_out_of_another_shape_or_dtype_is_refused(out, got, x):
    with says(
        ValueError, f"stream.step: out must have shape (2,) and dtype float32; got {got}."
    ):
        vectors().stream().step(x, out)


@pytest.mark.parametrize("x", [waves(F), waves(F).tolist()], ids=["packed", "list"])
@pytest.mark.parametrize(
    "out",
    [np.empty(4, np.float32)[::2], np.frombuffer(bytes(8), np.float32), [0.0, 0.0], "out"],
    ids=["not packed", "read-only", "list", "str"],
)
def test_an_out_that_cannot_be_written_to_is_refused(out, x):
    # The rest of the sentence is the library's to choose.
    with pytest.raises((TypeError, ValueError), match=r"^stream\.step: out must "):
        vectors().stream().step(x, out)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        ("abc", "stream: x must hold numbers; got str."),
        (None, "stream: x must hold numbers; got None."),
        ([1, None, 2], "stream: x must hold numbers; got list of NoneType."),
        ([1j, 2, 3], "stream: x must hold numbers; got list of complex128."),
    ],
)
def test_a_step_without_numbers_is_refused(x, sentence):
    with says(TypeError, sentence):
        vectors().stream().step(x)


@pytest.mark.parametrize(
    ("state", "got"),
    [([], "have shapes (1, 6); got none"), ([np.zeros(6)], "have shapes (1, 6); got (6,)"),
     ([np.zeros((2, 6))], "have shapes (1, 6); got (2, 6)"),
     ([np.zeros((1, 6))] * 2, "be 1 arrays; got 2")],
)  # fmt: skip
def test_a_state_of_another_shape_is_refused(state, got):
    stream = vectors().stream()
    with says(ValueError, f"stream.set_state: values must {got}."):
        stream.state = state


def test_of_states_one_of_which_is_wrong_none_is_set():
    model = Sequential([InputLayer((None, F)), GRU(2, return_sequences=True), GRU(3)])
    stream = model.stream(batch=2)
    for state, kind in (
        ([np.ones((2, 2)), np.ones((2, 4))], ValueError),
        ([np.ones((2, 2)), np.full((2, 3), "a")], TypeError),
        ([np.ones((2, 2)), np.ones((2, 3)) * 1j], TypeError),
        ([np.ones((2, 2)), None], TypeError),
        (None, TypeError),
    ):
        with pytest.raises(kind, match="^stream.set_state: values must "):
            stream.state = state
        assert not any(state.any() for state in stream.state)


@pytest.mark.parametrize(
    ("rows", "kind", "sentence"),
    [
        (2, IndexError, "lie in [0, 2); got 2."),
        ([0, -3], IndexError, "lie in [0, 2); got [0, -3]."),
        ("a", TypeError, "hold numbers; got str."),
        (1.0, TypeError, "be numbers of streams, or 2 flags; got 1.0."),
        (True, TypeError, "be numbers of streams, or 2 flags; got True."),
        ([[0]], TypeError, "be numbers of streams, or 2 flags; got [[0]]."),
    ],
)
def test_rows_that_are_not_there_are_refused(rows, kind, sentence):
    stream = vectors().stream(batch=2)
    for where, call in (
        ("reset", stream.reset),
        ("get_state", stream.get_state),
        ("set_state", lambda rows: stream.set_state([np.ones((1, 6))], rows)),
    ):
        with says(kind, f"stream.{where}: rows must {sentence}"):
            call(rows)


def test_a_stream_is_not_copied():
    with pytest.raises(
        TypeError, match="^stream: a stream must be made by its model; got a copy"
    ):
        copy.deepcopy(vectors().stream())


def test_a_layer_of_the_users_own_is_not_part_of_a_stream():
    class Twice(Activation):
        def _predict(self, x):
            return 2 * x

    model = Sequential([InputLayer((None, F)), GRU(2), Twice("linear")])
    with says(
        ValueError,
        "stream: the model must be a stack of layers that work step by step; got GRU, Twice.",
    ):
        model.stream()


def test_a_model_that_grew_without_being_built_is_refused_or_built():
    model = vectors()
    model.add(Dense(3), rebuild=False)
    assert model.stream().step(waves(F)).shape == (3,)
