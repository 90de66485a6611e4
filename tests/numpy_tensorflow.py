"""As much of TensorFlow, in NumPy, as lets Keras' own TextVectorization count and be saved.

Keras needs TensorFlow for this layer, with whatever backend. What stands in for it here are
tables, variables and arithmetic; the order of a vocabulary, the weights of tokens and the
layout of files are Keras' own code. Texts are cut into tokens by TensorFlow's string
operations, which are not here.
"""

import contextlib
import os
from types import SimpleNamespace

import numpy as np


class Tensor(np.ndarray):
    def numpy(self):
        return np.asarray(self)


def tensor(x, dtype=None):
    array = np.asarray(x, object if dtype in (None, "string") and _is_text(x) else None)
    return (array if array.dtype == object else np.asarray(array, dtype)).view(Tensor)


def _is_text(x):
    return any(isinstance(item, (str, bytes)) for item in np.ravel(np.asarray(x, object)))


class Variable:
    def __init__(self, initial, dtype=None, trainable=False):
        self.assign(tensor(initial, dtype))

    def assign(self, value):
        self._value = tensor(value)

    def value(self):
        return self._value

    def __truediv__(self, other):
        return self._value / other


class Initializer:
    def __init__(self, keys=(), values=(), key_dtype=None, value_dtype=None):
        self.pairs = dict(zip(keys, values, strict=True))


class Table:
    """A table that does not change, or one that does."""

    def __init__(self, initializer=None, default=None, **options):
        given = getattr(initializer, "pairs", {})
        self.pairs = {_utf8(key): value for key, value in given.items()}
        self.default = options.get("default_value", default)

    def size(self):
        return tensor(len(self.pairs))

    def export(self):
        keys = np.empty(len(self.pairs), object)
        keys[:] = list(self.pairs)
        return keys.view(Tensor), tensor(list(self.pairs.values()), np.int64)

    def insert(self, keys, values):
        self.pairs.update(zip(map(_utf8, keys), values, strict=True))

    def remove(self, keys):
        for key in keys:
            self.pairs.pop(_utf8(key), None)

    def lookup(self, keys):
        return tensor([self.pairs.get(_utf8(key), self.default) for key in keys], np.int64)


def _utf8(key):
    return key.encode() if isinstance(key, str) else key


class DType(str):
    is_integer = property(lambda self: self.startswith("int"))
    max = 2**63 - 1
    name = property(str)


module = SimpleNamespace(
    available=True,
    string=DType("string"),
    as_dtype=DType,
    Variable=Variable,
    Tensor=Tensor,
    convert_to_tensor=tensor,
    is_tensor=lambda x: isinstance(x, (Tensor, Variable)),
    executing_eagerly=lambda: True,
    init_scope=contextlib.nullcontext,
    range=lambda start, end, dtype=None: np.arange(start, end),
    size=lambda x: np.size(x),
    equal=lambda a, b: bool(a == b),
    gather=lambda x, index: x[index],
    cast=lambda x, dtype: tensor(x, dtype),
    reduce_mean=np.mean,
    pad=lambda x, paddings, constant_values: np.pad(
        x, paddings, constant_values=constant_values
    ).view(Tensor),
    math=SimpleNamespace(log=np.log),
    compat=SimpleNamespace(as_text=lambda text, encoding: text.decode(encoding)),
    io=SimpleNamespace(gfile=SimpleNamespace(join=os.path.join)),
    lookup=SimpleNamespace(
        StaticHashTable=Table,
        KeyValueTensorInitializer=Initializer,
        experimental=SimpleNamespace(MutableHashTable=Table),
    ),
)


def put_into_keras(monkeypatch):
    """Let Keras' text layers take this module for TensorFlow."""
    from keras.src.layers.preprocessing import index_lookup, string_lookup, text_vectorization

    for user in (index_lookup, string_lookup, text_vectorization):
        monkeypatch.setattr(user, "tf", module)
