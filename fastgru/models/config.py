"""Objects as JSON-ready values in Keras' form, and back.

Back goes through closed tables only: a class that is not in them is refused, nothing is
imported by name. An argument that fastgru does not have is passed over where it is off,
and refused by its name where it would change the numbers.
"""

import numpy as np

from fastgru import constraints, initializers, regularizers
from fastgru._check import fail
from fastgru._errors import refuse, refusing, shown
from fastgru.layers import CELLS, CLASSES
from fastgru.models.config_values import (
    dtype_from_dict,
    function_name,
    integers,
    list_of,
    nested,
    numbers,
    numbers_from_list,
    shape_from_list,
    word,
)
from fastgru.optimizers import schedules

#: Values at which an argument that fastgru does not have is off, beside None.
_OFF = {"sparse": False, "ragged": False, "optional": False}
#: Weights belong into the weights file, where their size is checked first; the others are
#: taken at their defaults only.
_NOT_FROM_FILES = {"weights", "quantization_config", "input_tensor", *_OFF}
_SHAPES = (
    "shape", "input_shape", "batch_shape", "batch_input_shape", "build_input_shape",
    "noise_shape",
)  # fmt: skip
#: Arguments that are lists, with the types of their entries.
_LISTS = {
    "vocabulary": (str,), "idf_weights": (int, float), "ngrams": (int,), "input_axes": (int,),
    "output_axes": (int,),
}  # fmt: skip
#: Arguments that are numbers, or lists of them inside each other.
_NESTED_NUMBERS = ("mean", "variance")
#: Of PiecewiseConstantDecay.
_NUMBER_LISTS = ("boundaries", "values")
#: Arguments that are layers, with the classes that they may have.
_NESTED = {"layer": CLASSES, "backward_layer": CLASSES, "cell": CELLS}
#: Arguments that are lists of layers, with what these are called.
_NESTED_LISTS = {"cells": (CELLS, "cells"), "layers": (CLASSES, "layers")}
#: Both kinds.
HELD = (*_NESTED, *_NESTED_LISTS)
_MOST_LAYERS = 1000
#: The longer names are those of older Keras 3. All of Keras 3 reads the first of them, and
#: Keras up to 3.4 not the shorter one.
_LONGER = {
    "OrthogonalInitializer": initializers.Orthogonal,
    "IdentityInitializer": initializers.Identity,
}
_INITIALIZERS = initializers.CLASSES | _LONGER
#: What else a parameter may be subject to: its module in Keras, and our classes.
_RULES = {
    "_regularizer": ("keras.regularizers", regularizers.CLASSES),
    "_constraint": ("keras.constraints", constraints.CLASSES),
}
#: Arguments that may be lists of integers.
_INTEGER_LISTS = (
    "axis", "cropping", "dilation_rate", "dims", "kernel_size", "padding", "pool_size",
    "shared_axes", "strides", "target_shape",
)  # fmt: skip
#: Arguments that may be lists of numbers.
_NUMBERS = ("scale", "offset")


def entry(module, thing, **more):
    """Keras' form of an object."""
    return {
        "module": module,
        "class_name": type(thing).__name__,
        "config": plain(thing.get_config()),
        "registered_name": None,
        **more,
    }


def plain(value):
    """Configuration values as JSON has them."""
    if isinstance(value, initializers.Initializer):
        found = entry("keras.initializers", value)
        if type(value) is initializers.Orthogonal:
            found["class_name"] = "OrthogonalInitializer"
        return found
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def layer_to_dict(layer):
    """A layer in Keras' form."""
    found = entry(layer.keras_module, layer)
    config = found["config"]
    for key in layer.not_in_files:
        config.pop(key, None)
    for key in [key for key in config if key.endswith("_initializer")]:
        if _portable(getattr(layer, key)):
            config[key] = plain(getattr(layer, key))
        else:
            del config[key]
    for key, held in layer.nested().items():
        several = isinstance(held, list)
        config[key] = [layer_to_dict(one) for one in held] if several else layer_to_dict(held)
        for inner in [] if layer.trainable else config[key] if several else [config[key]]:
            # In Keras 3 it is trained for all that the layer around it says; an Input has no
            # such word.
            if "trainable" in inner["config"]:
                inner["config"]["trainable"] = False
    for kind, (module, classes) in _RULES.items():
        for key in [key for key in config if key.endswith(kind)]:
            rule = getattr(layer, key)
            if rule is not None and classes.get(type(rule).__name__) is not type(rule):
                # Unlike an initialiser it is still needed behind the file.
                fail(layer.name, key, f"be one of {module.replace('keras', 'fastgru')} to be saved",
                     type(rule).__name__)  # fmt: skip
    if layer.built:
        found["build_config"] = {"input_shape": list(layer.input_shape)}
    return found


def _portable(initializer):
    """Whether the initialiser has a form in a file: not so a function, an array or NaN."""
    known = initializers.CLASSES.get(type(initializer).__name__) is type(initializer)
    return known and all(
        value is None
        or isinstance(value, str)
        or key.endswith("_axes")
        or (np.ndim(value) == 0 and np.isfinite(value))
        for key, value in initializer.get_config().items()
    )


