"""Weights of recurrent layers in PyTorch's layout and in Keras'.

PyTorch has weight_ih (blocks H, width), weight_hh (blocks H, H), bias_ih and bias_hh
(blocks H,), Keras their transposes; a GRU's blocks are r, z, n there and z, r, g here, an
LSTM's i, f, g, o in both.
"""

import numpy as np

#: Blocks of rows for each kind.
BLOCKS = {"GRU": 3, "LSTM": 4, "RNN": 1}


def exchanged(rows):
    """The first two of three blocks of rows exchanged; its own inverse."""
    first, second, third = np.split(rows, 3)
    return np.concatenate([second, first, third])


def to_keras(kind, weight_ih, weight_hh, bias_ih=None, bias_hh=None):
    """[kernel, recurrent kernel, bias]; no bias where there is none."""
    arrays = [array for array in (weight_ih, weight_hh, bias_ih, bias_hh) if array is not None]
    if kind == "GRU":
        arrays = [exchanged(array) for array in arrays]
    kernel, recurrent, *biases = arrays
    if biases:
        biases = [np.stack(biases) if kind == "GRU" else np.add(*biases)]
    return [kernel.T, recurrent.T, *biases]


def to_torch(kind, kernel, recurrent, bias=None):
    """[weight_ih, weight_hh, bias_ih, bias_hh]; zeros for the second bias of one alone."""
    arrays = [kernel.T, recurrent.T]
    if bias is not None:
        arrays += list(bias) if bias.ndim == 2 else [bias, np.zeros_like(bias)]
    return [exchanged(array) if kind == "GRU" else array for array in arrays]
