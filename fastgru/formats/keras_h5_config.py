"""A configuration of Keras 3 in the form that tf.keras reads too.

tf.keras knows no module, no policy, and none of the arguments that are newer than it; those
that are None are their default in both.
"""

_LAYERS = ("layer", "backward_layer", "cell")


def model_config(found):
    """The "model_config" of a model that config.json would tell of."""
    config = dict(found["config"])
    config["layers"] = [_older_layer(layer) for layer in config["layers"]]
    return {"class_name": found["class_name"], "config": config}


def _older_layer(found):
    config = _without_none(found["config"], ("merge_mode",))
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    for key, value in config.items():
        if key in _LAYERS and isinstance(value, dict):
            config[key] = _older_layer(value)
        elif key == "cells":
            config[key] = [_older_layer(cell) for cell in value]
        elif isinstance(value, dict) and "class_name" in value:
            config[key] = _older_object(value)
    return {"class_name": found["class_name"], "config": config}


def _older_object(found):
    # Keras up to 3.4 and tf.keras have no name in common but this one.
    name = "orthogonal" if found["class_name"] == "OrthogonalInitializer" else found["class_name"]
    return {"class_name": name, "config": found["config"]}


def _without_none(config, kept=()):
    return {key: value for key, value in config.items() if value is not None or key in kept}


def training_config(found):
    """A "training_config" of the compile state that config.json would have."""
    optimizer = found["optimizer"]
    config = _without_none(optimizer["config"])
    if isinstance(config.get("learning_rate"), dict):
        config["learning_rate"] = _older_object(config["learning_rate"])
    kept = ("loss", "metrics", "weighted_metrics", "loss_weights")
    training = {key: _older_metrics(found[key]) for key in kept}
    training["optimizer_config"] = {"class_name": optimizer["class_name"], "config": config}
    return training


def _older_metrics(value):
    if isinstance(value, list):
        return [_older_metrics(item) for item in value]
    if isinstance(value, dict):
        return {"class_name": value["class_name"], "config": _without_none(value["config"])}
    return value
