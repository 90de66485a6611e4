"""Whole models in Keras' older HDF5 files.

    keras_version, backend          attributes, not of the first versions
    model_config                    an attribute: JSON, in the words of the version
    training_config                 the same for the compile state, where there is one
    model_weights/                  see keras_h5_weights.py
    optimizer_weights/              see keras_h5_state.py

Keras 1, 2 and 3 and tf.keras write such files; what is written here, Keras 3 and tf.keras open.
"""

import io
import json

import h5py

from fastgru._check import fail
from fastgru._errors import refuse, shown
from fastgru.formats import (
    bounded_json,
    build,
    keras_config,
    keras_dialects,
    keras_h5_config,
    keras_h5_state,
    keras_h5_weights,
    keras_inspect,
    keras_older,
    keras_state,
)
from fastgru.formats.contents import Contents, Row
from fastgru.formats.hdf5_attributes import Attributes
from fastgru.formats.keras_hdf5 import opened
from fastgru.formats.keras_zip import KERAS_VERSION

WHERE, FILE = build.WHERE, keras_h5_weights.FILE
MODEL, TRAINING, VERSION = "model_config", "training_config", "keras_version"
WEIGHTS, TOP = "model_weights", "top_level_model_weights"
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def load(read, compile):
    """The model in the bytes that `read()` returns."""
    data = _bytes(read())
    with opened(data, FILE) as root:
        attributes = Attributes(data)
        found, version = _config(root, attributes)
        name, trainable, layers, shape = keras_config.read_layers(found)
        for layer in layers:
            if layer.takes_text and layer.vocabulary is None:
                refuse(
                    WHERE, layer.name, "be in a .keras file", "an HDF5 file, which has no words"
                )
        build.prepare(layers, shape, len(data), FILE)
        _take_weights(keras_h5_weights.subgroup(root, WEIGHTS), attributes, layers)
        model = build.assemble(layers, trainable, name, shape)
        if compile and found.get("compile_config"):
            keras_config.compile_from_dict(model, found["compile_config"])
            by_weight = keras_older.by_weight(version, found["compile_config"]["optimizer"])
            keras_state.tell_of_rule(model.optimizer, by_weight, version)
            keras_h5_state.read_state(root, attributes, model.optimizer, model.store, by_weight)
    return model


def _bytes(data):
    if not isinstance(data, (bytes, bytearray, memoryview)):
        fail(WHERE, "filepath", "give bytes", type(data).__name__, kind=TypeError)
    data = bytes(data)
    if not data.startswith(_SIGNATURE):
        got = f"one that starts with {data[:4]!r}" if data else "an empty one"
        refuse(WHERE, FILE, "be an HDF5 file", got)
    return data


def _config(root, attributes):
    """(configuration as Keras 3.15 has it, with its compile state; version or None)."""
    text = attributes.text(root, MODEL)
    if text is None:
        refuse(WHERE, FILE, f"have a {MODEL}", "none",
               "model.load_weights reads a file of weights alone.")  # fmt: skip
    found = bounded_json.parse(WHERE, MODEL, text)
    if not isinstance(found, dict):
        refuse(WHERE, MODEL, "be an object", shown(found))
    version = attributes.text(root, VERSION)
    version = None if version is None else version.decode("utf-8", "replace")
    found = keras_older.newer(found, version)
    training = attributes.text(root, TRAINING)
    if training is not None:
        training = bounded_json.parse(WHERE, TRAINING, training)
        if not isinstance(training, dict):
            refuse(WHERE, TRAINING, "be an object", shown(training))
        found["compile_config"] = keras_older.compile_config(training)
    return keras_dialects.modern({**found, VERSION: version or "1"}), version


