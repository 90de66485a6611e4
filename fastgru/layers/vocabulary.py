"""Tokens and their numbers."""

from collections import Counter
from itertools import chain, repeat

import numpy as np

from fastgru._check import axes, fail, short

PADDING, UNKNOWN = "", "[UNK]"


def special_words(padding):
    """What stands in front of a vocabulary, with padding or without."""
    return [PADDING, UNKNOWN] if padding else [UNKNOWN]


def checked_words(where, words, padding, most):
    """The words behind the special ones, as tokens; refuses what is no vocabulary."""
    special = special_words(padding)
    known = words[len(special) :] if words[: len(special)] == special else words
    if not words:
        fail(where, "vocabulary", "have a token", "none")
    if PADDING in known:
        place = words.index(PADDING, len(words) - len(known))
        fail(where, "vocabulary", "have no empty token", f"one at position {place}")
    if len(set(known)) < len(known):
        word, count = Counter(known).most_common(1)[0]
        fail(where, "vocabulary", "have every token once", f"{short(word)} {count} times")
    if most is not None and len(special) + len(known) > most:
        rule = f"have at most max_tokens={most} tokens, the special ones among them"
        fail(where, "vocabulary", rule, f"{len(special) + len(known)}")
    try:
        return [word.encode() for word in known]
    except UnicodeEncodeError as error:
        fail(where, "every token", "be sound Unicode", short(error.object))


def checked_idf(where, weights, words, known):
    """Weights of the unknown token and all others, from those given for `words`."""
    weights = np.asarray(weights, np.float32)
    if weights.shape != (len(words),):
        fail(where, "idf_weights", f"have shape ({len(words)},)", axes(weights.shape))
    return weights if len(known) < len(words) else with_unknown(weights)


def with_unknown(idf):
    """Weights with their mean in front: that of unknown tokens, as in Keras."""
    return np.concatenate([[idf.mean() if len(idf) else 0], idf]).astype(np.float32)


class Counts:
    """How often tokens occur in the samples that have been added, and in how many."""

    def __init__(self, by_sample):
        self.tokens, self.samples = Counter(), Counter()
        self.by_sample, self.count = by_sample, 0

    def add(self, rows):
        """Count lists of tokens."""
        for row in rows:
            self.count += 1
            self.tokens.update(row)
            if self.by_sample:
                self.samples.update(set(row))

    def ranked(self, most):
        """The most frequent tokens, falling; of equally frequent ones, the larger first."""
        for special in (PADDING, UNKNOWN):
            self.tokens.pop(special.encode(), None)
        pairs = sorted(zip(self.tokens.values(), self.tokens, strict=True), reverse=True)
        return [token for _, token in pairs[:most]]

    def idf(self, tokens):
        """log(1 + samples / (1 + samples with the token)) of each token."""
        samples = np.array([self.samples[token] for token in tokens])
        return np.log(1 + self.count / (1 + samples)).astype(np.float32)


class Vocabulary:
    """Numbers of tokens.

    With `padding`, 0 is the empty token's, which fills up short sequences; without, empty
    tokens are dropped. The next number is that of unknown tokens, then come `tokens`.
    """

    def __init__(self, tokens, padding, idf=None):
        self.tokens, self.padding = tokens, padding
        self.special = special_words(padding)
        self.idf = idf
        start = len(self.special)
        self.unknown = start - 1
        self.table = dict(zip(tokens, range(start, start + len(tokens)), strict=True))
        self.table[b""] = 0 if padding else -1

    def __len__(self):
        return len(self.special) + len(self.tokens)

    def words(self, special=True):
        """The tokens as str, in the order of their numbers."""
        words = [token.decode() for token in self.tokens]
        return [*self.special, *words] if special else words

    def numbers(self, rows):
        """The numbers of lists of tokens: all in one array, and how many each list has."""
        get, unknown = self.table.get, repeat(self.unknown)
        found = [list(map(get, row, unknown)) for row in rows]
        if not self.padding:
            found = [[n for n in row if n >= 0] if -1 in row else row for row in found]
        lengths = np.array([len(row) for row in found], np.int64)
        flat = np.fromiter(chain.from_iterable(found), np.int32, int(lengths.sum()))
        return flat, lengths


def padded(flat, lengths, width):
    """Rows of numbers, cut to `width` or filled up with 0."""
    out = np.zeros((len(lengths), width), np.int32)
    place = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    out[np.arange(width) < lengths[:, None]] = flat[place < width]
    return out


def counted(flat, lengths, depth):
    """(rows, depth) counts of each number."""
    rows = len(lengths)
    cells = np.repeat(np.arange(rows) * depth, lengths) + flat
    return np.bincount(cells, minlength=rows * depth).reshape(rows, depth)
