"""Names as Keras gives them: gru, gru_1, dense, ..., counted by class over the process."""

import re
from collections import Counter

_count = Counter()


def snake_case(name):
    """GRU -> gru, InputLayer -> input_layer, Conv1D -> conv1d."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def unique_name(base):
    """`base`, then base_1, base_2, ... over the life of the process."""
    count = _count[base]
    _count[base] += 1
    return f"{base}_{count}" if count else base


def clear_session():
    """Start the automatic names again at gru, dense, sequential."""
    _count.clear()


def parents(path):
    """["a", "a/b"] of "a/b/c"."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
