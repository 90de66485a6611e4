"""The GRU layer against torch.nn.GRU and its autograd, in float64.

torch resets after the product, as Keras does by default, with the gates in the order r, z, n
where Keras has z, r, h.
"""

import numpy as np
import pytest
from keras_parity import harness

torch = pytest.importorskip("torch")

TOLERANCE = 1e-10
PARAMETERS = ("kernel", "recurrent_kernel", "bias")
every_shape = pytest.mark.parametrize(
    "steps, batch, inputs, units",
    [(1, 1, 1, 1), (1, 3, 2, 4), (7, 5, 3, 4), (12, 1, 5, 17), (4, 9, 8, 33), (30, 2, 1, 6)],
)


def to_torch(weight):
    """Turn the last axis from Keras' z, r, h to torch's r, z, n; its own inverse."""
    z, r, h = np.split(weight, 3, axis=-1)
    return np.concatenate([r, z, h], axis=-1)


def random_problem(rng, steps, batch, inputs, units):
    """Return x, the gradient of the outputs and Keras' three weights, all random."""
    x, dy = rng.normal(size=(steps, batch, inputs)), rng.normal(size=(steps, batch, units))
    shapes = (inputs, 3 * units), (units, 3 * units), (2, 3 * units)
    return x, dy, [rng.normal(0, 0.5, shape) for shape in shapes]


def torch_run(x, dy, weights, lengths=None):
    """Return torch's outputs and the gradients of x and of the weights, in Keras' layout.

    With lengths, which must not increase, later steps do not exist for torch.
    """
    gru, x = torch_gru(weights), torch.tensor(x, requires_grad=True)
    if lengths is None:
        y, _ = gru(x)
    else:
        packed, _ = gru(torch.nn.utils.rnn.pack_padded_sequence(x, lengths))
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, total_length=len(x))
    y.backward(torch.tensor(dy))
    gradients = [parameter.grad.numpy() for parameter in gru.parameters()]
    kernel, recurrent = (to_torch(gradient.T) for gradient in gradients[:2])
    bias = to_torch(np.stack(gradients[2:]))
    return y.detach().numpy(), [x.grad.numpy(), kernel, recurrent, bias]


def torch_gru(weights):
    kernel, recurrent, bias = (to_torch(weight) for weight in weights)
    gru = torch.nn.GRU(kernel.shape[0], recurrent.shape[0], dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip(
            gru.parameters(), (kernel.T, recurrent.T, *bias), strict=True
        ):
            parameter.copy_(torch.tensor(value))
    return gru


def our_layer(x, weights, **arguments):
    units = weights[1].shape[0]
    layer = harness.module_under_test().layers.GRU(
        units, return_sequences=True, dtype="float64", **arguments
    )
    layer.build((None, len(x), x.shape[2]))
    layer.set_weights(weights)
    layer.zero_gradients()
    return layer


def our_run(layer, x, dy, mask=None):
    """Return what torch_run does, from the time-major forward and its backward."""
    y, _, backward = layer.forward(x, mask)
    # Copies: what a layer returns may live in memory that its next call reuses.
    y, dx = y.copy(), backward(dy).copy()
    return y, [dx, *(layer.gradients[name].copy() for name in PARAMETERS)]


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours[0], theirs[0], rtol=0, atol=1e-12)
    for name, actual, expected in zip(("x", *PARAMETERS), ours[1], theirs[1], strict=True):
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(
            actual, expected, rtol=0, atol=TOLERANCE * scale, err_msg=name
        )


@every_shape
def test_outputs_and_gradients_equal_torch(steps, batch, inputs, units):
    x, dy, weights = random_problem(np.random.default_rng(1), steps, batch, inputs, units)
    ours = our_run(our_layer(x, weights), x, dy)
    assert_same(ours, torch_run(x, dy, weights))


@every_shape
def test_going_backwards_is_torch_on_the_reversed_sequence(steps, batch, inputs, units):
    x, dy, weights = random_problem(np.random.default_rng(2), steps, batch, inputs, units)
    ours = our_run(our_layer(x, weights, go_backwards=True), x, dy)
    y, (dx, *parameters) = torch_run(x[::-1].copy(), dy, weights)
    assert_same(ours, (y, [dx[::-1], *parameters]))


def test_masked_ends_are_sequences_that_end_for_torch():
    lengths = [7, 7, 5, 2, 1]
    x, dy, weights = random_problem(np.random.default_rng(3), 7, 5, 3, 4)
    mask = np.arange(7)[:, None] < lengths
    dy[~mask] = 0  # torch has no outputs there, so no gradient comes from there
    y, gradients = our_run(our_layer(x, weights), x, dy, mask)
    expected, expected_gradients = torch_run(x, dy, weights, lengths)
    assert_same((y[mask], gradients), (expected[mask], expected_gradients))


def test_gradients_through_masked_ends_reach_the_last_real_step():
    lengths = [7, 7, 5, 2, 1]
    x, dy, weights = random_problem(np.random.default_rng(4), 7, 5, 3, 4)
    mask = np.arange(7)[:, None] < lengths
    gathered = np.where(mask[..., None], dy, 0)
    for row, length in enumerate(lengths):
        gathered[length - 1, row] = dy[length - 1 :, row].sum(axis=0)
    y, gradients = our_run(our_layer(x, weights), x, dy, mask)
    expected, expected_gradients = torch_run(x, gathered, weights, lengths)
    assert_same((y[mask], gradients), (expected[mask], expected_gradients))


def test_gradients_of_parameters_add_up_until_zeroed():
    x, dy, weights = random_problem(np.random.default_rng(5), 6, 4, 3, 5)
    layer = our_layer(x, weights)
    _, (_, *once) = our_run(layer, x, dy)
    _, (_, *twice) = our_run(layer, x, dy)
    for first, second in zip(once, twice, strict=True):
        np.testing.assert_allclose(second, 2 * first, rtol=1e-12)
    layer.zero_gradients()
    assert all(not layer.gradients[name].any() for name in PARAMETERS)
