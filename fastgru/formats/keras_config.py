"""A model and its compile state as the config.json of a `.keras` file, and back."""

import warnings

from fastgru import losses, metrics, optimizers
from fastgru._errors import refuse, refusing, shown
from fastgru.formats.build import WHERE, inside
from fastgru.layers import CELLS, CLASSES, InputLayer
from fastgru.models import one_output
from fastgru.models.config import (
    HELD,
    entry,
    layer_from_dict,
    read,
)
from fastgru.models.config_values import function_name, shape_from_list, word

#: Names are compared with each other, so that many layers cost the square of their number.
MOST_LAYERS = 1000
_MOST_NAMES = 10  # of what a file needs
_MODEL_KEYS = ("name", "trainable", "dtype", "layers", "build_input_shape")
_COMPILE_KEYS = (
    "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics",
    # They change how Keras computes, not what.
    "run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss",
)  # fmt: skip
WITHOUT = "compile=False opens the model without its compile state."


def model_to_dict(model):
    """config.json of a model; a compile state that cannot be told is left out."""
    for layer in inside(model.layers):
        known = CLASSES.get(type(layer).__name__) or CELLS.get(type(layer).__name__)
        if known is not type(layer):
            raise ValueError(
                "save_model: every layer must be one of fastgru.layers; "
                f"got {type(layer).__name__} for {layer.name!r}."
            )
    found = entry("keras", model)
    found["class_name"] = "Sequential"
    if found["config"]["layers"][0]["class_name"] == "InputLayer":
        # It says the same, and Keras 3.3 would build twice a model whose layers it cannot call
        # without data.
        found["config"].pop("build_input_shape", None)
    if model.built:
        found["build_config"] = {"input_shape": list(model.input_shape)}
    if model.compiled:
        stranger = _stranger(model)
        if stranger is None:
            found["compile_config"] = _compile_to_dict(model)
        else:
            warnings.warn(
                "save_model: what the model is compiled with must be of fastgru to be saved; "
                f"got {type(stranger).__name__}. The file holds the model without it.",
                stacklevel=4,
            )
    return found


def _stranger(model):
    """An optimiser, schedule, loss or metric of the user's own, which a file cannot tell; or None."""
    given = [(optimizers, model.optimizer)]
    if model.optimizer.schedule is not None:
        given.append((optimizers.schedules, model.optimizer.schedule))
    if not model.loss.by_shapes:
        given.append((losses, model.loss))
    of_metrics = [*model.metrics_given, *model.weighted_metrics_given]
    given += [(metrics, m) for m in of_metrics if not isinstance(m, str)]
    for module, thing in given:
        if module.CLASSES.get(type(thing).__name__) is not type(thing):
            return thing
    return None


def _compile_to_dict(model):
    return {
        "optimizer": entry("keras.optimizers", model.optimizer),
        "loss": model.loss.name if model.loss.by_shapes else entry("keras.losses", model.loss),
        "loss_weights": None if model.loss_weight == 1 else model.loss_weight,
        "metrics": _metrics_to_list(model.metrics_given),
        "weighted_metrics": _metrics_to_list(model.weighted_metrics_given) or None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": "auto",
    }


def _metrics_to_list(given):
    return [each if isinstance(each, str) else entry("keras.metrics", each) for each in given]


def read_layers(found, open_shape=False):
    """(name, trainable, layers, input shape) from config.json; nothing is allocated yet.

    With `open_shape` the shape may be missing, and is None then.
    """
    if not isinstance(found, dict) or found.get("class_name") != "Sequential":
        got = shown(found.get("class_name") if isinstance(found, dict) else found)
        hint = "A functional model opens if it is a chain; one of a class of one's own has no layers "
        hint += "in its file."
        own = isinstance(found, dict) and isinstance(found.get("class_name"), str)
        refuse(WHERE, "the model", "be a Sequential", got, hint if own else "")
    config = found.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        refuse(WHERE, "config.json", "list the layers of the model", shown(config))
    for key, value in config.items():
        if key not in _MODEL_KEYS and value is not None:
            refuse(WHERE, f"{shown(key)} of the model", "be None", shown(value))
    entries, name = config["layers"], config.get("name")
    count = _count(entries)
    if not 1 <= count <= MOST_LAYERS:
        refuse(WHERE, "the model", f"have 1 to {MOST_LAYERS} layers", f"{count}")
    if name is not None:
        word(name, WHERE, "the model's name")
    refuse_strangers(entries)
    layers = [
        layer_from_dict(layer, WHERE, f"layer {place}") for place, layer in enumerate(entries)
    ]
    shape = _input_shape(found, config, layers, open_shape)
    return name, config.get("trainable", True), layers, shape


