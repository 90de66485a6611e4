"""The functions of fastgru.activations: what they take, give and refuse."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal
from small_models import says

from fastgru import activations
from fastgru.layers import Dense

NAMES = ", ".join(map(repr, activations.FUNCTIONS))


@pytest.mark.parametrize("name", activations.NAMES)
def test_a_function_is_the_equation_for_any_array_like_and_changes_nothing(name):
    x = np.linspace(-4, 4, 12).reshape(2, 2, 3)
    before = x.copy()
    for given, dtype, rtol in (
        (x, np.float64, 1e-12),
        (x.astype("float32")[:, ::-1], np.float32, 2e-6),
        (np.arange(-3, 3).tolist(), np.float32, 2e-6),
    ):
        y = getattr(activations, name)(given)
        exact = reference.ACTIVATIONS[name](np.asarray(given, np.float64))
        assert y.dtype == dtype
        assert_allclose(y, exact, rtol=rtol, atol=rtol)
    assert_array_equal(x, before)
    assert getattr(activations, name)(np.ones((0, 3))).shape == (0, 3)


def test_names_and_functions_go_both_ways():
    for name, function in activations.FUNCTIONS.items():
        assert function.__name__ == name
        assert activations.get(name) is activations.get(function) is function
        assert activations.deserialize(activations.serialize(function)) is function
    assert activations.get(None) is activations.linear
    assert activations.serialize("swish") == "silu"
    assert Dense(2, activations.sparsemax).activation == "sparsemax"


def test_at_infinity_and_nan():
    x = np.array([-np.inf, np.inf, np.nan])
    assert_array_equal(activations.relu(x), [0, np.inf, np.nan])
    assert_array_equal(activations.relu(x, 0.5, 2), [-np.inf, 2, np.nan])
    assert_array_equal(activations.threshold(x, 0, -1), [-1, np.inf, -1])
    assert_array_equal(activations.soft_shrink(x), x)
    assert_array_equal(activations.squareplus(x, 1), [0, np.inf, np.nan])


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda a: a.glu(np.ones((2, 3))), ValueError,
         "glu: axis -1 of x must have an even size; got 3."),
        (lambda a: a.glu(3.0), ValueError, "glu: axis must be one of the 0 that x has; got -1."),
        (lambda a: a.softmax([1.0], axis=1), ValueError,
         "softmax: axis must be one of the 1 that x has; got 1."),
        (lambda a: a.sparsemax([[1.0]], axis=0.5), TypeError,
         "sparsemax: axis must be an integer; got 0.5."),
        (lambda a: a.threshold([1.0], "x", 0), TypeError,
         "threshold: threshold must be a number; got 'x'."),
        (lambda a: a.celu([1.0], 0), ValueError, "celu: alpha must not be 0; got 0.0."),
        (lambda a: a.get("tan"), ValueError,
         f"activations.get: identifier must be one of {NAMES}; got 'tan'."),
        (lambda a: a.serialize(np.tanh), TypeError,
         ("activations.serialize: activation must be the name of an activation or one of "
          "fastgru.activations; got <ufunc 'tanh'>.")),
    ],
)  # fmt: skip
def test_what_a_function_refuses(call, error, sentence):
    with says(error, sentence):
        call(activations)
