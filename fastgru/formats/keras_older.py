"""What Keras 1 and 2 wrote into HDF5 files, in the form that `keras_dialects` takes.

Keras 1 has other names for arguments, and regularisers and constraints of another form. Both
have layers for one maker's processors, and leave out what they do not know of. The compile
state is a "training_config" beside the model's.
"""

from fastgru.formats.keras_dialects import major

#: Words of Keras 1 for initialisers.
_WORDS = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
}
_RENAMED = {
    "output_dim": "units", "init": "kernel_initializer", "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation", "bias": "use_bias",
    "W_regularizer": "kernel_regularizer", "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout", "p": "rate", "sigma": "stddev", "border_mode": "padding",
    "nb_filter": "filters", "filter_length": "kernel_size", "subsample_length": "strides",
    "atrous_rate": "dilation_rate", "pool_length": "pool_size", "stride": "strides",
    "length": "size", "beta_init": "beta_initializer", "gamma_init": "gamma_initializer",
}  # fmt: skip
#: Where a class has another name than the others for it.
_RENAMED_OF = {
    "Embedding": {
        "output_dim": "output_dim", "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer", "W_constraint": "embeddings_constraint",
    },
    "PReLU": {"init": "alpha_initializer"},
    "Activation": {}, "Reshape": {}, "Permute": {},
}  # fmt: skip
#: Names of arguments that regularisers and constraints have today, by those of Keras 1.
_INNER = {"m": "max_value", "low": "min_value", "high": "max_value"}
_RULE_CLASSES = {
    "WeightRegularizer": "L1L2", "ActivityRegularizer": "L1L2", "L1L2Regularizer": "L1L2",
    "L1Regularizer": "L1L2", "L2Regularizer": "L1L2", "UnitNorm": "UnitNorm",
    "MaxNorm": "MaxNorm", "NonNeg": "NonNeg", "MinMaxNorm": "MinMaxNorm",
}  # fmt: skip
#: Classes under other names, with what these say about their arguments.
_CLASSES = {
    "CuDNNGRU": ("GRU", {"reset_after": True}), "CuDNNLSTM": ("LSTM", {}),
    "UnifiedGRU": ("GRU", {}), "UnifiedLSTM": ("LSTM", {}),
    "BatchNormalizationV1": ("BatchNormalization", {}),
    "BatchNormalizationV2": ("BatchNormalization", {}),
    "Convolution1D": ("Conv1D", {}), "TimeDistributedDense": ("Dense", {}),
}  # fmt: skip
#: What changes no number of ours, or is told better elsewhere: by `batch_input_shape`.
_DROPPED = ("consume_less", "input_dtype", "input_length", "dim_ordering", "data_format")
_OFF_IN_KERAS_1 = {"mode": 0, "dropout": 0.0}
_CONTAINERS, _LISTS = ("layer", "backward_layer", "cell"), ("cells", "layers")
#: Functions that metrics of TensorFlow's wrap, by the classes that are the same.
_METRICS = {
    "binary_accuracy": "BinaryAccuracy", "categorical_accuracy": "CategoricalAccuracy",
    "sparse_categorical_accuracy": "SparseCategoricalAccuracy",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "mean_squared_error": "MeanSquaredError", "mse": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError", "mae": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
}  # fmt: skip


def newer(config, version):
    """A model's configuration, in which nothing is of Keras 1 and nothing is left out.

    Parameters
    ----------
    config : dict
        As an HDF5 file has it. What is not known is passed on as it is.
    version : str or None
        Of the Keras that wrote it; files of the first ones do not say.
    """
    old = 1 if version is None else major(version)
    inner = config.get("config")
    if isinstance(inner, list):
        # A Sequential before Keras 2.2.3.
        config, inner = {**config, "config": {"layers": inner}}, {"layers": inner}
    if not isinstance(inner, dict) or not isinstance(inner.get("layers"), list):
        return config
    layers = [_layer(found, old) for found in inner["layers"]]
    return {**config, "config": {**inner, "layers": layers}}


def _layer(found, old):
    if not isinstance(found, dict):
        return found
    if found.get("class_name") == "Sequential" and isinstance(found.get("config"), list):
        found = {**found, "config": {"layers": found["config"]}}
    if not isinstance(found.get("config"), dict):
        return found
    name, config = found.get("class_name"), dict(found["config"])
    if isinstance(name, str) and old < 3:
        name, config = _of_keras_2(name, config, old)
    for key in [key for key in config if key.endswith("_initializer")]:
        config[key] = _initializer(config[key])
    for key in _CONTAINERS:
        if isinstance(config.get(key), dict):
            config[key] = _layer(config[key], old)
    for key in _LISTS:
        if isinstance(config.get(key), list):
            config[key] = [_layer(one, old) for one in config[key]]
    return {**found, "class_name": name, "config": config}


