"""What is wrong with x and y is said in one whole sentence."""

import datetime

import numpy as np
import pytest
from small_models import N, binary, classes, data, fit, ids, predict, says

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Flatten

X, Y = data()
CLASS_NUMBERS = np.arange(N) % 4
ONE_HOT = np.eye(4)[CLASS_NUMBERS]
RAGGED = "rows of different lengths. fastgru.utils.pad_sequences makes them equal."
IDS = (
    "Token ids need an Embedding layer in front of GRU, or one-hot rows from "
    "fastgru.utils.to_categorical."
)
NUMBERS = "Class numbers need a sparse loss, or one-hot rows from to_categorical."
CLASSES_OF = "hold one class number for each output, shape"
BOTH_AXES = "have a batch axis and at least one more"


def refuses(call, kind, sentence):
    """One row of a table: what is called, what it raises, and the whole text of it."""
    return pytest.param(call, kind, sentence, id=sentence[:60])


def x_is(x, kind, rest):
    return refuses(lambda: predict(binary(), x), kind, f"predict: x must {rest}")


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        x_is(None, TypeError, "be given; got None."),
        x_is("abc", TypeError, "hold numbers; got str."),
        x_is({1, 2}, TypeError, "hold numbers; got set."),
        x_is((row for row in X), ValueError,
             "have shape (batch, 5, 3); got (5, 3). One sample is x[None]."),
        x_is(np.ndarray, TypeError, "hold numbers; got type."),
        x_is([["1", "2"]], TypeError, "hold numbers; got list of str."),
        x_is([[None, 1.0]], TypeError, "hold numbers; got list of NoneType."),
        x_is(np.array([[object()]]), TypeError, "hold numbers; got ndarray of object."),
        x_is(X + 0j, TypeError, "hold numbers; got ndarray of complex64."),
        x_is([[1, 2j]], TypeError, "hold numbers; got list of complex128."),
        x_is(np.array([[1j]], object), TypeError, "hold numbers; got ndarray of complex."),
        x_is([[datetime.date(2020, 1, 1)]], TypeError, "hold numbers; got list of date."),
        x_is(np.zeros((2, 2), "M8[s]"), TypeError,
             "hold numbers; got ndarray of datetime64[s]."),
        x_is(np.zeros((2, 2), "m8[s]"), TypeError,
             "hold numbers; got ndarray of timedelta64[s]."),
        x_is(np.zeros(2, "f4,f4"), TypeError,
             "hold numbers; got ndarray of [('f0', '<f4'), ('f1', '<f4')]."),
        x_is([[10**400]], ValueError, "hold numbers that fit into float64; got larger ones."),
        x_is([[1, 2], [3]], ValueError, f"have shape (batch, 5, 3); got (2, 2). {IDS}"),
        x_is(np.array([[1], [1, 2]], object), ValueError,
             f"have shape (batch, 5, 3); got (2, 2). {IDS}"),
        x_is(7, ValueError, f"{BOTH_AXES}; got (). One sample is x[None]."),
        x_is(np.array(7.0), ValueError, f"{BOTH_AXES}; got (). One sample is x[None]."),
        x_is(X[0, 0], ValueError, f"{BOTH_AXES}; got (3,). One sample is x[None]."),
        x_is(X[0], ValueError, "have shape (batch, 5, 3); got (5, 3). One sample is x[None]."),
        x_is(ids(), ValueError, f"have shape (batch, 5, 3); got (10, 5). {IDS}"),
        x_is(X[None], ValueError, "have shape (batch, 5, 3); got (1, 10, 5, 3)."),
        x_is([X, X], ValueError, "have shape (batch, 5, 3); got (2, 10, 5, 3)."),
        x_is(X[..., :2], ValueError, "have shape (batch, 5, 3); got (10, 5, 2)."),
        x_is(X[:, :4], ValueError, "have shape (batch, 5, 3); got (10, 4, 3)."),
        x_is([], ValueError, "not be empty; got shape (0,)."),
        x_is([[]], ValueError, "not be empty; got shape (1, 0)."),
        x_is(X[:0], ValueError, "not be empty; got shape (0, 5, 3)."),
        x_is(X[:, :0], ValueError, "not be empty; got shape (10, 0, 3)."),
    ],
)  # fmt: skip
def test_x_is_refused(call, kind, sentence):
    with says(kind, sentence):
        call()


def y_is(make, y, rest, kind=ValueError):
    return refuses(lambda: fit(make(), X, y), kind, f"fit: {rest}")


def sequences(loss="mse", time=5):
    def make():
        model = Sequential([GRU(2, return_sequences=True, input_shape=(time, 3))])
        model.compile("sgd", loss)
        return model

    return make


