"""One pass of a batch through a GRU layer: laying out rows, calling the kernels."""

import numpy as np

from fastgru._workspace import aligned
from fastgru.kernels import gru as kernel
from fastgru.kernels import gru_backward as backward_kernel
from fastgru.kernels import packing
from fastgru.kernels.activations import KINDS
from fastgru.layers.layout import rows

#: Bytes of gates that `predict` works on at a time, in all threads: most stay in their caches.
CHUNK = 1 << 20


def weights(layer):
    """W, U, bW, bU; zeros for biases the layer does not have."""
    p = layer.parameters
    bias = p.get("bias")
    if bias is None or not layer.reset_after:
        none = np.zeros(3 * layer.units, layer.store.dtype)
        bias = (none if bias is None else bias, none)
    return p["kernel"], p["recurrent_kernel"], bias[0], bias[1]


def sizes(layer):
    """How long PW, PU and b are."""
    width = layer.parameters["kernel"].shape[0]
    single = layer.store.dtype == np.float32
    return (*kernel.packed_sizes(width, layer.units, single)[:2], 4 * layer.units)


def pack(layer, arrays):
    """Fill PW, PU and b, and return them."""
    kernel.gru_pack(*weights(layer), *arrays, layer.reset_after)
    return arrays


def packed_weights(layer):
    """PW, PU and b of the layer's present weights, kept until they change."""
    key = (layer.store, layer.store.version)
    if layer.packed is None or layer.packed[0] != key:
        layer.packed = key, pack(layer, [aligned(n, layer.store.dtype) for n in sizes(layer)])
    return layer.packed[1]


