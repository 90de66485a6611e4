"""Floor 2: layers. Each knows its parameters' shapes and its kernels, no more."""

from fastgru.layers.activation import Activation
from fastgru.layers.dense import Dense
from fastgru.layers.dropout import Dropout
from fastgru.layers.embedding import Embedding
from fastgru.layers.flatten import Flatten
from fastgru.layers.gru import GRU
from fastgru.layers.input import Input, InputLayer
from fastgru.layers.layer import Layer
from fastgru.layers.masking import Masking
from fastgru.layers.normalization import Normalization
from fastgru.layers.text_vectorization import TextVectorization

__all__ = [
    "GRU", "Activation", "Dense", "Dropout", "Embedding", "Flatten", "Input", "InputLayer",
    "Layer", "Masking", "Normalization", "TextVectorization",
]  # fmt: skip

# The closed table from which configurations are read: no other class can be named.
CLASSES = {
    cls.__name__: cls
    for cls in (
        Activation,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        GRU,
        InputLayer,
        Masking,
        Normalization,
        TextVectorization,
    )
}
