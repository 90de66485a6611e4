"""Layers over windows of steps, over all steps, and those that move or repeat numbers."""

import numpy as np

from fastgru.formats.onnx_export.activations import activate
from fastgru.layers.axes import padded, steps_and_channels


def conv1d(g, layer, x):
    """Conv1D; the kernel of the operator is (filters, channels, steps)."""
    W = g.weight("kernel", layer.parameters["kernel"].transpose(2, 1, 0))
    weights = [W, g.weight("bias", layer.parameters["bias"])] if layer.use_bias else [W]
    windows = _windows(layer, layer.kernel_size[0], layer.dilation_rate[0])
    return _over_windows(
        g, layer, x, "Conv", *weights, dilations=list(layer.dilation_rate),
        group=layer.groups, then=layer.activation, **windows,
    )  # fmt: skip


def max_pooling(g, layer, x):
    """MaxPooling1D."""
    return _over_windows(g, layer, x, "MaxPool", **_windows(layer, layer.pool_size[0]))


def average_pooling(g, layer, x):
    """AveragePooling1D, which counts no steps beyond the ends."""
    windows = _windows(layer, layer.pool_size[0])
    return _over_windows(g, layer, x, "AveragePool", count_include_pad=0, **windows)


def _over_windows(g, layer, x, operator, *weights, then="linear", **attributes):
    """An operator that reads (batch, channels, steps)."""
    last = layer.data_format == "channels_last"
    y = g.add(operator, g.transpose(x, 0, 2, 1) if last else x, *weights, **attributes)
    return activate(g, then, g.transpose(y, 0, 2, 1) if last else y)


def _windows(layer, size, dilation=1):
    """Attributes that say where the windows are."""
    stride, padding = layer.strides[0], layer.padding
    found = {"kernel_shape": [size], "strides": [stride]}
    steps, _ = steps_and_channels(layer.name, layer.input_shape, layer.data_format)
    if padding == "same" and steps is None:
        if stride > 1:
            # How much is padded depends on the number of steps.
            return {**found, "auto_pad": "SAME_UPPER"}
        steps = size * dilation
    before, behind, _ = padded(steps, size, stride, padding, dilation)
    return {**found, "pads": [before, behind]}


def _axis(layer):
    """The axis of the steps."""
    return 1 if layer.data_format == "channels_last" else 2


def global_max(g, layer, x):
    """GlobalMaxPooling1D."""
    return g.reduce("ReduceMax", x, _axis(layer), keepdims=layer.keepdims)


def global_average(g, layer, x, mask):
    """GlobalAveragePooling1D: (means, None)."""
    axis = _axis(layer)
    if mask is None:
        return g.reduce("ReduceMean", x, axis, keepdims=layer.keepdims), None
    kept = g.as_numbers(g.unsqueeze(mask, 3 - axis))
    total = g.reduce("ReduceSum", g.add("Mul", x, kept), axis, keepdims=layer.keepdims)
    count = g.reduce("ReduceSum", kept, axis, keepdims=layer.keepdims)
    return g.add("Div", total, count), None


def zero_padding(g, layer, x):
    """ZeroPadding1D."""
    pads = np.zeros((2, 3), np.int64)
    pads[:, _axis(layer)] = layer.padding
    return g.add("Pad", x, g.ints(*pads.reshape(-1).tolist()))


def cropping(g, layer, x):
    """Cropping1D."""
    start, behind = layer.cropping
    return g.cut(x, 1, start, -behind) if behind else g.cut(x, 1, start)


def up_sampling(g, layer, x):
    """UpSampling1D."""
    x = g.unsqueeze(g.transpose(x, 0, 2, 1), 3)
    x = g.add("Expand", x, g.ints(1, 1, 1, layer.size))
    return g.transpose(g.add("Reshape", x, g.ints(0, 0, -1)), 0, 2, 1)


def repeat_vector(g, layer, x):
    """RepeatVector."""
    return g.add("Expand", g.unsqueeze(x, 1), g.ints(1, layer.n, 1))


def flatten(g, layer, x):
    """Flatten."""
    if len(layer.input_shape) < 3:
        return x
    if layer.data_format == "channels_first":
        x = g.transpose(x, 0, *range(2, len(layer.input_shape)), 1)
    size = layer.output_shape[-1]
    return g.add("Reshape", x, g.ints(0, -1) if size is None else g.ints(-1, size))


def reshape(g, layer, x):
    """Reshape."""
    return g.add("Reshape", x, g.ints(0, *layer.target_shape))


def permute(g, layer, x):
    """Permute."""
    return g.transpose(x, 0, *layer.dims)
