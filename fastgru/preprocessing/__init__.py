"""Preparation of text and of integer sequences for a model.

``text`` turns strings into lists of word indices, ``sequence`` turns lists of unequal
length into one padded array. Both behave as the modules of the same name in Keras.
"""

from fastgru.preprocessing import sequence, text

__all__ = ["sequence", "text"]
