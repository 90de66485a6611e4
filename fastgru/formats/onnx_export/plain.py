"""Layers that act on each step, or each number, by itself; and those that begin a mask."""

import numpy as np

from fastgru._check import fail
from fastgru.formats.onnx_export.activations import activate, elu
from fastgru.layers.axes import places
from fastgru.layers.layout import turn


def nothing(g, layer, x):
    """Layers that draw numbers in training and do nothing otherwise."""
    return x


def activation(g, layer, x):
    """Activation."""
    return activate(g, layer.activation, x)


def dense(g, layer, x):
    """Dense."""
    y = g.add("MatMul", x, g.weight("kernel", layer.parameters["kernel"]))
    if layer.use_bias:
        y = g.add("Add", y, g.weight("bias", layer.parameters["bias"]))
    return activate(g, layer.activation, y)


def embedding(g, layer, ids, mask):
    """Embedding: (vectors, mask)."""
    y = g.add("Gather", g.weight("embeddings", layer.parameters["embeddings"]), ids)
    if not layer.mask_zero:
        return y, None
    zero = g.weight("padding", np.array(0, np.int64))
    return y, g.add("Not", g.add("Equal", ids, zero))


def masking(g, layer, x, mask):
    """Masking: (x with zeros, mask)."""
    differs = g.add("Not", g.add("Equal", x, g.numbers(layer.mask_value)))
    some = g.reduce("ReduceMax", g.as_numbers(differs), -1)
    mask = g.squeeze(g.cast(some, bool), 2)
    return g.add("Mul", x, some), mask


def relu(g, layer, x):
    """ReLU."""
    if layer.max_value is None and not layer.negative_slope and not layer.threshold:
        return g.add("Relu", x)
    threshold = g.numbers(layer.threshold)
    below = g.add("Mul", g.add("Sub", x, threshold), g.numbers(layer.negative_slope))
    above = x if layer.max_value is None else g.add("Min", x, g.numbers(layer.max_value))
    return g.add("Where", g.add("Greater", x, threshold), above, below)


def leaky_relu(g, layer, x):
    """LeakyReLU."""
    return g.add("LeakyRelu", x, alpha=layer.negative_slope)


def elu_layer(g, layer, x):
    """ELU."""
    return elu(g, x, layer.alpha)


def prelu(g, layer, x):
    """PReLU."""
    below = g.add("Min", x, g.numbers(0))
    below = g.add("Mul", below, g.weight("alpha", layer.parameters["alpha"]))
    return g.add("Add", g.add("Relu", x), below)


def rescaling(g, layer, x):
    """Rescaling."""
    y = g.add("Mul", x, g.weight("scale", np.asarray(layer.scale, g.dtype)))
    return g.add("Add", y, g.weight("offset", np.asarray(layer.offset, g.dtype)))


def softmax(g, layer, x, mask):
    """Softmax: (shares, mask)."""
    listed = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    axes = places(layer.name, listed, layer.input_shape)
    ndim = len(layer.input_shape)
    kept = None
    if mask is not None and 1 in axes and ndim > 2:
        kept = g.unsqueeze(mask, *range(2, ndim))
        x = g.add("Where", kept, x, g.numbers(-1e9))
    if len(axes) == 1:
        y = g.add("Softmax", x, axis=axes[0])
    else:
        y = g.add("Exp", g.add("Sub", x, g.reduce("ReduceMax", x, *axes)))
        y = g.add("Div", y, g.reduce("ReduceSum", y, *axes))
    return (y if kept is None else g.add("Mul", y, g.as_numbers(kept))), mask


def batch_normalization(g, layer, x):
    """BatchNormalization: one factor and one shift for each feature."""
    p = {name: array.astype(np.float64) for name, array in layer.parameters.items()}
    factor = p.get("gamma", 1) / np.sqrt(p["moving_variance"] + layer.epsilon)
    shift = p.get("beta", 0) - p["moving_mean"] * factor
    (axis,) = places(layer.name, [layer.axis], layer.input_shape)
    # Broadcasting is from the last axis.
    shape = (-1, *[1] * (len(layer.input_shape) - 1 - axis))
    factor, shift = (
        g.weight(name, array.astype(g.dtype).reshape(shape))
        for name, array in (("factor", factor), ("shift", shift))
    )
    return g.add("Add", g.add("Mul", x, factor), shift)


def layer_normalization(g, layer, x):
    """LayerNormalization; its axes are the last ones of the operator's input."""
    if layer.rms_scaling:
        fail("export", f"rms_scaling of {layer.name}", "be False", "True",
             "ONNX has no operator for it.")  # fmt: skip
    ndim = len(layer.input_shape)
    axes = places(layer.name, layer.axis, layer.input_shape)
    order = [axis for axis in range(ndim) if axis not in axes] + axes
    moved = order != list(range(ndim))
    if moved:
        x = g.transpose(x, *order)
    p, sizes = layer.parameters, [layer.input_shape[axis] for axis in axes]
    weights = [g.weight("gamma", p.get("gamma", np.ones(sizes, g.dtype)))]
    if layer.center:
        weights.append(g.weight("beta", p["beta"]))
    y = g.add("LayerNormalization", x, *weights, axis=ndim - len(axes), epsilon=layer.epsilon)
    return g.transpose(y, *map(int, np.argsort(order))) if moved else y


def normalization(g, layer, x):
    """Normalization."""
    sizes = [size or 1 for size in layer.input_shape]
    # In the layers' layout: steps first.
    one = turn(np.zeros(sizes, g.dtype))
    mean, deviation = (
        g.weight(name, turn(array))
        for name, array in zip(("mean", "deviation"), layer._moments_of(one), strict=True)
    )
    if layer.invert:
        return g.add("Add", g.add("Mul", x, deviation), mean)
    return g.add("Div", g.add("Sub", x, mean), deviation)
