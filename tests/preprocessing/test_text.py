"""`Tokenizer` and its neighbours: tables, both directions, matrices, JSON, errors."""

import json
import pickle

import numpy as np
import pytest

from fastgru.preprocessing import sequence, text
from fastgru.preprocessing.text import Tokenizer, text_to_word_sequence, tokenizer_from_json

TEXTS = ["The cat, the dog!", "A cat sat.", ""]


def _fitted(texts=TEXTS, **arguments):
    tokenizer = Tokenizer(**arguments)
    tokenizer.fit_on_texts(texts)
    return tokenizer


def _error(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    assert type(caught.value) is kind
    return str(caught.value)


def test_the_package_offers_both_modules():
    assert sequence.pad_sequences([[1]]).tolist() == [[1]]
    assert text.Tokenizer is Tokenizer


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["don't", "stop", "ok"]),
        ({"lower": False}, ["Don't", "Stop", "ok"]),
        ({"filters": ""}, ["don't", "stop,\tok!"]),
        ({"filters": ["!", ","], "split": "'"}, ["don", "t  stop", "\tok"]),
        ({"split": None}, ["don't", "stopok"]),
    ],
)
def test_words_are_cut_at_filters_and_split(arguments, expected):
    assert text_to_word_sequence("Don't  Stop,\tok!", **arguments) == expected


def test_tables_after_fitting():
    tokenizer = _fitted()
    assert tokenizer.word_index == {"the": 1, "cat": 2, "dog": 3, "a": 4, "sat": 5}
    assert tokenizer.index_word == {1: "the", 2: "cat", 3: "dog", 4: "a", 5: "sat"}
    assert tokenizer.word_counts == {"the": 2, "cat": 2, "dog": 1, "a": 1, "sat": 1}
    assert list(tokenizer.word_counts) == ["the", "cat", "dog", "a", "sat"]
    assert tokenizer.word_docs == {"the": 1, "cat": 2, "dog": 1, "a": 1, "sat": 1}
    assert tokenizer.index_docs == {1: 1, 2: 2, 3: 1, 4: 1, 5: 1}
    assert tokenizer.document_count == 3


def test_fitting_again_ranks_anew():
    tokenizer = _fitted(document_count=10)
    tokenizer.fit_on_texts(text for text in ["sat sat"])
    assert list(tokenizer.word_index) == ["sat", "the", "cat", "dog", "a"]
    assert tokenizer.index_docs == {1: 2, 2: 1, 3: 2, 4: 1, 5: 1}
    assert tokenizer.document_count == 14


def test_num_words_leaves_out_rare_words_but_not_from_the_tables():
    tokenizer = _fitted(num_words=3)
    assert len(tokenizer.word_index) == 5
    assert tokenizer.texts_to_sequences(["the dog sat, cat"]) == [[1, 2]]
    assert tokenizer.sequences_to_texts([[1, 3, 2, 0, 9]]) == ["the cat"]


def test_oov_token_stands_for_unknown_and_rare_words():
    tokenizer = _fitted(num_words=3, oov_token="<unk>")
    assert list(tokenizer.word_index.items())[:2] == [("<unk>", 1), ("the", 2)]
    assert tokenizer.texts_to_sequences(["the cat flies", ""]) == [[2, 1, 1], []]
    assert tokenizer.sequences_to_texts([[2, 3, 0]]) == ["the <unk> <unk>"]


def test_an_oov_token_that_is_also_a_word_keeps_the_index_of_the_word():
    tokenizer = _fitted(["b b a"], oov_token="a")
    assert tokenizer.word_index == {"a": 3, "b": 2}
    assert tokenizer.index_word == {3: "a", 2: "b"}
    assert tokenizer.texts_to_sequences(["b c"]) == [[2, 3]]


def test_char_level():
    tokenizer = _fitted(["Abba", "é"], char_level=True)
    assert tokenizer.word_index == {"a": 1, "b": 2, "é": 3}
    assert tokenizer.texts_to_sequences(["BÉa!"]) == [[2, 3, 1]]
    assert tokenizer.sequences_to_texts([[2, 1]]) == ["b a"]


