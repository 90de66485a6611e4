"""Text to words, and words to numbers without a vocabulary."""

import hashlib

from fastgru._check import check_int, fail, short

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(input_text, filters=FILTERS, lower=True, split=" "):
    """Cut a text into a list of non-empty words; TypeError if it is not a str.

    Parameters
    ----------
    input_text : str
    filters : str, default punctuation, tab and newline
        Characters that separate words just as `split` (str, default " ") does.
    lower : bool, default True
        Whether the text is put into lower case first.
    """
    if not isinstance(input_text, str):
        kind = type(input_text).__name__
        raise TypeError(f"text_to_word_sequence: input_text must be a string; got {kind}.")
    cased = input_text.lower() if lower else input_text
    separated = cased.translate(str.maketrans(dict.fromkeys(filters, split)))
    return list(filter(None, separated.split(split)))


def one_hot(input_text, n, filters=FILTERS, lower=True, split=" ", analyzer=None):
    """Numbers in [1, n) of a text's words, by Python's hash: `hashing_trick` without names."""
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


def hashing_trick(
    text, n, hash_function=None, filters=FILTERS, lower=True, split=" ", analyzer=None
):
    """Numbers of a text's words without a vocabulary; different words may share one.

    Parameters
    ----------
    text : str
    n : int
        Numbers lie in [1, n).
    hash_function : callable, "md5" or None
        From a word to an integer. None is Python's hash, which differs from run to run
        unless PYTHONHASHSEED is set; "md5" is the same everywhere.
    filters, lower, split
        As in `text_to_word_sequence`.
    analyzer : callable, optional
        Cuts the text instead.

    Returns
    -------
    list of int
    """
    n = check_int("hashing_trick", "n", n, 2)
    if hash_function is None:
        hash_function = hash
    elif isinstance(hash_function, str) and hash_function == "md5":
        hash_function = _md5
    elif not callable(hash_function):
        fail("hashing_trick", "hash_function", "be callable, 'md5' or None",
             short(hash_function))  # fmt: skip
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word):
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
