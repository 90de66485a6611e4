"""What a Tokenizer cannot work with is refused when it is made, in one sentence."""

import re

import pytest

from fastgru.preprocessing.text import Tokenizer


def says(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"num_words": "100"}, TypeError, "num_words must be an integer; got '100'."),
        ({"num_words": 2.5}, TypeError, "num_words must be an integer; got 2.5."),
        ({"num_words": -1}, ValueError, "num_words must be at least 0; got -1."),
        ({"filters": 3}, TypeError, "filters must be a string; got 3. '' filters nothing."),
        ({"filters": None}, TypeError, "filters must be a string; got None. '' filters nothing."),
        ({"split": ""}, TypeError, "split must be a string that is not empty; got ''."),
        ({"split": 3}, TypeError, "split must be a string that is not empty; got 3."),
        ({"oov_token": 3}, TypeError, "oov_token must be a string; got 3."),
        ({"analyzer": "words"}, TypeError, "analyzer must be callable; got 'words'."),
        ({"document_count": "a"}, TypeError, "document_count must be an integer; got 'a'."),
    ],
)  # fmt: skip
def test_an_argument_of_another_kind_is_refused(given, kind, sentence):
    with says(kind, f"Tokenizer: {sentence}"):
        Tokenizer(**given)


@pytest.mark.parametrize("given", [None, 3, "a b"])
@pytest.mark.parametrize(
    "name", ["sequences_to_texts", "sequences_to_matrix", "fit_on_sequences"]
)
def test_sequences_are_a_list(name, given):
    tokenizer = Tokenizer(num_words=5)
    sentence = f"Tokenizer.{name}: sequences must be a list of sequences; got {given!r}."
    with says(TypeError, sentence):
        getattr(tokenizer, name)(given)