class GRUPass:
    """The arrays of one pass, and its two directions.

    With `keep` every state and gate stays for `backward`; without, only what the output
    needs. Letters as in docs/gru.md; `kernels/gru.pyx` explains how rows are packed.
    """

    def __init__(self, layer, x, mask, initial_state, keep):
        self.layer, self.keep = layer, keep
        self.work = layer.work if keep else layer.scratch
        self.x, self.mask, self.h0 = x, mask, initial_state
        self.T, self.B, self.I = x.shape
        self.H, self.dtype = layer.units, x.dtype
        self.sequences = layer.return_sequences
        self.zeroed = None
        self.options = (
            KINDS[layer.activation], KINDS[layer.recurrent_activation], layer.reset_after
        )  # fmt: skip

    def take(self, name, *shape, dtype=None):
        return self.work.take(name, dtype or self.dtype, *shape)

    def packed_weights(self):
        """PW, PU and b: made anew for training, kept for prediction until weights change."""
        if not self.keep:
            return packed_weights(self.layer)
        arrays = [
            self.take(name, size) for name, size in zip("WUb", sizes(self.layer), strict=True)
        ]
        return pack(self.layer, arrays)

    def lay_out(self):
        """counts, starts and N, and where a masked batch's rows and states lie."""
        T, B = self.T, self.B
        integers = np.intp
        if self.mask is None:
            counts, starts = (
                self.take(k, n, dtype=integers) for k, n in (("n", T), ("s", T + 1))
            )
            counts.fill(B)
            np.multiply(np.arange(T + 1), B, out=starts)
            self.N = T * B
            return counts, starts
        mask = self.mask[::-1] if self.layer.go_backwards else self.mask
        order, self.place, lengths, counts, starts = (
            self.take(name, size, dtype=integers)
            for name, size in (
                ("order", B),
                ("place", B),
                ("lengths", B),
                ("n", T),
                ("s", T + 1),
            )
        )
        index, self.states = (
            self.take("rows", T * B, dtype=integers),
            self.take("states", T, B, dtype=integers),
        )
        longest, self.N = packing.plan(
            np.ascontiguousarray(mask), order, self.place, lengths, counts, starts, index,
            self.states,
        )  # fmt: skip
        self.order, self.index = order, index[: self.N]
        if self.sequences and self.layer.zero_output_for_mask:
            self.zeroed = (mask != 0)[..., None]
        return counts[:longest], starts[: longest + 1]

    def packed_input(self):
        """x as N rows in the kernel's order."""
        x = self.x
        if self.layer.go_backwards:
            x = self.take("reversed", *x.shape)
            np.copyto(x, self.x[::-1])
        if self.mask is None:
            return rows(x)
        packed = self.take("packed", self.N, self.I)
        packing.gather(rows(x), self.index, packed)
        return packed

    def first_states(self, h, final, first):
        """Put the initial state where the kernel reads it: h[:first] and, for rows without
        a single step, h[final:]."""
        start = self.h0
        if start is not None and self.mask is not None:
            start = start[self.order]
        for begin, low, high in ((0, 0, first), (final, first, self.B)):
            h[begin + low : begin + high] = 0 if start is None else start[low:high]

    def forward(self):
        """y: (T, B, H) or (B, H), in the layer's workspace."""
        H, B = self.H, self.B
        self.counts, starts = self.lay_out()
        self.packed = self.packed_input()
        every = self.keep or self.sequences
        final = self.N if every else 0
        chunk = self.N if self.keep else min(self.N, max(B, CHUNK // (16 * H)))
        if not every:
            # Two places in turn: a step reads all of the old states while it writes the new.
            final, starts = 2 * B, self.take("turns", len(starts), dtype=np.intp)
            starts[::2], starts[1::2] = 0, B
        self.h = h = self.take("h", final + B, H)
        self.final = final
        self.gates = self.take("gates", chunk, 4 * H)
        self.first_states(h, final, self.counts[0] if len(self.counts) else 0)
        q = None if self.layer.reset_after else self.take("q", B, 3 * H)
        kernel.gru_forward(
            self.packed, *self.packed_weights(), self.counts, starts, final, h, self.gates, q,
            *self.options,
        )  # fmt: skip
        if self.mask is None:
            return h[B:].reshape(self.T, B, H) if self.sequences else h[final:]
        index = self.states.reshape(-1) if self.sequences else self.place + final
        y = self.take("y", *((self.T, B, H) if self.sequences else (B, H)))
        packing.gather(h, index, rows(y))
        if self.zeroed is not None:
            y *= self.zeroed
        return y

    @property
    def final_state(self):
        """The state after each row's last step, (B, H)."""
        final = self.h[self.final : self.final + self.B]
        return final if self.mask is None else final[self.place]

    def backward(self, dy, want_dx, dfinal=None):
        """(dx or None, gradient of the initial state), adding to the layer's gradients.

        dfinal: gradient of `final_state`, beside that of y
        """
        T, B, H, N = self.T, self.B, self.H, self.N
        W, U, *_ = weights(self.layer)
        d = self.layer.gradients
        dh, dstates, skip = self.state_gradients(dy)
        if dfinal is not None:
            dh += dfinal if self.mask is None else dfinal[self.order]
        dbias = d.get("bias")
        if dbias is None or not self.layer.reset_after:
            unused = self.take("no_dbias", 2, 3 * H)
            dbias = (unused[0] if dbias is None else dbias, unused[1])
        dx = self.take("dx", N, self.I) if want_dx else None
        back = kernel.packed_sizes(self.I, H, self.dtype == np.float32)[2:]
        PUt, PWt = (
            self.take(name, size) for name, size in zip(("Ut", "Wt"), back, strict=True)
        )
        D = self.gates if self.layer.reset_after else self.take("D", N, 4 * H)
        backward_kernel.gru_backward(
            self.packed, W, U, self.counts, self.h, self.gates, dstates, skip, dh,
            D, dx, d["kernel"], d["recurrent_kernel"], dbias[0],
            dbias[1], PUt, PWt, *self.options,
        )  # fmt: skip
        if want_dx and self.mask is not None:
            full = self.take("dx_full", T * B, self.I)
            packing.scatter(dx, self.index, full)
            dx = full
        if want_dx:
            dx = dx.reshape(T, B, self.I)
            dx = np.ascontiguousarray(dx[::-1]) if self.layer.go_backwards else dx
        if self.mask is not None:
            dh = dh[self.place]
        return dx, dh

    def state_gradients(self, dy):
        """dh, dstates and skip, as `gru_backward` takes them."""
        B, H, N = self.B, self.H, self.N
        dh = self.take("dh", B, H)
        if self.mask is None:
            dh[...] = (dy[-1] if len(dy) else 0) if self.sequences else dy
            return dh, rows(dy)[: max(N - B, 0)] if self.sequences else None, B
        if not self.sequences:
            dh[...] = dy[self.order]
            return dh, None, 0
        dstates = self.take("dstates", N + B, H)
        if self.zeroed is not None:
            dy = dy * self.zeroed
        packing.scatter(rows(dy), self.states.reshape(-1), dstates)
        np.copyto(dh, dstates[N:])
        return dh, dstates[:N], 0
