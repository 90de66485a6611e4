"""Whole models as `.safetensors`: the format for files from strangers.

    gru/kernel                      weights by layer and variable
    /optimizer/momentum/gru/kernel  the optimiser's state, where the model is compiled
    /assets/..., /idf/...           vocabularies, as `keras_text` has them

The metadata has `config`, which is config.json of a `.keras` file, and `optimizer`, the
number of steps and the learning rate, and the self-test. No layer's name begins with a slash.
"""

import json
import math

import numpy as np

from fastgru import __version__
from fastgru._errors import refuse, shown
from fastgru.formats import (
    bounded_json,
    build,
    keras_config,
    keras_text,
    safetensors_file,
    self_test,
)
from fastgru.formats.contents import Contents, Row
from fastgru.layers import InputLayer

WHERE = build.WHERE
_CONFIG, _OPTIMIZER, _VERSION = "config", "optimizer", "fastgru_version"
_DTYPES = {"float32": "F32", "float64": "F64"}


def dump(model):
    """The bytes of the file of a built model."""
    found = keras_config.model_to_dict(model)
    arrays = {
        name: layer.parameters[spec.name].astype(layer.dtype, copy=False)
        for name, layer, spec in _weights(model.layers)
    }
    pairs = _pairs(model.layers)
    originals = keras_text.files_of(pairs)
    for name, data in keras_text.files(pairs).items():
        if originals[name] is not None:
            arrays[f"/{name}"] = np.frombuffer(data, np.uint8)
    for name, layer, count in _idf(model.layers):
        idf = np.asarray(layer.vocabulary.idf, np.float32)
        arrays[name] = np.pad(idf, (0, count - len(idf)))
    metadata = {"format": "fastgru", _VERSION: __version__}
    if "compile_config" in found:
        optimizer, store = model.optimizer, model.store
        metadata[_OPTIMIZER] = json.dumps(
            {"steps": int(optimizer.steps), "learning_rate": _rate(optimizer)}
        )
        for name, slot, spec, start, end in _slots(optimizer, store):
            flat = optimizer.state.get(slot)
            # None before the first step; of another size for the model before a change.
            if flat is None or len(flat) != len(store.values):
                flat = optimizer.fresh(slot, store)
            arrays[name] = flat[start:end].reshape(spec.shape)
    metadata[_CONFIG] = bounded_json.dump("save_model", "the configuration", found)
    kept = self_test.make(model)
    if kept is not None:
        metadata[self_test.KEY] = json.dumps(kept)
    return memoryview(safetensors_file.write(arrays, metadata))


def load(read, compile):
    """The model in the bytes that `read()` returns."""
    file = safetensors_file.read(read(), WHERE)
    found = _config(file)
    name, trainable, layers, shape = keras_config.read_layers(found)
    left = dict(file.tensors)
    _take_vocabularies(file, layers, left)
    build.prepare(layers, shape, len(file.data), "the file")
    wanted = list(_weights(layers))
    idf = list(_idf(layers))
    for path, layer, spec in wanted:
        _check(left, path, _DTYPES[layer.dtype], spec.shape)
    for path, _, count in idf:
        _check(left, path, "F32", (count,))
    strangers = [name for name in left if not name.startswith(f"/{_OPTIMIZER}/")]
    if strangers:
        refuse(WHERE, "the file", "hold the model's variables and no others",
               ", ".join(map(shown, strangers[:5])))  # fmt: skip
    for path, layer, spec in wanted:
        layer.parameters[spec.name] = file.array(path)
    keras_text.take_idf([(layer, file.array(path)) for path, layer, _ in idf])
    model = build.assemble(layers, trainable, name, shape)
    if compile and found.get("compile_config"):
        keras_config.compile_from_dict(model, found["compile_config"])
        _read_state(file, left, model.optimizer, model.store)
    kept = file.metadata.get(self_test.KEY)
    if kept is not None:
        self_test.check(model, bounded_json.parse(WHERE, "the self-test", _bytes(kept)))
    return model


def inspect(data):
    """What is in a file: every variable with its shape, and no number of it."""
    file = safetensors_file.read(data, "inspect")
    rows, kinds = {}, {}
    if _CONFIG in file.metadata:
        _, _, layers, _ = keras_config.read_layers(_config(file))
        kinds = {
            layer.name: type(layer).__name__
            for layer in layers
            if not isinstance(layer, InputLayer)
        }
        rows = {name: [] for name in kinds}
    notes = []
    size = sum(tensor.end - tensor.begin for tensor in file.tensors.values())
    for name, tensor in file.tensors.items():
        if name.startswith("/"):
            continue
        layer, _, variable = name.partition("/") if kinds else name.rpartition(".")
        rows.setdefault(layer, []).append((variable, tensor.shape, tensor.dtype))
    if any(name.startswith(f"/{_OPTIMIZER}/") for name in file.tensors):
        notes.append("with the optimiser's state")
    notes.append(f"{size} bytes of numbers")
    version = file.metadata.get(_VERSION)
    versions = {} if version is None else {"fastgru": shown(version).strip("'")}
    return Contents(
        "safetensors", versions,
        [Row(name, kinds.get(name, ""), shapes) for name, shapes in rows.items()], notes,
    )  # fmt: skip


