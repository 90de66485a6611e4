"""What users hand over: any array-like of any numeric dtype, order and stride, unchanged."""

import decimal
import fractions

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import binary, bits, classes, data, fit, ids, predict, says, words

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding
from fastgru.utils import to_categorical

X, Y = data()
#: Whole numbers from 0 to 4, which every dtype holds exactly.
WHOLE = (np.arange(150) * 7 % 5).reshape(10, 5, 3).astype(np.float32)
DTYPES = "?bhilqBHILQefdg"


class Subclass(np.ndarray):
    """An array of the user's own, which NumPy's functions hand on."""


def misaligned(x):
    raw = np.zeros(x.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(x.tobytes(), np.uint8)
    return raw[1:].view(x.dtype).reshape(x.shape)


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def every_other(x):
    wide = np.full((2 * len(x), *x.shape[1:]), 7, x.dtype)
    wide[::2] = x
    return wide[::2]


def flipped(x):
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


class Wrapped:
    """An object that only NumPy's protocol makes an array."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return np.array(self.x, dtype)


#: The same numbers in another form.
FORMS = {
    "a list": np.ndarray.tolist,
    "a tuple of arrays": tuple,
    "a list of one array, Keras' form": lambda x: [x],
    "Fortran's order": np.asfortranarray,
    "turned axes": lambda x: np.ascontiguousarray(x.T).T,
    "every other row": every_other,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "backwards on every axis": flipped,
    "a slice in the middle": lambda x: np.pad(x, 1)[tuple([slice(1, -1)] * x.ndim)],
    "not to be written": frozen,
    "not aligned": misaligned,
    "bytes swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "a subclass": lambda x: x.view(Subclass),
    "a masked array with nothing masked": np.ma.masked_array,
    "an object of the array protocol": Wrapped,
    "an array of Python's numbers": lambda x: x.astype(object),
    "fractions": lambda x: np.vectorize(fractions.Fraction, otypes=[object])(x.astype(float)),
    "decimals": lambda x: np.vectorize(decimal.Decimal, otypes=[object])(x.astype(float)),
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def held(thing):
    """What the user's object holds, to see that nobody writes to it."""
    base = thing
    while isinstance(getattr(base, "base", None), np.ndarray):
        base = base.base
    return base.tobytes() if isinstance(base, np.ndarray) else repr(thing)


@forms
def test_every_form_of_x_gives_the_same_bits(form):
    x, model = form(X), binary()
    before = held(x)
    assert_array_equal(predict(model, x), predict(binary(), X))
    assert_array_equal(model(x), binary()(X))
    assert fit(model, x, Y, shuffle=True).keys() == {"loss"}
    assert fit(binary(), x, Y) == fit(binary(), X, Y)
    assert held(x) == before


@forms
@pytest.mark.parametrize("column", [False, True])
def test_every_form_of_y_gives_the_same_bits(form, column):
    given = Y.astype(np.float32)[:, None] if column else Y
    y = form(given)
    before = held(y)
    one, two = binary(), binary()
    assert fit(one, X, y) == fit(two, X, Y)
    assert bits(one) == bits(two) and held(y) == before


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_numeric_dtype_gives_the_bits_of_float32(dtype):
    x, labels = WHOLE.astype(dtype), Y.astype(dtype)
    numbers = x.astype(np.float32)
    assert_array_equal(predict(binary(), x), predict(binary(), numbers))
    one, two = binary(), binary()
    assert fit(one, x, labels) == fit(two, numbers, Y) and bits(one) == bits(two)
    kinds = (np.arange(10) % 2).astype(dtype)
    assert fit(classes(), numbers, kinds) == fit(classes(), numbers, np.arange(10) % 2)
    assert_array_equal(to_categorical(kinds, 2), np.eye(2)[np.arange(10) % 2])


def test_a_broadcast_view_of_one_sample_is_that_sample_many_times():
    one = np.broadcast_to(X[0], (10, 5, 3))
    out = predict(binary(), one)
    assert_array_equal(out, predict(binary(), one.copy()))
    steps = np.broadcast_to(X[:, :1], (10, 5, 3))
    assert_array_equal(predict(binary(), steps), predict(binary(), steps.copy()))
    assert one.strides[0] == steps.strides[1] == 0


def test_a_file_in_memory_is_read_and_not_written(tmp_path):
    file = np.memmap(tmp_path / "x", np.float32, "w+", shape=X.shape)
    file[...] = X
    file.flush()
    mapped = np.memmap(tmp_path / "x", np.float32, "r", shape=X.shape)
    assert_array_equal(predict(binary(), mapped), predict(binary(), X))
    assert fit(binary(), mapped, Y) == fit(binary(), X, Y)
    assert (tmp_path / "x").read_bytes() == X.tobytes()


def test_a_matrix_is_two_axes():
    model = Sequential([Dense(2, input_shape=(4,))])
    x = np.arange(12.0).reshape(3, 4)
    out = predict(model, x.view(np.matrix))
    assert type(out) is np.ndarray
    assert_array_equal(out, predict(model, x))


def test_masked_entries_are_not_read_as_numbers():
    holes = np.ma.masked_array(X, mask=X > 0.9)
    count = int((X > 0.9).sum())
    sentence = f"x must have no masked entries; got {count}. x.filled(0) fills them."
    with says(ValueError, f"predict: {sentence}"):
        predict(binary(), holes)


def test_frames_and_series_of_pandas_are_arrays():
    pandas = pytest.importorskip("pandas")
    model = Sequential([Dense(1, "sigmoid", input_shape=(3,))])
    model.compile("adam", "bce")
    twin = Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    twin.compile("adam", "bce")
    x = pandas.DataFrame({"a": range(10), "b": np.arange(10) / 4, "c": [True, False] * 5})
    y = pandas.Series(Y, index=range(10, 20))
    numbers = x.to_numpy(np.float32)
    assert fit(model, x, y) == fit(twin, numbers, Y)
    assert fit(model, x, y.to_frame()) == fit(twin, numbers, Y)
    assert_array_equal(predict(model, x), predict(twin, numbers))
    table = pandas.DataFrame(ids(), dtype="Int32")
    assert_array_equal(predict(words(), table), predict(words(), ids()))
    with says(TypeError, "predict: x must hold numbers; got DataFrame of str."):
        predict(model, pandas.DataFrame({"a": ["u"], "b": ["v"], "c": ["w"]}, dtype=object))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ids_may_be_of_every_dtype(dtype):
    x = ids() % 2 if dtype == "?" else ids()
    expected = predict(words(), x)
    for form in FORMS.values():
        if form is not FORMS["a list of one array, Keras' form"]:
            assert_array_equal(predict(words(), form(x.astype(dtype))), expected)
    one, two = words(), words()
    assert fit(one, x.astype(dtype), Y) == fit(two, x, Y) and bits(one) == bits(two)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (np.array([[0, -1]], np.int8), "-1 to 0"),
        (np.array([[3, 10]], np.int32), "3 to 10"),
        (np.array([[10, 10]], np.int64), "10"),
        (np.array([[0, 2**32 + 1]]), "0 to 4294967297"),
        (np.array([[2**63, 2**63]], np.uint64), "9223372036854775808"),
        (np.array([[1.0, np.nan]]), "NaN or infinity"),
        (np.array([[1.0, -np.inf]], np.float16), "NaN or infinity"),
        (np.array([[0, 1e30]]), "0.0 to 1e+30"),
        ([[0, 10**25]], "0.0 to 1e+25"),
    ],
)
def test_ids_outside_the_vocabulary_are_refused_and_never_read(wrong, got):
    model = Sequential([Embedding(10, 4, name="table"), GRU(2)])
    sentence = (
        f"ids must lie in [0, 10) for table; got {got}. "
        "Embedding's input_dim must be the largest id plus one."
    )
    with says(IndexError, f"predict: {sentence}"):
        predict(model, wrong)


