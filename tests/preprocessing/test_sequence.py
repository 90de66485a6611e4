"""`pad_sequences`: results, dtypes, both ways of filling, and every error sentence."""

import numpy as np
import pytest

from fastgru.preprocessing.sequence import pad_sequences

SHORT = [[1], [2, 3], [4, 5, 6]]


def _error(kind, *args, **kwargs):
    with pytest.raises(kind) as caught:
        pad_sequences(*args, **kwargs)
    assert type(caught.value) is kind
    return str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"value": -1}, [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "padding": "post"}, [[1, 0, 0, 0], [2, 3, 0, 0], [4, 5, 6, 0]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
@pytest.mark.parametrize("repeats", [1, 10])
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_places_steps_on_the_asked_side(arguments, expected, repeats, kind):
    padded = pad_sequences([kind(s) for s in SHORT] * repeats, **arguments)
    assert padded.dtype == np.int32
    assert padded.tolist() == expected * repeats


@pytest.mark.parametrize("repeats", [1, 10])
def test_steps_may_be_vectors(repeats):
    samples = [[[1, 2]], [], [[3, 4], [5, 6]]] * repeats
    padded = pad_sequences(samples, dtype="float32", value=[7, 8])
    assert padded.dtype == np.float32
    expected = [[[7, 8], [1, 2]], [[7, 8], [7, 8]], [[3, 4], [5, 6]]]
    assert padded.tolist() == expected * repeats


@pytest.mark.parametrize("repeats", [1, 10])
def test_fractions_are_cut_for_an_integer_dtype(repeats):
    assert pad_sequences([[1.9, -1.9], [2.5]] * repeats).tolist() == [[1, -1], [0, 2]] * repeats


def test_strings_of_any_length_under_object():
    padded = pad_sequences([["a"], ["bcd", "ef"]], dtype=object, value="<pad>")
    assert padded.tolist() == [["<pad>", "a"], ["bcd", "ef"]]


@pytest.mark.parametrize("dtype", ["object", np.dtype(object)])
def test_any_spelling_of_the_object_dtype_takes_a_string_value(dtype):
    assert pad_sequences([["a"], []], dtype=dtype, value="-").tolist() == [["a"], ["-"]]


def test_only_empty_sequences_give_no_steps():
    assert pad_sequences([[], []]).shape == (2, 0)
    assert pad_sequences([[], []], maxlen=2).tolist() == [[0, 0], [0, 0]]
    assert pad_sequences([], maxlen=2).shape == (0, 2)


def test_long_rows_and_rows_of_other_kinds():
    samples = [list(range(200)), range(3), np.arange(2), (9,)]
    padded = pad_sequences(samples, maxlen=3)
    assert padded.tolist() == [[197, 198, 199], [0, 1, 2], [0, 0, 1], [0, 0, 9]]


def test_the_container_may_be_a_tuple_an_array_or_a_view_of_a_dict():
    for container in (tuple(SHORT[:1]), np.array(SHORT[:1]), {"a": [1]}.values()):
        assert pad_sequences(container, maxlen=2).tolist() == [[0, 1]]


def test_samples_stay_as_they_are():
    samples = [np.arange(3), np.arange(2)] * 5
    pad_sequences(samples, maxlen=2, value=5)[:] = 9
    assert samples[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("sequences", "kind"), [(3, "int"), (iter(SHORT), "list_iterator"), ("abc", "str")]
)
def test_refuses_what_is_no_list_of_sequences(sequences, kind):
    assert _error(TypeError, sequences) == (
        f"pad_sequences: sequences must be a list of sequences; got {kind}. "
        "Turn a generator into a list first."
    )


@pytest.mark.parametrize("bad", [5, None, iter([1]), {1, 2}, {1: 2}, "12"])
@pytest.mark.parametrize("repeats", [1, 10])
def test_refuses_an_item_that_is_no_sequence(bad, repeats):
    assert _error(TypeError, [[1, 2]] * repeats + [bad]) == (
        "pad_sequences: every item of sequences must be a list, tuple or array; "
        f"got {type(bad).__name__} at position {repeats}."
    )


@pytest.mark.parametrize("name", ["padding", "truncating"])
@pytest.mark.parametrize("side", ["left", None])
def test_refuses_another_side(name, side):
    sentence = f'pad_sequences: {name} must be "pre" or "post"; got {side!r}.'
    assert _error(ValueError, SHORT, **{name: side}) == sentence


def test_refuses_a_wrong_maxlen():
    assert _error(TypeError, SHORT, 2.0) == (
        "pad_sequences: maxlen must be an integer; got 2.0."
    )
    assert _error(ValueError, SHORT, -1) == "pad_sequences: maxlen must be at least 0; got -1."
    assert _error(ValueError, []) == (
        "pad_sequences: maxlen must be given when sequences is empty; got None."
    )


def test_refuses_a_wrong_dtype_or_value():
    assert _error(TypeError, SHORT, dtype="number") == (
        "pad_sequences: dtype must be a NumPy type; got 'number'."
    )
    assert _error(ValueError, SHORT, value="7") == (
        "pad_sequences: value must be a number for dtype int32; got '7'. "
        "Pass dtype=object to pad strings."
    )
    assert _error(ValueError, SHORT, value=[1, 2]) == (
        "pad_sequences: value must convert to dtype int32 and fit steps of shape (); "
        "got [1, 2]."
    )


@pytest.mark.parametrize("repeats", [1, 10])
def test_refuses_steps_of_several_shapes(repeats):
    samples = [[[1, 2]]] * repeats
    assert _error(ValueError, samples + [[[1, 2, 3]]]) == (
        "pad_sequences: every step must have the shape (2,) of the first non-empty "
        f"sequence; got (3,) at position {repeats}."
    )
    assert _error(ValueError, samples + [[5]]) == (
        "pad_sequences: every step must have the shape (2,) of the first non-empty "
        f"sequence; got () at position {repeats}."
    )
    assert _error(ValueError, [[], [[1], [2, 3]]] * repeats) == (
        "pad_sequences: all steps must have one shape; "
        "got steps of several shapes at position 1."
    )


@pytest.mark.parametrize("repeats", [1, 10])
def test_refuses_steps_that_do_not_convert(repeats):
    with pytest.raises(ValueError) as native:
        int("a")
    assert _error(ValueError, [[1]] * repeats + [["a"]]) == (
        "pad_sequences: every step must convert to dtype int32; "
        f"got ValueError ({native.value}) at position {repeats}."
    )


@pytest.mark.parametrize("repeats", [1, 10])
def test_arrays_of_nan_are_no_integers(repeats):
    given = [np.array([1.0]), np.array([np.nan, 2.0])] * repeats
    with pytest.raises(ValueError) as caught:
        pad_sequences(given)
    assert str(caught.value) == (
        "pad_sequences: every step must convert to dtype int32; "
        "got FloatingPointError (invalid value encountered in cast) at position 1."
    )
    assert np.isnan(pad_sequences(given, dtype="float32")[1, 0])
    with pytest.raises(ValueError) as caught:
        pad_sequences([[1], [2, 3]], value=np.nan)
    assert str(caught.value) == (
        "pad_sequences: value must convert to dtype int32 and fit steps of shape (); got nan."
    )
