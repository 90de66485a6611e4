"""A model's configuration as JSON, in Keras' form."""

import json

from fastgru._check import fail
from fastgru._errors import refusing, told_by


def to_json(model, **options):
    """The configuration and the compile state of a model; see `Sequential.to_json`."""
    from fastgru.formats import keras_config

    return json.dumps(keras_config.model_to_dict(model), allow_nan=False, **options)


def model_from_json(json_string, custom_objects=None):
    """A model from its configuration as JSON, with new weights.

    Parameters
    ----------
    json_string : str
        What `to_json` gives, ours or that of a Keras: 3, the Keras in TensorFlow 2, and older
        ones. A functional model must be a chain of layers.
    custom_objects
        Accepted for Keras' scripts; classes come from closed tables.

    Returns
    -------
    Sequential
        Built if the text says for which shape, compiled if it says how. Its weights take the
        memory that the text asks for.

    Raises
    ------
    ModelFormatError
        If the text is no such configuration, or of what fastgru does not have. It is a
        ValueError.
    """
    if not isinstance(json_string, str):
        fail("model_from_json", "json_string", "be a str", type(json_string).__name__,
             kind=TypeError)  # fmt: skip
    from fastgru.formats import bounded_json, keras_config, keras_dialects
    from fastgru.models import Sequential

    where = "model_from_json"
    found = bounded_json.parse(where, "json_string", json_string.encode("utf-8", "replace"))
    with told_by(where):
        found = keras_dialects.modern(found)
        name, trainable, layers, shape = keras_config.read_layers(found, open_shape=True)
        with refusing(where):
            model = Sequential(layers, trainable, name)
            if not model.built and shape is not None:
                model.build(shape)
        if found.get("compile_config"):
            keras_config.compile_from_dict(model, found["compile_config"])
    return model