def test_a_last_axis_of_one_may_be_left_out_or_be_too_many_as_in_keras():
    series = Sequential([GRU(3, input_shape=(5, 1)), Dense(1)])
    x = X[..., :1]
    assert_array_equal(predict(series, x[..., 0]), predict(series, x))
    open_time = Sequential([GRU(3, input_shape=(None, 1))])
    assert_array_equal(predict(open_time, x[:, :4, 0]), predict(open_time, x[:, :4]))
    assert_array_equal(predict(words(), ids()[..., None]), predict(words(), ids()))
    column = Sequential([Dense(2, input_shape=(1,))])
    assert_array_equal(predict(column, [1, 2]), predict(column, [[1], [2]]))
    one, two = binary(), binary()
    assert fit(one, X, Y[:, None, None]) == fit(two, X, [Y])


def test_a_column_of_lists_is_a_table_of_ids():
    pandas = pytest.importorskip("pandas")
    rows = ids()
    wanted = predict(words(), rows)
    for entries in (rows.tolist(), list(rows)):
        assert_array_equal(predict(words(), pandas.Series(entries)), wanted)
    with says(
        ValueError,
        "predict: x must be one array of numbers; got rows of different lengths. "
        "fastgru.utils.pad_sequences makes them equal.",
    ):
        predict(words(), pandas.Series([[1], [2, 3]]))
    with says(TypeError, "predict: x must hold numbers; got list of str."):
        predict(words(), pandas.Series([["a"], ["b"]]))
