"""Keras 3 on JAX."""

import jax
import keras
from keras import layers
from machine import cores

from peers import _keras

VERSIONS = {"keras": keras.__version__, "jax": jax.__version__}
threads = cores  # as in peers/jax.py


class Model(_keras.Model):
    def __init__(self, case):
        super().__init__(keras, layers, case)
        self.call = jax.jit(lambda *args: self.model.stateless_call(*args)[0])
        variables = self.model.trainable_variables, self.model.non_trainable_variables
        self.variables = [[v.value for v in group] for group in variables]
        self.x = jax.numpy.array(case.x)

    def infer(self):
        return self.call(*self.variables, self.x).block_until_ready()


prepare = Model


def cold_predict(_):
    return _keras.cold_predict(keras, layers)


def cold_fit():
    return _keras.cold_fit(keras, layers)
