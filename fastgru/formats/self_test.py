"""A few numbers that a model gave when it was saved, and must give again when it is opened.

The input is not stored: it follows from the model's shapes. A model that is large, keeps
states, reads texts, or has a layer whose output may be far larger than its weights has none.
"""

import math
import warnings

import numpy as np

from fastgru.formats import build
from fastgru.layers.layout import leave
from fastgru.layers.stack import leaves
from fastgru.models.feeding import Samples

#: Where a format keeps it among what it tells of a file.
KEY = "fastgru_self_test"
_STEPS = 5  # of an input whose time is open
_MOST_OUTPUTS, _MOST_INPUTS, _MOST_PRODUCTS = 8, 4096, 1 << 22
_LAYERS = {
    "Activation", "BatchNormalization", "Bidirectional", "Dense", "Dropout", "ELU", "Embedding",
    "Flatten", "GRU", "GRUCell", "GaussianNoise", "GlobalAveragePooling1D", "GlobalMaxPooling1D",
    "InputLayer", "LSTM", "LSTMCell", "LayerNormalization", "LeakyReLU", "Masking",
    "Normalization", "PReLU", "Permute", "RNN", "ReLU", "Rescaling", "Reshape", "SimpleRNN",
    "Sequential", "SimpleRNNCell", "Softmax", "SpatialDropout1D", "StackedRNNCells",
    "TimeDistributed",
}  # fmt: skip
#: Orders of summation differ between processors: some hundred roundings may add up.
_TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


def make(model):
    """What a file keeps of a built model: a list of numbers, or None."""
    found = _outputs(model)
    return None if found is None or not np.isfinite(found).all() else found.tolist()


def check(model, kept):
    """Warn if a model that was opened does not give the numbers that its file keeps.

    To be called by a format's `load`, so that the warning is the line of `load_model`.
    """
    found = None if kept is None else _outputs(model)
    if found is None:
        return
    tolerance = _TOLERANCE[model.store.dtype.name]
    worst = _difference(found, kept)
    if not worst <= tolerance:
        warnings.warn(
            "load_model: the model must give the numbers that its file keeps of it, within "
            f"{tolerance:g}; got a difference of {worst:.3g}. The weights were changed or "
            "damaged after the model was saved, or this program reads them wrongly.",
            stacklevel=4,
        )


def _difference(found, kept):
    """The largest, in units of the larger of 1 and the number kept; infinity if not alike."""
    if not (isinstance(kept, list) and all(type(number) is float for number in kept)):
        return math.inf
    if len(kept) != len(found):
        return math.inf
    kept = np.array(kept)
    # "1e999" is a number to JSON.
    if not np.isfinite(kept).all():
        return math.inf
    return float(np.max(np.abs(found - kept) / np.maximum(1.0, np.abs(kept)), initial=0.0))


def _outputs(model):
    """The first numbers of the output for the one input, in float64; None without such."""
    x = _input(model)
    if x is None:
        return None
    try:
        inputs, _, _, mask = Samples("self-test", model, x, with_y=False).whole()
        with np.errstate(all="ignore"):
            y = leave(model._run(inputs, mask)[0])
    except ValueError:
        return None  # an open axis that the steps chosen here do not suit
    parts = [part.reshape(-1)[:_MOST_OUTPUTS] for part in (y if isinstance(y, tuple) else (y,))]
    return np.concatenate(parts)[:_MOST_OUTPUTS].astype(np.float64)


def _input(model):
    """One sample, the same in every program; None where it would cost much or mean little."""
    layers = list(build.inside(model.layers))
    if any(type(layer).__name__ not in _LAYERS or getattr(layer, "stateful", False)
           for layer in layers):  # fmt: skip
        return None
    first = next(leaves(model.layers))
    if first.takes_ids and type(first).__name__ != "Embedding":
        return None
    shape = [1, *(_STEPS if size is None else size for size in model.input_shape[1:])]
    weights = sum(math.prod(spec.shape) for layer in model.layers for spec in layer.specs)
    if first.takes_ids:
        weights -= first.input_dim * first.output_dim  # of which few rows are read
    if math.prod(shape) > _MOST_INPUTS or shape[1] * weights > _MOST_PRODUCTS:
        return None
    # A multiplicative hash: whole numbers, alike everywhere.
    scattered = np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * 2654435761 % 2**32
    if first.takes_ids:
        return (scattered % first.input_dim).astype(np.int64).reshape(shape)
    return (scattered / 2**31 - 1).astype(model.store.dtype).reshape(shape)