OUTPUT = "y must have the shape of the model's output,"
UNIT = "hold class numbers in [0, 4); got values from"
UNITS = "The last layer needs one unit for each class."
ONE_FOR_EACH = "return_sequences=False in the last GRU gives one output for each sequence."
ALL_STEPS = "return_sequences=True in the last GRU gives an output for each step."


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        y_is(binary, None, "y must be given; got None.", TypeError),
        y_is(binary, "abc", "y must hold numbers; got str.", TypeError),
        y_is(binary, ["a"] * 10, "y must hold numbers; got list of str.", TypeError),
        y_is(binary, [None] * 10, "y must hold numbers; got list of NoneType.", TypeError),
        y_is(binary, [[1], [1, 2]], f"y must be one array of numbers; got {RAGGED}"),
        y_is(binary, 1, f"{OUTPUT} (batch, 1); got (). {NUMBERS}"),
        y_is(binary, Y[:9], "x and y must have the same number of samples; got 10 and 9."),
        y_is(binary, [], "x and y must have the same number of samples; got 10 and 0."),
        y_is(binary, np.eye(2)[Y], f"{OUTPUT} (batch, 1); got (10, 2)."),
        y_is(binary, np.zeros((10, 5, 1)),
             f"{OUTPUT} (batch, 1); got (10, 5, 1). {ALL_STEPS}"),
        y_is(binary, Y - 1,
             "y must lie in [0, 1] for binary_crossentropy; got values from -1 to 0."),
        y_is(binary, np.where(Y, np.nan, 0),
             "y must lie in [0, 1] for binary_crossentropy; got NaN."),
        y_is(classes, ONE_HOT, "y must hold class numbers for sparse_categorical_crossentropy; "
             "got rows of 4. One-hot rows need categorical_crossentropy."),
        y_is(classes, ONE_HOT[:, :3], f"y must {CLASSES_OF} (batch,); got (10, 3). "
             "One-hot rows need categorical_crossentropy."),
        y_is(classes, CLASS_NUMBERS - 1, f"y must {UNIT} -1 to 2. {UNITS}"),
        y_is(classes, CLASS_NUMBERS + 1, f"y must {UNIT} 1 to 4. {UNITS}"),
        y_is(classes, CLASS_NUMBERS + 0.5,
             "y must hold whole class numbers; got fractions or NaN."),
        y_is(classes, [0, np.nan] * 5,
             "y must hold whole class numbers; got fractions or NaN."),
        y_is(lambda: classes(loss="categorical_crossentropy"), CLASS_NUMBERS,
             f"{OUTPUT} (batch, 4); got (10,). {NUMBERS}"),
        y_is(lambda: classes(loss="categorical_crossentropy"), CLASS_NUMBERS[:, None],
             f"{OUTPUT} (batch, 4); got (10, 1). {NUMBERS}"),
        y_is(lambda: classes(loss="categorical_crossentropy"), ONE_HOT[:, :3],
             f"{OUTPUT} (batch, 4); got (10, 3)."),
        y_is(sequences(), np.zeros((10, 4, 2)), f"{OUTPUT} (batch, 5, 2); got (10, 4, 2)."),
        y_is(sequences(time=None), np.zeros((10, 4, 2)),
             f"{OUTPUT} (batch, 5, 2); got (10, 4, 2)."),
        y_is(sequences(), np.zeros((10, 2)),
             f"{OUTPUT} (batch, 5, 2); got (10, 2). {ONE_FOR_EACH}"),
        y_is(sequences(), Y, f"{OUTPUT} (batch, 5, 2); got (10,). {ONE_FOR_EACH}"),
        y_is(sequences("bce"), ids(), f"{OUTPUT} (batch, 5, 2); got (10, 5). {NUMBERS}"),
        y_is(sequences("sparse_categorical_crossentropy"), ids()[:, :4],
             f"y must {CLASSES_OF} (batch, 5); got (10, 4)."),
    ],
)  # fmt: skip
def test_y_is_refused(call, kind, sentence):
    with says(kind, sentence):
        call()


def test_a_loss_needs_the_width_of_the_output():
    model = Sequential([GRU(2, return_sequences=True, input_shape=(None, 3)), Flatten()])
    model.compile("sgd", "mse")
    assert predict(model, X).shape == (10, 10)
    with says(
        ValueError, "fit: the model's output must have a known last axis; got (None, None)."
    ):
        fit(model, X, Y)
    fixed = Sequential([GRU(2, return_sequences=True, input_shape=(5, 3)), Flatten(), Dense(1)])
    fixed.compile("sgd", "mse")
    assert len(fit(fixed, X, Y)["loss"]) == 1
