"""Texts in the attributes of an HDF5 file that nobody vouches for.

An attribute's text may lie elsewhere in the file, with its length beside it. HDF5 allocates
that length, and clears it, before it looks at the text. So the lengths are looked up first,
in the bytes of the file: in every place where a message of an attribute of that name can be.
"""

import struct

import h5py
import numpy as np

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE

MOST_BYTES, MOST_NAMES = 16 << 20, 20_000
_MOST_PARTS, _MOST_PLACES = 1000, 20_000
_REFERENCE = 16  # bytes of a length and where the text is
#: Versions of the message: how much stands before the name, and what parts are padded to.
_MESSAGES = {1: (8, 8), 2: (8, 1), 3: (9, 1)}


class Attributes:
    """Reads attributes of groups in the file whose bytes are `data`."""

    def __init__(self, data):
        self._data, self._checked = bytes(data), set()

    def text(self, group, name):
        """The one text under a name, as bytes; None where there is none."""
        found = self._read(group, name)
        if found is None:
            return None
        if len(found) != 1:
            refuse(WHERE, name, "be one text", f"{len(found)}")
        return found[0]

    def names(self, group, name):
        """A list of words, which long ones are cut into: name0, name1, ...; or None."""
        found = self._read(group, name)
        if found is None:
            parts = []
            for number in range(_MOST_PARTS):
                part = self._read(group, f"{name}{number}")
                if part is None:
                    break
                parts.append(part)
            if not parts:
                return None
            found = [item for part in parts for item in part]
        if len(found) > MOST_NAMES:
            refuse(WHERE, name, f"list at most {MOST_NAMES} names", f"{len(found)}")
        try:
            return [item.decode() for item in found]
        except UnicodeDecodeError:
            return refuse(WHERE, name, "be a UTF-8 text", "other bytes")

    def _read(self, group, name):
        """Texts of an attribute as a list of bytes; None where there is none."""
        key = name.encode()
        if not h5py.h5a.exists(group, key):
            return None
        found = h5py.h5a.open(group, key)
        shape = found.shape
        if shape is None or shape == (0,):
            return []  # of a list of no names
        if len(shape) > 1 or found.get_type().get_class() != h5py.h5t.STRING:
            refuse(WHERE, name, "be a text or a list of them", "something else")
        count = shape[0] if shape else 1
        size = found.get_storage_size()
        if count > MOST_NAMES or size > min(MOST_BYTES, len(self._data)):
            refuse(WHERE, name, f"hold at most {MOST_NAMES} names", f"{count} of {size} bytes")
        if found.get_type().is_variable_str():
            if size != count * _REFERENCE:
                refuse(WHERE, name, "have addresses of 8 bytes", f"{size // count - 8}")
            self._check_lengths(key)
        values = np.empty(shape, found.dtype)
        found.read(values)
        return [
            item.encode() if isinstance(item, str) else bytes(item) for item in values.flat
        ]

    def _check_lengths(self, key):
        """Refuse lengths that no text in the file can have."""
        if key in self._checked:
            return
        places = 0
        for total in _lengths(self._data, key + b"\0"):
            places += 1
            if total > len(self._data) or places > _MOST_PLACES:
                refuse(WHERE, shown(key.decode()), "be no longer than the file", f"{total} bytes")
        if not places:
            refuse(WHERE, shown(key.decode()), "lie in the file as it is", "none")
        self._checked.add(key)


def _lengths(data, name):
    """For each message of an attribute with this name, how long its texts say they are."""
    start = -1
    while (start := data.find(name, start + 1)) >= 0:
        for version, (before, pad) in _MESSAGES.items():
            head = start - before
            if head < 0 or data[head] != version:
                continue
            sizes = struct.unpack_from("<3H", data, head + 2)
            if sizes[0] != len(name):
                continue
            padded = [-(-size // pad) * pad for size in sizes]
            space = start + padded[0] + padded[1]
            count = _count(data, space)
            at = space + padded[2]
            if at + count * _REFERENCE <= len(data):
                lengths = np.frombuffer(data, np.uint8, count * _REFERENCE, at)
                yield int(lengths.reshape(count, _REFERENCE)[:, :4].copy().view("<u4").sum())


def _count(data, space):
    """How many entries a data space of at most one axis has."""
    if space + 16 > len(data) or data[space + 1] != 1:
        return 1
    begin = space + (8 if data[space] == 1 else 4)
    return min(struct.unpack_from("<Q", data, begin)[0], len(data))
