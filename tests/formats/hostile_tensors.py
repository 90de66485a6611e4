"""safetensors and npz files that are damaged, or not what they say. name: (bytes, sentence)."""

import io
import json
import struct
import zipfile

import numpy as np
from formats.archives import pack, parts
from formats.hostile_containers import bomb

LOAD = "load_model: "
TOP = f"{LOAD}the header must "


def taken_apart(data):
    """(header, data) of a safetensors file."""
    (length,) = struct.unpack_from("<Q", data)
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def put_together(header, data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def safetensors(good):
    header, data = taken_apart(good)
    first = next(name for name in header if name != "__metadata__")
    size = header[first]["data_offsets"][1]
    shape = header[first]["shape"]
    last = list(header)[-1]

    def told(name=first, **changed):
        return put_together({**header, name: {**header[name], **changed}}, data)

    def without(name):
        return {key: value for key, value in header.items() if key != name}

    def meta(**changed):
        found = {**header["__metadata__"], **changed}
        found = {key: value for key, value in found.items() if value is not None}
        return put_together({**header, "__metadata__": found}, data)

    def config(change):
        found = json.loads(header["__metadata__"]["config"])
        change(found)
        return meta(config=json.dumps(found))

    def lambda_layer(found):
        found["config"]["layers"][1]["class_name"] = "Lambda"

    def huge_layer(found):
        found["config"]["layers"][1]["config"]["input_dim"] = 2**30

    half, what = size // 2, f"the tensor {first!r}"
    state = "compile=False opens the model without its compile state."
    return {
        "empty": (b"", f"{LOAD}the file must begin with the 8 bytes of a header's length; got 0 bytes."),
        "seven bytes": (good[:7], f"{LOAD}the file must begin with the 8 bytes of a header's length; got 7 bytes."),
        "no header": (put_together(b"", data), f"{TOP}begin with {{; got b''."),
        "a giant length": (
            put_together(header, data, 2**63), f"{TOP}fit in the ",
        ),
        "a byte too long": (put_together(header, data, len(put_together(header, data)) - 7), f"{TOP}fit in the "),
        "100 MB": (put_together(header, data, 100 << 20), f"{TOP}fit in the "),
        "a long header": (
            put_together(b"{" + b" " * (17 << 20) + b"}", b""),
            f"{TOP}have at most 16777216 bytes; got 17825794.",
        ),
        "no text": (put_together(b"{\xff\xfe}", data), f"{TOP}be JSON; got "),
        "a list": (put_together(b"[]", data), f"{TOP}begin with {{; got b'[]'."),
        "blanks first": (put_together(b" {}", data), f"{TOP}begin with {{; got b' {{}}'."),
        "no JSON": (put_together(b"{hello}", data), f"{TOP}be JSON; got "),
        "cut JSON": (put_together(json.dumps(header).encode()[:-1], data), f"{TOP}be JSON; got "),
        "nested": (
            put_together(b'{"a":' * 400_000, data),
            f"{TOP}be nested at most 64 deep; got 400000.",
        ),
        "a key twice": (
            put_together(b'{"a": 1, "a": 2}', data),
            f"{TOP}have each key of an object once; got one twice.",
        ),
        "metadata of numbers": (
            put_together({**header, "__metadata__": {"config": 1}}, data),
            f"{LOAD}__metadata__ of the header must be an object of words; got an object.",
        ),
        "metadata that is a list": (
            put_together({**header, "__metadata__": []}, data),
            f"{LOAD}__metadata__ of the header must be an object of words; got a list of 0.",
        ),
        "an unknown dtype": (
            told(dtype="F8_E4M3"),
            (f"{LOAD}the dtype of {what} must be one of F64, F32, F16, BF16, I64, I32, I16, I8, "
            "U64, U32, U16, U8, BOOL; got 'F8_E4M3'."),
        ),
        "a dtype that is a list": (told(dtype=["F32"]), f"{LOAD}the dtype of {what} must be "),
        "a negative size": (
            told(shape=[-1, -1]),
            f"{LOAD}the shape of {what} must be a list of at most 8 sizes; got [-1, -1].",
        ),
        "a size in floats": (told(shape=[4.0, 2]), f"{LOAD}the shape of {what} must be "),
        "a size that is true": (told(shape=[True, 8]), f"{LOAD}the shape of {what} must be "),
        "a product beyond 64 bits": (
            told(shape=[2**32, 2**32]),
            f"{LOAD}{what} must have the {2**66} bytes of F32 ({2**32}, {2**32}); got {size}.",
        ),
        "a thousand axes": (told(shape=[1] * 1000), f"{LOAD}the shape of {what} must be "),
        "begins behind its end": (
            told(data_offsets=[size, 0]),
            (f"{LOAD}data_offsets of {what} must be where it begins and where it ends; got "
            f"[{size}, 0]."),
        ),
        "ends behind the file": (
            told(last, data_offsets=[len(data), len(data) + size_of(header[last])]),
            f"{LOAD}the tensor {last!r} must begin at ",
        ),
        "overlap": (
            told(list(header)[2], data_offsets=[0, size_of(header[list(header)[2]])]),
            f"{LOAD}the tensor ",
        ),
        "a hole": (put_together(without(first), data), f"{LOAD}the tensor "),
        "bytes behind": (
            good + b"x",
            (f"{LOAD}the tensors must fill the {len(data) + 1} bytes behind the header; got "
            f"{len(data)}."),
        ),
        "bytes missing": (good[:-1], f"{LOAD}the tensors must fill the "),
        "offsets of another size": (
            told(shape=[half]), (f"{LOAD}{what} must have the {half * 4} bytes of F32 ({half},); "
            f"got {size}."),
        ),
        "a strange key": (
            told(more=1), (f"{LOAD}{what} must be told by dtype, shape and data_offsets; got "
            "'data_offsets, dtype, more, shape'."),
        ),
        "a tensor that is a number": (
            put_together({**header, first: 3}, data),
            f"{LOAD}{what} must be told by dtype, shape and data_offsets; got 3.",
        ),
        "a missing tensor": (
            put_together(without(last), data[: header[last]["data_offsets"][0]]),
            f"{LOAD}{last!r} must be in the file; got no such tensor. {state}"
            if last.startswith("/") else f"{LOAD}{last!r} must be in the file; got no such tensor.",
        ),
        "another tensor": (
            put_together({**header, "x": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}},
                         data),
            f"{LOAD}the file must hold the model's variables and no others; got 'x'.",
        ),
        "another piece of state": (
            put_together({**header, "/optimizer/x": {"dtype": "F32", "shape": [0],
                          "data_offsets": [0, 0]}}, data),
            (f"{LOAD}the file must hold the optimiser's state and nothing else of it; got "
            f"'/optimizer/x'. {state}"),
        ),
        "another shape": (
            told(shape=shape[::-1]),
            f"{LOAD}{first!r} must be F32 of shape {shape}; got F32 of shape {shape[::-1]}.",
        ),
        "another dtype": (
            told(dtype="I32"),
            f"{LOAD}{first!r} must be F32 of shape {shape}; got I32 of shape {shape}.",
        ),
        "a name that cannot be printed": (
            put_together({**header, "\u202e": header[first]}, data),
            (f"{LOAD}every tensor must have a name of at most 1024 characters that can be printed; "
            "got '\\u202e'."),
        ),
        "no configuration": (
            meta(config=None),
            (f"{LOAD}the file must have a model's configuration in its metadata; got none. "
            "fastgru.saving.from_torch reads a state dict."),
        ),
        "a configuration that is no JSON": (
            meta(config="hello"), f"{LOAD}the configuration must be JSON; got ",
        ),
        "half a character": (meta(config="\ud800"), f"{LOAD}the configuration must be JSON; got "),
        "a name of half a character": (
            put_together({**header, "\ud800": header[first]}, data),
            (f"{LOAD}every tensor must have a name of at most 1024 characters that can be printed; "
            "got '\\ud800'."),
        ),
        "a lambda": (config(lambda_layer), f"{LOAD}layer 1, 'embedding', must be of a class that fastgru has; got 'Lambda'"),
        "a shape bomb": (
            config(huge_layer), f"{LOAD}the weights up to 'embedding",
        ),
        "no counts": (meta(optimizer=None), f"{LOAD}the optimiser's state must be JSON; got "),
        "negative steps": (
            meta(optimizer='{"steps": -1, "learning_rate": 0.1}'),
            f"{LOAD}the number of steps must be an integer of at least 0; got -1. {state}",
        ),
        "a rate that is a word": (
            meta(optimizer='{"steps": 1, "learning_rate": "x"}'),
            f"{LOAD}the learning rate must be finite and at least 0; got 'x'. {state}",
        ),
        "a float for counts": (
            meta(optimizer="1.5"),
            f"{LOAD}the optimiser's state must have steps and learning_rate; got 1.5. {state}",
        ),
        "NaN": (put_together(header, b"\xff" * len(data)), ""),
    }  # fmt: skip


