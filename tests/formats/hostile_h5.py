"""Older HDF5 files that lie or reach out. name: (bytes, what is said); "" for a good file."""

import io
import json
import struct

import h5py
import numpy as np
from formats.archives import changed_weights, small_model
from formats.hostile_weights import external, huge, replacing, shape_bomb, store, virtual

import fastgru

MODEL, TRAINING = "model_config", "training_config"
SENTENCE = "load_model: {} must {}; got {}."
UNSOUND = "load_model: the file must be a sound HDF5 file; got "
PLAIN = ("be stored plainly", "a chunked, filtered, virtual or external one")
BOMB = 3_500_000_000  # bytes that a text says it has


def good():
    file = io.BytesIO()
    fastgru.saving.save_model(small_model(), file, format="h5")
    return file.getvalue()


def says(what, rule, got):
    return SENTENCE.format(what, rule, got)


def cases(data):
    with h5py.File(io.BytesIO(data)) as root:
        *_, gru, dense = (name for name in root["model_weights"].attrs["layer_names"])
        names = {name: list(root[f"model_weights/{name}"].attrs["weight_names"])
                 for name in (gru, dense)}  # fmt: skip
    kernel = f"model_weights/{dense}/{names[dense][0]}"
    inner = repr(names[dense][0])
    found = {
        "cut": (data[: len(data) // 2], UNSOUND),
        "no model": (
            changed_weights(data, lambda root: root.attrs.__delitem__(MODEL)),
            says("the file", f"have a {MODEL}", "none")
            + " model.load_weights reads a file of weights alone.",
        ),
        "weights twice in a circle": (
            changed_weights(data, circle(kernel)),
            says("the file", f"hold {inner}", "no such array"),
        ),
        "a text that says it is long": (
            long_text(data, MODEL), says(f"'{MODEL}'", "be no longer than the file",
                                         f"{BOMB} bytes"),
        ),
        "names that say they are long": (
            long_text(data, "weight_names"),
            "load_model: 'weight_names' must be no longer than the file; got 35000",
        ),
    }  # fmt: skip
    found |= {
        f"array: {name}": (changed_weights(data, replacing(kernel, make)), sentence)
        for name, (make, sentence) in arrays(inner, dense).items()
    }
    found |= {
        f"attribute: {name}": (changed_weights(data, change), sentence)
        for name, (change, sentence) in attributes(dense).items()
    }
    return found | {
        f"config: {name}": (with_config(data, key, value), sentence)
        for name, (key, value, sentence) in configs(data).items()
    }


def arrays(inner, dense):
    plain = says(inner, *PLAIN)
    shapes = f"'{dense}' in the file", f"have arrays of shapes (2, 1), (1,), as {dense} has"
    dtype = f"load_model: {inner} must have dtype float32; got "
    link = "in the file itself; got a link."
    return {
        "chunked": (store(chunks=(1, 1)), plain),
        "compressed": (store(compression="gzip"), plain),
        "external": (external, plain),
        "virtual": (virtual, plain),
        "a shape bomb": (shape_bomb, plain),
        "a huge shape": (huge, says(*shapes, "(1073741824, 1), (1,)")),
        "transposed": (
            lambda root, path, old: root.__setitem__(path, old.T),
            says(*shapes, "(1, 2), (1,)"),
        ),
        "float16": (
            lambda root, path, old: root.__setitem__(path, old.astype("f2")), f"{dtype}float16.",
        ),
        "texts": (
            lambda root, path, old: root.__setitem__(path, np.array([["a"], ["b"]], "S1")),
            f"{dtype}no numbers.",
        ),
        "a group": (
            lambda root, path, old: root.create_group(path),
            says("the file", f"hold {inner}", "no such array"),
        ),
        "a soft link": (
            lambda root, path, old: root.__setitem__(path, h5py.SoftLink("/model_weights")),
            f"load_model: {inner} must lie {link}",
        ),
        "an external link": (
            lambda root, path, old: root.__setitem__(path, h5py.ExternalLink("/etc/passwd", "/")),
            f"load_model: {inner} must lie {link}",
        ),
    }  # fmt: skip


def attributes(dense):
    def put(path, name, value):
        def change(root):
            root[path].attrs[name] = value

        return change

    weights = "model_weights"
    text = ("be a text or a list of them", "something else")
    return {
        "numbers for a config": (put("/", MODEL, np.arange(3)), says(MODEL, *text)),
        "several configs": (
            put("/", MODEL, [b"{}", b"{}"]), says(MODEL, "be one text", "2"),
        ),
        "a table of names": (
            put(weights, "layer_names", np.array([[b"a"], [b"b"]])), says("layer_names", *text),
        ),
        "names that lead out": (
            put(weights, "layer_names", [b"../model_weights"]),
            says("the file", "hold a group '../model_weights'", "none"),
        ),
        "an empty name": (
            put(weights, "layer_names", [b""]), says("the file", "hold a group ''", "none"),
        ),
        "names that are no text": (
            put(weights, "layer_names", np.array([b"\xff\xfe"])),
            says("layer_names", "be a UTF-8 text", "other bytes"),
        ),
        "one layer less": (
            put(weights, "layer_names", [dense.encode()]),
            says("the file", "have weights of 3 layers", "1"),
        ),
        "a layer again and again": (
            put(weights, "layer_names", [dense.encode()] * 1500),
            says("the file", "have at most 1000 layers", "1500"),
        ),
        "no names": (
            lambda root: root[weights].attrs.__delitem__("layer_names"),
            says("the file", "list its layers in layer_names", "no such attribute"),
        ),
        "no names of arrays": (
            lambda root: root[f"{weights}/{dense}"].attrs.__delitem__("weight_names"),
            says("the file", "list its arrays in weight_names", "no such attribute"),
        ),
        "no weights": (
            lambda root: root.__delitem__(weights),
            says("the file", "hold a group 'model_weights'", "none"),
        ),
        "another version": (put("/", "keras_version", np.bytes_("4.0")), ""),
    }  # fmt: skip


def circle(path):
    def change(root):
        del root[path]
        root[path] = root["model_weights"]

    return change


def long_text(data, name):
    """Let every text under a name say that it has BOMB bytes."""
    changed, start = bytearray(data), -1
    wanted = name.encode() + b"\0"
    while (start := data.find(wanted, start + 1)) >= 0:
        if data[start - 8] not in (1, 2) and data[start - 9] != 3:
            continue
        # Behind the name: a data type and a data space, then a length and an address.
        window = data[start : start + 160]
        at = next(
            (i for i in range(len(wanted), 140)
             if window[i + 4 : i + 12] in addresses(data) and window[i + 12 : i + 16] != bytes(4)),
            None,
        )  # fmt: skip
        if at is not None:
            struct.pack_into("<I", changed, start + at, BOMB)
    return bytes(changed)


def addresses(data):
    """Where HDF5 keeps texts, as it writes addresses."""
    found, start = set(), -1
    while (start := data.find(b"GCOL", start + 1)) >= 0:
        found.add(struct.pack("<Q", start))
    return found


def with_config(data, key, value):
    def change(root):
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        root.attrs[key] = text

    return changed_weights(data, change)


def configs(data):
    with h5py.File(io.BytesIO(data)) as root:
        model, training = (json.loads(root.attrs[key]) for key in (MODEL, TRAINING))
    layers = model["config"]["layers"]

    def with_layer(found):
        return {**model, "config": {**model["config"], "layers": [layers[0], found]}}

    code = {"class_name": "Lambda", "config": {"name": "x", "function": ["4wEAAAA="]}}
    return {
        "no JSON": (MODEL, b"{", "load_model: model_config must be JSON; got "),
        "a list": (MODEL, [], says(MODEL, "be an object", "a list of 0")),
        "deep": (
            MODEL, b"[" * 80 + b"]" * 80,
            says(MODEL, "be nested at most 64 deep", "80"),
        ),
        "code": (MODEL, with_layer(code), "load_model: "),
        "a module of its own": (
            MODEL, with_layer({"module": "os", "class_name": "GRU", "config": {"units": 2}}),
            "load_model: ",
        ),
        "a huge embedding": (
            MODEL,
            with_layer({"class_name": "Embedding",
                        "config": {"input_dim": 2**30, "output_dim": 2**20}}),
            "load_model: the weights up to",
        ),
        "no training": (TRAINING, b"[]", says(TRAINING, "be an object", "a list of 0")),
        "an optimiser of its own": (
            TRAINING,
            {**training, "optimizer_config": {"class_name": "Custom>Evil", "config": {}}},
            "load_model: class_name of the optimizer must be one of ",
        ),
        "no optimiser": (
            TRAINING, {"loss": "mse"}, "load_model: the optimizer must ",
        ),
    }  # fmt: skip
