"""The reference against cases small enough to compute by hand, with plain floats."""

from math import e, exp, log, sqrt, tanh

import numpy as np
import pytest
import reference as ref
from gradcheck import assert_gradient, directional, elementwise
from numpy.testing import assert_allclose, assert_array_equal


def array(*values):
    return np.array(values, np.float64)


def sigmoid(a):
    return 1 / (1 + exp(-a))


def problem():
    shapes = {"x": (5, 3, 4), "h0": (3, 2), "W": (4, 6), "U": (2, 6), "bW": 6, "bU": 6}
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("linear", {-2.5: -2.5}),
        ("relu", {-2.5: 0, 2.5: 2.5}),
        ("relu6", {-1: 0, 5: 5, 7: 6}),
        ("sigmoid", {log(3): 0.75, -1000: 0, 1000: 1}),
        ("hard_sigmoid", {-3.1: 0, 1.5: 0.75, 3.1: 1}),
        ("hard_sigmoid_keras2", {-2.6: 0, 1.25: 0.75, 2.6: 1}),
        ("tanh", {log(2): 0.6}),
        ("softplus", {0: log(2), 1000: 1000}),
        ("softsign", {-3: -0.75, 1: 0.5}),
        ("elu", {-1: 1 / e - 1, 2: 2}),
        ("selu", {-1: -1.1113307378125625, 2: 2.101401974710961}),
        ("exponential", {-1: 1 / e}),
        ("leaky_relu", {-2: -0.4, 2: 2}),
        ("silu", {log(3): 0.75 * log(3)}),
        ("gelu", {-1: -0.15865525393145707, 1: 0.8413447460685429}),
    ],
)
def test_an_activation_has_its_known_values(name, values):
    a, expected = array(*values), array(*values.values())
    assert_allclose(ref.ACTIVATIONS[name](a), expected, rtol=1e-15)


def test_softmax_is_over_the_last_axis_and_does_not_overflow():
    a = array([0, log(3)], [1000, 1000 + log(3)])
    assert_allclose(ref.ACTIVATIONS["softmax"](a), [[0.25, 0.75]] * 2, rtol=1e-12)
    assert_allclose(ref.ACTIVATIONS["log_softmax"](a), np.log([[0.25, 0.75]] * 2), rtol=1e-12)


def test_activations_keep_float32():
    a = np.ones((1, 2), np.float32)
    assert {f(a).dtype for f in ref.ACTIVATIONS.values()} == {a.dtype}


@pytest.mark.parametrize("reset_after", [True, False])
def test_one_step_of_one_unit_is_the_equations(reset_after):
    x, h = 0.7, -0.4
    W, U = (0.3, -0.8, 1.1), (0.9, 0.2, -0.6)
    bW, bU = (0.05, -0.15, 0.25), (0.35, 0.45, -0.55)
    used = bU if reset_after else (0, 0, 0)
    z = sigmoid(x * W[0] + bW[0] + h * U[0] + used[0])
    r = sigmoid(x * W[1] + bW[1] + h * U[1] + used[1])
    g = tanh(x * W[2] + bW[2] + r * (h * U[2] + used[2]))
    weights = array(W), array(U), array(*bW), array(*bU)
    states = ref.gru_states(array([[x]]), array([h]), *weights, reset_after=reset_after)
    assert_allclose(states, [[[h]], [[(1 - z) * g + z * h]]], rtol=1e-15)


@pytest.mark.parametrize(("reset_after", "h1"), [(True, (56, 1.5)), (False, (11, 21.5))])
def test_the_reset_gate_is_applied_after_or_before_the_product(reset_after, h1):
    # The biases saturate hard_sigmoid: z = (0.5, 0.5) and r = (1, 0) exactly. After:
    # (2, 3) U_g = (110, 160), reset to (110, 0). Before: (2, 0) U_g = (20, 40).
    U = array([0, 0, 0, 0, 10, 20], [0, 0, 0, 0, 30, 40])
    bW, bU = array(0, 0, 3, -3, 0, 0), np.zeros(6) if reset_after else None
    how = {"activation": "linear", "recurrent_activation": "hard_sigmoid"}
    states = ref.gru_states(
        np.ones((1, 1, 1)), array([2, 3]), np.zeros((1, 6)), U, bW, bU, None, reset_after, **how
    )
    assert_array_equal(states[1], [h1])