def _take_weights(group, attributes, layers):
    found = keras_h5_weights.stored(group, attributes, keras_config.MOST_LAYERS)
    # Weights of tokens, which stand beside the tokens in the configuration too.
    texts = {layer.name for layer in layers if layer.takes_text}
    found = [layer for layer in found if layer.name not in texts]
    turned_over = keras_h5_weights.written_by_theano(group, attributes)
    pairs = keras_h5_weights.match(layers, found)
    chosen = [keras_h5_weights.check_pair(*pair) for pair in pairs]
    for (layer, stored), form in zip(pairs, chosen, strict=True):
        for spec, array in keras_h5_weights.values(layer, stored, form, turned_over):
            layer.parameters[spec.name] = array


def dump(model):
    """The bytes of the file of a built model."""
    for layer in model.layers:
        if layer.takes_text:
            fail("save_model", layer.name, "be saved to a .keras file", "an HDF5 file")
    found = keras_config.model_to_dict(model)
    training = found.pop("compile_config", None)
    texts = {MODEL: keras_h5_config.model_config(found)}
    if training is not None:
        texts[TRAINING] = keras_h5_config.training_config(training)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        for name, value in texts.items():
            text = json.dumps(value, allow_nan=False).encode()
            # What could not be opened again must not replace a file that can.
            bounded_json.parse("save_model", name, text)
            root.attrs[name] = text
        _sign(root)
        group = root.create_group(WEIGHTS)
        _sign(group)
        keras_h5_weights.write(group, model.layers, f"{model.name}/")
        keras_h5_weights.put_names(group.create_group(TOP), keras_h5_weights.WEIGHTS, [])
        if training is not None:
            keras_h5_state.write_state(root, model.optimizer, model.store)
    return buffer.getbuffer()


def _sign(group):
    group.attrs[VERSION] = KERAS_VERSION.encode()
    group.attrs["backend"] = b"numpy"


def dump_weights(model):
    """The bytes of a file of weights alone, as `save_weights` of Keras 2 wrote it."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        _sign(root)
        keras_h5_weights.write(root, model.layers, "")
    return buffer.getbuffer()


def inspect(data):
    """What is in a file, without its weights."""
    data = _bytes(data)
    with opened(data, FILE) as root:
        attributes = Attributes(data)
        versions = {}
        for name in (VERSION, "backend"):
            text = attributes.text(root, name)
            if text is not None:
                versions[name] = text.decode("utf-8", "replace")
        kinds, notes, group = {}, ["weights alone"], root
        if h5py.h5a.exists(root, MODEL.encode()):
            found, _ = _config(root, attributes)
            kinds = _kinds(found)
            notes = ["compiled" if found.get("compile_config") else "not compiled"]
            group = keras_h5_weights.subgroup(root, WEIGHTS)
        elif keras_inspect.has_weights(root):
            rows, more = keras_inspect.rows_of_weights(root, FILE)
            return Contents("Keras HDF5", versions, rows, [*notes, *more])
        stored = keras_h5_weights.stored(group, attributes, keras_config.MOST_LAYERS)
        held = {layer.name: layer for layer in stored}
        rows = [
            Row(name, kinds.get(name, ""), _variables(held.get(name)))
            for name in (kinds or held)
        ]
    return Contents("Keras HDF5", versions, rows, notes)


def _kinds(found):
    """{name of a layer: its class} of a configuration."""
    inner = found.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    kinds = {}
    for place, layer in enumerate(layers if isinstance(layers, list) else []):
        if isinstance(layer, dict) and isinstance(layer.get("config"), dict):
            name = layer["config"].get("name")
            kinds[name if isinstance(name, str) else f"layer {place}"] = str(
                layer.get("class_name")
            )
    return kinds


def _variables(stored):
    if stored is None:
        return []
    return [(name, found.shape or (), _dtype(found)) for name, found in stored.arrays]


def _dtype(found):
    """The name of a dtype; what strings and the like are exactly is not even asked."""
    numbers = found.get_type().get_class() in (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
    return found.dtype.name if numbers else "no numbers"
