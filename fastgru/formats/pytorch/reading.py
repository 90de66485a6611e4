"""From PyTorch's parts to a model."""

import os
from collections.abc import Mapping

import numpy as np

from fastgru._check import axes, check_sizes, fail, named
from fastgru._errors import refuse, refusing
from fastgru.formats import build as models
from fastgru.formats.pytorch import WHERE, parts, states
from fastgru.formats.pytorch.modules import READERS
from fastgru.layers import Input

_SHAPE = "input_shape=(...) says it, without the batch."


def model_of(source, layers, input_shape, return_sequences, mask_zero):
    """A model of what `saving.from_torch` takes."""
    if isinstance(source, (str, os.PathLike)):
        source = _state_in(os.fsdecode(source))
    if isinstance(source, Mapping):
        found = states.parts_of(source, layers)
    elif layers is not None:
        fail(WHERE, "layers", "come with a state dict alone", type(source).__name__)
    else:
        found = parts.parts_of(source, READERS)
    build = Builder(found, input_shape, return_sequences, mask_zero)
    with refusing(WHERE):
        for part in found:
            if part.kind == "layer":  # of fastgru
                build.add(part, build.own(part.options))
            else:
                READERS[part.kind](build, part)
        return models.assemble([Input(batch_shape=build.first), *build.layers])


def _state_in(path):
    if not path.endswith(".safetensors"):
        fail(WHERE, "a path", "end in .safetensors", f"{path!r}",
             "Of a .pt file, torch.load(path, weights_only=True) gives the state dict.")  # fmt: skip
    from fastgru.formats import safetensors_file

    with open(path, "rb") as file:
        return safetensors_file.read(file.read(), WHERE).arrays()


class Builder:
    """Layers one upon the other, each with its weights."""

    def __init__(self, found, input_shape, return_sequences, mask_zero):
        arrays = [array for part in found for array in part.arrays.values()]
        wide = arrays and all(array.dtype == np.float64 for array in arrays)
        self.dtype = "float64" if wide else "float32"
        self._recurrent = [part for part in found if part.recurrent]
        self._all_sequences, self.mask_zero = return_sequences, mask_zero
        ways = {
            bool(part.options.batch_first)
            for part in self._recurrent
            if hasattr(part.options, "batch_first")
        }
        if len(ways) > 1:
            refuse(WHERE, "batch_first", "be the same for all modules", "True and False")
        #: Whether sequences are (time, batch, features) on PyTorch's side.
        self.turned = ways == {False}
        if input_shape is None:
            shape = _first_shape(found)
        else:
            shape = check_sizes(WHERE, "input_shape", input_shape)
        self.first = self.shape = (None, *shape)
        self.layers = []

    def sequences(self, part):
        """Whether a recurrent part gives sequences: all do but the last one."""
        return self._all_sequences or part is not self._recurrent[-1]

    def own(self, layer):
        """A layer of the user's in the dtype of the weights; theirs stays as it is."""
        return type(layer).from_config({**layer.get_config(), "dtype": self.dtype})

    def add(self, part, layer, arrays=(), shape=None):
        """Put a layer on top, with its weights; its input must have `shape`."""
        if shape is not None:
            self._check(part, shape)
        self.shape = layer.prepare(self.shape)
        if len(layer.specs) != len(arrays):
            refuse(WHERE, part.label, "be a layer without weights", f"{len(layer.specs)}")
        for spec, array in zip(layer.specs, arrays, strict=True):
            if array.shape != tuple(spec.shape):
                refuse(WHERE, f"the {spec.name} of {part.label}",
                       f"have shape {axes(spec.shape)} behind {self._below()}",
                       axes(array.shape))  # fmt: skip
            layer.parameters[spec.name] = array.astype(layer.dtype)
        self.layers.append(layer)

    def _below(self):
        return self.layers[-1].name if self.layers else f"an input of {axes(named(self.first))}"

    def _check(self, part, shape):
        for have, wanted in zip(self.shape[1:], shape[1:], strict=True):
            if have is not None and have != wanted:
                hint = "PyTorch normalizes the axis behind the batch's."
                refuse(
                    WHERE, f"the input of {part.label}", f"have shape {axes(named(shape))}",
                    axes(named(self.shape)), hint if part.kind == "BatchNorm1d" else "",
                )  # fmt: skip
        self.shape = shape


def _first_shape(found):
    """The shape of a sample, as far as the modules tell it."""
    steps = any(part.recurrent for part in found)
    for part in found:
        options = part.options
        if part.kind == "Embedding":
            return (None,)
        if part.recurrent:
            return None, options.input_size
        if part.kind == "Linear":
            width = options.in_features
        elif part.kind == "LayerNorm" and len(options.normalized_shape) == 1:
            (width,) = options.normalized_shape
        elif part.kind in ("Dropout", "Identity"):
            continue
        else:
            break
        return (None, width) if steps else (width,)
    return refuse(WHERE, "the shape of a sample", "be known", "modules that do not say it",
                  _SHAPE)  # fmt: skip