def size_of(told):
    return told["data_offsets"][1] - told["data_offsets"][0]


def npz(good):
    members = parts(good)
    first = "embedding/embeddings.npy"
    plain = "embedding/embeddings must be an array of plain numbers as np.save writes it; got "
    WHERE = "load_weights: "

    def replaced(data):
        return pack({**members, first: data})

    def saved(array, **options):
        file = io.BytesIO()
        np.lib.format.write_array(file, array, **options)
        return replaced(file.getvalue())

    def header(text):
        text = text.encode()
        body = members[first][-32:]
        return replaced(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body)

    table = np.ones((4, 2), np.float32)
    usual = "{{'descr': '<f4', 'fortran_order': False, 'shape': {}, }}\n"
    return {
        "empty": (b"", f"{WHERE}the file must be an .npz file, which is a zip; got an empty one."),
        "words": (
            b"hello", (f"{WHERE}the file must be an .npz file, which is a zip; got one that starts "
            "with b'hell'."),
        ),
        "half": (good[: len(good) // 2], f"{WHERE}the file must be a sound zip; got "),
        "a pickle": (
            saved(np.array([[{}, 1]] * 4, object), allow_pickle=True), f"{WHERE}{plain}",
        ),
        "a structure": (saved(np.zeros(4, [("a", "f4"), ("b", "f4")])), f"{WHERE}{plain}"),
        "code in the header": (
            header("{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os'), }\n"),
            f"{WHERE}{plain}",
        ),
        "a deep header": (header("(" * 500), f"{WHERE}{plain}"),
        "a shape bomb": (
            header(usual.format(f"({2**40}, {2**20})")),
            f"{WHERE}embedding/embeddings must have shape (4, 2); got ({2**40}, {2**20}).",
        ),
        "a shape beyond 64 bits": (header(usual.format(f"({10**30},)")), f"{WHERE}{plain}"),
        "version 9.0": (
            replaced(b"\x93NUMPY\x09\x00" + members[first][8:]), f"{WHERE}{plain}",
        ),
        "version 2.0": (saved(table, version=(2, 0)), f"{WHERE}{plain}"),
        "Fortran's order": (saved(np.asfortranarray(table)), ""),
        "big-endian": (saved(table.astype(">f4")), ""),
        "double": (
            saved(table.astype("f8")),
            f"{WHERE}embedding/embeddings must have dtype float32; got '<f8'.",
        ),
        "a cut array": (
            replaced(members[first][:-1]),
            f"{WHERE}embedding/embeddings must have the bytes of (4, 2); got 31.",
        ),
        "no bytes": (replaced(b""), f"{WHERE}{plain}b''."),
        "a zip bomb": (
            bomb(members, first, 512 << 20),
            f"{WHERE}{first} must have at most 1088 bytes; got 536870912.",
        ),
        "compressed": (pack(members, zipfile.ZIP_DEFLATED), ""),
        "bzip2": (
            pack(members, zipfile.ZIP_BZIP2),
            f"{WHERE}{first} must be stored or deflated; got method 12.",
        ),
        "a missing array": (
            pack({key: value for key, value in members.items() if key != first}),
            (f"{WHERE}the file must have every variable of the model; got no "
            "'embedding/embeddings'."),
        ),
        "another array": (
            pack({**members, "../x.npy": b""}),
            f"{WHERE}the file must have no others; got '../x'.",
        ),
        "one twice": (
            pack([*members.items(), (first, members[first])]),
            f"{WHERE}the file must hold each of its members once; got one of them twice.",
        ),
        "many members": (
            pack([*members.items(), *((str(i), b"") for i in range(5000))]),
            f"{WHERE}the file must have no others; got '0', '1', '2', '3', '4'.",
        ),
    }  # fmt: skip
