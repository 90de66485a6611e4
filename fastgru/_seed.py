"""Where random numbers come from: one stream for each model, all from one seed."""

import random
import threading

import numpy as np

_lock = threading.Lock()
_sequence = np.random.SeedSequence()


def set_random_seed(seed):
    """Seed Python's `random`, NumPy's global generator and every model built from now on.

    Parameters
    ----------
    seed : int
        In [0, 2**32).

    Raises
    ------
    ValueError
        If `seed` is no such integer.
    """
    if (
        isinstance(seed, bool)
        or not isinstance(seed, (int, np.integer))
        or not 0 <= seed < 2**32
    ):
        raise ValueError(
            f"set_random_seed: seed must be an integer in [0, 4294967296); got {seed!r}."
        )
    global _sequence
    random.seed(int(seed))
    np.random.seed(int(seed))
    with _lock:
        _sequence = np.random.SeedSequence(int(seed))


def new_generator():
    """A generator independent of all others; the n-th after a seed is always the same."""
    with _lock:
        (child,) = _sequence.spawn(1)
    return np.random.default_rng(child)