def _of_keras_2(name, config, old):
    """A layer's class and arguments as Keras 3 has them."""
    name, said = _CLASSES.get(name, (name, {}))
    if old < 2:
        config = _of_keras_1(name, config)
    config = {**config, **said}
    for key in _DROPPED:
        config.pop(key, None)
    if name in ("GRU", "GRUCell"):
        # Keras before 2.1.3 had this form alone.
        config.setdefault("reset_after", False)
    return name, config


def _of_keras_1(name, config):
    """A layer's arguments by the names of Keras 2."""
    for key, value in _OFF_IN_KERAS_1.items():
        if name in ("BatchNormalization", "Embedding") and config.get(key) == value:
            del config[key]
    if config.pop("forget_bias_init", None) == "one":
        config["unit_forget_bias"] = True
    elif name == "LSTM":
        config["unit_forget_bias"] = False
    if name != "Embedding":
        config.pop("input_dim", None)
    renamed = _RENAMED_OF.get(name, _RENAMED)
    config = {renamed.get(key, key): value for key, value in config.items()}
    for key, value in config.items():
        if key.endswith("_initializer") and isinstance(value, str):
            config[key] = _WORDS.get(value, value)
        elif key.endswith(("_regularizer", "_constraint")) and isinstance(value, dict):
            config[key] = _rule(value)
    return config


def _rule(found):
    """A regulariser or constraint, which Keras 1 wrote without a "config"."""
    name = found.get("name")
    if not isinstance(name, str) or "class_name" in found:
        return found
    config = {_INNER.get(key, key): value for key, value in found.items() if key != "name"}
    return {"class_name": _RULE_CLASSES.get(name, name), "config": config}


def _initializer(found):
    """Without the dtype that TensorFlow 1 wrote, and by its class where its word stands."""
    inner = found.get("config") if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        return found
    kept = {key: value for key, value in inner.items() if key != "dtype"}
    name = found.get("class_name")
    if isinstance(name, str):
        name = {"orthogonal": "Orthogonal", "identity": "Identity"}.get(name, name)
    return {**found, "class_name": name, "config": kept}


def compile_config(training):
    """The compile state of a "training_config", as Keras 3 has it in config.json."""
    found = {key: value for key, value in training.items() if key not in ("optimizer_config",)}
    found["optimizer"] = _optimizer(training.get("optimizer_config"))
    for key in ("loss", "loss_weights"):
        found[key] = _only(found.get(key))
    if found.pop("sample_weight_mode", None) not in (None, "temporal"):
        found["sample_weight_mode"] = training["sample_weight_mode"]
    if found["loss_weights"] in (1, 1.0):
        found["loss_weights"] = None
    for key in ("metrics", "weighted_metrics"):
        given = _only(found.get(key))
        given = given if isinstance(given, list) else [given] if given else []
        found[key] = [_metric(metric) for metric in given] or None
    return found


def _only(value):
    """The entry of the one output, where there is a list or a table for all of them."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], (list, float, int)):
        return value[0]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    if isinstance(value, dict) and len(value) == 1 and "class_name" not in value:
        return next(iter(value.values()))
    return None if value in ([], {}) else value


def _optimizer(found):
    """The optimiser, without TensorFlow's word for its own and what Keras 3 cannot set."""
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        return found
    name, config = found.get("class_name"), dict(found["config"])
    if isinstance(name, str):
        name = name.removeprefix("Custom>")
    if config.get("epsilon", 0) is None:
        del config["epsilon"]
    if config.get("schedule_decay") == 0.004:
        del config["schedule_decay"]
    return {**found, "class_name": name, "config": config, "registered_name": None}


def _metric(found):
    """A metric, by its class where it wraps a function that is one."""
    inner = found.get("config") if isinstance(found, dict) else None
    if not isinstance(inner, dict) or "fn" not in inner:
        return found
    cls = _METRICS.get(inner["fn"]) if isinstance(inner["fn"], str) else None
    if cls is None:
        return found
    kept = {key: value for key, value in inner.items() if key in ("name", "dtype")}
    return {**found, "class_name": cls, "config": kept}


def by_weight(version, optimizer):
    """Whether a file has all slots of one weight together: since TensorFlow 2.11, but for the
    optimisers that were there before."""
    if version is not None and major(version) > 2:
        return True
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    return isinstance(config, dict) and "use_ema" in config
