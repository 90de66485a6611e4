"""Pairs of words for word vectors (Mikolov et al., arXiv:1301.3781)."""

import random

import numpy as np

from fastgru._check import check_flag, check_int, check_number, check_optional_int, fail

_EULER = 0.577  # as many digits as Keras has


def make_sampling_table(size, sampling_factor=1e-5):
    """How likely a word is to be kept, by its rank in frequency.

    Parameters
    ----------
    size : int
        Number of ranks.
    sampling_factor : float, default 1e-5
        The smaller, the rarer are frequent words.

    Returns
    -------
    numpy.ndarray of float64, (size,)
        min(1, sqrt(factor / frequency)), with the frequency of rank r by Zipf's law,
        1 / (r (log r + 0.577) + 1/2 - 1/(12 r)); rank 0 is as rank 1.
    """
    size = check_int("make_sampling_table", "size", size, 1)
    factor = check_number("make_sampling_table", "sampling_factor", sampling_factor, 0)
    rank = np.maximum(np.arange(size), 1)
    inverse = rank * (np.log(rank) + _EULER) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(factor * inverse))


def skipgrams(
    sequence, vocabulary_size, window_size=4, negative_samples=1.0, shuffle=True,
    categorical=False, sampling_table=None, seed=None,
):  # fmt: skip
    """Pairs of a word and its neighbours, and of a word and a random one.

    Parameters
    ----------
    sequence : sequence of int
        Word numbers; 0 is no word and passed over.
    vocabulary_size : int
        The largest number plus one.
    window_size : int, default 4
        How far neighbours are apart at most.
    negative_samples : float, default 1.0
        Random pairs for each pair of neighbours.
    shuffle : bool, default True
    categorical : bool, default False
        Labels [0, 1] and [1, 0] instead of 1 and 0.
    sampling_table : array-like, (vocabulary_size,), optional
        How likely each word is to be a pair's first, see `make_sampling_table`.
    seed : int, optional
        Of all that is random here; by default Python's `random` goes on.

    Returns
    -------
    couples : list of [int, int]
    labels : list
        1 for neighbours, 0 for random pairs.
    """
    where = "skipgrams"
    words = [check_int(where, "every word", word, 0) for word in sequence]
    size = check_int(where, "vocabulary_size", vocabulary_size, 1)
    window = check_int(where, "window_size", window_size, 0)
    share = check_number(where, "negative_samples", negative_samples, 0)
    shuffle = check_flag(where, "shuffle", shuffle)
    seed = check_optional_int(where, "seed", seed)
    if sampling_table is not None and words and max(words) >= len(sampling_table):
        fail(where, "sampling_table", f"reach to word {max(words)}",
             f"{len(sampling_table)} entries")  # fmt: skip
    rng = random if seed is None else random.Random(seed)
    couples = [
        [word, other]
        for place, word in enumerate(words)
        if word and (sampling_table is None or sampling_table[word] >= rng.random())
        for other in _around(words, place, window)
        if other
    ]
    yes, no = ([0, 1], [1, 0]) if check_flag(where, "categorical", categorical) else (1, 0)
    firsts = [first for first, _ in couples]
    extra = int(len(couples) * share)
    if extra and size < 2:
        fail(where, "vocabulary_size", "be at least 2 for random pairs", f"{size}")
    rng.shuffle(firsts)
    labels = [yes] * len(couples) + [no] * extra
    couples += [[firsts[n % len(firsts)], rng.randrange(1, size)] for n in range(extra)]
    if shuffle:
        # Of its own, for the order that Keras' has with the same seed.
        order = random.Random(rng.getrandbits(32) if seed is None else seed)
        pairs = list(zip(couples, labels, strict=True))
        order.shuffle(pairs)
        couples, labels = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return couples, [list(label) if categorical else label for label in labels]


def _around(words, place, window):
    return words[max(0, place - window) : place] + words[place + 1 : place + window + 1]
