"""The masks of a functional model, which Keras 3 lists as operations beside its layers.

Under Embedding it is NotEqual(ids, 0), under Masking Any(NotEqual(x, value)). A Sequential
makes the same masks by itself, so that all there is to do is to see that they are these.
"""

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE
from fastgru.formats.keras_calls import call, history

OPERATIONS = ("NotEqual", "Any")
#: Layers that hand a mask on.
_HAND_ON = (
    "Embedding", "Masking", "GRU", "LSTM", "SimpleRNN", "RNN", "Bidirectional", "Dense",
    "Dropout", "SpatialDropout1D", "GaussianNoise", "Activation", "BatchNormalization",
    "LayerNormalization", "LeakyReLU", "ELU", "ReLU", "PReLU", "Softmax", "TimeDistributed",
)  # fmt: skip


def check_masks(chain, operations):
    """Refuse masks that a Sequential would not make.

    Parameters
    ----------
    chain : list of (dict, tensor or None)
        The layers from the input on, with the mask that each was called with.
    operations : dict
        {name: entry} of the operations that make masks.
    """
    source, handed_on = None, True
    for place, (entry, mask) in enumerate(chain):
        own = _made_by(chain, place)
        if mask is not None:
            what = f"the mask of layer {place}"
            made = _made_of(history(mask), operations)
            if source is None or made != source or not handed_on:
                refuse(WHERE, what, "be that of an Embedding or Masking layer below it",
                       shown(mask))  # fmt: skip
        if own is not None:
            source, handed_on = own, True
        handed_on = handed_on and entry.get("class_name") in _HAND_ON


def _made_by(chain, place):
    """(name of the layer below, value, whether over all features) of a layer's own mask."""
    entry, config = chain[place][0], chain[place][0].get("config")
    if not place or not isinstance(config, dict):
        return None
    below = chain[place - 1][0].get("name") or chain[place - 1][0]["config"].get("name")
    if entry.get("class_name") == "Embedding" and config.get("mask_zero") is True:
        return below, 0, False
    if entry.get("class_name") == "Masking":
        return below, config.get("mask_value"), True
    return None


def _made_of(tensor, operations):
    """The same of a mask, from the operations that make it; None for any other."""
    found = operations.get(_name(tensor))
    over_all = found is not None and found.get("class_name") == "Any"
    if over_all:
        tensors, _ = call(found, _name(tensor))
        tensor = history(tensors[0]) if tensors else None
        found = operations.get(_name(tensor))
    if found is None or found.get("class_name") != "NotEqual":
        return None
    tensors, _ = call(found, _name(tensor))
    if len(tensors) != 2:
        return None
    return _name(history(tensors[0])), tensors[1], over_all


def _name(tensor):
    """The layer of a tensor; None for what is none."""
    if isinstance(tensor, list) and tensor and isinstance(tensor[0], str):
        return tensor[0]
    return None
