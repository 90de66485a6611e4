"""Random texts and sequences through Keras and fastgru: the results must be the same."""

import json
import os
import random

import numpy as np
import pytest

from fastgru.preprocessing import text as ours
from fastgru.preprocessing.sequence import pad_sequences as our_pad

os.environ.setdefault("KERAS_BACKEND", "jax")
their_pad = pytest.importorskip("keras").utils.pad_sequences
theirs = pytest.importorskip("keras.src.legacy.preprocessing.text")

MODES = ("binary", "count", "freq", "tfidf")
TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
# Letters that change length or shape in lower case, joiners, marks, directions, controls,
# spaces that are none for str.split(" "), a lone surrogate, and what the filters hold.
ODD = (
    *"aAbBzß", "İ", "ı", "Σ", "ς", "ǅ", "é", "e\u0301", "\u0301", "한", "漢字", "ا", "ש",
    "\u202e", "👩\u200d🚀", "🇩🇪", "\ufeff", "\u200b", "\u00a0", "\u3000", "\u2028", "\x00",
    "\x0b", "\r", "\ud800", "𝔘", "ﬁ", "١", "’", "—", "<unk>", *" \t\n.,!'\"\\_-",
)  # fmt: skip


def _text(rng):
    return "".join(rng.choices(ODD, k=rng.choice((0, 1, 3, 40)))) + " " * rng.randrange(2)


def _texts(rng):
    texts = [_text(rng) for _ in range(rng.randrange(8))]
    return [t.split(" ") if rng.random() < 0.2 else t for t in texts]


def _arguments(rng):
    choices = {
        "num_words": (None, 0, 1, 2, 5, 1000),
        "filters": (theirs.Tokenizer().filters, "", "aß\u0301", [" ", "b"]),
        "lower": (True, False),
        "split": (" ", "a", "  ", None),
        "char_level": (False, False, True),
        "oov_token": (None, "<unk>", "a", ""),
        "analyzer": (None, None, str.split, list),
        "document_count": (0, 3),
    }
    names = [n for n in choices if rng.random() < 0.5]
    return {n: rng.choice(choices[n]) for n in names}


def _assert_same_state(our, their):
    for name in (*TABLES, "document_count", "num_words", "oov_token"):
        assert getattr(our, name) == getattr(their, name), name
    for name in ("word_counts", "word_index", "index_word"):
        assert list(getattr(our, name)) == list(getattr(their, name)), name


def _assert_same_answers(our, their, texts, sequences):
    assert our.texts_to_sequences(texts) == their.texts_to_sequences(texts)
    assert list(our.texts_to_sequences_generator(iter(texts))) == list(
        their.texts_to_sequences_generator(iter(texts))
    )
    assert our.sequences_to_texts(sequences) == their.sequences_to_texts(sequences)
    if not (their.num_words or their.word_index):
        return
    for mode in MODES if their.document_count else MODES[:3]:
        np.testing.assert_allclose(
            our.texts_to_matrix(texts, mode), their.texts_to_matrix(texts, mode), rtol=1e-14
        )
        np.testing.assert_allclose(
            our.sequences_to_matrix(sequences, mode),
            their.sequences_to_matrix(sequences, mode),
            rtol=1e-14,
        )


@pytest.mark.parametrize("seed", range(300))
def test_tokenizer_does_as_keras(seed):
    rng = random.Random(seed)
    arguments = _arguments(rng)
    our, their = ours.Tokenizer(**arguments), theirs.Tokenizer(**arguments)
    for _ in range(rng.randrange(1, 4)):
        texts = _texts(rng)
        our.fit_on_texts(iter(texts))
        their.fit_on_texts(iter(texts))
        sequences = [rng.choices(range(12), k=rng.randrange(9)) for _ in range(4)]
        if rng.random() < 0.3:
            our.fit_on_sequences(sequences)
            their.fit_on_sequences(sequences)
        _assert_same_state(our, their)
        _assert_same_answers(our, their, _texts(rng) + texts, sequences)


@pytest.mark.parametrize("seed", range(100))
def test_json_crosses_over_both_ways(seed):
    rng = random.Random(seed)
    arguments = _arguments(rng)
    our, their = ours.Tokenizer(**arguments), theirs.Tokenizer(**arguments)
    texts = _texts(rng)
    our.fit_on_texts(texts)
    their.fit_on_texts(texts)
    our_json, their_json = our.to_json(), their.to_json()
    our_saved, their_saved = json.loads(our_json), json.loads(their_json)
    for saved in (our_saved, their_saved):
        # Keras writes word_docs and index_docs in the order of a set.
        saved["config"].update({n: json.loads(saved["config"][n]) for n in TABLES})
    assert our_saved == their_saved
    assert list(our_saved["config"]) == list(their_saved["config"])
    for reader in (ours, theirs):
        from_ours = reader.tokenizer_from_json(our_json)
        from_theirs = reader.tokenizer_from_json(their_json)
        _assert_same_state(from_ours, from_theirs)
        _assert_same_state(from_ours, their)
    if not arguments.get("analyzer"):
        _assert_same_answers(
            ours.tokenizer_from_json(their_json), their, texts + _texts(rng), [[1, 2, 30], []]
        )


@pytest.mark.parametrize("seed", range(300))
def test_words_are_cut_as_in_keras(seed):
    rng = random.Random(seed)
    given = {n: v for n, v in _arguments(rng).items() if n in ("filters", "lower", "split")}
    for text in (_text(rng) for _ in range(10)):
        assert ours.text_to_word_sequence(text, **given) == theirs.text_to_word_sequence(
            text, **given
        )


def _sample(rng, length, step_shape, kind):
    steps = rng.integers(-90, 90, (length, *step_shape))
    if kind == "fraction":
        steps = steps / 8
    if kind == "array":
        return steps
    plain = steps.tolist()
    return tuple(plain) if kind == "tuple" else plain


@pytest.mark.parametrize("seed", range(400))
def test_padding_does_as_keras(seed):
    rng = np.random.default_rng(seed)
    kinds = [["list"], ["list", "tuple"], ["array"], ["list", "array"], ["fraction"]][seed % 5]
    step_shape = [(), (), (2,), (2, 1)][rng.integers(4)]
    longest = rng.choice([1, 4, 60])
    samples = [
        _sample(rng, rng.integers(longest + 1), step_shape, rng.choice(kinds))
        for _ in range(rng.integers(1, 30))
    ]
    arguments = {
        "maxlen": [None, 1, 3, 100][rng.integers(4)],
        "dtype": ["int32", "int64", "int8", "float32", bool, "complex64"][rng.integers(6)],
        "padding": ["pre", "post"][rng.integers(2)],
        "truncating": ["pre", "post"][rng.integers(2)],
        "value": [0.0, 1, -1.5][rng.integers(3)],
    }
    our, their = our_pad(samples, **arguments), their_pad(samples, **arguments)
    assert our.dtype == their.dtype
    np.testing.assert_array_equal(our, their, strict=True)


@pytest.mark.parametrize("dtype", [object, "U3", "S2", str, None])
@pytest.mark.parametrize("padding", ["pre", "post"])
def test_padding_of_strings_does_as_keras(dtype, padding):
    samples = [["a", "漢字" if dtype != "S2" else "bc"], [], ["long word"]] * 5
    value = 0.0 if dtype is None else "pad"
    if dtype is None:
        samples = [[1.5], [2, 3]] * 5
    given = {"dtype": dtype, "padding": padding, "value": value}
    np.testing.assert_array_equal(
        our_pad(samples, **given), their_pad(samples, **given), strict=True
    )