def test_a_masked_step_carries_the_state():
    args = problem()
    mask = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 0, 0], [1, 1, 0]], bool)
    states = ref.gru_states(**args, mask=mask)
    for b in range(3):
        row = args | {"x": args["x"][mask[:, b], b : b + 1], "h0": args["h0"][b : b + 1]}
        without_gaps = ref.gru_states(**row)[:, 0]
        steps_taken = np.concatenate([[0], mask[:, b].cumsum()])
        assert_allclose(states[:, b], without_gaps[steps_taken], rtol=1e-14)


@pytest.mark.parametrize("direction", [1, -1])
def test_the_layer_returns_states_as_computed_whichever_way_it_reads(direction):
    args = problem()
    mask = np.random.default_rng(1).random((5, 3)) < 0.5
    variant = {"reset_after": False, "activation": "softsign", "recurrent_activation": "relu6"}
    turned = args | {"x": args["x"][::direction], "mask": mask[::direction]}
    states = ref.gru_states(**turned, **variant)
    args |= {"mask": mask, "go_backwards": direction < 0, **variant}
    assert_array_equal(ref.gru(**args, return_sequences=True), states[1:])
    assert_array_equal(ref.gru(**args), states[-1])


def test_dense_embedding_dropout_and_flatten():
    x, W = array([[1, -2]]), array([3, 4], [5, 6])
    assert_array_equal(ref.dense(x, W), [[[-7, -8]]])
    assert_array_equal(ref.dense(x, W, array(7, 9), "relu"), [[[0, 1]]])
    assert_array_equal(ref.embedding(np.array([[1], [0]]), W), [[[5, 6]], [[3, 4]]])
    assert_array_equal(ref.dropout(W, array(1, 0) == 1, rate=0.75), [[12, 0], [20, 0]])
    assert_array_equal(ref.flatten(W.reshape(2, 1, 2)), W)
    assert ref.flatten(np.zeros((0, 2, 3))).shape == (0, 6)


def test_binary_crossentropy_clips_probabilities_but_not_logits():
    y, p = array([1, 0], [1, 0]), array([0.5, 0.75], [0, 0])
    clipped = (-log(1e-7) - log(1 - 1e-7)) / 2
    assert_allclose(ref.binary_crossentropy(y, p), [log(8) / 2, clipped], rtol=1e-14)
    a = array([0, log(3)], [-1000, 1000])
    assert_allclose(ref.binary_crossentropy(y, a, True), [log(8) / 2, 1000], rtol=1e-14)


@pytest.mark.parametrize("sparse", [False, True])
def test_categorical_crossentropy(sparse):
    loss = ref.sparse_categorical_crossentropy if sparse else ref.categorical_crossentropy
    y = np.array([1, 0, 0]) if sparse else array([0, 1], [1, 0], [1, 0])
    # Rows of p are divided by their sums, then clipped: (1/4, 3/4), (0, 1), (1, 0).
    p = array([1, 3], [0, 5], [2, 0])
    assert_allclose(loss(y, p), [-log(0.75), -log(1e-7), -log(1 - 1e-7)], rtol=1e-14)
    a = array([0, log(3)], [0, 1000], [1000, 0])
    assert_allclose(loss(y, a, from_logits=True), [-log(0.75), 1000, 0], rtol=1e-14)


def test_squared_and_absolute_errors():
    y, p = array([1, 2], [0, 0]), array([3, 3], [0, -1])
    assert_array_equal(ref.mean_squared_error(y, p), [2.5, 0.5])
    assert_array_equal(ref.mean_absolute_error(y, p), [1.5, 0.5])


def test_the_mean_divides_by_rows_and_not_by_weights():
    rows, weights = array(1, 2, 6), array(4, 1, 0)
    mask = np.array([True, True, False])
    assert ref.mean_over_rows(rows) == 3
    assert ref.mean_over_rows(rows, weights) == 2
    assert ref.mean_over_rows(rows, mask=mask) == 1.5
    assert ref.mean_over_rows(rows, weights, mask) == 3
    assert ref.mean_over_rows(rows, mask=mask & False) == 0


