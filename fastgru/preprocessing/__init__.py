"""Preparation of text and of integer sequences for a model.

``text`` turns strings into lists of word indices, ``sequence`` turns lists of unequal
length into one padded array. Both behave as the modules of the same name in Keras.
"""

from fastgru.preprocessing import sequence, text
from fastgru.preprocessing.text_files import text_dataset_from_directory
from fastgru.preprocessing.timeseries import timeseries_dataset_from_array

__all__ = ["sequence", "text", "text_dataset_from_directory", "timeseries_dataset_from_array"]