def _pairs(layers):
    return [(layer.name, layer) for layer in layers]


def _weights(layers):
    """(name of the tensor, layer, spec) of each weight, in the model's order."""
    for layer in layers:
        for spec in layer.specs:
            yield f"{layer.name}/{spec.name}", layer, spec


def _idf(layers):
    """(name of the tensor, layer, how many) of the weights of tokens, each once."""
    for path, layer, count in keras_text.weights(_pairs(layers)):
        if keras_text.INNER not in path:
            yield f"/idf/{layer.name}", layer, count


def _slots(optimizer, store):
    """(name of the tensor, slot, spec, start, end) of each piece of the optimiser's state."""
    for group in optimizer.slot_groups:
        for slot in group:
            for layer, spec, start, end in store.table:
                if layer.trains(spec):
                    name = f"/{_OPTIMIZER}/{slot}/{layer.name}/{spec.name}"
                    yield name, slot, spec, start, end


def _rate(optimizer):
    return float(optimizer.learning_rate) if optimizer.schedule is None else None


def _config(file):
    text = file.metadata.get(_CONFIG)
    if text is None:
        refuse(WHERE, "the file", "have a model's configuration in its metadata", "none",
               "fastgru.saving.from_torch reads a state dict.")  # fmt: skip
    return bounded_json.parse(WHERE, "the configuration", _bytes(text))


def _bytes(text):
    """Half of a pair of surrogates, which JSON can escape, is no text; nor is it JSON then."""
    return text.encode("utf-8", "replace")


def _check(left, path, dtype, shape, hint=""):
    """Take a tensor out of those that are left; refuse one that is missing or another."""
    tensor = left.pop(path, None)
    if tensor is None:
        refuse(WHERE, shown(path), "be in the file", "no such tensor", hint)
    if (tensor.dtype, tensor.shape) != (dtype, tuple(shape)):
        refuse(WHERE, shown(path), f"be {dtype} of shape {list(shape)}",
               f"{tensor.dtype} of shape {list(tensor.shape)}", hint)  # fmt: skip


def _take_vocabularies(file, layers, left):
    for name, layer in keras_text.files_of(_pairs(layers)).items():
        tensor = left.pop(f"/{name}", None) if layer is not None else None
        if tensor is not None:
            if tensor.dtype != "U8":
                refuse(WHERE, shown(f"/{name}"), "be U8", tensor.dtype)
            keras_text.take(name, layer, bytes(file.data[tensor.begin : tensor.end]))


def _read_state(file, left, optimizer, store):
    """Give a new optimiser its state."""
    text = file.metadata.get(_OPTIMIZER, "")
    told = bounded_json.parse(WHERE, "the optimiser's state", _bytes(text))
    if not isinstance(told, dict) or told.keys() != {"steps", "learning_rate"}:
        refuse(WHERE, "the optimiser's state", "have steps and learning_rate", shown(told),
               keras_config.WITHOUT)  # fmt: skip
    steps, rate = told["steps"], told["learning_rate"]
    if type(steps) is not int or steps < 0:
        refuse(WHERE, "the number of steps", "be an integer of at least 0", shown(steps),
               keras_config.WITHOUT)  # fmt: skip
    scheduled = optimizer.schedule is not None
    good = type(rate) in (int, float) and math.isfinite(rate) and rate >= 0
    if (rate is not None) if scheduled else not good:
        rule = "be None beside a schedule" if scheduled else "be finite and at least 0"
        refuse(WHERE, "the learning rate", rule, shown(rate), keras_config.WITHOUT)
    rows = list(_slots(optimizer, store))
    for name, _, spec, _, _ in rows:
        _check(left, name, _DTYPES[store.dtype.name], spec.shape, keras_config.WITHOUT)
    if left:
        refuse(WHERE, "the file", "hold the optimiser's state and nothing else of it",
               ", ".join(map(shown, list(left)[:5])), keras_config.WITHOUT)  # fmt: skip
    state = {
        slot: optimizer.fresh(slot, store) for group in optimizer.slot_groups for slot in group
    }
    for name, slot, _, start, end in rows:
        state[slot][start:end] = file.array(name).reshape(-1)
    optimizer.steps = steps
    if not scheduled:
        optimizer.learning_rate = float(rate)
    optimizer.store, optimizer.state = store, state
