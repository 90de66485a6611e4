"""Texts to numbers, by a vocabulary."""

import numpy as np

from fastgru._check import (
    axes,
    check_choice,
    check_default,
    check_flag,
    check_int,
    check_optional_int,
    fail,
    is_path,
    short,
)
from fastgru.layers import tokens
from fastgru.layers.adapted import Adapted
from fastgru.layers.layer import Layer
from fastgru.layers.vocabulary import counted, padded

_MODES = ("int", "multi_hot", "count", "tf_idf")
_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


class TextVectorization(Adapted, Layer):
    """Turn texts into token numbers, or into one row of counts each.

    The vocabulary comes from `adapt`, `vocabulary` or `set_vocabulary`, and is saved with
    the model. As the first layer of a model it makes `fit`, `evaluate` and `predict` take
    texts: a list or an array of str, (n,) or (n, 1).

    Parameters
    ----------
    max_tokens : int, optional
        Most tokens of the vocabulary, those for padding and unknown tokens among them.
    standardize : str or callable, default "lower_and_strip_punctuation"
        "lower", "strip_punctuation", both, or None; of ASCII characters alone, as in Keras.
        A function gets an array of str and returns one of the same length; it is not saved.
    split : str or callable, default "whitespace"
        "whitespace", "character", or None: every text is one token. A function gets an
        array of str and returns a list of tokens for each; it is not saved.
    ngrams : int or tuple of int, optional
        Use runs of 1 to `ngrams` tokens, or of the numbers of tokens listed.
    output_mode : {"int", "multi_hot", "count", "tf_idf"}, default "int"
        The number of each token; or a row with a column for each number: whether, how often,
        or how often times log(1 + samples / (1 + samples with the token)).
    output_sequence_length : int, optional
        Cut or fill up rows of numbers to this length; by default to the longest.
    pad_to_max_tokens : bool, default False
        Rows of counts have `max_tokens` columns, however many tokens there are.
    vocabulary : list of str or path of a text file with a token on each line, optional
    idf_weights : list of float, optional
        For "tf_idf": the weight of each token of `vocabulary`.
    sparse : bool, default False
        False is the only value.
    ragged : bool, default False
        A call returns a list of arrays, each as long as its text; in a model it changes
        nothing.
    encoding : str, default "utf-8"
        Of texts that are bytes.
    **layer
        See `Layer`.

    Numbers: with "int" 0 is padding, 1 unknown, 2 the most frequent token; otherwise 0 is
    unknown and 1 the most frequent token. Source: Keras' layer of this name.
    """

    takes_text = True
    changeable = frozenset({"vocabulary"})

    def __init__(
        self, max_tokens=None, standardize="lower_and_strip_punctuation", split="whitespace",
        ngrams=None, output_mode="int", output_sequence_length=None, pad_to_max_tokens=False,
        vocabulary=None, idf_weights=None, sparse=False, ragged=False, encoding="utf-8",
        vocabulary_size=None, **layer,
    ):  # fmt: skip
        super().__init__(**layer)
        where = "TextVectorization"
        self.max_tokens = check_optional_int(where, "max_tokens", max_tokens, 2)
        self.standardize = _choice(where, "standardize", standardize, tokens.STANDARDIZE)
        self.split = _choice(where, "split", split, tokens.SPLIT)
        self.ngrams = _widths(where, ngrams)
        output_mode = _OLD_MODES.get(output_mode, output_mode)
        self.output_mode = check_choice(where, "output_mode", output_mode, _MODES)
        self.output_sequence_length = check_optional_int(
            where, "output_sequence_length", output_sequence_length, 1
        )
        self.pad_to_max_tokens = check_flag(where, "pad_to_max_tokens", pad_to_max_tokens)
        self.ragged = check_flag(where, "ragged", ragged)
        self.encoding = _encoding(where, encoding)
        check_default(where, sparse=(sparse, False))
        self.takes_ids = self.gives_ids = self.output_mode == "int"
        self._check_together(where, idf_weights)
        self.vocabulary = self._given = None
        if vocabulary is not None:
            # As it was given, for the configuration; what lay in a file goes into one.
            self._given = None if is_path(vocabulary) else []
            self.set_vocabulary(vocabulary, idf_weights)

    def _check_together(self, where, idf_weights):
        if self.pad_to_max_tokens and self.max_tokens is None:
            fail(where, "max_tokens", "be given with pad_to_max_tokens", "None")
        if not self.takes_ids:
            if self.output_sequence_length is not None:
                fail(where, "output_sequence_length", "be None unless output_mode is 'int'",
                     f"{self.output_sequence_length}")  # fmt: skip
            if self.ragged:
                fail(where, "ragged", "be False unless output_mode is 'int'", "True")
        if idf_weights is not None and self.output_mode != "tf_idf":
            fail(where, "idf_weights", "be None unless output_mode is 'tf_idf'",
                 short(idf_weights))  # fmt: skip

    # Texts to numbers.

    def _tokens(self, where, texts, shape):
        """Lists of tokens of texts of a shape, one for each sample."""
        if not 1 <= len(shape) <= 2 or (self.split and shape[1:] not in ((), (1,))):
            wanted = "(batch,) or (batch, 1)" if self.split else "(batch,) or (batch, texts)"
            fail(where, "an array of texts", f"have shape {wanted}", axes(shape))
        width = shape[1] if len(shape) > 1 else 1
        return tokens.tokenized(
            where, texts, width, self.standardize, self.split, self.ngrams and self._widths()
        )

    def _widths(self):
        return range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams

    def numbers(self, where, texts, shape):
        """Token numbers of all texts in one array, and how many each sample has."""
        if self.vocabulary is None:
            fail(self.name, "the vocabulary", "be known before the layer is used", "none",
                 "adapt(texts) learns it.", kind=RuntimeError)  # fmt: skip
        flat, lengths = self.vocabulary.numbers(self._tokens(where, texts, shape))
        if self.takes_ids and self.output_sequence_length is not None:
            return flat, lengths, self.output_sequence_length
        return flat, lengths, int(lengths.max(initial=0))

    def rows(self, flat, lengths, width):
        """What the layer gives for token numbers: ids, or a row of counts for each sample."""
        if self.takes_ids:
            return padded(flat, lengths, width)
        found = counted(flat, lengths, self.columns())
        if self.output_mode == "multi_hot":
            return (found > 0).astype(np.int64)
        if self.output_mode == "tf_idf":
            found = found.astype(np.float32)
            # Columns without a token have no weight, and no counts.
            found[:, : len(self.vocabulary)] *= self.vocabulary.idf
        return found

    def __call__(self, x, mask=None, training=False):
        """Numbers for texts: int64, for "tf_idf" float32.

        Parameters
        ----------
        x : str, or list or array of str, (batch,) or (batch, 1)
            For one str, the result has no batch axis. Without `split`, (batch, texts) too.
        """
        if isinstance(x, (str, bytes)):
            return self([x])[0]
        texts, shape = tokens.as_texts(self.name, "x", x, self.encoding)
        flat, lengths, width = self.numbers(self.name, texts, shape)
        if self.ragged:
            parts = np.split(flat.astype(np.int64), np.cumsum(lengths)[:-1])
            return [part[: self.output_sequence_length] for part in parts[: len(lengths)]]
        found = self.rows(flat, lengths, width)
        if found.dtype.kind == "f":
            return found
        as_they_are = self.takes_ids and not (self.split or self.ngrams)
        if as_they_are and len(shape) == 1 and self.output_sequence_length is None:
            found = found[:, 0]
        return found.astype(np.int64)

    def configure(self, input_shape):
        batch, *rest = input_shape
        if len(rest) > 1 or (self.split and rest not in ([], [1], [None])):
            fail(self.name, "its input", "have shape (batch,) or (batch, 1)", axes(input_shape))
        if not self.takes_ids:
            if self.vocabulary is None and not self.pad_to_max_tokens:
                fail(self.name, "the vocabulary", "be known before the layer is built", "none",
                     "adapt(texts) learns it.", kind=RuntimeError)  # fmt: skip
            return (batch, self.columns())
        time = self.output_sequence_length
        if time is None and not (self.split or self.ngrams):
            time = rest[0] if rest else 1
        return (batch, time)

    # In a model the door has turned texts into rows already.

    def _forward(self, x):
        return x, lambda dy, want_dx=True: None

    def _predict(self, x):
        return x

    def get_config(self):
        found = {
            name: getattr(self, name)
            for name in (
                "max_tokens", "standardize", "split", "ngrams", "output_mode",
                "output_sequence_length", "pad_to_max_tokens", "ragged", "encoding",
            )
        }  # fmt: skip
        given, idf = self._given, None
        if given is None and self.vocabulary is not None and self.lines() is None:
            given = self.get_vocabulary()
        if given is not None and self.output_mode == "tf_idf":
            idf = self.vocabulary.idf[len(self.vocabulary) - len(given) :].tolist()
        return {
            **super().get_config(), **found, "sparse": False, "vocabulary": given,
            "idf_weights": idf, "vocabulary_size": self.vocabulary_size(),
        }  # fmt: skip


def _choice(where, what, value, words):
    if value is not None and not callable(value):
        check_choice(where, what, value, words)
    return value


def _widths(where, ngrams):
    if isinstance(ngrams, (tuple, list)):
        return tuple(check_int(where, "every entry of ngrams", width, 1) for width in ngrams)
    return check_optional_int(where, "ngrams", ngrams, 1)


def _encoding(where, encoding):
    try:
        "".encode(encoding)
    except (LookupError, TypeError):
        fail(where, "encoding", "be the name of a text encoding", short(encoding))
    return encoding