def test_lists_of_words_are_not_cut():
    tokenizer = _fitted([["New York", "a,b"], "a"])
    assert list(tokenizer.word_index) == ["new york", "a,b", "a"]
    assert tokenizer.texts_to_sequences([["A,B", "none"], []]) == [[2], []]
    assert _fitted([["B", "b"]], lower=False).word_index == {"B": 1, "b": 2}


def test_analyzer_replaces_the_cutting_of_strings_alone():
    tokenizer = _fitted(["a-B-a", ["x-y"]], analyzer=lambda t: iter(t.split("-")))
    assert tokenizer.word_index == {"a": 1, "B": 2, "x-y": 3}
    assert tokenizer.word_docs == {"a": 1, "B": 1, "x-y": 1}


def test_generators_go_in_and_come_out():
    tokenizer = _fitted(iter(TEXTS))
    indices = tokenizer.texts_to_sequences_generator(iter(TEXTS))
    assert next(indices) == [1, 2, 1, 3]
    words = tokenizer.sequences_to_texts_generator(indices)
    assert list(words) == ["a cat sat", ""]
    assert tokenizer.sequences_to_texts(iter([iter([1]), np.array([2])])) == ["the", "cat"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("binary", [[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0]]),
        ("count", [[0, 2, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0]]),
        ("freq", [[0, 0.5, 0.25, 0.25], [0, 0, 1, 0], [0, 0, 0, 0]]),
    ],
)
def test_matrix_modes(mode, expected):
    matrix = _fitted(num_words=4).texts_to_matrix(TEXTS, mode=mode)
    assert matrix.dtype == np.float64
    assert matrix.tolist() == expected


def test_share_counts_indices_beyond_the_columns():
    matrix = Tokenizer(num_words=2).sequences_to_matrix([[1, 7], np.array([0])], "freq")
    assert matrix.tolist() == [[0, 0.5], [1, 0]]


def test_tfidf():
    matrix = _fitted().texts_to_matrix(TEXTS, mode="tfidf")
    assert matrix.shape == (3, 6)
    assert matrix[0, 1] == pytest.approx((1 + np.log(2)) * np.log(1 + 3 / 2))
    assert matrix[1, 2] == pytest.approx(np.log(1 + 3 / 3))
    assert matrix[2].tolist() == [0] * 6


def test_fit_on_sequences_serves_tfidf():
    tokenizer = Tokenizer(num_words=3)
    tokenizer.fit_on_sequences(np.array([[1, 1], [1, 2]]))
    assert (tokenizer.index_docs, tokenizer.document_count) == ({1: 2, 2: 1}, 2)
    matrix = tokenizer.sequences_to_matrix([[2]], mode="tfidf")
    assert matrix[0].tolist() == pytest.approx([0, 0, np.log(1 + 2 / 2)])
    assert tokenizer_from_json(tokenizer.to_json()).index_docs == {1: 2, 2: 1}


def test_a_matrix_of_nothing():
    assert Tokenizer(num_words=3).texts_to_matrix([]).shape == (0, 3)
    assert not Tokenizer(num_words=3).texts_to_matrix(["", ""]).any()


@pytest.mark.parametrize("arguments", [{}, {"num_words": 3, "oov_token": "é", "lower": False}])
def test_json_and_pickle_bring_everything_back(arguments):
    tokenizer = _fitted([*TEXTS, "Ünï \ud800"], **arguments)
    for copy in (
        tokenizer_from_json(tokenizer.to_json(indent=1)),
        pickle.loads(pickle.dumps(tokenizer)),
    ):
        assert vars(copy) == vars(tokenizer)
        copy.fit_on_texts(["new words"])
        assert copy.word_docs["new"] == 1
    saved = json.loads(tokenizer.to_json())
    assert saved["class_name"] == "Tokenizer"
    assert saved["config"] == tokenizer.get_config()


