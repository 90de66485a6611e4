"""Hashed words and pairs of words: by hand and against Keras' own."""

import os
import random
import re
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_allclose

from fastgru.preprocessing.sequence import make_sampling_table, skipgrams
from fastgru.preprocessing.text import hashing_trick, one_hot

TEXT = "The cat, the DOG; a cat!"


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


@pytest.fixture(scope="module")
def theirs():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    from keras.src.legacy.preprocessing import sequence, text

    return {**vars(sequence), **vars(text)}


def test_words_are_hashed_into_the_numbers_below_n():
    # md5("a") is 0cc175b9c0f1b6a831c399e269772661.
    assert hashing_trick("a", 10, "md5") == [0x0CC175B9C0F1B6A831C399E269772661 % 9 + 1]
    assert hashing_trick("ab, A", 6, len) == [3, 2]
    assert hashing_trick("x", 6, len, analyzer=lambda text: [text * 7]) == [3]
    found = one_hot(TEXT, 50)
    assert found == [hash(word) % 49 + 1 for word in ["the", "cat", "the", "dog", "a", "cat"]]
    assert one_hot("a-b A", 50, filters="", lower=False) == [
        hash(w) % 49 + 1 for w in ("a-b", "A")
    ]


def test_hashing_is_keras(theirs):
    for arguments in ({}, {"lower": False, "filters": ";"}, {"split": "t"}):
        for function in (None, "md5", len):
            mine = hashing_trick(TEXT, 30, function, **arguments)
            assert mine == theirs["hashing_trick"](TEXT, 30, function, **arguments)
        assert one_hot(TEXT, 30, **arguments) == theirs["one_hot"](TEXT, 30, **arguments)


def test_hashing_that_cannot_be_is_refused():
    with refuses(ValueError, "hashing_trick: n must be at least 2; got 1."):
        one_hot("a", 1)
    with refuses(
        ValueError, "hashing_trick: hash_function must be callable, 'md5' or None; got 'sha'."
    ):
        hashing_trick("a", 5, "sha")
    with refuses(TypeError, "text_to_word_sequence: input_text must be a string; got list."):
        one_hot(["a"], 5)


def test_the_sampling_table_is_word2vecs(theirs):
    table = make_sampling_table(1000, 1e-3)
    rank = np.arange(1, 1000)
    frequency = 1 / (rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank))
    assert_allclose(table[1:], np.minimum(1, np.sqrt(1e-3 / frequency)), rtol=1e-12)
    assert table[0] == table[1] and table[-1] == 1
    for arguments in ((10,), (1000, 1e-3)):
        expected = theirs["make_sampling_table"](*arguments)
        assert_allclose(make_sampling_table(*arguments), expected, rtol=1e-12)


def test_pairs_by_hand():
    found = skipgrams([3, 0, 5, 7], 9, window_size=2, negative_samples=0, shuffle=False)
    couples = [[3, 5], [5, 3], [5, 7], [7, 5]]
    assert found == (couples, [1] * 4)
    couples, labels = skipgrams([1, 2], 5, negative_samples=2, shuffle=False, categorical=True)
    assert labels == [[0, 1]] * 2 + [[1, 0]] * 4
    assert couples[:2] == [[1, 2], [2, 1]]
    assert all(1 <= other < 5 for _, other in couples[2:])
    assert Counter(first for first, _ in couples[2:]) == {1: 2, 2: 2}
    assert skipgrams([], 5) == ([], []) == skipgrams([4], 5)


@pytest.mark.parametrize("seed", range(10))
def test_pairs_of_neighbours_are_keras_in_its_order(seed, theirs):
    sequence = [int(word) for word in np.random.default_rng(seed).integers(0, 9, 20)]
    for arguments in (
        {"window_size": 3}, {"categorical": True}, {"shuffle": False},
        {"sampling_table": np.where(np.arange(9) % 2, 1.0, -1.0)},
    ):  # fmt: skip
        arguments = {"negative_samples": 0, "seed": seed, **arguments}
        mine, his = (f(sequence, 9, **arguments) for f in (skipgrams, theirs["skipgrams"]))
        assert tuple(map(list, mine)) == tuple(map(list, his))


def test_random_pairs_are_as_many_and_as_wide_as_keras(theirs):
    sequence = list(range(1, 30))
    random.seed(0)
    counts = []
    for function in (skipgrams, theirs["skipgrams"]):
        couples, labels = function(sequence, 30, negative_samples=3.0, seed=4)
        wrong = [other for (_, other), label in zip(couples, labels, strict=True) if not label]
        assert set(wrong) == set(range(1, 30))
        counts.append((len(labels), sum(labels)))
    assert counts[0] == counts[1]


def test_the_seed_fixes_all_that_is_random():
    table = make_sampling_table(50, 0.05)
    runs = [skipgrams(range(50), 50, sampling_table=table, seed=s) for s in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    random.seed(3)
    first = skipgrams(range(50), 50, sampling_table=table)
    random.seed(3)
    assert skipgrams(range(50), 50, sampling_table=table) == first
    # A word is the first of pairs as often as the table says.
    kept = Counter(
        n for s in range(400) for n in {a for a, _ in skipgrams(
            [5, 40], 50, sampling_table=table, seed=s, negative_samples=0)[0]}
    )  # fmt: skip
    for word in (5, 40):
        assert abs(kept[word] / 400 - table[word]) < 0.1


def test_pairs_that_cannot_be_are_refused():
    for arguments, kind, rest in (
        ({"sequence": [1.5]}, TypeError, "every word must be an integer; got 1.5."),
        ({"sequence": [-1]}, ValueError, "every word must be at least 0; got -1."),
        ({"vocabulary_size": 1}, ValueError,
         "vocabulary_size must be at least 2 for random pairs; got 1."),
        ({"sampling_table": [1, 1]}, ValueError,
         "sampling_table must reach to word 2; got 2 entries."),
        ({"negative_samples": -1}, ValueError, "negative_samples must be at least 0; got -1."),
    ):  # fmt: skip
        with refuses(kind, f"skipgrams: {rest}"):
            skipgrams(**{"sequence": [1, 2], "vocabulary_size": 3, **arguments})
