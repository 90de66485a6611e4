"""Build layers with random weights, run stacks of them, and say the same in the reference.

Everything is as below the door of a model: time-major (T, B, F) arrays, (T, B) uint8 masks.
"""

import numpy as np
import reference

T, B = 6, 5


def _masks():
    steps, rows = np.arange(T)[:, None], np.arange(B)
    lengths = np.array([2, 6, 1, 4, 2])
    rng = np.random.default_rng(0)
    holes = rng.random((T, B)) < 0.5
    holes[:, 0] = [1, 0, 1, 1, 0, 1]
    return {
        "no_mask": None,
        "nothing_masked": np.ones((T, B)),
        "padding_before": steps >= T - lengths,
        "padding_after": steps < lengths,
        "holes": holes,
        "holes_and_an_empty_row": holes & (rows != 3),
        "empty_first_and_last_rows": (steps < lengths) & (rows > 0) & (rows < B - 1),
        "first_and_last_step_empty": (steps > 0) & (steps < T - 1) & (rows >= 0),
        "one_step_in_all": (steps == 3) & (rows == 2),
        "all_padding": np.zeros((T, B)),
    }


#: Every pattern of padding that a layer has to stand.
MASKS = {name: m if m is None else m.astype(np.uint8) for name, m in _masks().items()}


def build(layer, shape, rng):
    """The layer with all parameters random, biases too; `shape` is batch-first."""
    layer.build(shape)
    layer.set_weights([0.7 * rng.standard_normal(w.shape) for w in layer.weights])
    return layer


def forward(layers, x, mask=None):
    """(y, mask behind the stack, backward) of layers one upon the other."""
    pulls = []
    for layer in layers:
        x, mask, pull = layer.forward(x, mask)
        pulls.append(pull)

    def backward(dy):
        for pull in reversed(pulls):
            dy = pull(dy)
        return dy

    return x, mask, backward


def gru(layer, x, mask=None, h0=None):
    """What a GRU layer returns, in the reference's words."""
    W, U, *bias = layer.weights
    bias = bias[0] if bias else np.zeros(W.shape[1], W.dtype)
    # Without reset_after, and without bias, there is one row of them.
    bW, bU = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    h0 = np.zeros((x.shape[1], layer.units), W.dtype) if h0 is None else h0
    y = reference.gru(
        x, h0, W, U, bW, bU, None if mask is None else mask > 0,
        layer.go_backwards, layer.return_sequences, reset_after=layer.reset_after,
        activation=layer.activation, recurrent_activation=layer.recurrent_activation,
    )  # fmt: skip
    if mask is not None and layer.return_sequences and layer.zero_output_for_mask:
        y = y * (mask[::-1] if layer.go_backwards else mask)[..., None]
    return y
