"""The vocabulary of a layer: learnt, given, read and told."""

from fastgru._check import axes, check_optional_int, fail, is_path, short
from fastgru.layers import tokens
from fastgru.layers.vocabulary import (
    Counts,
    Vocabulary,
    checked_idf,
    checked_words,
    special_words,
    with_unknown,
)


class Adapted:
    """The part of TextVectorization that has to do with its vocabulary."""

    def adapt(self, data, batch_size=None, steps=None):
        """Learn the vocabulary: the most frequent tokens, of equal ones the larger first.

        Parameters
        ----------
        data : list or array of str, or iterable of batches of them
            Of a batch that is a tuple (texts, labels), the texts.
        batch_size : int, optional
            Accepted for Keras' scripts; it changes nothing.
        steps : int, optional
            How many batches of an iterable to read.

        Raises
        ------
        ValueError
            If the vocabulary was given to the constructor.
        """
        where = f"{self.name}.adapt"
        if self._given is not None:
            fail(where, "the vocabulary", "not be given to the constructor",
                 f"{len(self._given)} tokens")  # fmt: skip
        counts = Counts(by_sample=self.output_mode == "tf_idf")
        for batch in tokens.batches(data, check_optional_int(where, "steps", steps, 0)):
            texts, shape = tokens.as_texts(where, "data", batch, self.encoding)
            counts.add(self._tokens(where, texts, shape))
        if not counts.tokens:
            return
        special = len(special_words(self.takes_ids))
        ranked = counts.ranked(None if self.max_tokens is None else self.max_tokens - special)
        idf = with_unknown(counts.idf(ranked)) if counts.by_sample else None
        self._take(where, Vocabulary(ranked, self.takes_ids, idf))

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Replace the vocabulary.

        Parameters
        ----------
        vocabulary : list of str or path of a text file with a token on each line
            In the order of their numbers; the special tokens may stand in front.
        idf_weights : list of float, optional
            With "tf_idf", a weight for each entry of `vocabulary`.

        Raises
        ------
        ValueError
            If it is empty, too long, has a token twice, or the weights do not fit.
        """
        where = f"{self.name}.set_vocabulary"
        if is_path(vocabulary):
            with open(vocabulary, encoding=self.encoding) as file:
                vocabulary = file.read().splitlines()
        words, shape = tokens.as_texts(where, "vocabulary", vocabulary, self.encoding)
        if len(shape) != 1:
            fail(where, "vocabulary", "be a list", f"an array of shape {axes(shape)}")
        known = checked_words(where, words, self.takes_ids, self.max_tokens)
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            fail(where, "idf_weights", "be given with output_mode='tf_idf' and with no other",
                 f"{short(idf_weights)} with {self.output_mode!r}")  # fmt: skip
        idf = None
        if idf_weights is not None:
            idf = checked_idf(where, idf_weights, words, known)
        self._take(where, Vocabulary(known, self.takes_ids, idf))
        if self._given is not None:
            self._given = words

    def _take(self, where, vocabulary):
        if self.built and not self.takes_ids:
            columns = self.output_shape[-1]
            if self.columns(vocabulary) != columns:
                fail(where, "the vocabulary", f"keep the layer's {columns} columns",
                     f"{self.columns(vocabulary)}", kind=RuntimeError)  # fmt: skip
        self.vocabulary = vocabulary

    def columns(self, vocabulary=None):
        """How many columns a row of counts has."""
        return self.max_tokens if self.pad_to_max_tokens else len(vocabulary or self.vocabulary)

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens in the order of their numbers, as a list of str."""
        found = self.vocabulary or Vocabulary([], self.takes_ids)
        return found.words(include_special_tokens)

    def vocabulary_size(self):
        """How many numbers there are, those for padding and unknown tokens among them."""
        return len(self.vocabulary or Vocabulary([], self.takes_ids))

    def lines(self):
        """The vocabulary as a text with a token on each line, or None where that cannot be.

        Keras' files have it so, unless it was given to the constructor.
        """
        words = self.get_vocabulary()
        text = "\n".join(words)
        return text if text.splitlines() == words else None
