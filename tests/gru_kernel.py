"""Call the GRU kernels, and say in the reference's words what they should leave behind.

Letters and layouts are those of kernels/gru.pyx. A problem is a dict of arrays named as the
arguments of `reference.gru_states`, but x is packed: (N, I), counts[t] rows for step t.
Whatever a kernel has to set starts as NaN, so that what it forgets to set shows.
"""

import numpy as np
import reference

from fastgru.kernels import activations, gru, gru_backward

SLOPES = {
    "tanh": lambda y: 1 - y * y,
    "sigmoid": lambda y: y * (1 - y),
    "softsign": lambda y: (1 - np.abs(y)) ** 2,
}


def variant(reset_after=True, activation="tanh", recurrent_activation="sigmoid"):
    return {
        "reset_after": reset_after,
        "activation": activation,
        "recurrent_activation": recurrent_activation,
    }


def problem(rng, counts, B, I, H, how, dtype=np.float64, scale=1.0):
    """Random arguments, none of them symmetric, small or round."""
    shapes = {
        "x": (sum(counts), I),
        "h0": (B, H),
        "W": (I, 3 * H),
        "U": (H, 3 * H),
        "bW": 3 * H,
        "bU": 3 * H,
    }
    args = {
        name: scale * rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()
    }
    if not how["reset_after"]:
        # This form has one bias; GRUPass hands over zeros for the other.
        args["bU"][:] = 0
    return args


def options(how):
    kinds = activations.KINDS
    return kinds[how["activation"]], kinds[how["recurrent_activation"]], how["reset_after"]


def blank(shape, dtype):
    return np.full(shape, np.nan, dtype)


def pack(args, how):
    """PW, PU and b, as `gru_forward` takes them."""
    x, H = args["x"], args["h0"].shape[1]
    sizes = gru.packed_sizes(x.shape[1], H, x.dtype == np.float32)[:2]
    packed = [blank(size, x.dtype) for size in (*sizes, 4 * H)]
    gru.gru_pack(args["W"], args["U"], args["bW"], args["bU"], *packed, how["reset_after"])
    return packed


def forward(args, counts, how, chunk=None, running=False):
    """h and gates, all states kept or only the running ones; `chunk` is the rows of gates.

    The running ones are kept in two places by turns; what comes back then are the final.
    """
    x, h0 = args["x"], args["h0"]
    N, (B, H), dtype = len(x), h0.shape, x.dtype
    starts = np.zeros(len(counts) + 1, np.intp)
    if running:
        starts[1::2] = B
    else:
        starts[1:] = np.cumsum(counts)
    final, first = 2 * B if running else starts[-1], counts[0]
    h = blank((final + B, H), dtype)
    h[:first] = h0[:first]
    h[final + first :] = h0[first:]
    room = blank(((chunk or N) + len(counts) * B, 4 * H), dtype)
    gates, behind = np.split(room, [chunk or N])
    gru.gru_forward(
        x, *pack(args, how), np.asarray(counts, np.intp), starts, final, h, gates,
        blank((first, 3 * H), dtype), *options(how),
    )  # fmt: skip
    assert np.isnan(behind).all(), "written behind the gates"
    return h[final:] if running else h, gates


def expected_rows(args, counts, how):
    """What h should hold, all states kept: what each step reads, then the final states."""
    B, I = len(args["h0"]), args["x"].shape[1]
    x, mask = np.zeros((len(counts), B, I), args["x"].dtype), np.zeros((len(counts), B), bool)
    row = 0
    for t, n in enumerate(counts):
        x[t, :n], mask[t, :n] = args["x"][row : row + n], True
        row += n
    states = reference.gru_states(**args | {"x": x}, mask=mask, **how)
    return np.concatenate([states[t, :n] for t, n in enumerate(counts)] + [states[-1]])


def expected_gradients(args, counts, how, drows):
    """Gradients by name of sum(h * drows), by the chain rule; sequences packed."""
    act, s = (reference.ACTIVATIONS[how[k]] for k in ("activation", "recurrent_activation"))
    slope, rec_slope = (SLOPES[how[k]] for k in ("activation", "recurrent_activation"))
    x, W, U, bW, bU = (args[name] for name in ("x", "W", "U", "bW", "bU"))
    N, H, after = len(x), U.shape[0], how["reset_after"]
    h = expected_rows(args, counts, how)
    found = {name: np.zeros_like(args[name]) for name in ("x", "W", "U", "bW", "bU")}
    dh, end = drows[N:].copy(), N
    for n in reversed(counts):
        at = slice(end - n, end)
        end -= n
        p, q, d = x[at] @ W + bW, h[at] @ U + bU, dh[:n]
        z, r = s(p[:, :H] + q[:, :H]), s(p[:, H : 2 * H] + q[:, H : 2 * H])
        q_g = q[:, 2 * H :] if after else (r * h[at]) @ U[:, 2 * H :]
        g = act(p[:, 2 * H :] + (r * q_g if after else q_g))
        dg, dz = d * (1 - z) * slope(g), d * (h[at] - g) * rec_slope(z)
        back = dg @ U[:, 2 * H :].T
        dr = (dg * q_g if after else back * h[at]) * rec_slope(r)
        dp = np.hstack([dz, dr, dg])
        dq = np.hstack([dz, dr, dg * r]) if after else dp
        found["x"][at] = dp @ W.T
        found["W"] += x[at].T @ dp
        found["bW"] += dp.sum(axis=0)
        found["bU"] += dq.sum(axis=0) if after else 0
        found["U"] += h[at].T @ dq
        dh[:n] = d * z + dq @ U.T
        if not after:
            found["U"][:, 2 * H :] += ((r - 1) * h[at]).T @ dg
            dh[:n] += (r - 1) * back
        dh[:n] += drows[at]
    return found | {"h0": dh}


def backward(args, counts, how, drows, skip=0, grads=None, want_dx=True, want_drows=True):
    """Gradients by name, from drows (N + B, H), the gradient of the rows of h.

    Those of the parameters are added to `grads`; the first `skip` rows are not handed over.
    """
    h, gates = forward(args, counts, how)
    x, N, H = args["x"], len(args["x"]), args["h0"].shape[1]
    if grads is None:
        grads = {name: np.zeros_like(args[name]) for name in ("W", "U", "bW", "bU")}
    dh, dx = drows[N:].copy(), blank(x.shape, x.dtype) if want_dx else None
    sizes = gru.packed_sizes(x.shape[1], H, x.dtype == np.float32)[2:]
    packed = [blank(size, x.dtype) for size in sizes]
    gru_backward.gru_backward(
        x, args["W"], args["U"], np.asarray(counts, np.intp), h, gates,
        drows[skip:N].copy() if want_drows else None, skip, dh, blank((N, 4 * H), x.dtype), dx,
        grads["W"], grads["U"], grads["bW"], grads["bU"], *packed,
        *options(how),
    )  # fmt: skip
    return grads | {"x": dx, "h0": dh}
