"""Configurations that other versions of Keras wrote, in the form that 3.15 writes.

A model's configuration is objects inside objects, each with a "class_name" and a "config".
`modern` walks them all; the tables say what is done to the configuration of one class, or of
all of them, and to an object by the key that it stands under.
"""

import re

from fastgru.formats.keras_chain import straighten

_ABOUT_THE_WRITER = ("keras_version", "backend")


def modern(config):
    """A model's configuration as Keras 3.15 would have written it.

    What it does not know, and what is no object at all, it passes on as it is: nothing is
    refused here but a functional model, or one inside of another, that is no chain of layers
    that fastgru has.

    Parameters
    ----------
    config : dict
        As `config.json`, `to_json` or an HDF5 file has it; "keras_version" is that of the
        writer, where it is known.

    Returns
    -------
    dict
        A new one, of a Sequential.
    """
    if not isinstance(config, dict):
        return config
    found = {key: value for key, value in config.items() if key not in _ABOUT_THE_WRITER}
    old = major(config.get("keras_version")) < 3
    return _modern(_plain(found), "model", old)


def major(version):
    """The first number of a version; 3 where it is not known."""
    found = re.match(r"[0-9]{1,3}", version) if isinstance(version, str) else None
    return int(found[0]) if found else 3


def _plain(value):
    """Lists and numbers in place of the objects that stand for tuples and arrays."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    name, inner = value.get("class_name"), value.get("config")
    if name == "__tuple__" and isinstance(value.get("items"), list):
        return _plain(value["items"])
    if name in ("__numpy__", "__tensor__") and isinstance(inner, dict) and "value" in inner:
        return inner["value"]
    return {key: _plain(item) for key, item in value.items()}


def _modern(value, key, old):
    """A value that stands under `key`; `old` where a Keras before 3 wrote it."""
    if isinstance(value, list):
        return [_modern(item, key, old) for item in value]
    if not isinstance(value, dict):
        return value
    value = straighten(value, inner=key != "model")
    value = {inner: _modern(item, inner, old) for inner, item in value.items()}
    if not isinstance(value.get("class_name"), str):
        return value
    _home(value, key)
    if isinstance(value.get("config"), dict):
        rules = (*_OF_ALL, *_BY_CLASS.get(value["class_name"], ()))
        of_version = _OF_OLD if old else () if key == "model" else _OF_HELD
        for rule in rules + of_version:
            rule(value)
    return value


def _home(found, key):
    """The module, where the writer left it out or wrote one of TensorFlow's."""
    home = next((home for end, home in _HOMES.items() if key.endswith(end)), None)
    if found["class_name"] == "Sequential":
        home = "keras"
    if "module" not in found and home is not None:
        found["module"] = home
    module = found.get("module")
    if isinstance(module, str):
        parts = module.split(".")
        if parts[0] == "tf_keras":
            parts[0] = "keras"
        if parts[-1] in ("legacy", "experimental") and parts[:2] == ["keras", "optimizers"]:
            parts.pop()
        found["module"] = ".".join(parts)


#: The module of an object without one, by the end of the key that it stands under.
_HOMES = {
    "_initializer": "keras.initializers", "_regularizer": "keras.regularizers",
    "_constraint": "keras.constraints", "weighted_metrics": "keras.metrics",
    "metrics": "keras.metrics", "loss": "keras.losses", "learning_rate":
    "keras.optimizers.schedules", "optimizer": "keras.optimizers", "model": "keras",
    "layers": "keras.layers", "layer": "keras.layers", "cell": "keras.layers",
    "cells": "keras.layers",
}  # fmt: skip


# The rules: each changes one object in place.


def _renamed(old, new):
    """A rule: another name for an argument, where the new one is not there as well."""

    def rule(found):
        config = found["config"]
        if old in config and new not in config:
            config[new] = config.pop(old)

    return rule


def _without(key, *values):
    """A rule: an argument goes where it has one of these values, or any if none is given."""

    def rule(found):
        config = found["config"]
        if key in config and (not values or _is_one_of(config[key], values)):
            del config[key]

    return rule


def _is_one_of(value, values):
    """Whether it is one of the values, where False is no 0."""
    return any(type(value) is type(each) and value == each for each in values)


def _policy(found):
    """A dtype's policy by its name."""
    dtype = found["config"].get("dtype")
    if isinstance(dtype, dict) and dtype.get("class_name") == "Policy":
        inner = dtype.get("config")
        found["config"]["dtype"] = inner.get("name") if isinstance(inner, dict) else dtype


def _decay(found):
    """`decay` of old optimisers, which Keras 3 has as a schedule: rate / (1 + decay steps)."""
    config = found["config"]
    decay, rate = config.get("decay"), config.get("learning_rate")
    if type(decay) not in (int, float):
        return
    del config["decay"]
    if decay and type(rate) in (int, float):
        config["learning_rate"] = {
            "module": "keras.optimizers.schedules", "class_name": "InverseTimeDecay",
            "config": {"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay},
            "registered_name": None,
        }  # fmt: skip


def _reduction(found):
    """The word for the mean that TensorFlow's losses have by default."""
    if found["config"].get("reduction") == "auto":
        found["config"]["reduction"] = "sum_over_batch_size"


def _function(found):
    """What holds a function, by the function's own name, which the classes know."""
    name = found["config"].get("fn")
    if isinstance(name, dict):
        name = name.get("config")
    if found["class_name"] in ("MeanMetricWrapper", "LossFunctionWrapper"):
        return
    if isinstance(name, str):
        del found["config"]["fn"]


def _hard_sigmoid(found):
    """Before Keras 3 its slope was 0.2."""
    for key, value in found["config"].items():
        if key.endswith("activation") and value == "hard_sigmoid":
            found["config"][key] = "hard_sigmoid_keras2"


def _thawed(found):
    """In Keras 3 what is inside of a frozen layer is trained, unless it is frozen itself."""
    config = found["config"]
    if config.get("trainable") is False:
        held = [config[key] for key in ("layer", "cell", "cells", "layers") if key in config]
        held = held[0] if held and isinstance(held[0], list) else held
        inside = [one.get("config") for one in held if isinstance(one, dict)]
        if any(isinstance(one, dict) and one.get("trainable") is True for one in inside):
            config["trainable"] = True


_OPTIMIZER = (
    _renamed("lr", "learning_rate"), _decay, _without("is_legacy_optimizer"),
    _without("jit_compile"), _without("weight_decay", 0, 0.0, False),
)  # fmt: skip
_RECURRENT = (_without("implementation"), _without("time_major", False))
#: For objects of every class.
_OF_ALL = (_policy, _reduction, _function)
#: For objects of every class that a Keras before 3 wrote.
_OF_OLD = (_hard_sigmoid,)
#: For those inside of others that a later one wrote.
_OF_HELD = (_thawed,)
_BY_CLASS = {
    **dict.fromkeys(
        ("SGD", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta", "Lion"),
        _OPTIMIZER,
    ),
    **dict.fromkeys(
        ("GRU", "LSTM", "SimpleRNN", "RNN", "GRUCell", "LSTMCell", "SimpleRNNCell"), _RECURRENT
    ),
    "SpatialDropout1D": (_without("noise_shape", None),),
    "InputLayer": (_renamed("batch_input_shape", "batch_shape"),),
    "LeakyReLU": (_renamed("alpha", "negative_slope"),),
    "BatchNormalization": (_without("synchronized", False),),
    "TextVectorization": (_without("dtype", "string"),),
}
