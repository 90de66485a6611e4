"""A training at work as plain values and arrays, and back."""

import copy

import numpy as np

from fastgru._check import short
from fastgru._errors import refuse
from fastgru.layers import Layer

WHERE = "BackupAndRestore"


def snapshot(fitting):
    """All that the rest of a training depends on, but for its data."""
    model, step = fitting.model, fitting.step
    return {
        "shapes": _shapes(model),
        "values": model.store.values,
        "optimizer": type(model.optimizer).__name__,
        "slots": model.optimizer.state,
        "counters": _numbers(model.optimizer),
        "carried": [_kept(layer) for layer in _layers(model)],
        "generators": [rng.bit_generator.state for rng in _generators(model)],
        "epoch": fitting.epoch,
        "finished": bool(model.stop_training),
        "position": fitting.batches.position(),
        "held": None if fitting.held is None else fitting.held.position(),
        "loss": [step.loss_total, step.samples],
        "metrics": [_numbers(metric) for metric in step.metrics],
        "callbacks": [
            [type(entry).__name__, {name: getattr(entry, name) for name in entry.kept}]
            for entry in fitting.watch.callbacks
        ],
    }


def check(fitting, found):
    """Refuse what is no snapshot of this training's model and optimiser."""
    model = fitting.model
    if not isinstance(found, dict) or found.keys() != snapshot(fitting).keys():
        refuse(WHERE, "the backup", "be one of this version", "another file")
    if found["shapes"] != _shapes(model):
        refuse(WHERE, "the backup", "have the weights of this model",
               f"shapes {short(found['shapes'])}")  # fmt: skip
    name, slots = type(model.optimizer).__name__, model.optimizer.state
    if found["optimizer"] != name or found["slots"].keys() != slots.keys():
        refuse(
            WHERE,
            "the backup",
            f"have the state of this {name}",
            f"{short(found['optimizer'])} with {', '.join(found['slots']) or 'no slots'}",
        )
    for one, other in [(found["values"], model.store.values)] + [
        (found["slots"][slot], slots[slot]) for slot in slots
    ]:
        if one.shape != other.shape or one.dtype != other.dtype:
            refuse(WHERE, "the backup", f"have numbers of {other.dtype}", f"{one.dtype}")
    names = [_kept(layer).keys() for layer in _layers(model)]
    if [kept.keys() for kept in found["carried"]] != names:
        refuse(WHERE, "the backup", "have what the layers of this model carry from batch to batch",
               "that of others")  # fmt: skip
    if len(found["metrics"]) != len(fitting.step.metrics):
        refuse(WHERE, "the backup", f"have {len(fitting.step.metrics)} metrics",
               f"{len(found['metrics'])}")  # fmt: skip


def restore(fitting, found):
    """Give model, optimiser, callbacks and running numbers what they had."""
    model, step = fitting.model, fitting.step
    model.store.values[...] = found["values"]
    model.store.version += 1
    for slot, values in found["slots"].items():
        model.optimizer.state[slot][...] = values
    _set_numbers(model.optimizer, found["counters"])
    for layer, kept in zip(_layers(model), found["carried"], strict=True):
        for name, value in kept.items():
            # Layers change it in place, and it may be needed once more.
            setattr(layer, name, copy.deepcopy(value))
    for rng, state in zip(_generators(model), found["generators"], strict=True):
        rng.bit_generator.state = state
    step.loss_total, step.samples = found["loss"]
    for metric, numbers in zip(step.metrics, found["metrics"], strict=True):
        _set_numbers(metric, numbers)
    left = list(found["callbacks"])
    for entry in fitting.watch.callbacks:
        place = next(
            (i for i, (name, _) in enumerate(left) if name == type(entry).__name__), -1
        )
        if place >= 0:
            for name, value in left.pop(place)[1].items():
                setattr(entry, name, value)


def _shapes(model):
    return [list(spec.shape) for layer in model.layers for spec in layer.specs]


def _numbers(thing):
    """What an object has counted: its numbers and arrays, but for its configuration."""
    config = thing.get_config()
    return {
        name: value
        for name, value in vars(thing).items()
        if name not in config and isinstance(value, (int, float, np.ndarray, np.generic))
    }


def _set_numbers(thing, numbers):
    for name, value in numbers.items():
        known = vars(thing).get(name)
        if isinstance(known, np.ndarray) and known.shape == np.shape(value):
            known[...] = value  # others may hold views of it
        else:
            vars(thing)[name] = value


def _kept(layer):
    """What a layer takes from batch to batch."""
    return {name: getattr(layer, name) for name in layer.kept}


def _layers(model):
    """Each layer of the model and inside of its layers, once."""
    return _inside(model.layers, Layer)


def _generators(model):
    """Each generator that the model draws from, once."""
    return _inside([model.rng, *model.layers], np.random.Generator)


def _inside(things, kind):
    """The objects of a kind that layers hold, however deep, each once."""
    found = []

    def look(thing):
        if isinstance(thing, kind):
            if any(thing is other for other in found):
                return
            found.append(thing)
        if isinstance(thing, Layer):
            for value in vars(thing).values():
                look(value)
        elif isinstance(thing, (list, tuple)):
            for value in thing:
                look(value)

    look(things)
    return found
