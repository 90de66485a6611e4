"""Texts to lists of tokens.

Tokens are UTF-8 bytes, and only ASCII letters, punctuation and white space count, as in
TensorFlow's string operations, on which Keras' TextVectorization stands.
"""

import string
from itertools import islice

import numpy as np

from fastgru._check import fail, short

_PUNCTUATION = string.punctuation.encode()
_LOWER = bytes(range(256)).lower()
#: What `bytes.translate` takes: the table, and the bytes that are left out.
_TRANSLATIONS = {
    None: (None, b""),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
}
STANDARDIZE = tuple(name for name in _TRANSLATIONS if name)
SPLIT = ("whitespace", "character")
#: Texts that a function of the user's gets at once: as an array, each is as long as the
#: longest of them.
_BLOCK = 256


def as_texts(where, what, x, encoding="utf-8"):
    """(texts as a list of str, shape) of anything array-like that holds texts."""
    if isinstance(x, (str, bytes)) or not hasattr(x, "__iter__"):
        hint = "Put a single text into a list." if isinstance(x, (str, bytes)) else ""
        fail(where, what, "be a list of texts", type(x).__name__, hint, kind=TypeError)
    if isinstance(x, (list, tuple)) and not any(map(_is_row, x[:1])):
        # As an array of str, every text would take the room of the longest.
        texts, shape = list(x), (len(x),)
    else:
        try:
            array = np.asarray(x) if isinstance(x, np.ndarray) else np.array(x, object)
        except ValueError:
            fail(where, what, "be one array of texts", "rows of different lengths")
        texts, shape = array.reshape(-1).tolist(), array.shape
    if set(map(type, texts)) != {str}:
        texts = [_as_text(where, what, n, text, encoding) for n, text in enumerate(texts)]
    return texts, shape


def _is_row(x):
    return not isinstance(x, (str, bytes)) and hasattr(x, "__len__")


def _as_text(where, what, place, text, encoding):
    if isinstance(text, bytes):
        return text.decode(encoding, "replace")
    if not isinstance(text, str):
        fail(where, f"every text of {what}", "be a str",
             f"{type(text).__name__} at position {place}", kind=TypeError)  # fmt: skip
    return str(text)


def batches(data, steps):
    """Batches of texts: `data` itself, or what it yields; the texts of (texts, labels)."""
    whole = isinstance(data, (list, tuple, str, bytes)) or hasattr(data, "__array__")
    if whole or not hasattr(data, "__iter__"):
        yield data
        return
    for batch in islice(data, steps):
        if isinstance(batch, tuple) and len(batch) > 1 and _is_row(batch[0]):
            batch = batch[0]
        yield [batch] if isinstance(batch, (str, bytes)) else batch


def tokenized(where, texts, width, standardize, split, ngrams):
    """Lists of tokens, as an iterator; without `split`, of `width` texts a sample."""
    if callable(standardize):
        texts = _mapped(where, "standardize", standardize, texts)
        table, left_out = _TRANSLATIONS[None]
    else:
        table, left_out = _TRANSLATIONS[standardize]
    if callable(split):
        texts = (_decoded(_encoded(where, t).translate(table, left_out)) for t in texts)
        rows = _mapped(where, "split", split, texts)
        rows = ([_encoded(where, token) for token in row] for row in rows)
    else:
        rows = (_encoded(where, text).translate(table, left_out) for text in texts)
        if split == "whitespace":
            rows = map(bytes.split, rows)
        elif split == "character":
            rows = ([c.encode() for c in row.decode()] for row in rows)
        else:
            rows = _by(rows, width)
    return rows if ngrams is None else (_grams(row, ngrams) for row in rows)


def _encoded(where, text):
    try:
        return text.encode()
    except UnicodeEncodeError:
        fail(where, "every text", "be sound Unicode", f"{short(text)}")
    except AttributeError:
        if isinstance(text, bytes):
            return text
        fail(where, "standardize and split", "give strings", type(text).__name__,
             kind=TypeError)  # fmt: skip


def _decoded(text):
    return text.decode()


def _mapped(where, what, function, texts):
    """What a function of the user's makes of texts, block by block."""
    texts = iter(texts)
    while block := list(islice(texts, _BLOCK)):
        found = function(np.array(block, str))
        if not hasattr(found, "__len__") or len(found) != len(block):
            got = len(found) if hasattr(found, "__len__") else type(found).__name__
            fail(where, what, f"give one result for each of {len(block)} texts", f"{got}")
        yield from found.tolist() if isinstance(found, np.ndarray) else found


def _by(items, width):
    """The items in lists of `width`."""
    items = iter(items)
    while row := list(islice(items, width)):
        yield row


def _grams(tokens, widths):
    return [
        b" ".join(tokens[start : start + width])
        for width in widths
        for start in range(len(tokens) - width + 1)
    ]
