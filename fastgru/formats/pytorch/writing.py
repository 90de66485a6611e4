"""From a model's layers to PyTorch's modules: a writer for each class."""

import numpy as np
import torch

from fastgru import layers as L
from fastgru._check import fail
from fastgru.formats.pytorch import blocks, gates
from fastgru.formats.pytorch import recurrent_blocks as recurrent
from fastgru.layers.stack import Sequential

WHERE = "to_torch"
_ONE_WAY = {L.GRU: recurrent.GRU, L.LSTM: recurrent.LSTM, L.SimpleRNN: recurrent.RNN}


def module_of(model):
    """The module of a built model."""
    return _chain(model).eval()


def _chain(of):
    """The modules of the layers of a model, or of one that is a layer."""
    return blocks.Chain([(layer.name, _written(layer)) for layer in of.layers])


def _written(layer):
    writer = WRITERS.get(type(layer))
    if writer is None:
        names = ", ".join(cls.__name__ for cls in WRITERS)
        fail(WHERE, "every layer", f"be one of {names}",
             f"{type(layer).__name__} for {layer.name!r}")  # fmt: skip
    block = writer(layer)
    if not layer.trainable:
        block.requires_grad_(False)
    return block


def _only(layer, **wanted):
    """Refuse arguments at which a layer has no module."""
    for name, value in wanted.items():
        found = getattr(layer, name)
        if found != value:
            fail(WHERE, f"{name} of {layer.name}", f"be {value!r}", f"{found!r}",
                 "PyTorch has no module for it.")  # fmt: skip


def _filled(block, arrays, frozen=()):
    """A block with its parameters and buffers set, of which some are not trained."""
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(block, name).copy_(torch.from_numpy(np.array(array, order="C")))
    for name in frozen:
        getattr(block, name).requires_grad_(False)
    return block


def _dtype(layer):
    return getattr(torch, layer.dtype)


def _recurrent(layer):
    _plain(layer)
    steps = not _native(layer)
    block = _steps(layer) if steps else _module(layer, layer)
    block.set_up(layer.return_sequences, layer.go_backwards, layer.zero_output_for_mask,
                 layer.dropout)  # fmt: skip
    return _with_weights(block, layer, layer, "_l0")


def _plain(layer):
    _only(layer, return_state=False, stateful=False, recurrent_dropout=0.0)
    if isinstance(layer, L.GRU):
        _only(layer, zoneout=0.0, initial_state_initializer=None)


def _native(layer):
    """Whether PyTorch has this very layer."""
    if isinstance(layer, L.SimpleRNN):
        return layer.activation in ("tanh", "relu")
    usual = (layer.activation, layer.recurrent_activation) == ("tanh", "sigmoid")
    return usual and getattr(layer, "reset_after", True)


def _steps(layer):
    if not isinstance(layer, L.GRU):
        fail(WHERE, f"the activations of {layer.name}", "be PyTorch's",
             f"{layer.activation} and {layer.recurrent_activation}")  # fmt: skip
    width = layer.parameters["kernel"].shape[0]
    return recurrent.GRUSteps(
        width, layer.units, layer.use_bias, _dtype(layer), layer.activation,
        layer.recurrent_activation, layer.reset_after,
    )  # fmt: skip


def _module(layer, one, **options):
    """PyTorch's module of a layer, or of two with the arguments of `one`."""
    width = one.parameters["kernel"].shape[0]
    if isinstance(one, L.SimpleRNN):
        options["nonlinearity"] = one.activation
    return _ONE_WAY[type(one)](
        width, one.units, bias=one.use_bias, batch_first=True, dtype=_dtype(layer), **options
    )


def _with_weights(block, layer, one, suffix):
    """A block with the weights of one direction; a second bias of zeros stays as it is."""
    kind = {L.GRU: "GRU", L.LSTM: "LSTM", L.SimpleRNN: "RNN"}[type(one)]
    arrays = gates.to_torch(kind, *(one.parameters[spec.name] for spec in one.specs))
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"][: len(arrays)]
    alone = len(arrays) > 2 and one.parameters["bias"].ndim == 1
    if alone and not hasattr(block, f"bias_hh{suffix}"):
        names.pop()
    found = {f"{name}{suffix}": array for name, array in zip(names, arrays, strict=False)}
    frozen = [f"bias_hh{suffix}"] if alone and "bias_hh" in names else []
    return _filled(block, found, frozen)


def _bidirectional(layer):
    one, other = layer.pair
    for child in layer.pair:
        if type(child) not in _ONE_WAY:
            fail(WHERE, f"the layers inside {layer.name}", "be GRU, LSTM or SimpleRNN",
                 type(child).__name__)  # fmt: skip
        _plain(child)
    if layer.merge_mode is None:
        fail(WHERE, f"merge_mode of {layer.name}", "be a word", "None")
    alike = ("units", "activation", "use_bias", "dropout", "return_sequences")
    together = (
        type(one) is type(other)
        and all(getattr(one, name) == getattr(other, name) for name in alike)
        and all(_native(child) for child in layer.pair)
        and not one.go_backwards
        and not one.dropout  # each direction would drop features of its own
    )
    if not together:
        return _both(layer)
    block = _module(layer, one, bidirectional=True)
    zeros = one.zero_output_for_mask
    block.set_up(one.return_sequences, False, zeros, one.dropout, layer.merge_mode)
    for child, suffix in zip(layer.pair, ("_l0", "_l0_reverse"), strict=True):
        _with_weights(block, layer, child, suffix)
    return block


