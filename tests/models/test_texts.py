"""A model whose first layer is TextVectorization takes texts, wherever a model takes data."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import Input, Sequential
from fastgru.layers import GRU, Dense, Embedding, Flatten, TextVectorization, TimeDistributed
from fastgru.utils import set_random_seed, text_dataset_from_directory

TEXTS = ["good film", "bad", "a good and great one", "bad bad story", "", "unheard of"] * 3
Y = np.array([1, 0, 1, 0, 1, 0] * 3)
WEIGHTS = np.linspace(0.5, 2, 18)


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def vectorization(**arguments):
    layer = TextVectorization(**arguments)
    layer.adapt(TEXTS[:5])
    return layer


def behind(first, mask_zero=True):
    """The layers behind a vectorization, with the same weights each time."""
    set_random_seed(3)
    size = first.vocabulary_size()
    return [Embedding(size, 3, mask_zero=mask_zero), GRU(4), Dense(1, activation="sigmoid")]


def trained(layers, x, **options):
    model = Sequential(layers)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, Y, epochs=2, batch_size=4, shuffle=False, verbose=0, **options)
    return model


@pytest.mark.parametrize("mask_zero", [True, False])
def test_texts_train_and_predict_as_their_numbers_do(mask_zero):
    # Without a mask padding counts, and all batches of `numbers` are as long as the longest.
    length = None if mask_zero else 5
    first = vectorization(output_sequence_length=length)
    mine = trained([first, *behind(first, mask_zero)], TEXTS, validation_split=0.2)
    numbers = trained(behind(first, mask_zero), first(TEXTS), validation_split=0.2)
    # Padding changes how kernels group their sums.
    assert_allclose(mine.predict(TEXTS, verbose=0), numbers.predict(first(TEXTS), verbose=0),
                    atol=1e-6)  # fmt: skip
    for name, values in numbers.history.history.items():
        assert_allclose(mine.history.history[name], values, atol=1e-6)
    assert_allclose(mine.evaluate(TEXTS, Y, verbose=0),
                    numbers.evaluate(first(TEXTS), Y, verbose=0), atol=1e-6)  # fmt: skip


def test_a_batch_is_as_long_as_its_longest_text():
    first = vectorization()
    layers = behind(first, mask_zero=False)
    model, tail = Sequential([first, *layers]), Sequential(layers)
    found = model.predict(TEXTS, batch_size=2, verbose=0)
    for start in range(0, len(TEXTS), 2):
        batch = first(TEXTS[start : start + 2])
        assert_allclose(found[start : start + 2], tail(batch), atol=1e-6)


@pytest.mark.parametrize("shape", [None, (), (1,)])
def test_texts_come_in_all_kinds_of_arrays(shape):
    first = vectorization()
    given = [] if shape is None else [Input(shape, dtype="string")]
    model = Sequential([*given, first, *behind(first)])
    expected = model.predict(TEXTS, verbose=0)
    for x in (np.array(TEXTS), np.array(TEXTS)[:, None], tuple(TEXTS), [[t] for t in TEXTS],
              np.array(TEXTS, object), [t.encode() for t in TEXTS]):  # fmt: skip
        assert_array_equal(model.predict(x, verbose=0), expected)
    assert_allclose(model(TEXTS[:1]), expected[:1], atol=1e-6)
    assert_allclose(model.predict_on_batch(np.array(TEXTS[:2])), expected[:2], atol=1e-6)
    model.compile("sgd", "binary_crossentropy")
    losses = [model.train_on_batch(np.array(TEXTS), Y) for _ in range(2)]
    assert losses[1] < losses[0] and model.test_on_batch(TEXTS, Y) < losses[1]


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_rows_of_counts_go_into_dense_layers(mode):
    first = vectorization(output_mode=mode)
    dense = Dense(2)
    model = Sequential([first, dense])
    found = model.predict(TEXTS, batch_size=5, verbose=0)
    assert model.output_shape == (None, 2) and first.output_shape == (None, 9)
    W, b = dense.get_weights()
    assert_allclose(found, first(TEXTS) @ W + b, atol=1e-6)
    with refuses(RuntimeError, f"{first.name}.adapt: the vocabulary must keep the layer's 9 "
                 "columns; got 2."):  # fmt: skip
        first.adapt(["word"])
    assert first.vocabulary_size() == 9


def test_a_model_may_end_with_its_texts_numbers_or_give_one_output_each():
    first = vectorization()
    found = Sequential([first]).predict(TEXTS, batch_size=2, verbose=0)
    assert_array_equal(found, first(TEXTS))
    assert found.dtype == np.int64
    steps = [first, Embedding(12, 3), GRU(4, return_sequences=True)]
    assert Sequential(steps).predict(TEXTS, batch_size=2, verbose=0).shape == (18, 5, 4)
    counts = vectorization(output_mode="count")
    found = Sequential([counts]).predict(TEXTS, verbose=0)
    assert found.dtype == np.float32
    assert_array_equal(found, counts(TEXTS))
    # Numbers without an Embedding are numbers.
    fixed = vectorization(output_sequence_length=2)
    dense = Dense(1)
    found = Sequential([fixed, dense]).predict(TEXTS, verbose=0)
    assert_allclose(found, fixed(TEXTS) @ dense.get_weights()[0], atol=1e-6)


def test_every_text_may_be_empty():
    first = vectorization()
    model = Sequential([first, *behind(first)])
    assert_allclose(model.predict(["", " "], verbose=0), model.predict([""] * 2, verbose=0))


def test_what_is_no_text_is_refused():
    first = vectorization(name="t")
    model = Sequential([first, *behind(first)])
    model.compile("sgd", "binary_crossentropy")
    with refuses(TypeError, "predict: x must be a list of texts; got str. Put a single text "
                 "into a list."):  # fmt: skip
        model.predict("good", verbose=0)
    with refuses(TypeError, "fit: every text of x must be a str; got int at position 0."):
        model.fit([1, 2], [0, 1])
    with refuses(ValueError, "predict: x must not be empty; got shape (0,)."):
        model.predict([], verbose=0)
    with refuses(ValueError, "fit: x and y must have the same number of samples; got 2 and 3."):
        model.fit(["a", "b"], [0, 1, 0])
    with refuses(TypeError, "predict: x must be given; got None."):
        model.predict(None)
    with refuses(ValueError, "fit: lengths must be left out for texts; got [1, 2]."):
        model.fit(["a", "b"], [0, 1], lengths=[1, 2])
    with pytest.raises(IndexError, match=r"^embedding.*: ids must lie in \[0, 2\)"):
        Sequential([first, Embedding(2, 3)]).predict(["good bad"], verbose=0)
    with refuses(ValueError, "stream: the model must be a stack of layers that work step by "
                 "step; got TextVectorization, Embedding, GRU, Dense."):  # fmt: skip
        model.predict(["a"], verbose=0)
        model.stream()


class Again:
    """Batches that can be gone through again and again."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_batches_of_texts_train_as_the_texts_do(mode):
    first = vectorization(output_mode=mode)
    found = []
    for by_batches in (False, True):
        set_random_seed(3)
        layers = behind(first) if mode == "int" else [Dense(1, activation="sigmoid")]
        model = Sequential([first, *layers])
        model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
        if by_batches:
            given = [(np.array(TEXTS[i : i + 4], object), Y[i : i + 4], WEIGHTS[i : i + 4])
                     for i in range(0, len(TEXTS), 4)]  # fmt: skip
            history = model.fit(
                given, epochs=2, shuffle=False, verbose=0, validation_data=Again(given)
            )
            values = model.evaluate(iter(given), verbose=0)
            outputs = model.predict((batch[:1] for batch in given), verbose=0)
        else:
            whole = TEXTS, Y, WEIGHTS
            history = model.fit(TEXTS, Y, 4, 2, 0, sample_weight=WEIGHTS, shuffle=False,
                                validation_data=whole, validation_batch_size=4)  # fmt: skip
            values = model.evaluate(*whole[:2], 4, 0, WEIGHTS)
            outputs = model.predict(TEXTS, 4, 0)
        found.append((history.history, values, outputs))
    assert found[0][:2] == found[1][:2]
    assert_array_equal(found[0][2], found[1][2])


