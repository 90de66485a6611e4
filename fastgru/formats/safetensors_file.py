"""safetensors files as bytes: names, shapes and numbers, without the package of that name.

    8 bytes     length of the header, little-endian
    header      JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
                "__metadata__": {"word": "word"}}, filled up with blanks
    data        the tensors, one behind the other without a hole

Reading checks all of that before a number is looked at, so there is nothing left that a
library would do but cut the bytes. Source: the format's description in the repository
huggingface/safetensors.
"""

import json
import math
import struct
from typing import NamedTuple

import numpy as np

from fastgru._check import axes
from fastgru._errors import refuse, shown
from fastgru.formats import bounded_json

_METADATA = "__metadata__"
_KEYS = {"dtype", "shape", "data_offsets"}
_MOST_AXES = 8
_LONGEST_NAME = 1024
#: As NumPy reads them; a bfloat16 is the upper half of a float32.
_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "u1",
}  # fmt: skip
_NAMES = {"<f8": "F64", "<f4": "F32", "|u1": "U8"}


class Tensor(NamedTuple):
    """What the header says of one tensor."""

    dtype: str
    shape: tuple
    begin: int
    end: int


class File(NamedTuple):
    """A file whose header has been checked."""

    metadata: dict
    tensors: dict
    data: memoryview

    def array(self, name):
        """The numbers of one tensor, in memory of their own."""
        tensor = self.tensors[name]
        flat = np.frombuffer(self.data[tensor.begin : tensor.end], _DTYPES[tensor.dtype])
        if tensor.dtype == "BF16":
            flat = (flat.astype(np.uint32) << 16).view(np.float32)
        return flat.astype(flat.dtype.newbyteorder("=")).reshape(tensor.shape)

    def arrays(self):
        """{name: numbers}"""
        return {name: self.array(name) for name in self.tensors}


def write(arrays, metadata):
    """The bytes of a file with {name: array of float32, float64 or uint8} and {word: word}."""
    header, chunks, end = {_METADATA: metadata}, [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype.newbyteorder("<").str],
            "shape": list(array.shape),
            "data_offsets": [end, end := end + len(data)],
        }
        chunks.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # readers map the numbers into memory where they are
    return b"".join([struct.pack("<Q", len(text)), text, *chunks])


def read(data, where):
    """The `File` in bytes.

    Raises
    ------
    ModelFormatError
        If they are none: what is wrong is told in one sentence that begins with `where`.
    """
    if len(data) < 8:
        refuse(where, "the file", "begin with the 8 bytes of a header's length",
               f"{len(data)} bytes")  # fmt: skip
    (length,) = struct.unpack_from("<Q", data)
    if length > len(data) - 8:
        refuse(where, "the header", f"fit in the {len(data)} bytes of the file",
               f"a length of {length}")  # fmt: skip
    data = memoryview(data)
    if data[8:9] != b"{" or not length:
        refuse(where, "the header", "begin with {", repr(bytes(data[8 : 8 + min(length, 8)])))
    found = bounded_json.parse(where, "the header", bytes(data[8 : 8 + length]))
    metadata = _metadata(where, found.pop(_METADATA, {}))
    tensors = {name: _tensor(where, name, told) for name, told in found.items()}
    data = data[8 + length :]
    _check_offsets(where, tensors, len(data))
    return File(metadata, tensors, data)


def _metadata(where, found):
    words = isinstance(found, dict) and all(type(value) is str for value in found.values())
    if not words:
        refuse(where, f"{_METADATA} of the header", "be an object of words", shown(found))
    return found


def _tensor(where, name, told):
    what = f"the tensor {shown(name)}"
    if len(name) > _LONGEST_NAME or not name.isprintable():
        rule = f"have a name of at most {_LONGEST_NAME} characters that can be printed"
        refuse(where, "every tensor", rule, shown(name))
    if not isinstance(told, dict) or told.keys() != _KEYS:
        got = shown(told) if not isinstance(told, dict) else shown(", ".join(sorted(told)))
        refuse(where, what, "be told by dtype, shape and data_offsets", got)
    dtype, shape, offsets = told["dtype"], told["shape"], told["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        refuse(where, f"the dtype of {what}", f"be one of {', '.join(_DTYPES)}", shown(dtype))
    if not _counts(shape) or len(shape) > _MOST_AXES:
        rule = f"be a list of at most {_MOST_AXES} sizes"
        refuse(where, f"the shape of {what}", rule, _listed(shape))
    if not _counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        refuse(where, f"data_offsets of {what}", "be where it begins and where it ends",
               _listed(offsets))  # fmt: skip
    size = math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
    if size != offsets[1] - offsets[0]:
        refuse(where, what, f"have the {size} bytes of {dtype} {axes(shape)}",
               f"{offsets[1] - offsets[0]}")  # fmt: skip
    return Tensor(dtype, tuple(shape), *offsets)


def _counts(value):
    return isinstance(value, list) and all(type(one) is int and one >= 0 for one in value)


def _listed(value):
    """A list as it is, where it is short."""
    text = f"{value}"
    return text if isinstance(value, list) and len(text) <= 80 else shown(value)


def _check_offsets(where, tensors, size):
    """Refuse tensors that overlap, holes between them, and bytes that are no tensor's."""
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1][2:]):
        if tensor.begin != end:
            refuse(where, f"the tensor {shown(name)}", f"begin at {end}, where the last one ends",
                   f"{tensor.begin}")  # fmt: skip
        end = tensor.end
    if end != size:
        refuse(where, "the tensors", f"fill the {size} bytes behind the header", f"{end}")
