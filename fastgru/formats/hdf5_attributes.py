"""Texts in the attributes of an HDF5 file that nobody vouches for.

An attribute's text may lie elsewhere in the file, in a heap; the attribute has its length and
the heap's address. HDF5 allocates that length, and clears it, before it looks at the text, and
goes round for ever in a heap whose parts have no length. So both are looked at first, in the
bytes of the file: in every place where a message of an attribute of that name can be.
"""

import struct

import h5py
import numpy as np

from fastgru._errors import refuse, shown
from fastgru.formats.build import WHERE

MOST_BYTES, MOST_NAMES = 16 << 20, 20_000
_MOST_PARTS, _MOST_PLACES = 1000, 20_000
_REFERENCES = np.dtype([("length", "<u4"), ("address", "<u8"), ("part", "<u4")])
_REFERENCE = _REFERENCES.itemsize
#: Versions of the file's head: where it has the sizes of addresses and lengths, and what is
#: added to addresses.
_HEADS = {0: (13, 24), 1: (13, 28), 2: (9, 12), 3: (9, 12)}
_HEAP_HEAD = _PART_HEAD = 16
#: Versions of the message: how much stands before the name, and what parts are padded to.
_MESSAGES = {1: (8, 8), 2: (8, 1), 3: (9, 1)}


class Attributes:
    """Reads attributes of groups in the file whose bytes are `data`."""

    def __init__(self, data):
        self._data, self._checked, self._heaps = bytes(data), set(), set()

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
        return [item.encode() if isinstance(item, str) else bytes(item) for item in values.flat]

    def _check_lengths(self, key):
        """Refuse lengths that no text in the file can have, and heaps that lead nowhere."""
        if key in self._checked:
            return
        _check_head(self._data)
        places = 0
        for lengths, addresses in _references(self._data, key + b"\0"):
            places += 1
            total = int(lengths.sum(dtype=np.uint64))
            if total > len(self._data) or places > _MOST_PLACES:
                refuse(
                    WHERE, shown(key.decode()), "be no longer than the file", f"{total} bytes"
                )
            for address in set(addresses.tolist()) - self._heaps:
                _check_heap(self._data, address)
                self._heaps.add(address)
        if not places:
            refuse(WHERE, shown(key.decode()), "lie in the file as it is", "none")
        self._checked.add(key)


def _check_head(data):
    """Refuse a file whose addresses are of another size, or do not count from its start."""
    sizes, base = _HEADS.get(data[8], (0, 0))
    if data[sizes : sizes + 2] != b"\x08\x08" or any(data[base : base + 8]):
        refuse(WHERE, "the file", "have addresses of 8 bytes from its start", "others")


def _check_heap(data, address):
    """Refuse a heap that has a part without length, or one that leads out of it."""
    if data[address : address + 4] != b"GCOL":
        return  # HDF5 sees that itself
    end = address + struct.unpack_from("<Q", data, address + 8)[0]
    here = address + _HEAP_HEAD
    while here + _PART_HEAD <= end <= len(data):
        number, size = struct.unpack_from("<H6xQ", data, here)
        # What is free, number 0, counts its head too.
        step = _PART_HEAD + -(-size // 8) * 8 if number else size
        if step < _PART_HEAD:
            break
        here += step
    if not end - _PART_HEAD < here <= end:
        refuse(WHERE, "the file", "keep its texts in sound heaps", "a damaged one")


def _references(data, name):
    """For each message of an attribute with this name, the lengths and addresses of its texts."""
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
                found = np.frombuffer(data, _REFERENCES, count, at)
                yield found["length"], found["address"]


def _count(data, space):
    """How many entries a data space of at most one axis has."""
    if space + 16 > len(data) or data[space + 1] != 1:
        return 1
    begin = space + (8 if data[space] == 1 else 4)
    return min(struct.unpack_from("<Q", data, begin)[0], len(data))
