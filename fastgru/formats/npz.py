"""Weights as NumPy's `.npz`, which np.load opens.

    gru/kernel, gru/recurrent_kernel, gru/bias, gru_1/kernel, dense/kernel, ...

Layers are named by their class and counted, as in a `.weights.h5` file, so that two models
of the same layers have the same names. Reading does not ask NumPy: the header of an array
has one form, which is compared, and its shape and size must be the model's before anything
is unpacked.
"""

import io
import math
import re

import numpy as np

from fastgru._check import axes
from fastgru._errors import refuse, shown
from fastgru.formats import bounded_zip
from fastgru.formats.contents import Contents, Row
from fastgru.layers.nest import counted

WHERE = "load_weights"
_MAGIC = b"\x93NUMPY"
#: Of version 1.0, as np.save writes it for plain numbers in C order.
_HEADER = re.compile(
    rb"\{'descr': '([<>|=][a-z]\d+)', 'fortran_order': (True|False), 'shape': "
    rb"\(((?:\d{1,19},)?|\d{1,19}(?:, \d{1,19}){1,7})\), \} *\n"
)
_MOST_HEADER = 1024
_DTYPES = ("<f4", "<f8", ">f4", ">f8")
_NAMES = {"f4": "float32", "f8": "float64"}


def dump(model):
    """The bytes of the weights of a built model."""
    buffer = io.BytesIO()
    arrays = {
        name: layer.parameters[spec.name].astype(layer.dtype, copy=False)
        for name, layer, spec in _weights(model.layers)
    }
    np.savez(buffer, **arrays)
    return buffer.getbuffer()


def load(data, layers):
    """The weights in such bytes, in the order of layers whose `specs` are known."""
    if bytes(data[:4]) not in (b"PK\x03\x04", b"PK\x05\x06"):
        refuse(WHERE, "the file", "be an .npz file, which is a zip", _kind(data))
    archive, members = bounded_zip.opened(WHERE, data)
    wanted = {f"{name}.npy": (layer, spec) for name, layer, spec in _weights(layers)}
    for rule, got in (
        ("have every variable of the model", [name for name in wanted if name not in members]),
        ("have no others", [name for name in members if name not in wanted]),
    ):
        if got:
            named = ", ".join(shown(name.removesuffix(".npy")) for name in got[:5])
            refuse(WHERE, "the file", rule, f"{'no ' if got[0] in wanted else ''}{named}")
    found = []
    for name, (layer, spec) in wanted.items():
        most = math.prod(spec.shape) * 8 + _MOST_HEADER
        data = bounded_zip.extract(WHERE, archive, members[name], most)
        found.append(_array(name.removesuffix(".npy"), data, spec.shape, layer.dtype))
    return found


def inspect(data):
    """What is in the bytes."""
    archive, members = bounded_zip.opened(WHERE, data)
    rows = {}
    for name, info in members.items():
        group, _, variable = name.removesuffix(".npy").partition("/")
        start = bounded_zip.beginning(WHERE, archive, info, _MOST_HEADER)
        kind, _, shape, _ = _header(shown(name), start)
        row = rows.setdefault(group, Row(group, "", []))
        row.shapes.append((variable, shape, _NAMES.get(kind[1:], kind)))
    return Contents("NumPy", {}, list(rows.values()), ["weights alone"])


def _weights(layers):
    for group, layer in counted(layers):
        for spec in layer.specs:
            yield f"{group}/{spec.name}", layer, spec


def _array(name, data, shape, dtype):
    """The numbers of one member, which must be of this shape and dtype."""
    kind, fortran, have, end = _header(name, data)
    if have != tuple(shape):
        refuse(WHERE, name, f"have shape {axes(shape)}", axes(have))
    if kind not in _DTYPES or np.dtype(kind).newbyteorder("=") != np.dtype(dtype):
        refuse(WHERE, name, f"have dtype {dtype}", shown(kind))
    body = data[end:]
    if len(body) != math.prod(shape) * np.dtype(kind).itemsize:
        refuse(WHERE, name, f"have the bytes of {axes(shape)}", f"{len(body)}")
    array = np.frombuffer(body, kind).reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype, order="C")


def _header(name, data):
    """(dtype, whether in Fortran's order, shape, where the numbers begin) of one member."""
    size = int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10 : 10 + min(size, _MOST_HEADER)])
    if data[:8] != _MAGIC + b"\x01\x00" or len(data) < 10 + size or header is None:
        refuse(WHERE, name, "be an array of plain numbers as np.save writes it",
               shown(bytes(data[:80])))  # fmt: skip
    kind, fortran, sizes = header[1].decode(), header[2] == b"True", header[3].decode()
    return kind, fortran, tuple(int(one) for one in sizes.split(",") if one), 10 + size


def _kind(data):
    return f"one that starts with {bytes(data[:4])!r}" if len(data) else "an empty one"
