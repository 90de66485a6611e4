"""`lengths=` and lists of sequences: as each sequence alone, and as Keras' masks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import says, set_by_formula, waves

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Dropout, Embedding, Flatten, Layer, Masking

N, T, F, V = 11, 6, 3, 9
LENGTHS = np.array([3, 6, 1, 4, 4, 2, 5, 6, 1, 3, 2])
X = waves(N, T, F, phase=0.4)
ROWS = [x[:length] for x, length in zip(X, LENGTHS, strict=True)]
IDS = (np.arange(N * T) * 5 % 8 + 1).reshape(N, T)
ID_ROWS = [row[:length].tolist() for row, length in zip(IDS, LENGTHS, strict=True)]
Y = np.arange(N) % 2
TAGS = (np.arange(N * T) * 3 % 4).reshape(N, T)
TAG_ROWS = [row[:length] for row, length in zip(TAGS, LENGTHS, strict=True)]
INSIDE = np.arange(T) < LENGTHS[:, None]
#: What no step behind an end may read.
GARBAGE = np.where(INSIDE[..., None], X, 77)
HIDDEN = np.where(INSIDE[..., None], X, -9)


def made(*layers, loss="binary_crossentropy", **options):
    model = Sequential([*layers])
    model.build((None, None, F) if not layers[0].takes_ids else (None, None))
    set_by_formula(model)
    model.compile("adam", loss, **options)
    return model


def one(*below, **options):
    return made(*below, GRU(5), Dense(1, "sigmoid"), **options)


def tagger(*below, **options):
    layers = GRU(5, return_sequences=True), GRU(4, return_sequences=True), Dense(4, "softmax")
    return made(*below, *layers, loss="sparse_categorical_crossentropy", **options)


def test_predictions_are_those_of_each_sequence_alone():
    model = one()
    alone = np.concatenate([model.predict(row[None], verbose=0) for row in ROWS])
    for options in ({}, {"batch_size": 4}, {"batch_size": 1}, {"batch_size": 2}):
        assert_allclose(model.predict(ROWS, verbose=0, **options), alone, atol=1e-6)
        found = model.predict(GARBAGE, lengths=LENGTHS, verbose=0, **options)
        assert_allclose(found, alone, atol=1e-6)
    assert_allclose(model.predict_on_batch(ROWS), alone, atol=1e-6)
    assert_allclose(model(ROWS, training=True), alone, atol=1e-6)
    assert_allclose(model.predict([ROWS[0]], verbose=0), alone[:1], atol=1e-6)
    assert_allclose(model.predict(ROWS, batch_size=4, steps=2, verbose=0), alone[:8], atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_steps_of_each_sequence_come_back_with_zeros_behind(batch_size):
    model = tagger()
    outputs = model.predict(ROWS, batch_size=batch_size, verbose=0)
    assert outputs.shape == (N, T, 4) and outputs.dtype == np.float32
    for row, length, found in zip(ROWS, LENGTHS, outputs, strict=True):
        assert_allclose(found[:length], model.predict(row[None], verbose=0)[0], atol=1e-6)
        assert not found[length:].any()
    same = model.predict(GARBAGE, lengths=LENGTHS, batch_size=batch_size, verbose=0)
    assert_allclose(same, outputs, atol=1e-6)
    assert_allclose(model.predict_on_batch(ROWS), outputs, atol=1e-6)
    short = model.predict(ROWS[2:5], verbose=0)
    assert short.shape == (3, 4, 4)


def trained(model, x, y, **options):
    options = {"batch_size": 4, "epochs": 3, "shuffle": False, "verbose": 0, **options}
    history = model.fit(x, y, **options).history
    return model, history


def assert_same(one, other):
    (a, ours), (b, theirs) = one, other
    assert list(ours) == list(theirs)
    for key, row in theirs.items():
        assert_allclose(ours[key], row, atol=1e-6, err_msg=key)
    for p, q in zip(a.get_weights(), b.get_weights(), strict=True):
        assert_allclose(p, q, atol=2e-6)


@pytest.mark.parametrize("make", [one, tagger])
def test_training_is_that_of_a_masking_layer(make):
    y, rows = (Y, Y) if make is one else (TAGS, TAG_ROWS)
    W = waves(*y.shape, phase=2.0) + 1.5
    for weights in (None, W):
        by_mask = trained(make(Masking(-9.0), metrics=["accuracy"]), HIDDEN, y,
                          sample_weight=weights)  # fmt: skip
        listed = make(metrics=["accuracy"])
        given = make(metrics=["accuracy"])
        assert_same(trained(listed, ROWS, rows, sample_weight=weights), by_mask)
        assert_same(trained(given, GARBAGE, y, lengths=LENGTHS, sample_weight=weights), by_mask)
        for found, options in ((listed, {}), (given, {"lengths": LENGTHS})):
            x = ROWS if found is listed else GARBAGE
            options |= {"batch_size": 4, "verbose": 0, "sample_weight": weights}
            expected = by_mask[0].evaluate(HIDDEN, y, batch_size=4, verbose=0,
                                           sample_weight=weights)  # fmt: skip
            assert_allclose(found.evaluate(x, y, **options), expected, atol=1e-5)


def test_id_sequences_are_those_padded_behind():
    padded = np.where(INSIDE, IDS, 0)
    by_zero = trained(one(Embedding(V, 4, mask_zero=True)), padded, Y)
    assert_same(trained(one(Embedding(V, 4)), ID_ROWS, Y), by_zero)
    assert_same(trained(one(Embedding(V, 4, mask_zero=True)), ID_ROWS, Y), by_zero)
    assert_same(trained(one(Embedding(V, 4)), IDS, Y, lengths=LENGTHS), by_zero)
    # An id 0 within a sequence stays masked where the layer says so.
    holes = padded.copy()
    holes[1, 2] = holes[3, 1] = 0
    by_zero = trained(one(Embedding(V, 4, mask_zero=True)), holes, Y)
    rows = [row[:length] for row, length in zip(holes, LENGTHS, strict=True)]
    assert_same(trained(one(Embedding(V, 4, mask_zero=True)), rows, Y), by_zero)


def test_validation_takes_lists_shares_of_lists_and_lengths():
    alone = one()
    _, history = trained(alone, ROWS, Y, validation_split=0.4, epochs=1)
    expected = alone.evaluate(ROWS[6:], Y[6:], verbose=0)
    assert_allclose(history["val_loss"], [expected], atol=1e-6)
    for held in ((ROWS[6:], Y[6:]), (GARBAGE[6:], Y[6:], None, LENGTHS[6:])):
        found = trained(one(), ROWS[:6], Y[:6], validation_data=held, epochs=1)[1]
        assert_allclose(found["val_loss"], history["val_loss"], atol=1e-6)


def test_batches_by_hand_take_lengths_and_batches_may_hold_lists():
    fitted, by_hand, listed = one(), one(), one()
    losses = [by_hand.train_on_batch(GARBAGE, Y, lengths=LENGTHS) for _ in range(2)]
    found = trained(fitted, ROWS, Y, batch_size=N, epochs=2)[1]["loss"]
    assert_allclose(losses, found, atol=1e-6)
    assert_allclose(fitted.test_on_batch(ROWS, Y),
                    by_hand.test_on_batch(GARBAGE, Y, lengths=LENGTHS), atol=1e-6)  # fmt: skip
    history = listed.fit([(ROWS, Y)], epochs=2, verbose=0).history
    assert_allclose(history["loss"], losses, atol=1e-6)
    parts = listed.predict(iter([(ROWS[:4],), (ROWS[4:],)]), verbose=0)
    assert_allclose(parts, listed.predict(ROWS, verbose=0), atol=1e-6)
    steps = tagger()
    parts = steps.predict(iter([(ROWS[2:5],), (ROWS[5:],)]), verbose=0)
    assert_allclose(parts[3:], steps.predict(ROWS[5:], verbose=0), atol=1e-6)
    assert parts.shape == (9, T, 4) and not parts[:3, 4:].any()


def test_a_sequence_may_be_empty_and_equal_ones_are_an_array():
    model = one()
    rows = [ROWS[0], np.zeros((0, F)), ROWS[1]]
    found = model.predict(rows, verbose=0)
    assert_allclose(found[[0, 2]], model.predict([ROWS[0], ROWS[1]], verbose=0), atol=1e-6)
    bias = model.get_weights()[-1]
    assert_allclose(found[1], 1 / (1 + np.exp(-bias)), atol=1e-6)
    assert_array_equal(
        model.predict(list(X), verbose=0), model.predict(X, lengths=[T] * N, verbose=0)
    )


def test_a_model_of_a_fixed_length_takes_shorter_sequences():
    fixed = Sequential([GRU(5, input_shape=(T, F)), Dropout(0.0), Dense(1, "sigmoid")])
    set_by_formula(fixed).compile("adam", "binary_crossentropy")
    assert_allclose(fixed.predict(ROWS[2:6], verbose=0), one().predict(ROWS[2:6], verbose=0),
                    atol=1e-6)  # fmt: skip
    open_model = Sequential([GRU(5), Dense(1)])
    open_model.compile("adam", "mse")
    open_model.fit(ROWS, Y, verbose=0)
    assert open_model.input_shape == (None, None, F)
    narrow = Sequential([GRU(3, input_shape=(None, 1))])
    rows = [[1.0, 2.0, 3.0], [0.5]]
    columns = [np.array(row)[:, None] for row in rows]
    assert_array_equal(narrow.predict(rows, verbose=0), narrow.predict(columns, verbose=0))


def test_nothing_that_was_handed_over_is_changed():
    kept = GARBAGE.copy(), [row.copy() for row in ROWS], LENGTHS.copy()
    model = tagger()
    trained(model, GARBAGE, TAGS, lengths=LENGTHS)
    trained(model, ROWS, TAG_ROWS)
    model.predict(GARBAGE, lengths=LENGTHS, verbose=0)
    assert_array_equal(GARBAGE, kept[0])
    assert_array_equal(LENGTHS, kept[2])
    assert all(map(np.array_equal, ROWS, kept[1]))


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: one().predict(X, lengths=LENGTHS[:3]), ValueError,
         "predict: lengths must have shape (11,); got (3,)."),
        (lambda: one().predict(X, lengths=LENGTHS + 1), ValueError,
         "predict: lengths must lie in [0, 6], the steps of x; got 2 to 7."),
        (lambda: one().predict(X, lengths=-LENGTHS), ValueError,
         "predict: lengths must lie in [0, 6], the steps of x; got -6 to -1."),
        (lambda: one().predict(X, lengths=LENGTHS / 2), TypeError,
         "predict: lengths must be integers; got float64."),
        (lambda: one().fit(ROWS, Y, lengths=LENGTHS), ValueError,
         ("fit: lengths must be left out for sequences in a list; got array([3, 6, 1, 4, 4, 2, "
         "5, 6, 1, 3, 2]).")),
        (lambda: one().fit(ROWS, Y[:4]), ValueError,
         "fit: x and y must have the same number of samples; got 11 and 4."),
        (lambda: tagger().fit(ROWS, TAG_ROWS[::-1]), ValueError,
         "fit: x and y must have the same lengths; got 3 and 2 steps in sample 0."),
        (lambda: tagger().fit(ROWS, TAGS[:, :5]), ValueError,
         "fit: y must hold one class number for each output, shape (batch, 6); got (11, 5)."),
        (lambda: one().predict([ROWS[0], ROWS[1][:, :2]]), ValueError,
         ("predict: the sequences of x must have the same axes behind the first; got (time, 2) "
         "and (time, 3).")),
        (lambda: one().predict([X[0], X[1, :2, :2]]), ValueError,
         ("predict: the sequences of x must have the same axes behind the first; got (time, 2) "
         "and (time, 3).")),
        (lambda: one().predict([["a"], ["b", "c"]]), TypeError,
         "predict: x[0] must hold numbers; got list of str."),
        (lambda: one().predict([[[1, 2, 3]], [[1, 2], [3]]]), ValueError,
         ("predict: x[1] must be one array of numbers; got rows of different lengths. "
         "fastgru.utils.pad_sequences makes them equal.")),
        (lambda: made(Embedding(V, 2, name="embedding"), GRU(2)).predict([[1, 2], [9]]), IndexError,
         ("predict: ids must lie in [0, 9) for embedding; got 0 to 9. Embedding's input_dim "
         "must be the largest id plus one.")),
        (lambda: flat().predict(ROWS[3:6]), ValueError,
         ("predict: sequences of different lengths must meet layers that mind a mask; got "
         "flatten.")),
        (lambda: flat().predict(ROWS[:2]), ValueError,
         "predict: x must have shape (batch, 4, 3); got (2, 6, 3)."),
        (lambda: one().evaluate(iter([(X, Y)]), lengths=LENGTHS), ValueError,
         ("evaluate: lengths must be part of the batches of x; got array([3, 6, 1, 4, 4, 2, 5, "
         "6, 1, 3, 2]).")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(call, kind, sentence):
    with says(kind, sentence):
        call()


class Repeat(Layer):
    """The last state for three steps, as a decoder reads it."""

    def configure(self, input_shape):
        return input_shape[0], 3, input_shape[1]

    def _forward(self, x):
        return self._predict(x), lambda dy, want_dx=True: dy.sum(axis=0)

    def _predict(self, x):
        return np.stack([x] * 3)


def test_steps_that_are_not_those_of_x_are_neither_cut_nor_zero():
    def make(*below):
        return made(*below, GRU(4), Repeat(), GRU(3, return_sequences=True), loss="mse")

    y, w = waves(N, 3, 3), waves(N, 3) + 1.5
    alone = np.concatenate([make().predict(row[None], verbose=0) for row in ROWS])
    assert_allclose(make().predict(ROWS, batch_size=4, verbose=0), alone, atol=1e-6)
    by_mask = trained(make(Masking(-9.0)), HIDDEN, y, sample_weight=w)
    assert_same(trained(make(), ROWS, y, sample_weight=w), by_mask)
    assert_same(trained(make(), GARBAGE, y, sample_weight=w, lengths=LENGTHS), by_mask)


def flat():
    return Sequential([Flatten(input_shape=(4, F), name="flatten"), Dense(1)])
