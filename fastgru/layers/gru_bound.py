"""The usual training pass of a GRU layer: no initial state, one shape again and again."""

import math

import numpy as np

from fastgru._workspace import aligned
from fastgru.kernels.activations import KINDS
from fastgru.kernels.gru import packed_sizes
from fastgru.kernels.gru_bound import Bound
from fastgru.kernels.gru_masked import MaskedBound
from fastgru.kernels.stage import Chain


class BoundPass:
    """Arrays of one shape, bound to the kernels; used for every batch of that shape.

    mask : array (T, B) of uint8, optional
        Where the mask of each batch will be.
    """

    def __init__(self, layer, T, B, I, mask=None):
        H, dtype = layer.units, layer.store.dtype
        self.shape = (T, B, I)
        self.store = layer.store
        p, d = layer.parameters, layer.gradients
        sizes = packed_sizes(I, H, dtype == np.float32)
        arrays = {
            name: aligned(size, dtype)
            for name, size in zip(("PW", "PU", "PUt", "PWt"), sizes, strict=True)
        }
        none = np.zeros((4, 3 * H), dtype)
        bias, dbias = p.get("bias", none[:2]), d.get("bias", none[2:])
        if bias.ndim == 1:
            bias, dbias = (bias, none[1]), (dbias, none[3])
        N = T * B
        arrays |= {
            "W": p["kernel"], "U": p["recurrent_kernel"], "bW": bias[0], "bU": bias[1],
            "dW": d["kernel"], "dU": d["recurrent_kernel"], "dbW": dbias[0], "dbU": dbias[1],
            "counts": np.full(T, B, np.intp), "starts": np.arange(T + 1, dtype=np.intp) * B,
            "b": aligned(4 * H, dtype), "h": aligned((N + B) * H, dtype, 0),
            "gates": aligned(N * 4 * H, dtype), "q": aligned(B * 3 * H, dtype),
            "dh": aligned(B * H, dtype), "dx": aligned(N * I, dtype),
        }  # fmt: skip
        arrays["D"] = arrays["gates"] if layer.reset_after else aligned(N * 4 * H, dtype)
        sizes = T, B, I, H
        options = (
            KINDS[layer.activation], KINDS[layer.recurrent_activation], layer.reset_after,
            dtype == np.float32, layer.return_sequences,
        )  # fmt: skip
        if mask is None:
            h = arrays["h"].reshape(N + B, H)
            self.y = h[B:].reshape(T, B, H) if layer.return_sequences else h[N:]
            self.stage = Bound(arrays, *sizes, *options)
        else:
            shape = (T, B, H) if layer.return_sequences else (B, H)
            arrays |= masked_arrays(*sizes, dtype) | {"mask": mask}
            arrays["y"] = self.y = aligned(math.prod(shape), dtype).reshape(shape)
            zeroed = layer.return_sequences and layer.zero_output_for_mask
            self.stage = MaskedBound(arrays, *sizes, *options).bind(zeroed)
        self.dx = arrays["dx"].reshape(T, B, I)
        self.chain = Chain([self.stage], self.dx.nbytes, self.y.nbytes)

    def forward(self, x):
        """y, as `GRUPass.forward`."""
        # Backward reads it again, by its address.
        self.x = x
        self.chain.forward(x)
        return self.y

    def backward(self, dy, want_dx):
        """dx or None, adding to the layer's gradients."""
        self.chain.backward(dy, 0, want_dx)
        return self.dx if want_dx else None


def masked_arrays(T, B, I, H, dtype):
    """What `MaskedBound` needs besides."""
    counted = {"order": B, "place": B, "lengths": B, "rows": T * B, "states": T * B}
    numbers = {"packed": T * B * I, "dstates": (T * B + B) * H, "dx_full": T * B * I}
    return {name: np.empty(size, np.intp) for name, size in counted.items()} | {
        name: aligned(size, dtype) for name, size in numbers.items()
    }
