"""Layers and initialisers as JSON-ready values in Keras' form, and back.

Back goes through closed tables only: a class that is not in them is refused, nothing is
imported by name.
"""

from fastgru import initializers
from fastgru._check import fail
from fastgru.layers import CLASSES


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
        return entry("keras.initializers", value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def layer_to_dict(layer):
    """A layer in Keras' form."""
    found = entry("keras.layers", layer)
    # Keras 3 refuses it on a layer; the model's InputLayer says the same.
    found["config"].pop("batch_input_shape", None)
    if layer.built:
        found["build_config"] = {"input_shape": list(layer.input_shape)}
    return found


def layer_from_dict(found):
    """A layer from Keras' form."""
    name = found.get("class_name")
    if name not in CLASSES:
        fail("from_config", "class_name", f"be one of {', '.join(CLASSES)}", f"{name!r}")
    config = dict(found["config"])
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = config["dtype"].get("config", {}).get("name")
    for key, value in config.items():
        if key.endswith("_initializer") and isinstance(value, dict):
            config[key] = initializer_from_dict(value)
    return CLASSES[name].from_config(config)


def initializer_from_dict(found):
    """An initialiser from Keras' form."""
    # Keras up to 3.4 wrote the longer name.
    name = {"OrthogonalInitializer": "Orthogonal"}.get(
        found.get("class_name"), found.get("class_name")
    )
    if name not in initializers.CLASSES:
        fail("from_config", "initializer", f"be one of {', '.join(initializers.CLASSES)}",
             f"{name!r}")  # fmt: skip
    return initializers.CLASSES[name].from_config(found.get("config") or {})
