"""The masked part of isa_cases.py: GRU layers, forward and backward, on batches with holes.

A masked step only carries the state. So each row alone, without its masked steps, is an
unmasked problem, whose exact results are put back to where its true steps were.
"""

import gru_kernel
import numpy as np

from fastgru import Sequential
from fastgru.layers import GRU, InputLayer

#: T, B, I, H: no whole vectors, one row and more than a tile.
SIZES = ((6, 1, 3, 17), (7, 5, 7, 33), (5, 11, 19, 50), (4, 9, 1, 5))
PARAMETERS = ("W", "U", "bW", "bU")


def cases():
    """(key, size, reset_after) of every layer."""
    for size in SIZES:
        for reset_after in (True, False):
            yield f"masked {size} {reset_after}", size, reset_after


def problem(size, reset_after):
    """x, W, ... in float64, of values that float32 has; mask (T, B); dy (T, B, H)."""
    T, B, I, H = size
    rng, how = np.random.default_rng(T * B * H), gru_kernel.variant(reset_after)
    args = gru_kernel.problem(rng, [B] * T, B, I, H, how, scale=(I + H) ** -0.5)
    args["h0"] = rng.standard_normal((T, B, H))
    args = {name: a.astype(np.float32).astype(np.float64) for name, a in args.items()}
    mask = rng.random((T, B)) < 0.6
    # Holes, a full row, and rows of padding alone.
    mask[:, 0] = True
    mask[:, 3:5] = False
    return args.pop("x").reshape(T, B, I), args.pop("h0"), args, mask, how


def exact(size, reset_after):
    """y, dx and the gradients of the parameters, by name."""
    x, dy, args, mask, how = problem(size, reset_after)
    T, B, H = dy.shape
    found = {"y": np.zeros((T, B, H)), "x": np.zeros(x.shape)}
    found |= {name: np.zeros(args[name].shape) for name in PARAMETERS}
    for b in range(B):
        true, count = mask[:, b], mask[:, b].cumsum()
        counts = [1] * count[-1]
        row = args | {"x": x[true, b], "h0": np.zeros((1, H))}
        found["y"][:, b] = gru_kernel.expected_rows(row, counts, how)[count] if counts else 0
        # A state gets the gradient of every step that shows it.
        drows = np.array([dy[count == k, b].sum(axis=0) for k in range(count[-1] + 1)])
        grads = gru_kernel.expected_gradients(row, counts, how, drows) if counts else {}
        for name in PARAMETERS if counts else ():
            found[name] += grads[name]
        if counts:
            found["x"][true, b] = grads["x"]
    return found


def prepare():
    """The exact results, by key."""
    return {
        f"{key} {name}": array for key, *how in cases() for name, array in exact(*how).items()
    }


def check(results, dtype, close):
    """Compare layers of this dtype, whose kernels are those of the forced instruction set."""
    for key, size, reset_after in cases():
        x, dy, args, mask, _ = problem(size, reset_after)
        name = np.dtype(dtype).name
        layer = GRU(size[3], return_sequences=True, reset_after=reset_after, dtype=name)
        model = Sequential([InputLayer((None, size[2])), layer])
        bias = [args["bW"], args["bU"]] if reset_after else args["bW"]
        model.set_weights([args["W"], args["U"], bias])
        layer.store.clear_gradients()
        y, _ = layer.predict(x.astype(dtype), mask)
        close(y, results[f"{key} y"], dtype, key)
        y, _, backward = layer.forward(x.astype(dtype), mask)
        close(y, results[f"{key} y"], dtype, key)
        dx = backward(dy.astype(dtype))
        d = layer.gradients
        bias = d["bias"] if reset_after else (d["bias"], results[f"{key} bU"].astype(dtype))
        found = zip(PARAMETERS, (d["kernel"], d["recurrent_kernel"], *bias), strict=True)
        for name, grad in [("x", dx), *found]:
            close(grad, results[f"{key} {name}"], dtype, f"{key} {name}")