def test_a_folder_of_texts_trains_a_model(tmp_path):
    for number, (text, label) in enumerate(zip(TEXTS[:5], Y, strict=False)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        (tmp_path / str(label) / f"{number}.txt").write_text(text)
    data = text_dataset_from_directory(tmp_path, batch_size=2, seed=1, verbose=False)
    first = TextVectorization()
    first.adapt(data.map(lambda texts, labels: texts))
    model = Sequential([first, *behind(first)])
    model.compile("adam", "binary_crossentropy")
    losses = model.fit(data, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and model.optimizer.iterations == 9


def test_it_comes_first_and_an_embedding_right_behind_it():
    with refuses(ValueError, "Sequential.build: a layer that reads texts must come first; got "
                 "t."):  # fmt: skip
        Sequential([Flatten(), TextVectorization(name="t")]).build((None, 1))
    with refuses(ValueError, "Sequential.build: a layer that reads ids must come first; got "
                 "e."):  # fmt: skip
        layers = [vectorization(output_mode="count"), Embedding(3, 2, name="e")]
        Sequential(layers).predict(["a"])
    with refuses(RuntimeError, "t: the vocabulary must be known before the layer is built; got "
                 "none. adapt(texts) learns it."):  # fmt: skip
        Sequential([TextVectorization(name="t", output_mode="count"), Dense(1)]).predict(["a"])
    with refuses(ValueError, "TimeDistributed: layer must not read texts; got "
                 "<TextVectorization name=t, built=False>."):  # fmt: skip
        TimeDistributed(TextVectorization(name="t"))
