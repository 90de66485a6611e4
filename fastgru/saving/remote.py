"""URLs, through fsspec where it is installed."""

import contextlib
import re

from fastgru._check import fail

# A drive of Windows is one letter.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_url(path):
    return _URL.match(path) is not None


def exists(where, url):
    with _telling(where, url):
        system, path = _file_system(where, url)
        return system.exists(path)


def opened(where, url):
    """A binary file to read from."""
    with _telling(where, url):
        system, path = _file_system(where, url)
        return system.open(path, "rb")


def write(where, url, data):
    """Write the bytes in one piece; the path instead, unwritten, if it is one of this machine."""
    with _telling(where, url):
        system, path = _file_system(where, url)
        protocol = system.protocol
        if "file" in ((protocol,) if isinstance(protocol, str) else protocol):
            return path
        system.pipe_file(path, bytes(data))
    return None


def _file_system(where, url):
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        fail(where, "filepath", "be a path where fsspec is not installed", f"{url!r}",
             "pip install fsspec", kind=ImportError)  # fmt: skip
    return url_to_fs(url)


@contextlib.contextmanager
def _telling(where, url):
    """What fsspec does not know, or what it has no library for, is one sentence."""
    try:
        yield
    except ValueError as error:
        fail(where, "filepath", "be a URL that fsspec knows", f"{url!r}", f"{error}")
