"""What each of PyTorch's modules is here: a reader for each class."""

import numpy as np

from fastgru import layers as L
from fastgru._errors import refuse
from fastgru.formats.pytorch import WHERE, gates
from fastgru.formats.pytorch.arrays import exactly

_FIRST = "channels_first"


def _only(part, **wanted):
    """Refuse options that are not the only ones that have a layer here."""
    for name, value in wanted.items():
        found = getattr(part.options, name)
        if found != value:
            refuse(WHERE, f"{name} of {part.label}", f"be {value!r}", f"{found!r}")


def _one(part, name):
    """An option that is a number, or one in a tuple."""
    found = getattr(part.options, name)
    return found[0] if isinstance(found, tuple) else found


def _by_axes(build, part):
    """Refuse a module that acts on axes where PyTorch's order of them is not the model's."""
    if build.turned and len(build.shape) > 2:
        refuse(WHERE, part.label, "not act on the axes of sequences beside a recurrent module "
               "with batch_first=False", "(time, batch, ...)",
               "Make the recurrent modules with batch_first=True.")  # fmt: skip


def recurrent(build, part):
    """nn.GRU, LSTM and RNN: a layer for each of theirs, Dropout between."""
    kind, options = part.kind, part.options
    if kind == "LSTM":
        _only(part, **{"proj_size": 0} if hasattr(options, "proj_size") else {})
    H, count = options.hidden_size, options.num_layers
    ways = ("", "_reverse") if options.bidirectional else ("",)
    last = build.sequences(part)
    width, shapes = options.input_size, {}
    for k in range(count):
        for way in ways:
            shapes |= _shapes(kind, f"_l{k}{way}", width, H, options.bias)
        width = H * len(ways)
    arrays = exactly(part.label, part.arrays, shapes)
    each = len(arrays) // (count * len(ways))
    arrays = [arrays[i : i + each] for i in range(0, len(arrays), each)]
    for k in range(count):
        layer = _layer(part, last or k < count - 1, build.dtype)
        if options.bidirectional:
            layer = L.Bidirectional(layer)
        own = arrays[k * len(ways) : (k + 1) * len(ways)]
        build.add(part, layer, [a for one in own for a in gates.to_keras(kind, *one)])
        if options.dropout and k < count - 1:
            build.add(part, L.Dropout(options.dropout, dtype=build.dtype))


def cell(build, part):
    """nn.GRUCell, LSTMCell and RNNCell: the layer that takes such steps."""
    kind, options = part.kind.removesuffix("Cell"), part.options
    shapes = _shapes(kind, "", options.input_size, options.hidden_size, options.bias)
    arrays = gates.to_keras(kind, *exactly(part.label, part.arrays, shapes))
    build.add(part, _layer(part, build.sequences(part), build.dtype), arrays)


def _shapes(kind, suffix, width, H, bias):
    rows = gates.BLOCKS[kind] * H
    found = {f"weight_ih{suffix}": (rows, width), f"weight_hh{suffix}": (rows, H)}
    return found | ({f"bias_{one}{suffix}": (rows,) for one in ("ih", "hh")} if bias else {})


def _layer(part, sequences, dtype):
    kind = part.kind.removesuffix("Cell")
    cls = {"GRU": L.GRU, "LSTM": L.LSTM, "RNN": L.SimpleRNN}[kind]
    more = {"activation": part.options.nonlinearity} if kind == "RNN" else {}
    return cls(
        part.options.hidden_size, use_bias=bool(part.options.bias), dtype=dtype,
        return_sequences=sequences, **more,
    )  # fmt: skip


def linear(build, part):
    options, bias = part.options, "bias" in part.arrays
    shapes = {"weight": (options.out_features, options.in_features)}
    shapes |= {"bias": (options.out_features,)} if bias else {}
    weight, *rest = exactly(part.label, part.arrays, shapes)
    layer = L.Dense(options.out_features, use_bias=bias, dtype=build.dtype)
    build.add(part, layer, [weight.T, *rest])


def embedding(build, part):
    """nn.Embedding; padding_idx, which changes no output, makes no mask in PyTorch either."""
    _only(part, max_norm=None)
    shape = part.options.num_embeddings, part.options.embedding_dim
    arrays = exactly(part.label, part.arrays, {"weight": shape})
    layer = L.Embedding(*shape, mask_zero=build.mask_zero, dtype=build.dtype)
    build.add(part, layer, arrays)


def layer_norm(build, part):
    shape = tuple(part.options.normalized_shape)
    if len(shape) > 1:
        _by_axes(build, part)
    names = [name for name in ("weight", "bias") if name in part.arrays]
    arrays = exactly(part.label, part.arrays, dict.fromkeys(names, shape))
    layer = L.LayerNormalization(
        axis=list(range(-len(shape), 0)), epsilon=part.options.eps, dtype=build.dtype,
        scale="weight" in names, center="bias" in names,
    )  # fmt: skip
    build.add(part, layer, arrays, shape=(*build.shape[: -len(shape)], *shape))


def batch_norm(build, part):
    """nn.BatchNorm1d: the features are the axis behind the batch's, as there."""
    _by_axes(build, part)
    options = part.options
    _only(part, track_running_stats=True)
    if options.momentum is None:
        refuse(WHERE, f"momentum of {part.label}", "be a number", "None")
    count = (options.num_features,)
    names = ["weight", "bias"] * options.affine + ["running_mean", "running_var"]
    arrays = exactly(part.label, part.arrays, dict.fromkeys(names, count))
    layer = L.BatchNormalization(
        axis=1, momentum=1 - options.momentum, epsilon=options.eps, center=options.affine,
        scale=options.affine, dtype=build.dtype,
    )  # fmt: skip
    build.add(part, layer, arrays, shape=(build.shape[0], *count, *build.shape[2:]))


