"""Floor 2: layers. Each knows its parameters' shapes and its kernels, no more."""

from fastgru.layers.activation import Activation
from fastgru.layers.bidirectional import Bidirectional
from fastgru.layers.dense import Dense
from fastgru.layers.dropout import Dropout
from fastgru.layers.embedding import Embedding
from fastgru.layers.flatten import Flatten
from fastgru.layers.gru import GRU
from fastgru.layers.input import Input, InputLayer
from fastgru.layers.layer import Layer
from fastgru.layers.lstm import LSTM
from fastgru.layers.masking import Masking
from fastgru.layers.recurrent.cells import GRUCell, LSTMCell, SimpleRNNCell
from fastgru.layers.recurrent.stacked import StackedRNNCells
from fastgru.layers.rnn import RNN
from fastgru.layers.simple_rnn import SimpleRNN

__all__ = [
    "GRU", "LSTM", "RNN", "Activation", "Bidirectional", "Dense", "Dropout", "Embedding",
    "Flatten", "GRUCell", "Input", "InputLayer", "LSTMCell", "Layer", "Masking", "SimpleRNN",
    "SimpleRNNCell", "StackedRNNCells",
]  # fmt: skip

# The closed tables from which configurations are read: no other class can be named.
CLASSES = {
    cls.__name__: cls
    for cls in (
        Activation, Bidirectional, Dense, Dropout, Embedding, Flatten, GRU, InputLayer, LSTM,
        Masking, RNN, SimpleRNN,
    )
}  # fmt: skip
CELLS = {cls.__name__: cls for cls in (GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells)}
