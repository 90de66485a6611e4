"""Archives that are damaged, or are not what they say. name: (bytes, what is said)."""

import io
import struct
import zipfile
import zlib

from formats.archives import CONFIG, METADATA, WEIGHTS, pack, parts

ALONE = (
    "load_model: the file must hold config.json, metadata.json and model.weights.h5 alone; got "
)
NO_ZIP = "load_model: the file must be a .keras file, which is a zip; got "
NOT_SOUND = "load_model: the file must be a sound zip; got "
NOT_JSON = "load_model: config.json must be JSON; got "


def containers(good):
    members = parts(good)
    pairs = list(members.items())

    def replaced(name, data):
        return pack({**members, name: data})

    def without(name):
        return pack({key: data for key, data in members.items() if key != name})

    return {
        "empty": (b"", f"{NO_ZIP}an empty one."),
        "words": (b"hello, world", f"{NO_ZIP}one that starts with b'hell'."),
        "hdf5": (members[WEIGHTS], f"{NO_ZIP}an HDF5 file."),
        "half": (good[: len(good) // 2], NOT_SOUND),
        "no central directory": (good[: good.rindex(b"PK\x01\x02")], NOT_SOUND),
        "no config": (
            without(CONFIG), "load_model: the file must hold config.json; got 2 other members.",
        ),
        "no weights": (
            without(WEIGHTS),
            "load_model: the file must hold model.weights.h5; got 2 other members.",
        ),
        "no metadata": (without(METADATA), ""),
        "two configs": (pack([*pairs, (CONFIG, b"{}")]), f"{ALONE}one of them twice."),
        "assets": (pack([*pairs, ("assets/words.txt", b"a")]), f"{ALONE}'assets/words.txt'."),
        "empty assets folder": (pack([*pairs, ("assets/", b"")]), f"{ALONE}'assets/'."),
        "path upwards": (pack([*pairs, ("../evil", b"")]), f"{ALONE}'../evil'."),
        "absolute path": (pack([*pairs, ("/etc/passwd", b"")]), f"{ALONE}'/etc/passwd'."),
        "backslash": (pack([*pairs, ("..\\evil", b"")]), f"{ALONE}'..\\\\evil'."),
        "many members": (
            pack([*pairs, *((str(i), b"") for i in range(2_000))]), f"{ALONE}'0'.",
        ),
        "very many members": (with_members(good, 100_000), f"{ALONE}one of them twice."),
        "a name with a null": (
            good.replace(b"metadata.json", b"metadata.\0son"), f"{ALONE}'metadata.'.",
        ),
        "bytes before the zip": (
            b"#!/bin/sh\n" + good,
            f"{NO_ZIP}one that starts with b'#!/b'.",
        ),
        "deflated": (pack(members, zipfile.ZIP_DEFLATED), ""),
        "bzip2": (
            pack(members, zipfile.ZIP_BZIP2),
            "load_model: config.json must be stored or deflated; got method 12.",
        ),
        "lzma": (
            pack(members, zipfile.ZIP_LZMA),
            "load_model: config.json must be stored or deflated; got method 14.",
        ),
        "encrypted": (
            encrypted(good),
            "load_model: config.json must not be encrypted; got a password's bit.",
        ),
        "wrong checksum": (good.replace(b'"Sequential"', b'"sequential"'), NOT_SOUND),
        "long comment": (with_comment(good), ""),
        "a symbolic link": (as_links(members), ""),
        "config bomb": (
            bomb(members, CONFIG, 512 << 20),
            "load_model: config.json must have at most 16777216 bytes; got 536870912.",
        ),
        "weights bomb": (
            bomb(members, WEIGHTS, 512 << 20),
            "load_model: model.weights.h5 must have at most 67108864 bytes; got 536870912.",
        ),
        "a lie about the size": (lying(good), NOT_SOUND),
        "a lie about zip64": (lying(good, 0xFFFFFFFF), "load_model: "),
        "config is no text": (replaced(CONFIG, b"\xff\xfe\x00"), NOT_JSON),
        "config is empty": (replaced(CONFIG, b""), NOT_JSON),
        "config is cut": (replaced(CONFIG, members[CONFIG][:-1]), NOT_JSON),
        "config is deep": (
            replaced(CONFIG, b"[" * 65 + b"]" * 65),
            "load_model: config.json must be nested at most 64 deep; got 65.",
        ),
        "config is very deep": (
            replaced(CONFIG, b'{"a":' * 400_000),
            "load_model: config.json must be nested at most 64 deep; got 400000.",
        ),
        "config is long": (
            replaced(CONFIG, b'"' + b"a" * (16 << 20) + b'"'),
            "load_model: config.json must have at most 16777216 bytes; got 16777218.",
        ),
        "config is one long word": (
            replaced(CONFIG, b'"' + b'\\"' * 8_000_000),
            NOT_JSON,
        ),
        "config holds much": (
            replaced(CONFIG, b"[" + b"1," * 500_000 + b"1]"),
            "load_model: config.json must hold at most 500000 values; got 500001.",
        ),
        "brackets in a word": (
            replaced(CONFIG, members[CONFIG].replace(b'"small"', b'"' + b"[" * 99 + b'"')), "",
        ),
        "a key twice": (
            replaced(CONFIG, b'{"class_name": 1, "class_name": 2}'),
            "load_model: config.json must have each key of an object once; got one twice.",
        ),
        "NaN": (
            replaced(CONFIG, b'{"a": NaN}'),
            "load_model: every number of config.json must be finite; got NaN.",
        ),
        "infinity": (
            replaced(CONFIG, b'{"a": -Infinity}'),
            "load_model: every number of config.json must be finite; got -Infinity.",
        ),
        "a long integer": (
            replaced(CONFIG, f'{{"a": {2**63}}}'.encode()),
            f"load_model: every integer of config.json must fit in 64 bits; got '{2**63}'.",
        ),
    }  # fmt: skip


def encrypted(data):
    """Set the flag in the local and the central header of every member."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(signature, start + 1)) >= 0:
            changed[start + offset] |= 1
    return bytes(changed)


def with_comment(data):
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"x" * 65535
    return file.getvalue()


def as_links(members):
    def link(name):
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        return info

    return pack([(link(name), data) for name, data in members.items()])


def bomb(members, name, size):
    """An archive one of whose members is `size` zeros, deflated."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    # After a full flush, the next megabyte of zeros is the same bytes again.
    block = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    data = block * (size >> 20) + squeeze.flush()
    archive = pack(
        [*((key, value) for key, value in members.items() if key != name), (name, data)]
    )
    changed = bytearray(archive)
    for signature, method, sizes in ((b"PK\x03\x04", 8, 18), (b"PK\x01\x02", 10, 20)):
        start = archive.rindex(signature)
        struct.pack_into("<H", changed, start + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<II", changed, start + sizes, len(data), size)
    return bytes(changed)


def lying(data, size=1 << 26):
    """Say in the central directory that the weights have another size, stored."""
    changed = bytearray(data)
    struct.pack_into("<II", changed, data.rindex(b"PK\x01\x02") + 20, size, size)
    return bytes(changed)


def with_members(data, count):
    """An archive whose central directory has its last entry over and over."""
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    first = data.index(b"PK\x01\x02")
    directory = data[first:end] + data[start:end] * count
    tail = bytearray(data[end:])
    struct.pack_into("<I", tail, 12, len(directory))
    return data[:first] + directory + bytes(tail)
