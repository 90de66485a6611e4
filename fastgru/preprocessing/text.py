"""Text to lists of word indices and to bag-of-words matrices."""

import json
import math
from collections import Counter
from itertools import chain

import numpy as np

from fastgru._check import check_int, check_optional_int, fail, short
from fastgru.preprocessing.words import (
    FILTERS as _FILTERS,
)
from fastgru.preprocessing.words import (
    hashing_trick,
    one_hot,
    text_to_word_sequence,
)

__all__ = [
    "Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json",
]  # fmt: skip

_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


class Tokenizer:
    """Vocabulary that gives words, or characters, an index by falling frequency.

    Index 0 stays free. Of equally frequent words the one seen first comes first. Every
    method that takes `texts` wants an iterable of str or of lists of str, and raises
    TypeError for one bare str; every method that takes `sequences` wants an iterable of
    sequences of int, and raises TypeError for an item that is none.

    Parameters
    ----------
    num_words : int, optional
        Only indices below it are used; by default, and with 0, all are.
    filters, lower, split, char_level
        As in `text_to_word_sequence`; with `char_level` each character is a token.
    oov_token : str, optional
        Token of index 1 for unknown words; by default these are left out.
    analyzer : callable, optional
        Cuts a text in place of `text_to_word_sequence`. It is not saved.
    document_count : int, default 0
        Number of texts seen before.

    Raises
    ------
    TypeError
        If an argument is of another kind.

    Attributes
    ----------
    word_counts, word_docs, index_docs : dict
        How often each word occurs; in how many texts each word, or index, occurs.
    word_index, index_word : dict
        Word to index and back, not shortened to `num_words`.
    """

    def __init__(
        self, num_words=None, filters=_FILTERS, lower=True, split=" ", char_level=False,
        oov_token=None, analyzer=None, *, document_count=0, **unknown,
    ):  # fmt: skip
        if unknown:
            hint = " Use num_words instead of nb_words." if "nb_words" in unknown else ""
            raise TypeError(f"Tokenizer: keywords must be known; got {[*unknown]}.{hint}")
        where = "Tokenizer"
        self.num_words = check_optional_int(where, "num_words", num_words, 0)
        self.document_count = check_int(where, "document_count", document_count, 0)
        if not (split is None or (isinstance(split, str) and split)):
            fail(where, "split", "be a string that is not empty", short(split), kind=TypeError)
        if not (oov_token is None or isinstance(oov_token, str)):
            fail(where, "oov_token", "be a string", short(oov_token), kind=TypeError)
        if isinstance(filters, bytes) or not hasattr(filters, "__iter__"):
            fail(where, "filters", "be a string", short(filters), "'' filters nothing.",
                 kind=TypeError)  # fmt: skip
        if not (analyzer is None or callable(analyzer)):
            fail(where, "analyzer", "be callable", short(analyzer), kind=TypeError)
        self.filters, self.lower, self.split = filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts, self.word_docs, self.index_docs = Counter(), Counter(), Counter()
        self.word_index, self.index_word = {}, {}

    def fit_on_texts(self, texts):
        """Count the words of `texts`, then rank all words counted so far."""
        for tokens in self._token_lists(texts, "fit_on_texts"):
            self.document_count += 1
            self.word_counts.update(tokens)
            self.word_docs.update(list(dict.fromkeys(tokens)))
        ranked = [] if self.oov_token is None else [self.oov_token]
        ranked += sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        self.word_index = {word: index for index, word in enumerate(ranked, start=1)}
        # Not from `ranked`: an oov_token that is also a word keeps only its later index.
        self.index_word = {index: word for word, index in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count in how many of `sequences` each index occurs, as tfidf needs it."""
        for row in _rows(sequences, "fit_on_sequences"):
            self.document_count += 1
            # JSON takes no NumPy integer as a key.
            self.index_docs.update(i.item() if hasattr(i, "item") else i for i in set(row))

    def texts_to_sequences(self, texts):
        """Return a list of lists of int; ValueError if `oov_token` has no index yet."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """Yield what `texts_to_sequences` returns."""
        oov = self._oov_index("texts_to_sequences")
        limit, get = self.num_words or math.inf, self.word_index.get
        for tokens in self._token_lists(texts, "texts_to_sequences"):
            if oov is None:
                yield [i for w in tokens if (i := get(w, math.inf)) < limit]
            else:
                yield [i if (i := get(w, oov)) < limit else oov for w in tokens]

    def sequences_to_texts(self, sequences):
        """Return a list with a str of spaced words per sequence; errors as the reverse."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """Yield what `sequences_to_texts` returns."""
        known = self.index_word
        oov = known.get(self._oov_index("sequences_to_texts"))
        limit = self.num_words or math.inf
        for sequence in _rows(sequences, "sequences_to_texts"):
            words = (known[i] if i in known and i < limit else oov for i in sequence)
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(self, texts, mode="binary"):
        """Return `sequences_to_matrix` of the indices of `texts`, with its errors."""
        self._width(mode, "texts_to_matrix")
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """Sum up each sequence in a row of a matrix with a column per index.

        Parameters
        ----------
        sequences : iterable of sequences of int
        mode : {"binary", "count", "freq", "tfidf"}, default "binary"
            Presence, number, share in the sequence, or number weighted by rarity.

        Returns
        -------
        numpy.ndarray of float64, shape ``(len(sequences), num_words)``
            Without `num_words`, the columns are 0 and the index of each word.

        Raises
        ------
        ValueError
            If `mode` is another word, an index is no integer from 0, or fitting is missing.
        """
        width = self._width(mode, "sequences_to_matrix")
        rows = [list(row) for row in _rows(sequences, "sequences_to_matrix")]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        columns = _flat(rows)
        cells = np.repeat(np.arange(len(rows)), lengths) * width + columns
        cells, values = np.unique(cells[columns < width], return_counts=True)
        if mode == "freq":
            values = values / lengths[cells // width]
        elif mode == "tfidf":
            seen = np.array([self.index_docs.get(i, 0) for i in (cells % width).tolist()])
            values = (1 + np.log(values)) * np.log(1 + self.document_count / (1 + seen))
        matrix = np.zeros((len(rows), width))
        matrix.reshape(-1)[cells] = 1 if mode == "binary" else values
        return matrix

    def get_config(self):
        """Return a dict of the arguments and, as JSON strings, the tables."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        config = {name: getattr(self, name) for name in (*names, "document_count")}
        return config | {name: json.dumps(getattr(self, name)) for name in _TABLES}

    def to_json(self, **kwargs):
        """Return a str for `tokenizer_from_json`; `kwargs` go to `json.dumps`."""
        name = type(self).__name__
        return json.dumps({"class_name": name, "config": self.get_config()}, **kwargs)

    def _token_lists(self, texts, where):
        # One text of characters is the same as a list of its characters; tutorials do it.
        if isinstance(texts, (str, bytes)) and not (self.char_level and isinstance(texts, str)):
            raise TypeError(
                f"Tokenizer.{where}: texts must be a list of texts; "
                f"got {type(texts).__name__}. Put a single text into a list."
            )
        if not hasattr(texts, "__iter__"):
            raise TypeError(
                f"Tokenizer.{where}: texts must be a list of texts; got {texts!r:.60}."
            )
        return map(self._tokens, texts)

    def _tokens(self, text):
        listed = isinstance(text, list)
        if not (self.char_level or listed or self.analyzer):
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        if not (self.char_level or listed):
            return list(self.analyzer(text))
        if not self.lower:
            return text
        try:
            return [w.lower() for w in text] if listed else text.lower()
        except AttributeError:
            raise TypeError(f"Tokenizer: tokens must be strings; got {text!r:.60}.") from None

    def _oov_index(self, where):
        if self.oov_token is None or self.oov_token in self.word_index:
            return self.word_index.get(self.oov_token)
        raise ValueError(
            f"Tokenizer.{where}: fit_on_texts must precede use of oov_token; got no index."
        )

    def _width(self, mode, where):
        if mode not in ("binary", "count", "freq", "tfidf"):
            rule = f"mode must be binary, count, freq or tfidf; got {mode!r}."
        elif not (self.num_words or self.word_index):
            rule = "num_words must be set before fitting; got None."
        elif mode == "tfidf" and not self.document_count:
            rule = "texts must be fitted before tfidf; got none. Call fit_on_texts first."
        else:
            return self.num_words or len(self.word_index) + 1
        raise ValueError(f"Tokenizer.{where}: {rule}")


def _rows(sequences, where):
    if isinstance(sequences, (str, bytes)) or not hasattr(sequences, "__iter__"):
        raise TypeError(
            f"Tokenizer.{where}: sequences must be a list of sequences; got {sequences!r:.60}."
        )
    for position, sequence in enumerate(sequences):
        if not hasattr(sequence, "__iter__"):
            raise TypeError(
                f"Tokenizer.{where}: every item must be a sequence of indices; "
                f"got {sequence!r:.60} at position {position}."
            )
        yield sequence


def _flat(rows):
    flat = np.array([*chain.from_iterable(rows)] or np.zeros(0, dtype=np.int64))
    if flat.ndim != 1 or flat.dtype.kind not in "iu" or flat.min(initial=0) < 0:
        raise ValueError(
            "Tokenizer.sequences_to_matrix: every index must be an integer from 0; "
            f"got {flat.min() if flat.dtype.kind == 'i' else flat.dtype}."
        )
    return flat.astype(np.int64)


def tokenizer_from_json(json_string):
    """Return the `Tokenizer` of a str by `to_json`, here or in Keras; ValueError if none."""
    try:
        config = dict(json.loads(json_string)["config"])
        tables = {name: json.loads(config.pop(name)) for name in _TABLES}
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            "tokenizer_from_json: json_string must be made by Tokenizer.to_json; "
            f"got {json_string!r:.60}."
        ) from None
    tokenizer = Tokenizer(**config)
    for name, table in tables.items():
        key = int if name.startswith("index") else str
        getattr(tokenizer, name).update({key(k): v for k, v in table.items()})
    return tokenizer