def test_adam_is_the_rule_in_plain_floats():
    w, m, v = 0.5, 0.0, 0.0
    state = array(0.5), array(0), array(0)
    for step, g in enumerate((0.3, -0.2, 1e-6), start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g * g
        w -= 0.01 * sqrt(1 - 0.9**step) / (1 - 0.8**step) * m / (sqrt(v) + 1e-3)
        rule = {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}
        state = ref.adam_step(state[0], array(g), *state[1:], step, **rule)
    assert_allclose(state, [[w], [m], [v]], rtol=1e-14)
    first, _, _ = ref.adam_step(array(0, 0), array(3, -5), 0, 0, step=1)
    assert_allclose(first, [-0.001, 0.001], rtol=1e-5)


def test_sgd_has_three_forms():
    w, g, m = array(1), array(2), array(0.5)
    assert_allclose(ref.sgd_step(w, g, m), [[0.98], [-0.02]])
    half = {"learning_rate": 0.1, "momentum": 0.5}  # the velocity becomes 0.25 - 0.2
    assert_allclose(ref.sgd_step(w, g, m, **half), [[1.05], [0.05]])
    assert_allclose(ref.sgd_step(w, g, m, **half, nesterov=True), [[0.825], [0.05]])


def test_rmsprop_has_momentum_and_a_centred_form():
    w, g, v, m, a = array(1), array(2), array(4), array(0.5), array(2)
    rule = {"learning_rate": 0.1, "rho": 0.75, "epsilon": 0.25}  # v becomes 3 + 1, a 1.5 + 0.5
    plain, centred = 0.2 / sqrt(4.25), 0.2 / sqrt(4 - 4 + 0.25)
    step = ref.rmsprop_step(w, g, v, m, a, **rule)
    assert_allclose(step, [[1 - plain], [4], [plain], [2]])
    step = ref.rmsprop_step(w, g, v, m, a, **rule, momentum=0.5, centered=True)
    assert_allclose(step, [[1 - 0.25 - centred], [4], [0.25 + centred], [2]])


def curved():
    """A loss with a known gradient, over two arrays."""
    a, b = np.random.default_rng(0).standard_normal((2, 7, 3))
    return lambda: (a * np.sin(b)).sum(), [a, b], [np.sin(b), a * np.cos(b)]


@pytest.mark.parametrize("seed", range(10))
def test_gradcheck_passes_a_right_gradient_and_restores_the_arrays(seed):
    loss, arrays, grads = curved()
    before = [a.copy() for a in arrays]
    assert_gradient(loss, arrays, grads, np.random.default_rng(seed))
    assert_array_equal(arrays, before)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("wrong", [[0], [1], [0, 1]])
def test_gradcheck_sees_a_factor_of_one_in_ten_thousand(seed, wrong):
    loss, arrays, grads = curved()
    for i in wrong:
        grads[i] *= 1.0001
    with pytest.raises(AssertionError, match=r"numeric -?\d.*analytic -?\d.*allowed is"):
        assert_gradient(loss, arrays, grads, np.random.default_rng(seed))


@pytest.mark.parametrize("value", [0, np.nan])
def test_gradcheck_refuses_gradients_that_are_zero_or_nan(value):
    loss, arrays, grads = curved()
    with pytest.raises(AssertionError, match="not the gradient"):
        assert_gradient(loss, arrays, [g * 0 + value for g in grads], np.random.default_rng(0))


def test_gradcheck_passes_where_the_derivative_drawn_is_almost_zero():
    x, drawn = array(0.3, 0.4), np.random.default_rng(5).standard_normal(2)
    grads = [array(-drawn[1], drawn[0])]
    slope = grads[0] * np.cos(x) ** 2
    loss_and_gradient = lambda: slope @ np.tan(x), [x], grads
    numeric, analytic = directional(*loss_and_gradient, np.random.default_rng(5))
    assert abs(analytic) < 1e-15
    assert abs(numeric) > 1e-13
    assert_gradient(*loss_and_gradient, np.random.default_rng(5))


def test_gradcheck_restores_the_arrays_when_the_loss_raises():
    x = array(0.1, 0.2)
    with pytest.raises(ZeroDivisionError):
        directional(lambda: 1 / 0, [x], [x], np.random.default_rng(0))
    assert_array_equal(x, [0.1, 0.2])


def test_gradcheck_refuses_float32_and_gradients_of_another_shape():
    x, rng = array([1, 2]), np.random.default_rng(0)
    with pytest.raises(AssertionError, match="float64; got float32"):
        directional(x.sum, [x.astype(np.float32)], [x], rng)
    with pytest.raises(AssertionError, match=r"gradient \(2,\) of an array \(1, 2\)"):
        directional(x.sum, [x], [x[0]], rng)


def test_elementwise_gives_the_whole_gradient_and_restores_the_array():
    loss, (a, b), (da, db) = curved()
    before = b.copy()
    assert_allclose(elementwise(loss, b), db, rtol=1e-8, atol=1e-9)
    assert_allclose(elementwise(loss, a[::2].T), da[::2].T, rtol=1e-8, atol=1e-9)
    assert_array_equal(b, before)
