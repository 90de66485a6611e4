"""Plain values and arrays in one file: an .npz without pickles, whose entry `tree` is JSON."""

import io
import json
import zipfile
import zlib

import numpy as np

from fastgru._errors import refuse, shown

WHERE = "BackupAndRestore"
_TREE, _ARRAY = "tree", "__array__"
_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip


def dump(tree):
    """The bytes of a file with a tree of dicts, lists, words, numbers and arrays."""
    arrays = {}

    def plain(value):
        if isinstance(value, np.ndarray):
            arrays[str(len(arrays))] = value
            return {_ARRAY: str(len(arrays) - 1)}
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return value.item() if isinstance(value, np.generic) else value

    text = json.dumps(plain(tree)).encode()
    buffer = io.BytesIO()
    np.savez(buffer, **{_TREE: np.frombuffer(text, np.uint8)}, **arrays)
    return buffer.getbuffer()


def load(data):
    """The tree again, lists for tuples.

    Raises
    ------
    ModelFormatError
        If the bytes are not such a file.
    """

    def rich(value):
        if isinstance(value, dict):
            if value.keys() == {_ARRAY}:
                return arrays[value[_ARRAY]]
            return {key: rich(item) for key, item in value.items()}
        return [rich(item) for item in value] if isinstance(value, list) else value

    try:
        # NumPy reads an array to its end, not to the end of its entry, where the sum is.
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if (damaged := archive.testzip()) is not None:
                raise zipfile.BadZipFile(f"{damaged} does not have its checksum")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = dict(file)
        return rich(json.loads(arrays[_TREE].tobytes()))
    except _ERRORS as error:
        refuse(WHERE, "the backup", "be a sound file", shown(str(error)))