def conv(build, part):
    """nn.Conv1d, channels first, as there."""
    _by_axes(build, part)
    options = part.options
    _only(part, padding_mode="zeros")
    out, size = options.out_channels, _one(part, "kernel_size")
    shapes = {"weight": (out, options.in_channels // options.groups, size)}
    shapes |= {"bias": (out,)} if "bias" in part.arrays else {}
    weight, *bias = exactly(part.label, part.arrays, shapes)
    padding = options.padding if isinstance(options.padding, str) else "valid"
    if padding == "valid" and not isinstance(options.padding, str):
        _pad(build, part)
    layer = L.Conv1D(
        out, size, _one(part, "stride"), padding, _FIRST, _one(part, "dilation"),
        options.groups, use_bias=bool(bias), dtype=build.dtype,
    )  # fmt: skip
    build.add(part, layer, [weight.transpose(2, 1, 0), *bias])


def _pad(build, part):
    if count := _one(part, "padding"):
        build.add(part, L.ZeroPadding1D(count, _FIRST, dtype=build.dtype))


def max_pool(build, part):
    _by_axes(build, part)
    _only(part, ceil_mode=False, return_indices=False)
    for name, value in (("padding", 0), ("dilation", 1)):
        if _one(part, name) != value:
            refuse(WHERE, f"{name} of {part.label}", f"be {value}", f"{_one(part, name)}")
    _pool(build, part, L.MaxPooling1D)


def average_pool(build, part):
    """nn.AvgPool1d; the zeros that it pads with count."""
    _by_axes(build, part)
    _only(part, ceil_mode=False)
    if _one(part, "padding"):
        _only(part, count_include_pad=True)
        _pad(build, part)
    _pool(build, part, L.AveragePooling1D)


def _pool(build, part, cls):
    sizes = _one(part, "kernel_size"), _one(part, "stride")
    build.add(part, cls(*sizes, data_format=_FIRST, dtype=build.dtype))


def _adaptive(cls):
    def read(build, part):
        _by_axes(build, part)
        if _one(part, "output_size") != 1:
            refuse(
                WHERE, f"output_size of {part.label}", "be 1", f"{_one(part, 'output_size')}"
            )
        build.add(part, cls(_FIRST, keepdims=True, dtype=build.dtype))

    return read


def flatten(build, part):
    _by_axes(build, part)
    _only(part, start_dim=1, end_dim=-1)
    build.add(part, L.Flatten(dtype=build.dtype))


def softmax(build, part):
    axis = part.options.dim
    if axis is None:
        refuse(WHERE, f"dim of {part.label}", "be a number", "None")
    if axis not in (-1, len(build.shape) - 1):
        _by_axes(build, part)
    build.add(part, L.Softmax(axis, dtype=build.dtype))


def log_softmax(build, part):
    if part.options.dim not in (-1, len(build.shape) - 1):
        refuse(WHERE, f"dim of {part.label}", "be the last axis", f"{part.options.dim}")
    build.add(part, L.Activation("log_softmax", dtype=build.dtype))


def prelu(build, part):
    """nn.PReLU: one slope, or one for each of the axis behind the batch's."""
    count = part.options.num_parameters
    (weight,) = exactly(part.label, part.arrays, {"weight": (count,)})
    axes = range(1, len(build.shape))
    shared = list(axes)
    if count > 1:
        _by_axes(build, part)
        shared = list(axes)[1:] or None
    shape = [count, *[1] * (len(axes) - 1)]
    layer = L.PReLU(shared_axes=shared, dtype=build.dtype)
    build.add(part, layer, [np.reshape(weight, shape)])


def _by_name(word, **options):
    def read(build, part):
        _only(part, **options)
        build.add(part, L.Activation(word, dtype=build.dtype))

    return read


def _with(cls, *names):
    def read(build, part):
        given = [getattr(part.options, name) for name in names]
        build.add(part, cls(*given, dtype=build.dtype))

    return read


def dropout(build, part):
    build.add(part, L.Dropout(part.options.p, dtype=build.dtype))


def identity(build, part):
    """nn.Identity is no layer."""


READERS = {
    "GRU": recurrent, "LSTM": recurrent, "RNN": recurrent,
    "GRUCell": cell, "LSTMCell": cell, "RNNCell": cell,
    "Linear": linear, "Embedding": embedding, "LayerNorm": layer_norm,
    "BatchNorm1d": batch_norm, "Conv1d": conv, "MaxPool1d": max_pool,
    "AvgPool1d": average_pool, "AdaptiveMaxPool1d": _adaptive(L.GlobalMaxPooling1D),
    "AdaptiveAvgPool1d": _adaptive(L.GlobalAveragePooling1D), "Flatten": flatten,
    "Dropout": dropout, "Identity": identity, "Softmax": softmax, "LogSoftmax": log_softmax,
    "PReLU": prelu, "LeakyReLU": _with(L.LeakyReLU, "negative_slope"),
    "ELU": _with(L.ELU, "alpha"), "ReLU": _by_name("relu"), "ReLU6": _by_name("relu6"),
    "Sigmoid": _by_name("sigmoid"), "Tanh": _by_name("tanh"), "SELU": _by_name("selu"),
    "SiLU": _by_name("silu"), "GELU": _by_name("gelu", approximate="none"),
    "Softplus": _by_name("softplus", beta=1.0, threshold=20.0),
    "Softsign": _by_name("softsign"), "Hardsigmoid": _by_name("hard_sigmoid"),
}  # fmt: skip
