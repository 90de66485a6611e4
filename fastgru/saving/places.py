"""Where files are: a path, an open file or a URL; and of which format they are."""

import contextlib

from fastgru._check import fail
from fastgru.formats import KERAS, KERAS_HDF5, by_beginning, by_ending, by_name
from fastgru.saving import remote
from fastgru.saving.paths import file_path


@contextlib.contextmanager
def reading(where, filepath, of_weights=False):
    """(format, read) of a place: by the ending of a name, or how an open file begins."""
    path = file_path(where, filepath, "read")
    if path is not None:
        found = by_ending(where, path, of_weights)
    with opened(where, path, filepath) as file:
        data = file.read()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        fail(where, "filepath", "give bytes", type(data).__name__, kind=TypeError)
    # Keras 2 wrote HDF5 under the new ending too, unless it was told otherwise.
    begins = by_beginning(data, of_weights)
    if path is None or (found is KERAS and begins is KERAS_HDF5):
        found = begins
    yield found, lambda: data


def opened(where, path, filepath):
    """A context with the binary file at a path or a URL; or the open file, which stays so."""
    if path is None:
        return contextlib.nullcontext(filepath)
    return remote.opened(where, path) if remote.is_url(path) else open(path, "rb")


def format_to_write(where, filepath, name):
    """(format, path or None) of a place to be written; `name` counts where it is given."""
    path = file_path(where, filepath, "write")
    if name is not None:
        return by_name(where, name), path
    return (KERAS if path is None else by_ending(where, path)), path


def write(where, path, filepath, data):
    """Write bytes: to a path all or nothing, to a URL, or to an open file where it stands."""
    if path is None:
        _write_all(filepath, data)
        return
    if remote.is_url(path):
        path = remote.write(where, path, data)
        if path is None:
            return
    from fastgru.formats.atomic import replacing

    with replacing(path) as file:
        file.write(data)


def _write_all(file, data):
    """Write to an object that may take only part at a time, as an unbuffered file does."""
    while len(data):
        written = file.write(data)
        data = data[len(data) if written is None else written :]
