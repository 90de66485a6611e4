"""Two outputs of one shape, or of one but for the last axis, made one; and back."""

import numpy as np

MODES = ("concat", "sum", "mul", "ave")


def merge(mode, y, other, work):
    """The outputs in a tuple: one, in `work`, or both where `mode` is None."""
    if mode is None:
        return y, other
    if mode == "concat":
        width = y.shape[-1]
        out = work.take("y", y.dtype, *y.shape[:-1], width + other.shape[-1])
        out[..., :width], out[..., width:] = y, other
        return (out,)
    out = work.take("y", y.dtype, *y.shape)
    if mode == "mul":
        return (np.multiply(y, other, out=out),)
    np.add(y, other, out=out)
    return (np.divide(out, 2, out=out) if mode == "ave" else out,)


def split(mode, dy, y, other):
    """Gradients of the two outputs, from a list of those of `merge`'s; None is zeros."""
    if mode is None:
        return dy
    (dy, *_) = dy
    if dy is None:
        return None, None
    if mode == "concat":
        width = y.shape[-1]
        parts = dy[..., :width], dy[..., width:]
    elif mode == "mul":
        parts = dy * other, dy * y
    else:
        parts = (dy / 2,) * 2 if mode == "ave" else (dy,) * 2
    return tuple(map(np.ascontiguousarray, parts))
