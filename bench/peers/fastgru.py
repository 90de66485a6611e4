"""fastgru, as its users call it."""

import numpy
import scipy

import fastgru
from fastgru import layers
from peers import _keras

VERSIONS = {m.__name__: m.__version__ for m in (fastgru, numpy, scipy)}


def threads():
    return fastgru.get_num_threads()


class Model(_keras.Model):
    def __init__(self, case):
        super().__init__(fastgru, layers, case)
        if hasattr(self.model, "stream"):
            self.step = self.model.stream(batch=1).step


prepare = Model


def cold_predict(_):
    return _keras.cold_predict(fastgru, layers)


def cold_fit():
    return _keras.cold_fit(fastgru, layers)
