"""The `.keras` container: a zip of config.json, metadata.json and model.weights.h5."""

import datetime
import io
import json
import warnings
import zipfile

from fastgru import __version__
from fastgru._check import fail
from fastgru._errors import ModelFormatError, refuse, shown
from fastgru.formats import (
    KERAS,
    bounded_json,
    bounded_zip,
    build,
    keras_config,
    keras_dialects,
    keras_hdf5,
    keras_layouts,
    keras_state,
    keras_text,
    self_test,
)

WHERE = build.WHERE
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", keras_hdf5.FILE
#: Version of Keras whose files ours are like.
KERAS_VERSION = "3.15.1"
_MOST_METADATA = 1 << 16


def dump(model):
    """The bytes of the file of a built model."""
    found = keras_config.model_to_dict(model)
    metadata = {
        "keras_version": KERAS_VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "fastgru_version": __version__,
        self_test.KEY: self_test.make(model),
    }
    state = keras_state.writer(model) if "compile_config" in found else None
    members = {
        METADATA: json.dumps(metadata),
        # What could not be opened again must not replace a file that can.
        CONFIG: bounded_json.dump("save_model", CONFIG, found),
        WEIGHTS: keras_hdf5.write(model, state),
        **keras_text.files(keras_hdf5.groups(model.layers)),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)  # dated 1980: equal models make equal members
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getbuffer()


def load(read, compile):
    """The model in the bytes that `read()` returns."""
    extract = _Members(read())
    found = bounded_json.parse(WHERE, CONFIG, extract(CONFIG, bounded_json.MOST_BYTES))
    version = _version(extract)
    if isinstance(found, dict):
        found = keras_dialects.modern({**found, "keras_version": version})
    name, trainable, layers, shape = keras_config.read_layers(found)
    _take_texts(extract, layers)
    weights = extract(WEIGHTS)
    build.prepare(layers, shape, len(weights), WEIGHTS)
    with keras_hdf5.opened(weights) as root:
        keras_hdf5.check_top(root, layers)
        keras_hdf5.read_weights(root, layers)
        model = build.assemble(layers, trainable, name, shape)
        if compile and found.get("compile_config"):
            keras_config.compile_from_dict(model, found["compile_config"])
            if keras_dialects.major(version) < 3 and "optimizer" not in keras_hdf5.names(root):
                # Keras 2 leaves it out for its legacy optimisers.
                warnings.warn(
                    f"{WHERE}: the file must hold the optimizer's state to train on alike; got "
                    f"none, so that {type(model.optimizer).__name__} starts afresh.",
                    stacklevel=3,
                )
                return model
            keras_state.tell_of_rule(model.optimizer, True, version)
            keras_state.read_state(root, model.optimizer, model.store)
    self_test.check(model, _metadata(extract).get(self_test.KEY))
    return model


def _take_texts(extract, layers):
    """Give layers their vocabularies; refuse any other member."""
    texts = {}
    for top in keras_layouts.TOPS:
        texts |= keras_text.files_of(keras_hdf5.groups(layers, top))
    _refuse_strangers(extract.members, texts)
    for file, layer in texts.items():
        if layer is not None and file in extract.members:
            keras_text.take(file, layer, extract(file))


def _metadata(extract):
    """What metadata.json says, which a file may lack."""
    if METADATA not in extract.members:
        return {}
    data = extract(METADATA, bounded_json.MOST_BYTES)
    found = bounded_json.parse(WHERE, METADATA, data)
    return found if isinstance(found, dict) else {}


def inspect(data):
    """What is in the bytes."""
    from fastgru.formats import keras_inspect

    extract = _Members(data)
    config = bounded_json.parse(WHERE, CONFIG, extract(CONFIG, bounded_json.MOST_BYTES))
    return keras_inspect.contents(
        KERAS.name, config, _metadata(extract), extract(WEIGHTS),
        lambda layers: _take_texts(extract, layers),
    )  # fmt: skip


def _version(extract):
    """The version of Keras that wrote the file; None where it does not say."""
    if METADATA not in extract.members:
        return None
    try:
        found = bounded_json.parse(WHERE, METADATA, extract(METADATA, _MOST_METADATA))
    except ModelFormatError:
        return None  # nothing else of it is needed
    return found.get("keras_version") if isinstance(found, dict) else None


class _Members:
    """The members of an archive by name; called, it gives the bytes of one."""

    def __init__(self, data):
        if not isinstance(data, (bytes, bytearray, memoryview)):
            fail(WHERE, "filepath", "give bytes", type(data).__name__, kind=TypeError)
        if bytes(data[:4]) != b"PK\x03\x04":
            refuse(WHERE, "the file", "be a .keras file, which is a zip", _kind(data))
        # Stored as they are by Keras; smaller only if packed by hand.
        self._most = max(4 * len(data), 64 << 20)
        with bounded_zip.sound(WHERE):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self.members = _members(self._archive)

    def __call__(self, name, most=None):
        return bounded_zip.extract(WHERE, self._archive, self.members[name], most or self._most)


def _kind(data):
    """What a file that is no zip seems to be."""
    if not len(data):
        return "an empty one"
    if bytes(data[:8]) == b"\x89HDF\r\n\x1a\n":
        return "an HDF5 file"
    return f"one that starts with {bytes(data[:4])!r}"


def _members(archive):
    names = [info.filename for info in archive.infolist()]
    for name in (CONFIG, WEIGHTS):
        if name not in names:
            refuse(WHERE, "the file", f"hold {name}", f"{len(names)} other members")
    if len(set(names)) < len(names):
        _refuse_members("one of them twice")
    return {info.filename: info for info in archive.infolist()}


def _refuse_strangers(names, known):
    for name in names:
        if name not in (CONFIG, METADATA, WEIGHTS) and name not in known:
            _refuse_members(shown(name))


def _refuse_members(got):
    refuse(WHERE, "the file", f"hold {CONFIG}, {METADATA} and {WEIGHTS} alone", got)
