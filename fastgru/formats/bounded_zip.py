"""Members of an untrusted zip: bounded before they are unpacked."""

import contextlib
import io
import struct
import zipfile
import zlib

from fastgru._errors import ModelFormatError, refuse, shown

_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, ArithmeticError, EOFError, LookupError,
    OSError, RuntimeError, ValueError,
)  # fmt: skip


@contextlib.contextmanager
def sound(where):
    """Whatever the block finds wrong with the zip is a ModelFormatError."""
    try:
        yield
    except ModelFormatError:
        raise
    except _ZIP_ERRORS as error:
        refuse(where, "the file", "be a sound zip", shown(str(error)))


def opened(where, data):
    """(archive, {name: member}) of bytes; refuses a name that is there twice."""
    with sound(where):
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = {info.filename: info for info in archive.infolist()}
        if len(members) < len(archive.infolist()):
            refuse(where, "the file", "hold each of its members once", "one of them twice")
    return archive, members


def extract(where, archive, info, most):
    """The bytes of a member, of which there are at most `most`."""
    name = _checked(where, info)
    if info.file_size > most:
        refuse(where, name, f"have at most {most} bytes", f"{info.file_size}")
    with sound(where):
        data = archive.read(info)
    if len(data) != info.file_size:
        refuse(where, name, f"have {info.file_size} bytes", f"{len(data)}")
    return data


def beginning(where, archive, info, most):
    """The first bytes of a member, `most` of them if there are so many."""
    _checked(where, info)
    with sound(where), archive.open(info) as file:
        return file.read(most)


def _checked(where, info):
    """The name of a member as errors have it, if it is one that can be unpacked."""
    name = info.filename if len(info.filename) < 80 else shown(info.filename)
    if info.flag_bits & 0x1:
        refuse(where, name, "not be encrypted", "a password's bit")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        refuse(where, name, "be stored or deflated", f"method {info.compress_type}")
    return name