def _count(entries):
    """How many layers there are, those inside of others among them."""
    count = len(entries)
    for found in entries:
        config = found.get("config") if isinstance(found, dict) else None
        for key in HELD if isinstance(config, dict) else ():
            held = config.get(key)
            if held is not None:
                count += _count(held if isinstance(held, list) else [held])
    return count


def refuse_strangers(entries, passed=()):
    """Refuse layers that fastgru does not have: the first of them, with a list of all.

    Those of the classes `passed`, and what they hold, are passed over.
    """
    needed = {}
    for place, found in enumerate(entries):
        for name in _strangers(found, passed):
            needed.setdefault(name, (place, found))
    if not needed:
        return
    name, (place, found) = next(iter(needed.items()))
    own = found["config"].get("name") if isinstance(found.get("config"), dict) else None
    what = f"layer {place}" if own is None else f"layer {place}, {shown(own)},"
    names = ", ".join(shown(name) for name in list(needed)[:_MOST_NAMES])
    refuse(
        WHERE, what, "be of a class that fastgru has", shown(name), f"The file needs {names}."
    )


def _strangers(found, passed):
    """Names of the classes of a layer and those inside of it that fastgru does not have."""
    if not isinstance(found, dict) or not isinstance(found.get("class_name"), str):
        return
    if found["class_name"] in passed:
        return
    if found["class_name"] not in CLASSES | CELLS:
        registered = found.get("registered_name")
        yield registered if isinstance(registered, str) else found["class_name"]
        return
    config = found.get("config")
    for key in HELD if isinstance(config, dict) else ():
        held = config.get(key)
        for one in held if isinstance(held, list) else [held]:
            yield from _strangers(one, passed)


def _input_shape(found, config, layers, may_be_open):
    """The shape of the input, from whichever of Keras' places has it."""
    if all(isinstance(layer, InputLayer) for layer in layers):
        refuse(WHERE, "the model", "have a layer behind its input", "none")
    shape = layers[0].given_shape
    if shape is None:
        shape = config.get("build_input_shape")
    if shape is None and isinstance(found.get("build_config"), dict):
        shape = found["build_config"].get("input_shape")
    if shape is None and may_be_open:
        return None
    if shape is None:
        refuse(WHERE, "the model", "be built before it is saved", "no input shape")
    return shape_from_list(shape, WHERE, "the input shape")


def compile_from_dict(model, config):
    """Compile `model` as config.json says."""
    if not isinstance(config, dict):
        refuse(WHERE, "compile_config", "be an object", shown(config), WITHOUT)
    for key, value in config.items():
        if key not in _COMPILE_KEYS and value is not None:
            refuse(WHERE, f"{shown(key)} of the compile state", "be None", shown(value),
                   WITHOUT)  # fmt: skip
    optimizer = _read(config.get("optimizer"), "optimizer", "keras.optimizers", optimizers)
    loss = one_output.only(WHERE, "loss", config.get("loss"))
    loss = _read(loss, "loss", "keras.losses", losses)
    chosen = [_read_metrics(config, key) for key in ("metrics", "weighted_metrics")]
    with refusing(WHERE, WITHOUT):
        # Words go on as words: "accuracy" waits for shapes.
        model.compile(
            optimizers.get(optimizer, WHERE), losses.get(loss, WHERE),
            one_output.weight(WHERE, config.get("loss_weights")), *chosen,
        )  # fmt: skip


def _read_metrics(config, key):
    """Metrics, or words for them, from one of the two lists."""
    given = one_output.only_metrics(WHERE, key, config.get(key))
    given = [given] if isinstance(given, str) else given or []
    if not isinstance(given, list) or len(given) > MOST_LAYERS:
        refuse(WHERE, key, "be a list", shown(given), WITHOUT)
    chosen = [_read(metric, "metric", "keras.metrics", metrics) for metric in given]
    with refusing(WHERE, WITHOUT):
        for metric in chosen:
            metrics.check(metric, WHERE, key)
    return chosen


def _read(found, what, module, ours):
    """An optimiser, loss or metric, or the name of one, also in Keras' form of a function."""
    name = function_name(found) if isinstance(found, dict) else found
    if name is None and isinstance(found, dict):
        return read(found, module, ours.CLASSES, WHERE, f"the {what}", WITHOUT)
    return word(name, WHERE, f"the {what}")