def _both(layer):
    """A module for each direction."""
    return recurrent.Both(*(_recurrent(child) for child in layer.pair), layer.merge_mode)


def _dense(layer):
    kernel, bias = layer.parameters["kernel"], layer.parameters.get("bias")
    block = blocks.Linear(*kernel.shape, bias=bias is not None, activation=layer.activation,
                          dtype=_dtype(layer))  # fmt: skip
    return _filled(block, {"weight": kernel.T} | ({} if bias is None else {"bias": bias}))


def _embedding(layer):
    E = layer.parameters["embeddings"]
    block = blocks.Embedding(*E.shape, mask_zero=layer.mask_zero, dtype=_dtype(layer))
    return _filled(block, {"weight": E})


def _conv(layer):
    kernel, bias = layer.parameters["kernel"], layer.parameters.get("bias")
    block = blocks.Conv1d(
        kernel.shape[1] * layer.groups, layer.filters, layer.kernel_size[0], layer.strides[0], 0,
        layer.dilation_rate[0], layer.groups, bias is not None, dtype=_dtype(layer),
        how=layer.padding, channels_last=layer.data_format == "channels_last",
        activation=layer.activation,
    )  # fmt: skip
    arrays = {"weight": kernel.transpose(2, 1, 0)}
    return _filled(block, arrays | ({} if bias is None else {"bias": bias}))


def _affine(layer, block):
    """gamma and beta of a normalization; those that it does not have are fixed."""
    names = {"weight": "gamma", "bias": "beta"}
    arrays = {n: layer.parameters[p] for n, p in names.items() if p in layer.parameters}
    return _filled(block, arrays, [name for name in names if name not in arrays])


def _flatten(layer):
    _only(layer, data_format="channels_last")
    return blocks.Flatten()


def _layer_norm(layer):
    _only(layer, rms_scaling=False)
    count = len(layer.input_shape)
    own = sorted(axis % count for axis in layer.axis)
    if own != list(range(count - len(own), count)):
        fail(WHERE, f"axis of {layer.name}", "be the last axes", f"{layer.axis}")
    shape = layer.specs[0].shape if layer.specs else [layer.input_shape[axis] for axis in own]
    return _affine(layer, blocks.LayerNorm(shape, layer.epsilon, dtype=_dtype(layer)))


def _batch_norm(layer):
    count = len(layer.input_shape)
    if count > 3:
        fail(WHERE, f"the input of {layer.name}", "have at most 3 axes", f"{count}")
    mean, variance = (layer.parameters[f"moving_{name}"] for name in ("mean", "variance"))
    block = blocks.BatchNorm1d(
        len(mean), eps=layer.epsilon, momentum=1 - layer.momentum, dtype=_dtype(layer),
        axis=layer.axis % count, frozen=not layer.trainable,
    )  # fmt: skip
    _filled(block, {"running_mean": mean, "running_var": variance})
    return _affine(layer, block)


def _prelu(layer):
    alpha = layer.parameters["alpha"]
    return _filled(blocks.PReLU(alpha.shape, _dtype(layer)), {"weight": alpha})


def _softmax(layer):
    if layer.axis not in (-1, len(layer.input_shape) - 1):
        fail(WHERE, f"axis of {layer.name}", "be the last one", f"{layer.axis}")
    return blocks.Function("softmax")


def _dropout(layer):
    _only(layer, noise_shape=None)
    return blocks.Dropout(layer.rate)


def _pool(layer):
    _only(layer, padding="valid")
    maximum = isinstance(layer, L.MaxPooling1D)
    last = layer.data_format == "channels_last"
    return blocks.Pool(maximum, layer.pool_size[0], layer.strides[0], last)


def _global_pool(layer):
    maximum = isinstance(layer, L.GlobalMaxPooling1D)
    axis = 1 if layer.data_format == "channels_last" else 2
    return blocks.GlobalPool(maximum, axis, layer.keepdims)


WRITERS = {
    L.Activation: lambda layer: blocks.Function(layer.activation),
    L.AveragePooling1D: _pool,
    L.BatchNormalization: _batch_norm,
    L.Bidirectional: _bidirectional,
    L.Conv1D: _conv,
    L.Dense: _dense,
    L.Dropout: _dropout,
    L.ELU: lambda layer: blocks.ELU(layer.alpha),
    L.Embedding: _embedding,
    L.Flatten: _flatten,
    L.GRU: _recurrent,
    L.GlobalAveragePooling1D: _global_pool,
    L.GlobalMaxPooling1D: _global_pool,
    L.LSTM: _recurrent,
    L.LayerNormalization: _layer_norm,
    L.LeakyReLU: lambda layer: blocks.LeakyReLU(layer.negative_slope),
    L.Masking: lambda layer: blocks.Masking(layer.mask_value),
    L.MaxPooling1D: _pool,
    L.PReLU: _prelu,
    L.Permute: lambda layer: blocks.Permute(layer.dims),
    L.ReLU: lambda layer: blocks.ReLU(layer.max_value, layer.negative_slope, layer.threshold),
    L.RepeatVector: lambda layer: blocks.RepeatVector(layer.n),
    L.Reshape: lambda layer: blocks.Reshape(layer.target_shape),
    Sequential: _chain,
    L.SimpleRNN: _recurrent,
    L.Softmax: _softmax,
    L.SpatialDropout1D: lambda layer: blocks.SpatialDropout(layer.rate),
}
