"""Convolution over the steps of a sequence."""

import numpy as np

from fastgru._check import axes, check_choice, check_default, check_int, fail
from fastgru.kernels.dense import dense_backward, dense_forward
from fastgru.layers.affine import Affine, run
from fastgru.layers.axes import (
    check_format,
    check_one,
    check_room,
    in_order,
    padded,
    steps_and_channels,
    steps_first,
)
from fastgru.layers.layout import rows


class Conv1D(Affine):
    """y_t = act(sum over j of x_(t s + j d) W_j + b), for each window of `kernel_size` steps.

    Parameters
    ----------
    filters : int
        Width of the output.
    kernel_size : int
        Steps of a window.
    strides : int, default 1
        Steps from one window to the next, s.
    padding : {"valid", "same", "causal"}
        No padding; zeros on both sides, so that with stride 1 there are as many steps behind
        the layer; or zeros before the first step, so that no output sees later steps.
    data_format : {"channels_last", "channels_first"}
    dilation_rate : int, default 1
        Steps from one place of a window to the next, d; not together with strides.
    groups : int, default 1
        Input and output channels are cut into so many parts that do not see each other.
    activation : str or function of `fastgru.activations`, optional
        None is linear.
    use_bias : bool, default True
    kernel_initializer, bias_initializer : default "glorot_uniform", "zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
    activity_regularizer : str or Regularizer, optional
    kernel_constraint, bias_constraint : str or Constraint, optional
    **layer
        See `Layer`.

    Input (batch, steps, channels), output (batch, windows, filters). A mask ends here, as
    in Keras. Weights: kernel (kernel_size, channels / groups, filters), bias (filters,).
    """

    passes_mask = False

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", data_format=None,
        dilation_rate=1, groups=1, activation=None, use_bias=True,
        kernel_initializer="glorot_uniform", bias_initializer="zeros", kernel_regularizer=None,
        bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
        bias_constraint=None, lora_rank=None, lora_alpha=None, **layer,
    ):  # fmt: skip
        super().__init__(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
            bias_regularizer, kernel_constraint, bias_constraint,
            activity_regularizer=activity_regularizer, **layer,
        )  # fmt: skip
        self.filters = check_int("Conv1D", "filters", filters, 1)
        self.kernel_size = check_one("Conv1D", "kernel_size", kernel_size)
        self.strides = check_one("Conv1D", "strides", strides)
        self.padding = check_choice("Conv1D", "padding", padding, ("valid", "same", "causal"))
        self.data_format = check_format("Conv1D", data_format)
        self.dilation_rate = check_one("Conv1D", "dilation_rate", dilation_rate)
        self.groups = check_int("Conv1D", "groups", groups, 1)
        check_default("Conv1D", lora_rank=(lora_rank, None), lora_alpha=(lora_alpha, None))
        if self.filters % self.groups:
            fail("Conv1D", "filters", f"be a multiple of groups, {self.groups}", self.filters)
        if self.strides[0] > 1 and self.dilation_rate[0] > 1:
            rule = f"be 1 where strides are {self.strides[0]}"
            fail("Conv1D", "dilation_rate", rule, self.dilation_rate[0])

    def configure(self, input_shape):
        steps, channels = steps_and_channels(self.name, input_shape, self.data_format)
        if channels is None:
            fail(self.name, "its input", "have a known axis of channels", axes(input_shape))
        if channels % self.groups:
            rule = f"have a multiple of {self.groups} channels"
            fail(self.name, "its input", rule, axes(input_shape))
        windows = self._windows(steps)[2]
        if windows == 0:
            fail(self.name, "its input", "have the steps of one window", axes(input_shape))
        kernel = (*self.kernel_size, channels // self.groups, self.filters)
        # It is one matrix for the kernels.
        check_room(self.name, kernel, "its kernel")
        self.specs = self.weights_of(kernel, self.filters)
        return (input_shape[0], *in_order(windows, self.filters, self.data_format))

    def _windows(self, steps):
        return padded(
            steps, self.kernel_size[0], self.strides[0], self.padding, self.dilation_rate[0]
        )

    def _places(self, windows):
        """For each place j of the window, the steps of the padded input that it reads."""
        stride, dilation = self.strides[0], self.dilation_rate[0]
        for j in range(self.kernel_size[0]):
            yield j, slice(j * dilation, j * dilation + (windows - 1) * stride + 1, stride)

    def _parts(self, array):
        """A kernel, a bias or their gradient, cut by groups."""
        parts = np.split(array, self.groups, axis=-1)
        return [np.ascontiguousarray(part.reshape(-1, part.shape[-1])) for part in parts]

    def _columns(self, x, work):
        """The windows as rows, (groups, windows, batch, size, channels of a group)."""
        T, B, C = x.shape
        before, behind, windows = self._windows(T)
        if before or behind:
            wide = work.take("padded", x.dtype, before + T + behind, B, C)
            wide[:before], wide[before : before + T], wide[before + T :] = 0, x, 0
            x = wide
        size, G = self.kernel_size[0], self.groups
        columns = work.take("columns", x.dtype, G, windows, B, size, C // G)
        for j, steps in self._places(windows):
            part = x[steps].reshape(windows, B, G, C // G)
            columns[:, :, :, j] = part.transpose(2, 0, 1, 3)
        return columns

    def _product(self, columns, out):
        """`out` (windows, batch, filters) from the columns."""
        G, N = self.groups, out.shape[0] * out.shape[1]
        kernels = self._parts(self.parameters["kernel"])
        bias = self._parts(self.parameters["bias"]) if self.use_bias else [None] * G
        for g, (W, b) in enumerate(zip(kernels, bias, strict=True)):
            y = rows(out) if G == 1 else np.empty((N, W.shape[1]), out.dtype)
            run(dense_forward, columns[g].reshape(N, -1), W, None if b is None else b[0], y)
            if G > 1:
                rows(out)[:, g * W.shape[1] : (g + 1) * W.shape[1]] = y
        return out

    def _convolve(self, x, work):
        columns = self._columns(steps_first(x, self.data_format), work)
        out = work.take("scores", x.dtype, *columns.shape[1:3], self.filters)
        return columns, steps_first(self._product(columns, out), self.data_format)

    def _affine(self, x):
        return self._convolve(x, self.scratch)[1]

    def _scores(self, x):
        turn = self.work.begin()
        columns, a = self._convolve(x, self.work)

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            dy = steps_first(dy, self.data_format)
            dcolumns = self.work.take("dcolumns", x.dtype, *columns.shape) if want_dx else None
            self._add_gradients(columns, dy, dcolumns)
            if not want_dx:
                return None
            steps = x.shape[0 if self.data_format == "channels_last" else 2]
            return steps_first(self._gather(dcolumns, steps), self.data_format)

        return a, backward

    def _add_gradients(self, columns, dy, dcolumns):
        """Add to the gradients of the weights, and set that of the columns."""
        N = dy.shape[0] * dy.shape[1]
        kernels, width = self._parts(self.parameters["kernel"]), self.filters // self.groups
        dkernel, dbias = self.gradients["kernel"], self.gradients.get("bias")
        for g, W in enumerate(kernels):
            part = slice(g * width, (g + 1) * width)
            dW = np.zeros_like(W)
            db = None if dbias is None else dbias[part]
            dx = None if dcolumns is None else dcolumns[g].reshape(N, -1)
            run(dense_backward, columns[g].reshape(N, -1), W,
                np.ascontiguousarray(rows(dy)[:, part]), dx, dW, db)  # fmt: skip
            dkernel[..., part] += dW.reshape(*dkernel.shape[:2], width)

    def _gather(self, dcolumns, T):
        """The gradient of the input from that of the columns."""
        G, windows, B, _, part = dcolumns.shape
        before, behind, _ = self._windows(T)
        dx = self.work.take("dx", dcolumns.dtype, before + T + behind, B, G * part)
        dx.fill(0)
        for j, steps in self._places(windows):
            dx[steps] += (
                dcolumns[:, :, :, j].transpose(1, 2, 0, 3).reshape(windows, B, G * part)
            )
        return dx[before : before + T]

    def get_config(self):
        names = (
            "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
            "groups",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