@pytest.mark.parametrize("call", ["fit_on_texts", "texts_to_sequences"])
@pytest.mark.parametrize("bare", ["a text", b"a text"])
def test_refuses_one_bare_text(call, bare):
    assert _error(TypeError, getattr(_fitted(), call), bare) == (
        f"Tokenizer.{call}: texts must be a list of texts; got {type(bare).__name__}. "
        "Put a single text into a list."
    )


def test_refuses_what_is_no_text():
    assert _error(TypeError, _fitted, ["a", float("nan")]) == (
        "text_to_word_sequence: input_text must be a string; got float."
    )
    assert _error(TypeError, _fitted, [["a", 3]]) == (
        "Tokenizer: tokens must be strings; got ['a', 3]."
    )


def test_refuses_unknown_arguments():
    assert _error(TypeError, Tokenizer, words=3) == (
        "Tokenizer: keywords must be known; got ['words']."
    )
    assert _error(TypeError, Tokenizer, nb_words=3) == (
        "Tokenizer: keywords must be known; got ['nb_words']. "
        "Use num_words instead of nb_words."
    )


def test_refuses_oov_token_before_fitting():
    tokenizer = Tokenizer(oov_token="?")
    for name, items in (("texts_to_sequences", ["a"]), ("sequences_to_texts", [[1]])):
        assert _error(ValueError, getattr(tokenizer, name), items) == (
            f"Tokenizer.{name}: fit_on_texts must precede use of oov_token; got no index."
        )


@pytest.mark.parametrize("name", ["texts_to_matrix", "sequences_to_matrix"])
def test_refuses_a_matrix_before_fitting_or_of_another_mode(name):
    def said(tokenizer, mode):
        return _error(ValueError, getattr(tokenizer, name), [], mode)

    assert said(Tokenizer(), "binary") == (
        f"Tokenizer.{name}: num_words must be set before fitting; got None."
    )
    assert said(Tokenizer(num_words=3), "tfidf") == (
        f"Tokenizer.{name}: texts must be fitted before tfidf; got none. "
        "Call fit_on_texts first."
    )
    assert said(_fitted(), "log") == (
        f"Tokenizer.{name}: mode must be binary, count, freq or tfidf; got 'log'."
    )


@pytest.mark.parametrize(
    ("indices", "got"), [([2, -1], "-1"), ([0.5], "float64"), ([1, None], "object")]
)
def test_refuses_wrong_indices(indices, got):
    assert _error(ValueError, _fitted().sequences_to_matrix, [[1], indices]) == (
        f"Tokenizer.sequences_to_matrix: every index must be an integer from 0; got {got}."
    )


@pytest.mark.parametrize(
    "name", ["fit_on_sequences", "sequences_to_texts", "sequences_to_matrix"]
)
def test_refuses_a_flat_list_of_indices(name):
    assert _error(TypeError, getattr(_fitted(), name), [[1], 2]) == (
        f"Tokenizer.{name}: every item must be a sequence of indices; got 2 at position 1."
    )


@pytest.mark.parametrize("bad", ["", "[1]", '{"config": {}}', '{"config": null}', None])
def test_refuses_other_json(bad):
    assert _error(ValueError, tokenizer_from_json, bad) == (
        f"tokenizer_from_json: json_string must be made by Tokenizer.to_json; got {bad!r}."
    )


def test_takes_one_bare_text_of_characters():
    whole, listed = Tokenizer(char_level=True), Tokenizer(char_level=True)
    whole.fit_on_texts("to be or not")
    listed.fit_on_texts(list("to be or not"))
    assert whole.word_index == listed.word_index
    assert whole.texts_to_sequences("bet") == listed.texts_to_sequences(list("bet"))


@pytest.mark.parametrize("texts", [None, 3])
def test_texts_that_are_no_list_are_refused(texts):
    with pytest.raises(TypeError) as caught:
        Tokenizer().fit_on_texts(texts)
    sentence = f"Tokenizer.fit_on_texts: texts must be a list of texts; got {texts}."
    assert str(caught.value) == sentence
