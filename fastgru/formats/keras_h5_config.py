"""A configuration of Keras 3 in the form that tf.keras reads too.

tf.keras knows no policy, and none of the arguments that are newer than it; those
that are None are their default in both.
"""

_LAYERS = ("layer", "backward_layer", "cell", "cells")
#: Of optimisers, and unknown to those that tf.keras takes here.
_AVERAGE = ("use_ema", "ema_momentum", "ema_overwrite_frequency")
_ORTHOGONAL = {"gain": 1.0, "seed": None}


def model_config(found):
    """The "model_config" of a model that config.json would tell of."""
    config = dict(found["config"])
    config["layers"] = [_older_layer(layer) for layer in config["layers"]]
    return {"class_name": found["class_name"], "config": config}


def _older_layer(found):
    # Without a module it is read as of old; those inside have one also there.
    return {"class_name": found["class_name"], "config": _older_config(found["config"])}


def _older_config(config):
    config = _without_none(config, ("merge_mode",))
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    for key, value in config.items():
        held = value if isinstance(value, list) else [value]
        if key == "layers":  # of a model inside of this one
            config[key] = [_older_layer(layer) for layer in held]
        elif key in _LAYERS:
            told = [{**layer, "config": _older_config(layer["config"])} for layer in held]
            config[key] = told if isinstance(value, list) else told[0]
        elif isinstance(value, dict) and value.get("config") == _ORTHOGONAL:
            # Old and new Keras have no name of this class in common, but the word.
            config[key] = "orthogonal"
    return config


def _without_none(config, kept=()):
    return {key: value for key, value in config.items() if value is not None or key in kept}


def training_config(found):
    """A "training_config" of the compile state that config.json would have."""
    optimizer = found["optimizer"]
    config = _without_none(optimizer["config"])
    if not config.get("use_ema"):
        for key in _AVERAGE:
            config.pop(key, None)
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
