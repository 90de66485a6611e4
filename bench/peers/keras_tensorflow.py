"""Keras 3 on TensorFlow."""

import keras
import tensorflow
from keras import layers
from machine import cores

from peers import _keras

VERSIONS = {"keras": keras.__version__, "tensorflow": tensorflow.__version__}


def set_threads(n):
    tensorflow.config.threading.set_intra_op_parallelism_threads(n)
    tensorflow.config.threading.set_inter_op_parallelism_threads(n)


def threads():
    return tensorflow.config.threading.get_intra_op_parallelism_threads() or cores()


class Model(_keras.Model):
    def __init__(self, case):
        super().__init__(keras, layers, case)
        # XLA is several times faster here than the graph that predict_on_batch runs.
        self.call = tensorflow.function(self.model, jit_compile=True)
        self.x = tensorflow.constant(case.x)

    def infer(self):
        return self.call(self.x)


prepare = Model


def cold_predict(_):
    return _keras.cold_predict(keras, layers)


def cold_fit():
    return _keras.cold_fit(keras, layers)
