"""The bundled reviews: enough, balanced, distinct, and written rather than filled in."""

import re
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from fastgru.demo import load_reviews, split_reviews


@pytest.fixture(scope="module")
def reviews():
    return load_reviews()


@pytest.fixture(scope="module")
def words(reviews):
    """Each review in normal form: its words in lower case, without punctuation."""
    return [re.findall(r"[a-z0-9']+", text.lower()) for text in reviews[0]]


def test_every_line_is_a_label_a_tab_and_one_clean_ascii_text():
    raw = files("fastgru").joinpath("data", "reviews.tsv").read_bytes()
    lines = raw.decode("ascii").split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert re.fullmatch(r"[01]\t\S(?: ?[!-~])+", line), line


def test_there_are_many_and_as_many_of_either_kind(reviews):
    texts, labels = reviews
    assert len(texts) == len(labels) >= 600
    assert np.bincount(labels).tolist() == [len(texts) // 2, len(texts) // 2]


def test_the_order_tells_nothing_of_the_kind(reviews):
    changes = np.count_nonzero(np.diff(reviews[1]))
    assert 0.4 < changes / len(reviews[1]) < 0.6


def test_reviews_have_the_length_of_one_to_three_sentences(words):
    lengths = np.array([len(row) for row in words])
    assert lengths.min() >= 8
    assert lengths.max() <= 45
    assert 15 < lengths.mean() < 25


def test_reviews_are_distinct_in_normal_form(words):
    assert len({tuple(row) for row in words}) == len(words)


def test_no_two_reviews_share_half_of_their_words(words):
    columns = {word: i for i, word in enumerate(sorted({w for row in words for w in row}))}
    has = np.zeros((len(words), len(columns)), np.float32)
    for row, found in zip(has, words, strict=True):
        row[[columns[word] for word in found]] = 1
    shared = has @ has.T
    counts = has.sum(axis=1)
    jaccard = shared / (counts[:, None] + counts - shared)
    np.fill_diagonal(jaccard, 0)
    worst = np.unravel_index(jaccard.argmax(), jaccard.shape)
    assert jaccard[worst] < 0.5, [" ".join(words[i]) for i in worst]


def test_no_run_of_five_words_is_in_more_than_three_reviews(words):
    seen = Counter()
    for row in words:
        seen.update({tuple(row[i : i + 5]) for i in range(len(row) - 4)})
    assert [run for run, count in seen.items() if count > 3] == []


def test_no_opening_of_two_words_is_in_more_than_a_fiftieth(words):
    openings = Counter(tuple(row[:2]) for row in words)
    assert openings.most_common(1)[0][1] <= 0.02 * len(words)


def test_topics_do_not_give_the_kind_away(reviews, words):
    """Words that carry no judgement occur about equally in both kinds."""
    labels = reviews[1]
    topics = "the a and it film story plot script comedy drama scene ending picture"
    for topic in topics.split():
        share = np.mean(
            [label for row, label in zip(words, labels, strict=True) if topic in row]
        )
        assert 0.3 < share < 0.7, topic


def test_the_split_is_fixed_and_leaves_nothing_out(reviews):
    train, test = split_reviews(*reviews)
    again = split_reviews(*reviews)
    assert train[0] == again[0][0] and (test[1] == again[1][1]).all()
    assert len(test[0]) == len(reviews[0]) - len(train[0]) == 203
    assert sorted(train[0] + test[0]) == sorted(reviews[0])
    of = dict(zip(reviews[0], reviews[1], strict=True))
    assert [of[text] for text in test[0]] == test[1].tolist()
