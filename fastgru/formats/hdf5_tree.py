"""The variables that an HDF5 file has, without their numbers."""

import h5py

from fastgru._errors import refuse
from fastgru.formats.build import WHERE

#: Most groups, variables and links that are looked at, and how deep: a file may go in circles.
MOST, MOST_DEPTH = 20_000, 32
_KINDS = (h5py.h5t.FLOAT, h5py.h5t.INTEGER)


def variables(root, what):
    """[(path, shape, dtype)] below the root of an open file, links and virtual ones left out;
    what could not be told, in a list of sentences."""
    found, notes = [], []
    waiting, seen = [(root, "", 0)], 0
    while waiting:
        group, path, depth = waiting.pop()
        inner = []
        for name in group:
            seen += 1
            if seen > MOST or depth > MOST_DEPTH:
                refuse(WHERE, what, f"hold at most {MOST} things, {MOST_DEPTH} deep", "more")
            here = path + name.decode("utf-8", "replace")
            if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
                notes.append(f"{here} is a link")
                continue
            item = h5py.h5o.open(group, name)
            if isinstance(item, h5py.h5g.GroupID):
                inner.append((item, f"{here}/", depth + 1))
            elif isinstance(item, h5py.h5d.DatasetID):
                _add(item, here, found, notes)
        waiting += reversed(inner)
    return found, notes


def _add(item, path, found, notes):
    # Asking a virtual dataset for its shape can open other files.
    if item.get_create_plist().get_layout() == h5py.h5d.VIRTUAL:
        notes.append(f"{path} lies in other files")
    elif item.get_type().get_class() not in _KINDS:
        notes.append(f"{path} holds no numbers")
    else:
        found.append((path, item.shape or (), str(item.dtype)))
