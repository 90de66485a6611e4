"""Every activation of Keras' that acts on one number, beside Keras: values and gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from fastgru import activations

keras = pytest.importorskip("keras", reason="needs Keras")
jax = pytest.importorskip("jax", reason="needs JAX")

OURS_ALONE = {"hard_sigmoid_keras2"}
#: They take more than one array, or halve it.
KERAS_ALONE = {"threshold", "glu", "sparsemax"}


def test_the_names_are_those_of_keras():
    from keras.src.activations import ALL_OBJECTS

    theirs = {function.__name__ for function in ALL_OBJECTS}
    assert set(activations.NAMES) - OURS_ALONE == theirs - KERAS_ALONE
    for name in ("swish", "hard_swish"):
        assert activations.get(name).__name__ == keras.activations.get(name).__name__


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="takes gradients with JAX")
@pytest.mark.parametrize("name", sorted(set(activations.NAMES) - OURS_ALONE))
def test_values_and_gradients(name):
    # No kink is at these numbers.
    a = np.linspace(-8.9937, 8.9811, 999).astype(np.float32)[None]
    dy = np.random.default_rng(0).standard_normal(a.shape).astype(np.float32)
    theirs, pull = jax.vjp(keras.activations.get(name), a)
    ours = activations.apply(name, a)
    # mish: JAX itself is 1.8e-6 off what float64 gives, its derivative 3.3e-6, ours 1e-6.
    off = 4 if name == "mish" else 1
    assert_allclose(ours, theirs, rtol=2e-6, atol=off * 1e-6)
    # From y alone 1 - y^2 is known to a few roundings of 1, here times a dy of up to 3.5.
    da = activations.backward(name, a, ours, dy)
    assert_allclose(da, pull(dy)[0], rtol=2e-6, atol=off * 3e-6)