def layer_from_dict(found, where="from_config", what="a layer"):
    """A layer from Keras' form.

    Raises
    ------
    ModelFormatError
        If the class or an argument is none that fastgru has.
    """
    return read(found, "keras.layers", CLASSES, where, what)


def read(found, module, table, where, what, hint=""):
    """An object of one of the classes in `table`, from Keras' form.

    `what` says in errors which one it is: "layer 2".
    """
    if not isinstance(found, dict):
        refuse(where, what, "be an object with a class_name", shown(found))
    name, config = found.get("class_name"), found.get("config")
    if not isinstance(name, str) or name not in table:
        rule = f"be one of {', '.join(table)}"
        refuse(where, f"class_name of {what}", rule, shown(name), hint)
    check_origin(found, getattr(table[name], "keras_module", module), where, what)
    if not isinstance(config, dict):
        refuse(where, f"config of {what}", "be an object", shown(config))
    cls = table[name]
    known, required = _arguments(cls)
    arguments = {}
    for key, value in config.items():
        if key in known:
            value = _argument(key, value, where, f"{shown(key)} of {what}", hint)
            # No dtype and no initialiser is the default; no activation is "linear".
            if value is not None or not (key == "dtype" or key.endswith("_initializer")):
                arguments[key] = value
        elif value is not None and (key not in _OFF or value is not _OFF[key]):
            refuse(where, f"{shown(key)} of {what}", f"be {_OFF.get(key)}", shown(value),
                   hint or "fastgru does not have this.")  # fmt: skip
    for key in required:
        if key not in arguments:
            refuse(where, f"config of {what}", f"have {key!r}", "none")
    with refusing(where):
        return cls.from_config(arguments)


def check_origin(found, module, where, what):
    """Refuse a class that only shares its name with one of Keras'."""
    origin, name = found.get("module"), found["class_name"]
    keras = isinstance(origin, str) and (origin == module or origin.startswith("keras.src."))
    if not keras:
        refuse(where, f"module of {what}", f"be {module!r}", shown(origin))
    registered = found.get("registered_name")
    if registered is not None and registered != name:
        refuse(where, f"registered_name of {what}", f"be None or {name!r}", shown(registered))


def _arguments(cls):
    """Names of a class's arguments, those that go on to its bases too; and of the required."""
    names, required = set(), None
    for base in cls.__mro__[:-1]:
        if init := base.__dict__.get("__init__"):
            code = init.__code__
            own = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
            names.update(own)
            if required is None:
                required = own[: code.co_argcount - 1 - len(init.__defaults__ or ())]
            if not code.co_flags & 0x08:  # CO_VARKEYWORDS
                break
    return names - _NOT_FROM_FILES, required or ()


def _argument(key, value, where, what, hint):
    """An argument's value, of a kind that the constructors know how to check."""
    if key == "dtype":
        return dtype_from_dict(value, where, what)
    if key.endswith("_initializer") and isinstance(value, dict):
        return read(value, "keras.initializers", _INITIALIZERS, where, what)
    if key in _NESTED and isinstance(value, dict):
        return read(value, "keras.layers", _NESTED[key], where, what, hint)
    if key in _NESTED_LISTS:
        table, kind = _NESTED_LISTS[key]
        if not isinstance(value, list) or not 1 <= len(value) <= _MOST_LAYERS:
            refuse(where, what, f"be a list of 1 to {_MOST_LAYERS} {kind}", shown(value), hint)
        return [read(one, "keras.layers", table, where, what, hint) for one in value]
    for kind, (module, classes) in _RULES.items():
        if key.endswith(kind) and isinstance(value, dict):
            return read(value, module, classes, where, what)
    if key == "learning_rate" and isinstance(value, dict):
        return read(value, "keras.optimizers.schedules", schedules.CLASSES, where, what, hint)
    if key in _NUMBERS and isinstance(value, (dict, list)):
        return numbers(value, where, what)
    if key in _NUMBER_LISTS:
        return numbers_from_list(value, where, what)
    if key in _INTEGER_LISTS and isinstance(value, (list, tuple)):
        return integers(value, where, what)
    if key in _SHAPES and value is not None:
        return shape_from_list(value, where, what)
    if key in _NESTED_NUMBERS and isinstance(value, list):
        return nested(value, where, what)
    if key in _LISTS and isinstance(value, (list, tuple)):
        return list_of(_LISTS[key], value, where, what)
    if isinstance(value, dict):
        value = function_name(value, value)
    if key == "vocabulary" and value is not None:
        # A word would be the path of a file.
        refuse(where, what, "be a list of tokens", shown(value), hint)
    if isinstance(value, (dict, list, tuple)):
        refuse(where, what, "be one number, word or flag", shown(value), hint)
    return word(value, where, what) if isinstance(value, str) else value
