"""From layers out of a file to a model: what every format does alike."""

import math

from fastgru._errors import refuse, refusing, shown
from fastgru.models import Sequential

WHERE = "load_model"
_MOST_AXES = 8
_LEAST_BYTES = 4  # of a stored number


def prepare(layers, shape, room, file):
    """Let the layers learn their shapes, as long as the `room` bytes of `file` can hold such
    weights: a few words of a configuration must not ask for gigabytes."""
    size = 0
    for layer in layers:
        with refusing(WHERE):
            shape = layer.prepare(shape)
        if len(shape) > _MOST_AXES:
            refuse(WHERE, f"the output of {layer.name}", f"have at most {_MOST_AXES} axes",
                   f"{len(shape)}")  # fmt: skip
        size += sum(math.prod(spec.shape) * _LEAST_BYTES for spec in layer.specs)
        if size > room:
            refuse(WHERE, f"the weights up to {shown(layer.name)}",
                   f"fit in the {room} bytes of {file}", f"{size} bytes")  # fmt: skip


def assemble(layers, trainable=True, name=None, shape=None):
    """A built model of layers that have their weights."""
    held = list(inside(layers))
    flags = [layer.trainable for layer in held]
    with refusing(WHERE):
        model = Sequential(layers, trainable, name)
        # A frozen model freezes what it is given, but some of it may have been thawed since.
        for layer, flag in zip(held, flags, strict=True):
            if layer.trainable != flag:
                layer.trainable = flag
        if not model.built:
            model.build(shape)
    return model


def inside(layers):
    """Layers, and those that they hold, each behind the one around it."""
    for layer in layers:
        yield layer
        for held in layer.nested().values():
            yield from inside(held if isinstance(held, list) else [held])
