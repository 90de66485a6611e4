"""Floor 2: layers. Each knows its parameters' shapes and its kernels, no more."""

from fastgru.layers.activation import Activation
from fastgru.layers.batch_normalization import BatchNormalization
from fastgru.layers.bidirectional import Bidirectional
from fastgru.layers.conv1d import Conv1D
from fastgru.layers.dense import Dense
from fastgru.layers.dropout import Dropout, GaussianNoise, SpatialDropout1D
from fastgru.layers.elementwise import ELU, LeakyReLU, PReLU, ReLU, Rescaling
from fastgru.layers.embedding import Embedding
from fastgru.layers.flatten import Flatten
from fastgru.layers.global_pooling import GlobalAveragePooling1D, GlobalMaxPooling1D
from fastgru.layers.gru import GRU
from fastgru.layers.input import Input, InputLayer
from fastgru.layers.layer import Layer
from fastgru.layers.layer_normalization import LayerNormalization
from fastgru.layers.lstm import LSTM
from fastgru.layers.masking import Masking
from fastgru.layers.normalization import Normalization
from fastgru.layers.pooling import AveragePooling1D, MaxPooling1D
from fastgru.layers.recurrent.cells import GRUCell, LSTMCell, SimpleRNNCell
from fastgru.layers.recurrent.own import Cell
from fastgru.layers.recurrent.stacked import StackedRNNCells
from fastgru.layers.reshape import Permute, Reshape
from fastgru.layers.rnn import RNN
from fastgru.layers.simple_rnn import SimpleRNN
from fastgru.layers.softmax import Softmax
from fastgru.layers.stack import Sequential as _Stack
from fastgru.layers.steps import Cropping1D, RepeatVector, UpSampling1D, ZeroPadding1D
from fastgru.layers.text_vectorization import TextVectorization
from fastgru.layers.time_distributed import TimeDistributed

# The closed tables from which configurations are read: no other class can be named.
CLASSES = {
    cls.__name__: cls
    for cls in (
        Activation, AveragePooling1D, BatchNormalization, Bidirectional, Conv1D, Cropping1D,
        Dense, Dropout, ELU, Embedding, Flatten, GRU, GaussianNoise, GlobalAveragePooling1D,
        GlobalMaxPooling1D, InputLayer, LSTM, LayerNormalization, LeakyReLU, Masking,
        MaxPooling1D, Normalization, PReLU, Permute, RNN, ReLU, RepeatVector, Rescaling,
        Reshape, SimpleRNN, Softmax, SpatialDropout1D, TextVectorization, TimeDistributed,
        UpSampling1D, ZeroPadding1D,
    )
}  # fmt: skip
# Keras' other names.
AvgPool1D, MaxPool1D = AveragePooling1D, MaxPooling1D
GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
Convolution1D = Conv1D
_OTHER_NAMES = ("AvgPool1D", "MaxPool1D", "GlobalAvgPool1D", "GlobalMaxPool1D", "Convolution1D")
CELLS = {cls.__name__: cls for cls in (GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells)}

__all__ = ["Cell", "Input", "Layer", *CLASSES, *CELLS, *_OTHER_NAMES]  # noqa: PLE0604
# In files a model inside of another is one of its layers.
CLASSES[_Stack.__name__] = _Stack
